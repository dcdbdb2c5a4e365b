import type { JobId } from "../../../src/base/brands.ts";
import type { Command, Outcome } from "../../../src/machine/types.ts";

/** Of a lease; the rest is for clocks that drift and for the way there and back. */
const inTime = 0.5;

/**
 * The SDK starts what it is handed as long as its lease lasts. What it gives back without having started it, it took
 * for too old; log time tells whether it was.
 */
export class HandBacks {
  readonly #handed = new Map<string, { readonly at: number; readonly leaseMs: number }>();
  readonly #started: (id: JobId, token: number) => boolean;
  readonly #fail: (violation: string) => void;

  constructor(started: (id: JobId, token: number) => boolean, fail: (violation: string) => void) {
    this.#started = started;
    this.#fail = fail;
  }

  /** One command of an entry of log time `now`. */
  observe(command: Command, outcome: Outcome | undefined, now: number): void {
    if (command.type === "claim" && outcome?.type === "claim" && isSdk(command.workerId)) {
      for (const { id, token, leaseMs } of outcome.jobs)
        this.#handed.set(`${id}:${token}`, { at: now, leaseMs });
    }
    if (command.type !== "act" || outcome?.type !== "act") return;
    command.acts.forEach(({ type, id, token }, i) => {
      const handed = this.#handed.get(`${id}:${token}`);
      if (type !== "release" || handed === undefined || outcome.results[i]?.ok !== true) return;
      const ageMs = now - handed.at;
      if (ageMs >= handed.leaseMs * inTime || this.#started(id, token)) return;
      this.#fail(
        `Q14: the SDK gives job ${id} back unseen after ${ageMs} ms of its ${handed.leaseMs} ms lease`,
      );
    });
  }
}

/** Programs that use it are s1, s2, ... */
function isSdk(workerId: string): boolean {
  return /^s\d/.test(workerId);
}
