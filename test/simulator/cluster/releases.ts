import { formats } from "../../../src/codec/formats.ts";
import type { FormatRange } from "../../../src/node/ports.ts";

/** What a release says of itself to others. All run the same code here: what differs is whom they can talk with. */
export interface Release {
  readonly version: string;
  readonly formats: FormatRange;
}

export const releases = {
  /** As release 0.1.0: the machine's newer rules may not hold before the last of them is upgraded. */
  before: { version: "sim.before", formats: { min: 1, max: 1 } },
  /** This one. */
  present: { version: "sim", formats },
  /** Reads one format more, and writes it once everybody does. */
  next: { version: "sim.next", formats: { min: formats.min, max: formats.max + 1 } },
  /** Has forgotten all that this one knows. */
  far: { version: "sim.far", formats: { min: formats.max + 5, max: formats.max + 6 } },
} as const satisfies Record<string, Release>;
