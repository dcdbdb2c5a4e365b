import { type JobBytes, type JobPart, PartWriter } from "../codec/jobPart.ts";
import { pageJobs } from "../machine/records.ts";
import type { JobRecord } from "../machine/types.ts";
import { maxParts, partKey } from "./recordKeys.ts";

/** A part that has reached this size takes no further job. */
const fullPartBytes = 64 * 1024;
/** A page is written anew when it has more parts than these and two for each full part's bytes, ... */
const looseParts = 8;
/** ... or when so many more than half of what it says of jobs is out of date. */
const looseEntries = 8;

/** What is known of a page of which something is stored. */
interface Page {
  /** Jobs that it has: one bit for each. */
  readonly live: number;
  readonly parts: number;
  /** Jobs and deletions in all parts. */
  readonly entries: number;
  readonly bytes: number;
}

/** Where parts go to, and come from. */
export interface PartStore {
  put(key: Uint8Array, value: Uint8Array): void;
  del(key: Uint8Array): void;
  /** As they were before anything was put or deleted. */
  read(keys: readonly Uint8Array[]): Promise<readonly JobPart[]>;
  /** Between two parts of a page, which may be large. */
  rest(): Promise<void>;
}

const nothing: Page = { live: 0, parts: 0, entries: 0, bytes: 0 };

/**
 * How jobs lie in the records: in pages, by their sequence numbers, each page in one or more parts. A checkpoint adds to a
 * page a part with what has changed in it, so that it costs one record for many jobs. What is out of date goes when a page
 * is written anew, which is seldom enough that a job is written three times at most, in the mean, for each of its changes.
 */
export class JobPages {
  readonly #pages = new Map<number, Page>();
  /** Keys of jobs that still have records of their own, from format 1, by sequence number. */
  readonly #single = new Map<number, Uint8Array>();
  readonly #writer = new PartWriter();

  /** A part that is there. They are told of in the order of their keys. */
  found(part: JobPart, bytes: number): void {
    const before = this.#pages.get(part.page) ?? nothing;
    const live = (before.live & ~bitsOf(part.gone)) | bitsOf(part.jobs.map(sequenceOf));
    this.#pages.set(part.page, grown(before, live, part.jobs.length + part.gone.length, [bytes]));
  }

  foundSingle(sequence: number, key: Uint8Array): void {
    this.#single.set(sequence, Uint8Array.from(key));
  }

  /** `jobs` have changed, `gone` are gone, should they be there. All are of this page; one page at a time. */
  async write(
    store: PartStore,
    page: number,
    jobs: readonly JobRecord[],
    gone: readonly number[],
  ): Promise<void> {
    this.#endSingles(store, jobs, gone);
    const before = this.#pages.get(page) ?? nothing;
    const put = bitsOf(jobs.map(sequenceOf));
    const taken = gone.filter((sequence) => (before.live & ~put & bitOf(sequence)) !== 0);
    const live = (before.live & ~bitsOf(taken)) | put;
    if (live === 0) this.#drop(store, page, before, 0);
    else if ((live & ~put) === 0) await this.#rewrite(store, page, before, [], jobs);
    else if (isLoose(before, live, jobs.length + taken.length)) {
      const kept = live & ~put;
      const stored = (await readJobs(store, page, before)).filter(
        (job) => (kept & bitOf(job.sequence)) !== 0,
      );
      await this.#rewrite(store, page, before, stored, jobs);
    } else if (jobs.length + taken.length > 0) {
      const sizes = await this.#put(store, page, before.parts, [], jobs, taken);
      this.#pages.set(page, grown(before, live, jobs.length + taken.length, sizes));
    }
  }

  #endSingles(store: PartStore, jobs: readonly JobRecord[], gone: readonly number[]): void {
    if (this.#single.size === 0) return;
    for (const sequence of [...gone, ...jobs.map(sequenceOf)]) {
      const key = this.#single.get(sequence);
      if (key === undefined) continue;
      store.del(key);
      this.#single.delete(sequence);
    }
  }

  /** Everything that the page has now, in place of all its parts. */
  async #rewrite(
    store: PartStore,
    page: number,
    before: Page,
    stored: readonly JobBytes[],
    jobs: readonly JobRecord[],
  ): Promise<void> {
    const sizes = await this.#put(store, page, 0, stored, jobs, []);
    this.#drop(store, page, before, sizes.length);
    const live = bitsOf([...stored, ...jobs].map(sequenceOf));
    this.#pages.set(page, grown(nothing, live, stored.length + jobs.length, sizes));
  }

  /** Removes the parts from `first` on. */
  #drop(store: PartStore, page: number, { parts }: Page, first: number): void {
    for (let part = first; part < parts; part++) store.del(partKey(page, part));
    this.#pages.delete(page);
  }

  /** Writes parts from `first` on; the size of each. */
  async #put(
    store: PartStore,
    page: number,
    first: number,
    stored: readonly JobBytes[],
    jobs: readonly JobRecord[],
    gone: readonly number[],
  ): Promise<readonly number[]> {
    const writer = this.#writer;
    const sizes: number[] = [];
    const finish = (): void => {
      const value = writer.finish();
      store.put(partKey(page, first + sizes.length), value);
      sizes.push(value.length);
    };
    const next = async (): Promise<void> => {
      finish();
      await store.rest();
      writer.begin(page, first + sizes.length);
    };
    writer.begin(page, first);
    writer.gone(gone);
    for (const job of stored) {
      if (writer.bytes >= fullPartBytes) await next();
      writer.copy(job);
    }
    for (const job of jobs) {
      if (writer.bytes >= fullPartBytes) await next();
      writer.job(job);
    }
    finish();
    return sizes;
  }
}

/** The jobs of a page as they are stored. */
async function readJobs(store: PartStore, page: number, { parts }: Page): Promise<readonly JobBytes[]> {
  const keys = Array.from({ length: parts }, (_, part) => partKey(page, part));
  const jobs = new Map<number, JobBytes>();
  for (const part of await store.read(keys)) addPart(jobs, part);
  return [...jobs.values()];
}

/** What a further part makes of the jobs of its page. */
export function addPart(jobs: Map<number, JobBytes>, part: JobPart): void {
  for (const sequence of part.gone) jobs.delete(sequence);
  for (const job of part.jobs) jobs.set(job.sequence, job);
}

function isLoose({ parts, entries, bytes }: Page, live: number, more: number): boolean {
  return (
    parts > looseParts + 2 * Math.floor(bytes / fullPartBytes) ||
    parts > maxParts / 2 ||
    entries + more > 2 * countOf(live) + looseEntries
  );
}

function grown(before: Page, live: number, entries: number, sizes: readonly number[]): Page {
  return {
    live,
    parts: before.parts + sizes.length,
    entries: before.entries + entries,
    bytes: sizes.reduce((total, size) => total + size, before.bytes),
  };
}

function sequenceOf({ sequence }: { readonly sequence: number }): number {
  return sequence;
}

function bitOf(sequence: number): number {
  return 1 << (sequence % pageJobs);
}

function bitsOf(sequences: readonly number[]): number {
  return sequences.reduce((bits, sequence) => bits | bitOf(sequence), 0);
}

function countOf(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
