import { assert } from "./assert.ts";

/** Freed places at the front are reclaimed in bulk, so that the oldest one goes at no cost. */
const reclaimAfter = 64;
/** Places that are kept for what comes next once nothing is there. */
const keptPlaces = 1_024;

/**
 * Values by numbers that only grow, as requests have them: added at the end, found by halving, and mostly removed at the front.
 * For what comes and goes all the time and holds much, in place of a `Map`; why, see `Bag`.
 */
export class Ascending<Value> {
  // Arrays that are never cut: to set a length takes longer than all the rest.
  #numbers: number[] = [];
  #values: (Value | undefined)[] = [];
  #head = 0;
  #end = 0;

  get size(): number {
    return this.#end - this.#head;
  }

  get oldest(): Value | undefined {
    return this.#values[this.#head];
  }

  /** `number` is above all others that are there. */
  add(number: number, value: Value): void {
    assert(this.size === 0 || number > (this.#numbers[this.#end - 1] ?? 0), "numbers ascend");
    this.#numbers[this.#end] = number;
    this.#values[this.#end] = value;
    this.#end += 1;
  }

  get(number: number): Value | undefined {
    const at = this.#find(number);
    return at < 0 ? undefined : this.#values[at];
  }

  /** Removes it, and gives it. */
  take(number: number): Value | undefined {
    const at = this.#find(number);
    if (at < 0) return undefined;
    const value = this.#values[at];
    if (at === this.#head) {
      this.#values[at] = undefined;
      this.#head += 1;
    } else {
      this.#numbers.copyWithin(at, at + 1, this.#end);
      this.#values.copyWithin(at, at + 1, this.#end);
      this.#end -= 1;
      this.#values[this.#end] = undefined;
    }
    if (this.#head === this.#end) this.clear();
    else if (this.#head >= reclaimAfter && this.#head * 2 >= this.#end) this.#reclaim();
    return value;
  }

  /** From the oldest on, as of the call. */
  values(): readonly Value[] {
    return this.#values.slice(this.#head, this.#end) as Value[];
  }

  clear(): void {
    if (this.#values.length > keptPlaces) {
      this.#numbers = [];
      this.#values = [];
    } else this.#values.fill(undefined, this.#head, this.#end);
    this.#head = 0;
    this.#end = 0;
  }

  #reclaim(): void {
    this.#numbers.copyWithin(0, this.#head, this.#end);
    this.#values.copyWithin(0, this.#head, this.#end);
    this.#values.fill(undefined, this.size, this.#end);
    this.#end -= this.#head;
    this.#head = 0;
  }

  /** Where a number stands, or -1. */
  #find(number: number): number {
    if (this.size > 0 && this.#numbers[this.#head] === number) return this.#head;
    let low = this.#head;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#numbers[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low < this.#end && this.#numbers[low] === number ? low : -1;
  }
}
