interface Entry {
  readonly name: string;
  readonly at: number;
}

/** Names by the time at which each is due, earliest first: a binary heap whose outdated entries are left until they surface. */
export class DueQueue {
  readonly #heap: Entry[] = [];
  readonly #current = new Map<string, Entry>();

  /** In the place of what it had before; null for never. */
  set(name: string, at: number | null): void {
    this.#current.delete(name);
    if (at === null) return;
    const entry = { name, at };
    this.#current.set(name, entry);
    this.#push(entry);
  }

  /** No name is due before this; null when none is due ever. */
  get nextAt(): number | null {
    return this.#heap[0]?.at ?? null;
  }

  /** Takes the earliest name out if it is due at `now`. */
  takeDue(now: number): string | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      const isCurrent = this.#current.get(first.name) === first;
      if (isCurrent && first.at > now) return undefined;
      this.#pop();
      if (!isCurrent) continue;
      this.#current.delete(first.name);
      return first.name;
    }
    return undefined;
  }

  clear(): void {
    this.#heap.length = 0;
    this.#current.clear();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!earlier(entry, heap[parent])) break;
      heap[at] = heap[parent] as Entry;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (earlier(heap[child + 1], heap[child])) child += 1;
      const below = heap[child];
      if (below === undefined || !earlier(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

/** Of equal times the name that sorts first. */
function earlier(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a === undefined || b === undefined) return a !== undefined;
  return a.at < b.at || (a.at === b.at && a.name < b.name);
}
