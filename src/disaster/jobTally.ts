import { decodeRecord } from "../codec/record.ts";

/** Counts the jobs in records as they are stored, which come in the order of their keys: a page's parts one after the other. */
export class JobTally {
  #page = -1;
  /** Of that page, by their sequence numbers. */
  readonly #jobs = new Set<number>();
  #before = 0;
  #isReadable = true;

  take(value: Uint8Array): void {
    if (!this.#isReadable) return;
    let item: ReturnType<typeof decodeRecord>;
    try {
      item = decodeRecord(value);
    } catch {
      // What it says is for the cluster that it came from to read; here it is only kept.
      this.#isReadable = false;
      return;
    }
    if (item.kind === "job") this.#before++;
    if (item.kind !== "part") return;
    if (item.page !== this.#page) {
      this.#before += this.#jobs.size;
      this.#jobs.clear();
      this.#page = item.page;
    }
    for (const sequence of item.gone) this.#jobs.delete(sequence);
    for (const { sequence } of item.jobs) this.#jobs.add(sequence);
  }

  /** Null when a record could not be read. */
  get total(): number | null {
    return this.#isReadable ? this.#before + this.#jobs.size : null;
  }
}
