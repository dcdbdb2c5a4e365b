import type { JobBytes, JobPart } from "../codec/jobPart.ts";
import { decodeJob } from "../codec/record.ts";
import type { MachineRecord } from "../machine/types.ts";
import { addPart } from "./jobPages.ts";

/** Turns what is stored, in the order of its keys, into the machine's records: jobs as the last part of their page has them. */
export class StoredJobs {
  #page = -1;
  readonly #jobs = new Map<number, JobBytes>();

  /** The records that are complete with this. Throws DATA_CORRUPT. */
  *take(item: MachineRecord | JobPart): Iterable<MachineRecord> {
    if (item.kind !== "part") {
      yield item;
      return;
    }
    if (item.page !== this.#page) yield* this.end();
    this.#page = item.page;
    addPart(this.#jobs, item);
  }

  /** The rest, once everything was taken. */
  *end(): Iterable<MachineRecord> {
    for (const job of this.#jobs.values()) yield decodeJob(job);
    this.#jobs.clear();
  }
}
