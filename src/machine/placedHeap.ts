import { assert } from "../base/assert.ts";

/** Something that stands in one heap at a time and knows where; -1 for in none. */
export interface Placed {
  place: number;
}

/**
 * Binary heap of items by a total order, so that what comes first depends on the content alone. Each item knows its place:
 * removing one, or settling one whose rank changed, costs O(log n).
 */
export class PlacedHeap<Item extends Placed> {
  readonly #items: Item[] = [];
  readonly #isBefore: (a: Item, b: Item) => boolean;

  constructor(isBefore: (a: Item, b: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  first(): Item | null {
    return this.#items[0] ?? null;
  }

  push(item: Item): void {
    assert(item.place < 0, "an item is in one heap at a time");
    this.#items.push(item);
    this.#up(item, this.#items.length - 1);
  }

  remove(item: Item): void {
    const at = item.place;
    assert(this.#items[at] === item, "the item is in this heap");
    item.place = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    last.place = at;
    this.#items[at] = last;
    this.settle(last);
  }

  /** The item's rank has changed. */
  settle(item: Item): void {
    const at = item.place;
    assert(this.#items[at] === item, "the item is in this heap");
    const parent = this.#items[(at - 1) >> 1];
    if (at > 0 && parent !== undefined && this.#isBefore(item, parent)) this.#up(item, at);
    else this.#down(item, at);
  }

  /** In no particular order. */
  items(): readonly Item[] {
    return this.#items;
  }

  #up(item: Item, start: number): void {
    let at = start;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#items[parentAt];
      if (parent === undefined || !this.#isBefore(item, parent)) break;
      this.#put(parent, at);
      at = parentAt;
    }
    this.#put(item, at);
  }

  #down(item: Item, start: number): void {
    const items = this.#items;
    let at = start;
    for (let childAt = 2 * at + 1; childAt < items.length; childAt = 2 * at + 1) {
      let child = items[childAt];
      const right = items[childAt + 1];
      if (child !== undefined && right !== undefined && this.#isBefore(right, child)) {
        child = right;
        childAt += 1;
      }
      if (child === undefined || !this.#isBefore(child, item)) break;
      this.#put(child, at);
      at = childAt;
    }
    this.#put(item, at);
  }

  #put(item: Item, at: number): void {
    this.#items[at] = item;
    item.place = at;
  }
}
