import type { JobBytes } from "../codec/jobPart.ts";
import { decodeRecord } from "../codec/record.ts";
import { addPart } from "../storage/jobPages.ts";

/** Counts the jobs in records as they are stored, which come in the order of their keys: a page's parts one after the other. */
export class JobTally {
  #page = -1;
  /** Of that page, by their sequence numbers. */
  readonly #jobs = new Map<number, JobBytes>();
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
    addPart(this.#jobs, item);
  }

  /** Null when a record could not be read. */
  get total(): number | null {
    return this.#isReadable ? this.#before + this.#jobs.size : null;
  }
}
