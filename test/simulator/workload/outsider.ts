import type { Host } from "../time/host.ts";

/** A process on a machine of its own, as faults see it. */
export interface Outsider {
  readonly name: string;
  /** Null while none runs. */
  readonly host: Host | null;
  /** It dies at once; what is given back starts another. Absent: nothing would start it anew. */
  readonly kill?: () => () => void;
  /** Who supervises it takes it for dead though it only hangs, and starts another beside it; what is given back ends the first. */
  readonly supersede?: () => () => void;
}
