import { maxTurns } from "./limits.ts";

/** What a claim of a key of weight 1 costs: divisible by every weight up to 16. */
const claimCost = 720_720;
/** Where the numbers are brought down again, so that they stay exact. */
const tooLarge = 2 ** 50;

/**
 * Weighted fair queueing of the keys of one priority level, in whole numbers. A key's turn goes up by 1/weight with each
 * claim, and who has the lowest is next. Virtual time is the turn of the key that was served last; a key below it (new, idle
 * or held up meanwhile) counts as being there, so that nobody saves up turns. Where nobody waits any more all begin anew,
 * else the names of keys would pile up.
 */
export class Turns {
  #time = 0;
  /** Only those above virtual time mean anything. */
  readonly #turns = new Map<string, number>();
  #sweepAt = 64;

  get time(): number {
    return this.#time;
  }

  of(key: string): number {
    return Math.max(this.#turns.get(key) ?? 0, this.#time);
  }

  /** The key is served. Returns by how much turns went down at most, nearly always 0. */
  serve(key: string, weight: number): number {
    const turn = this.of(key);
    this.#time = turn;
    this.#turns.set(key, turn + Math.max(1, Math.floor(claimCost / weight)));
    if (this.#turns.size > Math.min(this.#sweepAt, maxTurns)) this.#sweep();
    if (this.#turns.size > maxTurns) return this.clear();
    if (this.#time < tooLarge) return 0;
    this.#sweep();
    for (const [each, at] of this.#turns) this.#turns.set(each, at - this.#time);
    const by = this.#time;
    this.#time = 0;
    return by;
  }

  /** All begin anew. As `serve`. */
  clear(): number {
    const by = this.#time + claimCost;
    this.#turns.clear();
    this.#sweepAt = 64;
    this.#time = 0;
    return by;
  }

  /** Keys above virtual time, by key. */
  ahead(): (readonly [key: string, turn: number])[] {
    this.#sweep();
    return [...this.#turns].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  restore(time: number, turns: readonly (readonly [key: string, turn: number])[]): void {
    this.#time = time;
    for (const [key, turn] of turns) this.#turns.set(key, turn);
  }

  #sweep(): void {
    for (const [key, turn] of this.#turns) if (turn <= this.#time) this.#turns.delete(key);
    this.#sweepAt = 64 + 2 * this.#turns.size;
  }
}
