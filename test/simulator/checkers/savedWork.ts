import type { JobId } from "../../../src/base/brands.ts";
import type { Saved } from "../workload/ownBytes.ts";

interface Known {
  /** What somebody was told is kept, the newest by each token. */
  readonly kept: Map<number, number>;
  /** What each token's holder was handed. */
  readonly handedOut: Map<number, Saved | null>;
}

/** What an attempt was told is kept, each later one begins with, or with something newer. */
export class SavedWork {
  readonly #fail: (violation: string) => void;
  readonly #jobs = new Map<JobId, Known>();

  constructor(fail: (violation: string) => void) {
    this.#fail = fail;
  }

  kept(id: JobId, { token, step }: Saved): void {
    const job = this.#of(id);
    job.kept.set(token, Math.max(step, job.kept.get(token) ?? 0));
    for (const [later, checkpoint] of job.handedOut)
      if (later > token) this.#check(id, later, checkpoint, { token, step });
  }

  handedOut(id: JobId, token: number, checkpoint: Saved | null): void {
    const job = this.#of(id);
    job.handedOut.set(token, checkpoint);
    for (const [earlier, step] of job.kept)
      if (earlier < token) this.#check(id, token, checkpoint, { token: earlier, step });
  }

  #check(id: JobId, token: number, has: Saved | null, kept: Saved): void {
    const isThere =
      has !== null && (has.token > kept.token || (has.token === kept.token && has.step >= kept.step));
    const isFromBefore = has === null || has.token < token;
    if (isThere && isFromBefore) return;
    this.#fail(
      `R12: token ${token} of job ${id} begins with ${JSON.stringify(has)}, and ${JSON.stringify(kept)} was saved`,
    );
  }

  #of(id: JobId): Known {
    const known = this.#jobs.get(id) ?? { kept: new Map(), handedOut: new Map() };
    this.#jobs.set(id, known);
    return known;
  }
}
