import { randomInt } from "node:crypto";

/** Each is rehashed by itself when it grows, so that no call takes long: 4,000 keys in each at a million. */
const segmentCount = 256;
const leastCells = 8;
const maxLoad = 0.8;
const growth = 1.3;
/** A cell: both halves of the key's hash, of which not both are zero, and the checksum. */
const cellWords = 3;

/**
 * One 32-bit number a key, in some 17 bytes where a `Map` of strings takes 60 to 90. Keys are told apart by a 63-bit
 * hash alone (seeded anew in each process, so nobody can choose two that collide): of a million keys some two are taken
 * for one once in 18 million processes.
 */
export class ChecksumTable {
  readonly #segments: readonly Segment[] = Array.from({ length: segmentCount }, () => new Segment());
  readonly #seedLow = randomInt(0x1_0000_0000);
  readonly #seedHigh = randomInt(0x1_0000_0000);
  #size = 0;
  #low = 0;
  #high = 0;

  get size(): number {
    return this.#size;
  }

  /** What the key had before, or null. `checksum` is a whole number of 32 bits. */
  set(key: Uint8Array, checksum: number): number | null {
    const before = this.#locate(key).set(this.#low, this.#high, checksum);
    if (before === null) this.#size += 1;
    return before;
  }

  /** What the key had, or null. */
  delete(key: Uint8Array): number | null {
    const before = this.#locate(key).delete(this.#low, this.#high);
    if (before !== null) this.#size -= 1;
    return before;
  }

  #locate(key: Uint8Array): Segment {
    let low = this.#seedLow | 0;
    let high = this.#seedHigh | 0;
    for (const byte of key) {
      low = Math.imul(low ^ byte, 0x9e3779b1);
      low = (low << 15) | (low >>> 17);
      high = Math.imul(high ^ low ^ byte, 0x85ebca6b);
      high = (high << 13) | (high >>> 19);
    }
    low = mixed(low ^ key.length);
    high = mixed(high ^ low);
    low = mixed(low ^ high);
    this.#low = low >>> 0;
    this.#high = (high | 1) >>> 0;
    const segment = this.#segments[high >>> 24];
    if (segment === undefined) throw new RangeError("a byte names a segment");
    return segment;
  }
}

function mixed(value: number): number {
  let v = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  v = Math.imul(v ^ (v >>> 15), 0x846ca68b);
  return v ^ (v >>> 16);
}

/** Open addressing with linear probing; what is deleted leaves no mark behind. Low halves are spread over the cells in order. */
class Segment {
  #cells = new Uint32Array(leastCells * cellWords);
  #capacity = leastCells;
  #size = 0;

  set(low: number, high: number, checksum: number): number | null {
    let at = this.#find(low, high);
    if (this.#isFree(at)) {
      if (this.#size + 1 > this.#capacity * maxLoad) {
        this.#resize(Math.ceil(this.#capacity * growth));
        at = this.#find(low, high);
      }
      this.#size += 1;
      this.#write(at, low, high, checksum);
      return null;
    }
    const before = this.#word(at, 2);
    this.#cells[at * cellWords + 2] = checksum;
    return before;
  }

  delete(low: number, high: number): number | null {
    const at = this.#find(low, high);
    if (this.#isFree(at)) return null;
    const before = this.#word(at, 2);
    this.#close(at);
    this.#size -= 1;
    const wanted = Math.max(leastCells, Math.ceil((this.#size / maxLoad) * growth));
    if (wanted * 2 < this.#capacity) this.#resize(wanted);
    return before;
  }

  /** The cell of this hash, or the free one where it would be. */
  #find(low: number, high: number): number {
    let at = this.#home(low);
    while (!this.#isFree(at) && (this.#word(at, 0) !== low || this.#word(at, 1) !== high))
      at = this.#after(at);
    return at;
  }

  /** Frees a cell, and moves those up that stand behind it for want of it. */
  #close(start: number): void {
    let hole = start;
    for (let at = this.#after(hole); !this.#isFree(at); at = this.#after(at)) {
      const home = this.#home(this.#word(at, 0));
      const staysReachable = hole <= at ? home > hole && home <= at : home > hole || home <= at;
      if (staysReachable) continue;
      this.#write(hole, this.#word(at, 0), this.#word(at, 1), this.#word(at, 2));
      hole = at;
    }
    this.#write(hole, 0, 0, 0);
  }

  #resize(capacity: number): void {
    const before = this.#cells;
    this.#cells = new Uint32Array(capacity * cellWords);
    this.#capacity = capacity;
    for (let word = 0; word < before.length; word += cellWords) {
      const low = before[word] ?? 0;
      const high = before[word + 1] ?? 0;
      if (high !== 0) this.#write(this.#find(low, high), low, high, before[word + 2] ?? 0);
    }
  }

  #home(low: number): number {
    return Math.floor((low / 0x1_0000_0000) * this.#capacity);
  }

  #after(at: number): number {
    return at + 1 === this.#capacity ? 0 : at + 1;
  }

  /** High halves are odd. */
  #isFree(at: number): boolean {
    return this.#word(at, 1) === 0;
  }

  #word(at: number, which: 0 | 1 | 2): number {
    return this.#cells[at * cellWords + which] ?? 0;
  }

  #write(at: number, low: number, high: number, checksum: number): void {
    const word = at * cellWords;
    this.#cells[word] = low;
    this.#cells[word + 1] = high;
    this.#cells[word + 2] = checksum;
  }
}
