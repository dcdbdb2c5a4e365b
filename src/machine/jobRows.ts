import { assert } from "../base/assert.ts";
import type { JobSlab } from "./jobSlabs.ts";
import type { JobTemplate } from "./jobTemplate.ts";
import type { JobSlot } from "./slot.ts";

const pageBits = 12;
const pageRows = 1 << pageBits;
/** No row. */
export const none = -1;

/**
 * A job's row: where it stands, and all that is known of one that only waits and has no object of its own (`at rest`, see
 * `JobTable`). Rows are numbers of typed arrays, which garbage collection does not look at.
 */
export class RowPage {
  /** Neighbours in the order of enqueueing, and in the ready lane: rows. */
  readonly newer = new Int32Array(pageRows);
  readonly older = new Int32Array(pageRows);
  readonly laneNext = new Int32Array(pageRows);
  readonly lanePrevious = new Int32Array(pageRows);
  /** Of the id. */
  readonly hash = new Int32Array(pageRows);
  readonly sequence = new Float64Array(pageRows);
  readonly readyOrder = new Float64Array(pageRows);
  readonly enqueuedAt = new Float64Array(pageRows);
  /** Where the payload is packed, if it is. */
  readonly slab: (JobSlab | null)[] = new Array<null>(pageRows).fill(null);
  readonly slabAt = new Int32Array(pageRows);
  /** The job itself, or the template of one at rest. Null for a free row. */
  readonly kept: (JobSlot | JobTemplate | null)[] = new Array<null>(pageRows).fill(null);
  readonly number: number;
  used = 0;
  #free = none;
  #fresh = 0;

  constructor(number: number) {
    this.number = number;
  }

  get isFull(): boolean {
    return this.used === pageRows;
  }

  take(): number {
    this.used += 1;
    let at = this.#free;
    if (at === none) at = this.#fresh++;
    else this.#free = this.newer[at] ?? none;
    return this.number * pageRows + at;
  }

  give(row: number): void {
    const at = placeOf(row);
    this.kept[at] = null;
    this.slab[at] = null;
    this.newer[at] = this.#free;
    this.#free = at;
    this.used -= 1;
  }
}

/** The place of a row in its page. */
export function placeOf(row: number): number {
  return row & (pageRows - 1);
}

/** Pages of rows, which come as they are needed and go when they are empty. */
export class JobRows {
  readonly #pages: (RowPage | undefined)[] = [];
  /** Numbers of pages that are gone. */
  readonly #gone: number[] = [];
  /** With a free row; may name pages that are gone. */
  readonly #open: RowPage[] = [];

  page(row: number): RowPage {
    const page = this.#pages[row >>> pageBits];
    assert(page !== undefined, "a row is of a page that exists");
    return page;
  }

  take(): number {
    const page = this.#pageWithRoom();
    const row = page.take();
    if (page.isFull) this.#open.pop();
    return row;
  }

  give(row: number): void {
    const page = this.page(row);
    if (page.isFull) this.#open.push(page);
    page.give(row);
    // One is kept, lest the last job's coming and going make and drop a page each time.
    if (page.used > 0 || this.#open.length < 2) return;
    this.#pages[page.number] = undefined;
    this.#gone.push(page.number);
  }

  #pageWithRoom(): RowPage {
    for (let page = this.#open.at(-1); page !== undefined; page = this.#open.at(-1)) {
      if (this.#pages[page.number] === page) return page;
      this.#open.pop();
    }
    const page = new RowPage(this.#gone.pop() ?? this.#pages.length);
    this.#pages[page.number] = page;
    this.#open.push(page);
    return page;
  }
}
