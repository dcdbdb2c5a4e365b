import type { WorkerStream } from "../machine/types.ts";

/** The two fields in which a stream is stored: a session is never 0, which stands for none. */
export function streamFromStored(session = 0, number = 0): WorkerStream | null {
  return session === 0 ? null : { session, number };
}
