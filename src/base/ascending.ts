import { assert } from "./assert.ts";

/** Freed places at the front are reclaimed in bulk, so that the oldest one goes at no cost. */
const reclaimAfter = 64;

/**
 * Values by numbers that only grow, as requests have them: added at the end, found by halving, and mostly removed at the front.
 * For what comes and goes all the time and holds much, in place of a `Map`; why, see `Bag`.
 */
export class Ascending<Value> {
  readonly #numbers: number[] = [];
  readonly #values: (Value | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#numbers.length - this.#head;
  }

  get oldest(): Value | undefined {
    return this.#values[this.#head];
  }

  /** `number` is above all others that are there. */
  add(number: number, value: Value): void {
    assert(number > (this.#numbers.at(-1) ?? Number.NEGATIVE_INFINITY), "numbers ascend");
    this.#numbers.push(number);
    this.#values.push(value);
  }

  get(number: number): Value | undefined {
    const at = this.#find(number);
    return this.#numbers[at] === number ? this.#values[at] : undefined;
  }

  /** Removes it, and gives it. */
  take(number: number): Value | undefined {
    const at = this.#find(number);
    if (this.#numbers[at] !== number) return undefined;
    const value = this.#values[at];
    if (at > this.#head) {
      this.#numbers.splice(at, 1);
      this.#values.splice(at, 1);
      return value;
    }
    this.#values[at] = undefined;
    this.#head += 1;
    if (this.#head === this.#numbers.length) this.clear();
    else if (this.#head >= reclaimAfter && this.#head * 2 >= this.#numbers.length) this.#reclaim();
    return value;
  }

  /** From the oldest on, as of the call. */
  values(): readonly Value[] {
    return this.#values.slice(this.#head) as Value[];
  }

  clear(): void {
    this.#head = 0;
    this.#numbers.length = 0;
    this.#values.length = 0;
  }

  #reclaim(): void {
    this.#numbers.splice(0, this.#head);
    this.#values.splice(0, this.#head);
    this.#head = 0;
  }

  /** Where the first number that is not below it stands, from the head on. */
  #find(number: number): number {
    let low = this.#head;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#numbers[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
