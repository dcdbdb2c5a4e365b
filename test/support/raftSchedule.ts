interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual time: what is due runs in order of time, and of scheduling where times are equal. */
export class Schedule {
  readonly #heap: Scheduled[] = [];
  #now = 0;
  #order = 0;

  get now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): void {
    const heap = this.#heap;
    heap.push({ at: this.#now + delayMs, order: this.#order++, run });
    let child = heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfSooner(child, parent)) break;
      child = parent;
    }
  }

  /** Runs everything that is due within the next `ms`, and ends there. */
  runFor(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      const sooner = this.#isSooner(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfSooner(sooner, parent)) return;
      parent = sooner;
    }
  }

  #isSooner(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return false;
    return first.at < second.at || (first.at === second.at && first.order < second.order);
  }

  #swapIfSooner(child: number, parent: number): boolean {
    if (!this.#isSooner(child, parent)) return false;
    const [first, second] = [this.#heap[child], this.#heap[parent]];
    if (first === undefined || second === undefined) return false;
    this.#heap[child] = second;
    this.#heap[parent] = first;
    return true;
  }
}
