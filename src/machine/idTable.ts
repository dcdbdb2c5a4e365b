import { type JobRows, placeOf } from "./jobRows.ts";

/** Each is rehashed by itself when it grows, so that no call takes long: 4,000 rows in each at a million. */
const segmentCount = 256;
const leastCells = 8;
const maxLoad = 0.8;
const growth = 1.3;

/**
 * Rows by the hash of their job's id, in some six bytes each. A `Map` of a million strings takes sixty and more, has them
 * looked at by every garbage collection, and is rehashed in one go.
 */
export class IdTable {
  readonly #segments: readonly Segment[];

  constructor(rows: JobRows) {
    this.#segments = Array.from({ length: segmentCount }, () => new Segment(rows));
  }

  /** The row of this hash for which `isIt` holds, or -1. */
  find(hash: number, isIt: (row: number) => boolean): number {
    return this.#segment(hash).find(hash, isIt);
  }

  /** A row that is not there; its hash is in its page. */
  add(row: number, hash: number): void {
    this.#segment(hash).add(row, hash);
  }

  /** A row that is there. */
  remove(row: number, hash: number): void {
    this.#segment(hash).remove(row, hash);
  }

  #segment(hash: number): Segment {
    const segment = this.#segments[hash & (segmentCount - 1)];
    if (segment === undefined) throw new RangeError("a byte names a segment");
    return segment;
  }
}

/** 32 bits, as a signed number. With a seed that nobody knows, nobody can choose ids that all collide. */
export function hashOfId(id: string, seed: number): number {
  let a = seed | 0;
  let b = ~seed;
  for (let n = 0; n < id.length; n++) {
    const unit = id.charCodeAt(n);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    a = (a << 15) | (a >>> 17);
    b = Math.imul(b ^ a ^ unit, 0x85ebca6b);
    b = (b << 13) | (b >>> 19);
  }
  a = Math.imul(a ^ b ^ (b >>> 15), 0x7feb352d);
  a = Math.imul(a ^ (a >>> 13), 0x846ca68b);
  return a ^ (a >>> 16);
}

/** Open addressing with linear probing; what is removed leaves no mark behind. A cell holds a row and one; 0 is free. */
class Segment {
  readonly #rows: JobRows;
  #cells = new Int32Array(leastCells);
  #size = 0;

  constructor(rows: JobRows) {
    this.#rows = rows;
  }

  find(hash: number, isIt: (row: number) => boolean): number {
    for (let at = this.#home(hash); ; at = this.#after(at)) {
      const row = this.#row(at);
      if (row < 0 || (this.#hashOf(row) === hash && isIt(row))) return row;
    }
  }

  add(row: number, hash: number): void {
    this.#size += 1;
    if (this.#size > this.#cells.length * maxLoad) this.#resize(Math.ceil(this.#cells.length * growth));
    this.#put(row, hash);
  }

  remove(row: number, hash: number): void {
    let hole = this.#home(hash);
    while (this.#row(hole) !== row) hole = this.#after(hole);
    for (let at = this.#after(hole); this.#row(at) >= 0; at = this.#after(at)) {
      const home = this.#home(this.#hashOf(this.#row(at)));
      // Those stay that are still found with the hole before them.
      if (hole <= at ? home > hole && home <= at : home > hole || home <= at) continue;
      this.#cells[hole] = this.#row(at) + 1;
      hole = at;
    }
    this.#cells[hole] = 0;
    this.#size -= 1;
    const wanted = Math.max(leastCells, Math.ceil((this.#size / maxLoad) * growth));
    if (wanted * 2 < this.#cells.length) this.#resize(wanted);
  }

  #put(row: number, hash: number): void {
    let at = this.#home(hash);
    while (this.#row(at) >= 0) at = this.#after(at);
    this.#cells[at] = row + 1;
  }

  #resize(capacity: number): void {
    const before = this.#cells;
    this.#cells = new Int32Array(capacity);
    for (const cell of before) if (cell > 0) this.#put(cell - 1, this.#hashOf(cell - 1));
  }

  /** Hashes are spread over the cells in order; the low byte has chosen the segment. */
  #home(hash: number): number {
    return Math.floor(((hash >>> 8) / 0x100_0000) * this.#cells.length);
  }

  #after(at: number): number {
    return at + 1 === this.#cells.length ? 0 : at + 1;
  }

  #row(at: number): number {
    return (this.#cells[at] ?? 0) - 1;
  }

  #hashOf(row: number): number {
    return this.#rows.page(row).hash[placeOf(row)] ?? 0;
  }
}
