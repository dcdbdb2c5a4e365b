/** Something that will happen. `cancel` makes it not happen; it stays in the heap until its time. */
export interface Scheduled {
  readonly at: number;
  readonly order: number;
  run: (() => void) | null;
}

/**
 * The one heap of everything that will happen, in order of virtual time, and of scheduling where times are equal. Times are
 * milliseconds since the beginning of the run, with fractions: the true time, which no node's clock shows exactly.
 */
export class Timeline {
  readonly #heap: Scheduled[] = [];
  #now = 0;
  #order = 0;

  get now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): Scheduled {
    return this.at(this.#now + delayMs, run);
  }

  at(time: number, run: () => void): Scheduled {
    const item: Scheduled = { at: Math.max(time, this.#now), order: this.#order++, run };
    this.#heap.push(item);
    this.#up(this.#heap.length - 1);
    return item;
  }

  /** Lets everything happen that is due by `end`, or until `enough` says so. */
  runUntil(end: number, enough: () => boolean = () => false): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      const { run } = next;
      if (run === null) continue;
      this.#now = next.at;
      run();
      if (enough()) return;
    }
    this.#now = end;
  }

  #up(from: number): void {
    const heap = this.#heap;
    let child = from;
    const item = heap[child] as Scheduled;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = heap[parent] as Scheduled;
      if (!isSooner(item, above)) break;
      heap[child] = above;
      child = parent;
    }
    heap[child] = item;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Scheduled;
    const size = heap.length;
    if (size === 0) return;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= size) break;
      if (child + 1 < size && isSooner(heap[child + 1] as Scheduled, heap[child] as Scheduled)) child += 1;
      if (!isSooner(heap[child] as Scheduled, last)) break;
      heap[parent] = heap[child] as Scheduled;
      parent = child;
    }
    heap[parent] = last;
  }
}

export function cancel(item: Scheduled): void {
  item.run = null;
}

function isSooner(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
