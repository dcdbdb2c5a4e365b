/** Each is rehashed by itself when it grows, so that no call takes long: 4,000 rows in each at a million. */
const segmentCount = 256;
const leastCells = 8;
const maxLoad = 0.8;
const growth = 1.3;

/**
 * Rows by the hash of their job's id, in some twelve bytes each. A `Map` of a million strings takes sixty and more, has them
 * looked at by every garbage collection, and is rehashed in one go.
 */
export class IdTable {
  readonly #segments: readonly Segment[];

  constructor() {
    this.#segments = Array.from({ length: segmentCount }, () => new Segment());
  }

  /** The row of this hash for which `isIt` holds, or -1. */
  find(hash: number, isIt: (row: number) => boolean): number {
    return this.#segment(hash).find(hash, isIt);
  }

  /** A row that is not there. */
  add(row: number, hash: number): void {
    this.#segment(hash).add(row, hash);
  }

  /** A row that may be there under another number: false, and nothing happens, when `isIt` holds for one of this hash. */
  addNew(row: number, hash: number, isIt: (row: number) => boolean): boolean {
    return this.#segment(hash).addNew(row, hash, isIt);
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

/**
 * Open addressing with linear probing; what is removed leaves no mark behind. A cell is two numbers side by side, since one
 * cache line is dear enough: a row and one (0 is free), and its hash.
 */
class Segment {
  #cells = new Int32Array(2 * leastCells);
  #capacity = leastCells;
  #size = 0;

  find(hash: number, isIt: (row: number) => boolean): number {
    const cells = this.#cells;
    for (let at = this.#home(hash); ; at = this.#after(at)) {
      const row = (cells[2 * at] ?? 0) - 1;
      if (row < 0 || (cells[2 * at + 1] === hash && isIt(row))) return row;
    }
  }

  add(row: number, hash: number): void {
    this.#makeRoom();
    this.#put(row, hash);
  }

  addNew(row: number, hash: number, isIt: (row: number) => boolean): boolean {
    this.#makeRoom();
    const cells = this.#cells;
    let at = this.#home(hash);
    for (; (cells[2 * at] ?? 0) > 0; at = this.#after(at)) {
      if (cells[2 * at + 1] !== hash || !isIt((cells[2 * at] ?? 0) - 1)) continue;
      this.#size -= 1;
      return false;
    }
    cells[2 * at] = row + 1;
    cells[2 * at + 1] = hash;
    return true;
  }

  remove(row: number, hash: number): void {
    const cells = this.#cells;
    let hole = this.#home(hash);
    while (cells[2 * hole] !== row + 1) hole = this.#after(hole);
    for (let at = this.#after(hole); (cells[2 * at] ?? 0) > 0; at = this.#after(at)) {
      const home = this.#home(cells[2 * at + 1] ?? 0);
      // Those stay that are still found with the hole before them.
      if (hole <= at ? home > hole && home <= at : home > hole || home <= at) continue;
      cells[2 * hole] = cells[2 * at] ?? 0;
      cells[2 * hole + 1] = cells[2 * at + 1] ?? 0;
      hole = at;
    }
    cells[2 * hole] = 0;
    this.#size -= 1;
    const wanted = Math.max(leastCells, Math.ceil((this.#size / maxLoad) * growth));
    if (wanted * 2 < this.#capacity) this.#resize(wanted);
  }

  /** For one more, which is counted. */
  #makeRoom(): void {
    this.#size += 1;
    if (this.#size > this.#capacity * maxLoad) this.#resize(Math.ceil(this.#capacity * growth));
  }

  #put(row: number, hash: number): void {
    const cells = this.#cells;
    let at = this.#home(hash);
    while ((cells[2 * at] ?? 0) > 0) at = this.#after(at);
    cells[2 * at] = row + 1;
    cells[2 * at + 1] = hash;
  }

  #resize(capacity: number): void {
    const before = this.#cells;
    this.#cells = new Int32Array(2 * capacity);
    this.#capacity = capacity;
    for (let at = 0; at < before.length; at += 2) {
      const cell = before[at] ?? 0;
      if (cell > 0) this.#put(cell - 1, before[at + 1] ?? 0);
    }
  }

  /** Hashes are spread over the cells in order; the low byte has chosen the segment. */
  #home(hash: number): number {
    return Math.floor(((hash >>> 8) / 0x100_0000) * this.#capacity);
  }

  #after(at: number): number {
    return at + 1 === this.#capacity ? 0 : at + 1;
  }
}
