import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import type { JobPart } from "../../src/codec/jobPart.ts";
import { decodeRecord, encodeRecord } from "../../src/codec/record.ts";
import { pageJobs } from "../../src/machine/records.ts";
import type { JobRecord } from "../../src/machine/types.ts";
import { openLevel } from "../../src/storage/keyValueStore.ts";
import { LevelRecords } from "../../src/storage/levelRecords.ts";
import { keyOf } from "../../src/storage/recordKeys.ts";
import { RecordsDigest } from "../../src/storage/recordsDigest.ts";
import { encodeRecordsSum, recordsSumKey } from "../../src/storage/storedValues.ts";
import { WriteFuse } from "../../src/storage/writeFuse.ts";
import { encodeOldRecord } from "../support/oldRecord.ts";
import { FaultyStore } from "./support/faultyStore.ts";
import { configuration, jobRecord, metaRecord } from "./support/records.ts";
import { temporaryFolder } from "./support/temporary.ts";

function job(sequence: number, attempt = 0, payloadBytes = 30): JobRecord {
  return { ...jobRecord(`job-${sequence}`, attempt, payloadBytes), sequence };
}

function range(from: number, through: number, attempt = 0): JobRecord[] {
  return Array.from({ length: through - from + 1 }, (_, at) => job(from + at, attempt));
}

/** Records of one database, over restarts. */
class Shelf {
  readonly #path = temporaryFolder();
  #index = 0;
  #records: LevelRecords | null = null;
  #store: FaultyStore | null = null;

  async records(): Promise<LevelRecords> {
    if (this.#records !== null) return this.#records;
    this.#store = new FaultyStore(await openLevel(this.#path, true));
    this.#records = await LevelRecords.open({
      store: this.#store,
      where: this.#path,
      fuse: new WriteFuse(),
      codec: { encode: encodeRecord, decode: decodeRecord },
      whenDurable: async () => undefined,
    });
    return this.#records;
  }

  async checkpoint(changed: readonly JobRecord[], deletes: readonly number[] = []): Promise<void> {
    this.#index += 1;
    const appliedIndex = LogIndex(this.#index);
    const records = [...changed, metaRecord(this.#index)];
    await (await this.records()).checkpoint({ appliedIndex, configuration, records, deletes });
  }

  async restart(): Promise<Map<number, JobRecord>> {
    await this.#records?.close();
    this.#records = null;
    const jobs = new Map<number, JobRecord>();
    for await (const slice of (await this.records()).load()) {
      for (const record of slice) {
        if (record.kind !== "job") continue;
        if (jobs.has(record.sequence)) throw new Error(`job ${record.sequence} is there twice`);
        jobs.set(record.sequence, record);
      }
    }
    return jobs;
  }

  /** What is stored of jobs: of each part its page, number, jobs and deletions. */
  async parts(): Promise<string[]> {
    await this.records();
    const shown: string[] = [];
    for await (const slice of this.#store?.scan() ?? []) {
      for (const [key, value] of slice) {
        if (key[0] === "j".charCodeAt(0)) shown.push("single");
        if (key[0] === "z".charCodeAt(0)) shown.push(show(decodeRecord(value) as JobPart));
      }
    }
    return shown;
  }

  /** As an old release left it: a record for each job. To begin with. */
  async writeOld(jobs: readonly JobRecord[]): Promise<void> {
    const store = await openLevel(this.#path, true);
    const batch = store.batch();
    const digest = new RecordsDigest();
    for (const record of [...jobs, metaRecord(0)]) {
      const [key, value] = [keyOf(record), encodeOldRecord(record)];
      batch.put(key, value);
      digest.set(key, value);
    }
    const sum = encodeRecordsSum({ appliedIndex: LogIndex(0), ...digest.total, configuration });
    batch.put(recordsSumKey, sum);
    await batch.commit();
    await store.close();
  }

  async close(): Promise<void> {
    await this.#records?.close();
    this.#records = null;
  }
}

function show({ page, part, jobs, gone }: JobPart): string {
  return `${page}.${part}: ${jobs.length}${gone.length > 0 ? ` -${gone.length}` : ""}`;
}

/** With payloads as texts: comparing large ones byte by byte would take most of a minute. */
function legible(jobs: ReadonlyMap<number, JobRecord>): unknown[] {
  return [...jobs.values()]
    .toSorted((a, b) => a.sequence - b.sequence)
    .map(({ job, ...rest }) => ({
      ...rest,
      job: { ...job, spec: { ...job.spec, payload: textOf(job.spec.payload) } },
    }));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

const shelves: Shelf[] = [];
function shelf(): Shelf {
  const made = new Shelf();
  shelves.push(made);
  return made;
}

afterAll(async () => {
  for (const each of shelves) await each.close();
});

describe("jobs in pages", () => {
  it("of one checkpoint are one record for each page, and come back", async () => {
    const it = shelf();
    const jobs = range(1, 3 * pageJobs - 1);
    await it.checkpoint(jobs);
    expect(await it.parts()).toEqual(["0.0: 31", "1.0: 32", "2.0: 32"]);
    expect([...(await it.restart()).values()]).toEqual(jobs);
  });

  it("get a further part for what changes and goes, and are one again when all has changed", async () => {
    const it = shelf();
    await it.checkpoint(range(32, 63));
    await it.checkpoint([job(40, 1)], [33, 34]);
    expect(await it.parts()).toEqual(["1.0: 32", "1.1: 1 -2"]);
    await it.checkpoint(range(35, 63, 2), [32]);
    expect(await it.parts()).toEqual(["1.0: 29"]);
    expect([...(await it.restart()).values()]).toEqual(range(35, 63, 2));
  });

  it("leave nothing behind when all are gone, and deletes of jobs that were never stored write nothing", async () => {
    const it = shelf();
    await it.checkpoint(range(1, 40));
    await it.checkpoint([job(3, 1)], [4]);
    await it.checkpoint([], [...range(1, 31).map(({ sequence }) => sequence), 1000]);
    expect(await it.parts()).toEqual(["1.0: 9"]);
    await it.restart();
    await it.checkpoint(
      [],
      range(32, 40).map(({ sequence }) => sequence),
    );
    expect(await it.parts()).toEqual([]);
    expect((await it.restart()).size).toBe(0);
  });

  it("are written anew when the parts become many, or say mostly what is out of date", async () => {
    const it = shelf();
    await it.checkpoint(range(1, 31));
    for (let attempt = 1; attempt <= 9; attempt++) await it.checkpoint([job(7, attempt)]);
    expect(await it.parts()).toEqual(["0.0: 31"]);
    const jobs = await it.restart();
    expect([jobs.size, jobs.get(7)?.job.attempt]).toEqual([31, 9]);
    for (let sequence = 1; sequence < 24; sequence++) await it.checkpoint([], [sequence]);
    const parts = await it.parts();
    expect(parts.length).toBeLessThan(10);
    expect([...(await it.restart()).keys()]).toEqual([24, 25, 26, 27, 28, 29, 30, 31]);
  });

  it("of large payloads are in parts of a bounded size, all of which are replaced together", async () => {
    const it = shelf();
    const large = (attempt: number) => range(0, 31).map(({ sequence }) => job(sequence, attempt, 20_000));
    await it.checkpoint(large(0));
    expect(await it.parts()).toHaveLength(8);
    await it.checkpoint(large(1).slice(0, 3));
    await it.checkpoint(large(2).slice(1));
    expect(await it.parts()).toHaveLength(8 + 1 + 8);
    expect([...(await it.restart()).values()]).toEqual([...large(1).slice(0, 1), ...large(2).slice(1)]);
    await it.checkpoint(range(0, 31, 3));
    expect(await it.parts()).toEqual(["0.0: 32"]);
  });

  it("take the place of the records that jobs had in format 1 as these change or go", async () => {
    const it = shelf();
    await it.writeOld(range(30, 34));
    expect(await it.parts()).toEqual(["single", "single", "single", "single", "single"]);
    expect([...(await it.restart()).values()]).toEqual(range(30, 34));
    await it.checkpoint([job(31, 1), job(32, 1), job(40)], [30]);
    expect(await it.parts()).toEqual(["single", "single", "0.0: 1", "1.0: 2"]);
    const jobs = await it.restart();
    expect([...jobs.values()].map((each) => [each.sequence, each.job.attempt])).toEqual([
      [33, 0],
      [34, 0],
      [31, 1],
      [32, 1],
      [40, 0],
    ]);
    await it.checkpoint([], [31, 32, 33, 34]);
    expect(await it.parts()).toEqual(["1.0: 2", "1.1: 0 -1"]);
    expect([...(await it.restart()).keys()]).toEqual([40]);
  });

  it("are what a plain map of them would be, whatever changes, goes and restarts", async () => {
    const sequence = fc.nat(3 * pageJobs);
    const step = fc.record({
      changed: fc.array(sequence, { maxLength: 40 }),
      deletes: fc.array(sequence, { maxLength: 40 }),
      restart: fc.boolean(),
      bytes: fc.constantFrom(10, 10, 10, 9_000),
    });
    const steps = fc.array(step, { minLength: 5, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(sequence, { maxLength: 20 }), steps, async (old, all) => {
        const stored = shelf();
        const model = new Map(old.map((each) => [each, job(each)]));
        await stored.writeOld([...model.values()]);
        await stored.restart();
        for (const [at, { changed, deletes, restart, bytes }] of all.entries()) {
          const gone = deletes.filter((each) => !changed.includes(each));
          const jobs = [...new Set(changed)]
            .toSorted((a, b) => a - b)
            .map((each) => job(each, at + 1, bytes));
          await stored.checkpoint(jobs, gone);
          for (const each of gone) model.delete(each);
          for (const each of jobs) model.set(each.sequence, each);
          if (restart) expect(legible(await stored.restart())).toEqual(legible(model));
        }
        expect(legible(await stored.restart())).toEqual(legible(model));
        await stored.close();
      }),
      { numRuns: 10 },
    );
  });
});
