import type { JobId } from "../base/brands.ts";
import type { MachineView } from "../machine/view.ts";

type Listener = (id: JobId) => void;

/**
 * Who waits for which job to end. Told as entries are applied, so it holds on followers as well; nobody is told of what
 * had ended before. A listener is called once, and may then find that the job is gone.
 */
export class JobEnds {
  readonly #state: Pick<MachineView, "job">;
  readonly #listeners = new Map<JobId, Set<Listener>>();

  constructor(state: Pick<MachineView, "job">) {
    this.#state = state;
  }

  /** Jobs that somebody waits for. */
  get size(): number {
    return this.#listeners.size;
  }

  /** It has ended, or there is no such job (any more). */
  over(id: JobId): boolean {
    const job = this.#state.job(id);
    return job === undefined || job.finishedAt !== null;
  }

  /** Calls `listener` when the job ends or is forgotten, from now on; the returned function makes it not. */
  watch(id: JobId, listener: Listener): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id);
    };
  }

  /** These have ended, in the state as it is now. One that was brought back in the same breath is waited for further. */
  tell(ended: readonly JobId[]): void {
    if (this.#listeners.size === 0) return;
    for (const id of ended) {
      const listeners = this.#listeners.get(id);
      if (listeners === undefined || !this.over(id)) continue;
      this.#listeners.delete(id);
      for (const listener of listeners) listener(id);
    }
  }

  /** The state was replaced by a snapshot: any of them may have ended. */
  tellAll(): void {
    this.tell([...this.#listeners.keys()]);
  }
}
