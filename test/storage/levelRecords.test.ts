import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, expect, it, vi } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import { decodeRecord, encodeRecord } from "../../src/codec/record.ts";
import { pageOf, sideName } from "../../src/machine/records.ts";
import type { MachineRecord } from "../../src/machine/types.ts";
import type { RecordStore } from "../../src/node/ports.ts";
import { openLevel } from "../../src/storage/keyValueStore.ts";
import { LevelRecords } from "../../src/storage/levelRecords.ts";
import { partKey } from "../../src/storage/recordKeys.ts";
import { WriteFuse } from "../../src/storage/writeFuse.ts";
import { encodeOldRecord, encodePart } from "../support/oldRecord.ts";
import { diskError, FaultyStore } from "./support/faultyStore.ts";
import { configuration, jobRecord, metaRecord, sequenceOf } from "./support/records.ts";
import { temporaryFolder } from "./support/temporary.ts";

interface Opened {
  readonly records: LevelRecords;
  readonly store: FaultyStore;
}

async function open(path: string, create = false, whenDurable = async () => undefined): Promise<Opened> {
  const store = new FaultyStore(await openLevel(path, create));
  try {
    const codec = { encode: encodeRecord, decode: decodeRecord };
    const options = { store, where: path, fuse: new WriteFuse(), codec, whenDurable };
    return { records: await LevelRecords.open(options), store };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function loaded(records: LevelRecords): Promise<MachineRecord[]> {
  const all: MachineRecord[] = [];
  for await (const slice of records.load()) all.push(...slice);
  return all;
}

function checkpoint(appliedIndex: number, records: Iterable<MachineRecord>, deletes: readonly string[] = []) {
  return {
    appliedIndex: LogIndex(appliedIndex),
    configuration,
    records: [...records, metaRecord(appliedIndex)],
    deletes: deletes.map(sequenceOf),
  };
}

const summary = (records: readonly MachineRecord[]) =>
  records.map((record) =>
    record.kind === "job"
      ? `${record.job.spec.id} ${record.job.attempt}`
      : record.kind === "meta"
        ? `meta ${record.appliedIndex}`
        : sideName(record),
  );

describe("the records", () => {
  it("come back as of the last checkpoint", async () => {
    const path = temporaryFolder();
    const first = await open(path, true);
    const port: RecordStore = first.records;
    expect(port.appliedIndex).toBe(0);
    expect(await loaded(first.records)).toEqual([]);
    const written = await port.checkpoint(checkpoint(5, [jobRecord("a"), jobRecord("b"), jobRecord("c")]));
    expect(written.records).toBe(4);
    expect(written.bytes).toBeGreaterThan(200);
    await port.checkpoint(checkpoint(9, [jobRecord("b", 1)], ["a", "never there"]));
    expect(port.appliedIndex).toBe(9);
    await first.records.close();

    const again = await open(path);
    expect(again.records.appliedIndex).toBe(9);
    expect(summary(await loaded(again.records))).toEqual(["meta 9", "b 1", "c 0"]);
    await again.records.checkpoint(checkpoint(9, [], ["b", "c"]));
    await again.records.close();
    const last = await open(path);
    expect(summary(await loaded(last.records))).toEqual(["meta 9"]);
    await last.records.close();
  });

  it("keep a job that was deleted and enqueued again between two checkpoints", async () => {
    const path = temporaryFolder();
    const { records } = await open(path, true);
    await records.checkpoint(checkpoint(1, [jobRecord("a")]));
    await records.checkpoint(checkpoint(2, [jobRecord("a", 2)], ["a"]));
    await records.close();
    const again = await open(path);
    expect(summary(await loaded(again.records))).toEqual(["meta 2", "a 2"]);
    await again.records.close();
  });

  it("let the event loop run while thousands are written and loaded", async () => {
    const path = temporaryFolder();
    const first = await open(path, true);
    const many = function* () {
      for (let at = 0; at < 20_000; at++) yield jobRecord(`job ${at}`);
      yield metaRecord(7);
    };
    let turns = 0;
    const count = (): void => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await first.records.checkpoint({
      appliedIndex: LogIndex(7),
      configuration,
      records: many(),
      deletes: [],
    });
    const turnsOfWrite = turns;
    await first.records.close();
    const again = await open(path);
    turns = 0;
    expect(await loaded(again.records)).toHaveLength(20_001);
    clearImmediate(timer);
    delay.disable();
    // By count, since times depend on the machine: 20,000 records take far more than ten slices of 4 ms.
    expect(turnsOfWrite).toBeGreaterThan(10);
    expect(turns).toBeGreaterThan(10);
    await again.records.close();
  });

  it("wait for the log: a checkpoint is never ahead of it", async () => {
    const asked: number[] = [];
    let durable = (): void => undefined;
    const path = temporaryFolder();
    const store = new FaultyStore(await openLevel(path, true));
    const records = await LevelRecords.open({
      store,
      where: path,
      fuse: new WriteFuse(),
      codec: { encode: encodeRecord, decode: decodeRecord },
      whenDurable: (index) => {
        asked.push(index);
        return new Promise((resolve) => (durable = () => resolve()));
      },
    });
    const writing = records.checkpoint(checkpoint(5, []));
    // A rest may come before, when the machine is slow.
    await vi.waitFor(() => expect(asked).toEqual([5]));
    expect(store.commits).toBe(0);
    durable();
    await writing;
    expect(store.commits).toBe(1);
    await records.close();
  });

  it("refuse a checkpoint without its scalars, one that goes back, or a second at a time", async () => {
    const { records } = await open(temporaryFolder(), true);
    await records.checkpoint(checkpoint(5, []));
    await expect(records.checkpoint(checkpoint(4, []))).rejects.toThrow(/do not go back/);
    const under = records.checkpoint(checkpoint(6, []));
    await expect(records.checkpoint(checkpoint(6, []))).rejects.toThrow(/no other under way/);
    await under;
    const lacking = { ...checkpoint(7, []), records: [jobRecord("a")] };
    await expect(records.checkpoint(lacking)).rejects.toThrow(/one meta record/);
    await records.close();
  });

  it("refuse everything after a failed write", async () => {
    const { records, store } = await open(temporaryFolder(), true);
    await records.checkpoint(checkpoint(5, [jobRecord("a")]));
    store.failure = { error: diskError("ENOSPC"), when: "before" };
    await expect(records.checkpoint(checkpoint(6, []))).rejects.toMatchObject({
      code: "DISK_FAILED",
      message: expect.stringContaining("No space left on device"),
    });
    await expect(records.checkpoint(checkpoint(7, []))).rejects.toMatchObject({ code: "DISK_FAILED" });
    expect(store.commits).toBe(2);
    await records.close();
  });

  it("refuse everything after a page that could not be read, and hold no state of the database", async () => {
    const { records, store } = await open(temporaryFolder(), true);
    // Two jobs of one page.
    const neighbour = { ...jobRecord("b"), sequence: sequenceOf("a") + 1 };
    await records.checkpoint(checkpoint(1, [jobRecord("a"), neighbour]));
    store.readFailure = new Error("unreadable");
    // Parts of the page, until it is to be written anew with what it had.
    const untilRead = async (): Promise<void> => {
      for (let index = 2; index < 100; index++)
        await records.checkpoint(checkpoint(index, [jobRecord("a", index)]));
    };
    await expect(untilRead()).rejects.toThrow("unreadable");
    expect(store.openViews).toBe(0);
    const { commits } = store;
    store.readFailure = null;
    await expect(records.checkpoint(checkpoint(100, []))).rejects.toThrow(/needs loaded records.*failed/);
    expect(store.commits).toBe(commits);
    await records.close();
  });
});

describe("records that LevelDB hands back wrong", () => {
  /** Two checkpoints, then `damage` to the database behind the records' back. */
  async function afterDamage(damage: (store: FaultyStore) => Promise<void>): Promise<unknown> {
    const path = temporaryFolder();
    const { records, store } = await open(path, true);
    await records.checkpoint(checkpoint(5, [jobRecord("a"), jobRecord("b")]));
    await records.checkpoint(checkpoint(6, [jobRecord("b", 1)]));
    await damage(store);
    await records.close();
    let opened: Opened | null = null;
    try {
      opened = await open(path);
      return summary(await loaded(opened.records));
    } catch (error) {
      return error;
    } finally {
      await opened?.records.close();
    }
  }

  const [keyOfA, keyOfB, keyOfZ] = ["a", "b", "z"].map((id) => partKey(pageOf(sequenceOf(id)), 0));

  const put = async (
    store: FaultyStore,
    key: string | Uint8Array | undefined,
    value: Uint8Array | null,
  ): Promise<void> => {
    if (key === undefined) throw new Error("no key");
    const batch = store.batch();
    const bytes = Buffer.from(key);
    if (value === null) batch.del(bytes);
    else batch.put(bytes, value);
    await batch.commit();
  };

  it.each([
    [
      "an older version of a record",
      keyOfB,
      encodePart(0, [jobRecord("b")]),
      /are not the 3 of the checkpoint at 6/,
    ],
    ["a missing record", keyOfA, null, /the 2 records found are not the 3/],
    ["a record too many", keyOfZ, encodePart(0, [jobRecord("z")]), /the 4 records found/],
    ["a job too many, of an old release", "jz", encodeOldRecord(jobRecord("z")), /the 4 records found/],
    ["a record under another's key", keyOfA, encodePart(0, [jobRecord("b")]), /under "z.* is that of "z/],
    ["a part under another's key", keyOfA, encodePart(1, [jobRecord("a")]), /under "z.* is that of "z/],
    ["an old record under another's key", "ja", encodeOldRecord(jobRecord("b")), /under "ja" is that of/],
    ["bytes that are no record", keyOfA, Buffer.from("damaged!"), /under "z.* is damaged/],
    [
      "scalars of another index",
      "m",
      encodeOldRecord(metaRecord(5)),
      /as of entry 5, the checkpoint as of 6/,
    ],
    ["no sum", "s", null, /holds records but not their sum/],
    ["a damaged sum", "s", Buffer.from("damaged!"), /sum of the records is damaged/],
  ])("are found: %s", async (_, key, value, message) => {
    const found = await afterDamage((store) => put(store, key, value));
    expect(found).toMatchObject({ code: "DATA_CORRUPT", message: expect.stringMatching(message) });
  });

  it("are not seen where there are none", async () => {
    expect(await afterDamage(async () => undefined)).toEqual(["meta 6", "a 0", "b 1"]);
  });
});
