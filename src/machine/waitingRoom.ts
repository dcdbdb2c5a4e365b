/** Ready jobs that cannot be handed out for the moment, set aside with all that follow them. */
export interface Parked {
  room: WaitingRoom | null;
  /** What held it up is over: back to its place in the order. */
  reenter(): void;
}

/**
 * Where those wait whom one and the same thing holds up: an open breaker, a limit that is reached. One line each of a queue's
 * priority levels, however many jobs and keys, since all of them go when there is room for a single job.
 */
export class WaitingRoom {
  readonly #parked = new Set<Parked>();

  get size(): number {
    return this.#parked.size;
  }

  add(parked: Parked): void {
    parked.room = this;
    this.#parked.add(parked);
  }

  /** It is gone for another reason. */
  remove(parked: Parked): void {
    parked.room = null;
    this.#parked.delete(parked);
  }

  /** Nothing holds them up any more. Their order is a matter of their content: in which order they re-enter is of no matter. */
  release(): void {
    const all = [...this.#parked];
    this.#parked.clear();
    for (const parked of all) {
      parked.room = null;
      parked.reenter();
    }
  }
}
