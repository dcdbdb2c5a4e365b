import { Level } from "level";
import { describe, expect, it, vi } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import { chainStart, frameRun, joinFrames, readFrames } from "../../src/codec/frame.ts";
import type { LogStore } from "../../src/node/ports.ts";
import type { LevelLog } from "../../src/storage/levelLog.ts";
import { runKey } from "../../src/storage/storedValues.ts";
import { until } from "../support/until.ts";
import { batch, entries, entry, hardState, shown } from "./support/entries.ts";
import { append, openLog } from "./support/openLog.ts";
import { temporaryFolder } from "./support/temporary.ts";

const at = LogIndex;
const read = async (log: LevelLog, from: number, through: number, maxBytes = Number.POSITIVE_INFINITY) =>
  (await log.read(at(from), at(through), maxBytes)).map(shown);

describe("the log on disk", () => {
  it("starts empty, fits the driver's port, and brings everything back", async () => {
    const root = temporaryFolder();
    const first = await openLog(root);
    const port: LogStore = first.log;
    expect([port.lastEntry, port.compacted]).toEqual([
      { index: 0, term: 0 },
      { index: 0, term: 0 },
    ]);
    await append(first.log, batch({ hardState: hardState(1, "n1"), entries: entries(1, 3) }));
    await append(first.log, batch({ hardState: hardState(4), entries: entries(4, 5, 4) }));
    await first.log.close();

    const again = await openLog(root, { keepAbove: 2 });
    expect(again.hardState).toEqual(hardState(4));
    expect(again.termStarts).toEqual([
      { index: 1, term: 1 },
      { index: 4, term: 4 },
    ]);
    expect(again.entries.map(shown)).toEqual([entry(3), ...entries(4, 5, 4)].map(shown));
    expect(again.log.lastEntry).toEqual({ index: 5, term: 4 });
    await again.log.close();
  });

  it("reads a range across runs, bounded by bytes but never empty", async () => {
    const { log } = await openLog(temporaryFolder());
    await append(log, batch({ hardState: hardState(1), entries: entries(1, 4) }));
    await append(log, batch({ entries: entries(5, 9) }));
    expect(await read(log, 3, 7)).toEqual(entries(3, 7).map(shown));
    expect(await read(log, 3, 7, 60)).toEqual(entries(3, 5).map(shown));
    expect(await read(log, 3, 7, 0)).toEqual(entries(3, 3).map(shown));
    for (const [from, through] of [
      [0, 1],
      [5, 10],
      [6, 5],
    ] as const) {
      await expect(read(log, from, through)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    }
    await log.close();
  });

  it("stores one value for a durable write, and one for all writes that wait together", async () => {
    const { log, store } = await openLog(temporaryFolder());
    const batches = [
      batch({ hardState: hardState(1), entries: entries(1, 2) }),
      batch({ entries: entries(3, 9) }),
    ];
    for (const each of batches) log.stage(each);
    await Promise.all(batches.map((each) => log.write(each)));
    expect(store.commits).toBe(1);
    let values = 0;
    for await (const slice of store.scan()) values += slice.length;
    expect(values).toBe(2);
    await log.close();
  });

  it("repeats the hard state with every write: a vote dropped from the middle is there again", async () => {
    const { log, store } = await openLog(temporaryFolder());
    await append(log, batch({ hardState: hardState(1, "n2") }));
    await append(log, batch({ entries: entries(1, 4) }));
    expect(store.lastPuts).toEqual(["h", "e"]);
    await append(log, batch({ truncateFrom: 3 }));
    expect(store.lastPuts).toEqual(["h", "e"]);
    await log.close();
  });

  it("asks LevelDB to sync every write", async () => {
    const { log } = await openLog(temporaryFolder());
    const probe = new Level(temporaryFolder());
    await probe.open();
    const chainedBatch = Object.getPrototypeOf(Object.getPrototypeOf(probe.batch()));
    await probe.close();
    const write = vi.spyOn(chainedBatch, "write");
    await append(log, batch({ hardState: hardState(1), entries: entries(1, 4) }));
    await append(log, batch({ truncateFrom: 3 }));
    await log.compact(at(1));
    expect(write.mock.calls).toEqual([[{ sync: true }], [{ sync: true }], [{ sync: true }]]);
    write.mockRestore();
    await log.close();
  });

  it("cuts the end, in the middle of a run or between two", async () => {
    const root = temporaryFolder();
    const { log } = await openLog(root);
    await append(log, batch({ hardState: hardState(1), entries: entries(1, 4) }));
    await append(log, batch({ entries: entries(5, 8) }));
    await append(log, batch({ hardState: hardState(2), truncateFrom: 7, entries: entries(7, 7, 2) }));
    expect(await read(log, 5, 7)).toEqual([...entries(5, 6), entry(7, 2)].map(shown));
    await append(log, batch({ truncateFrom: 5 }));
    expect(log.lastEntry).toEqual({ index: 4, term: 1 });
    await append(log, batch({ hardState: hardState(3), truncateFrom: 2, entries: entries(2, 3, 3) }));
    const expected = [entry(1), ...entries(2, 3, 3)].map(shown);
    expect(await read(log, 1, 3)).toEqual(expected);
    await log.close();
    const again = await openLog(root);
    expect(again.entries.map(shown)).toEqual(expected);
    await again.log.close();
  });

  it("removes the front exactly, cutting a run, and remembers what is gone", async () => {
    const root = temporaryFolder();
    const { log } = await openLog(root);
    await append(log, batch({ hardState: hardState(2), entries: [...entries(1, 3), ...entries(4, 6, 2)] }));
    await append(log, batch({ entries: entries(7, 9, 2) }));
    await log.compact(at(5));
    await log.compact(at(3));
    expect(log.compacted).toEqual({ index: 5, term: 2 });
    await expect(read(log, 5, 7)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(await read(log, 6, 9)).toEqual(entries(6, 9, 2).map(shown));
    await log.close();

    const again = await openLog(root);
    expect([again.log.compacted, again.termStarts]).toEqual([{ index: 5, term: 2 }, [{ index: 6, term: 2 }]]);
    await again.log.compact(at(9));
    expect([again.log.compacted, again.log.lastEntry]).toEqual([
      { index: 9, term: 2 },
      { index: 9, term: 2 },
    ]);
    await append(again.log, batch({ entries: entries(10, 11, 2) }));
    await again.log.close();
    const last = await openLog(root);
    expect(last.entries.map(shown)).toEqual(entries(10, 11, 2).map(shown));
    await last.log.close();
  });

  it("names the last end of a run, through which the front goes without being read", async () => {
    const { log } = await openLog(temporaryFolder());
    await append(log, batch({ hardState: hardState(2), entries: entries(1, 4) }));
    await append(log, batch({ entries: entries(5, 6, 2) }));
    await append(log, batch({ entries: entries(7, 9, 2) }));
    expect([3, 4, 5, 6, 8, 9, 12].map((index) => log.cutBelow(at(index)))).toEqual([0, 4, 4, 6, 6, 9, 9]);
    const get = vi.spyOn(Level.prototype, "get");
    await log.compact(log.cutBelow(at(8)));
    expect(get).not.toHaveBeenCalled();
    get.mockRestore();
    expect(log.compacted).toEqual({ index: 6, term: 2 });
    expect([3, 6, 8].map((index) => log.cutBelow(at(index)))).toEqual([6, 6, 6]);
    expect(await read(log, 7, 9)).toEqual(entries(7, 9, 2).map(shown));
    await log.close();
  });

  it("refuses to cut what is compacted", async () => {
    const { log } = await openLog(temporaryFolder());
    await append(log, batch({ hardState: hardState(1), entries: entries(1, 5) }));
    await log.compact(at(3));
    expect(() => log.stage(batch({ truncateFrom: 3 }))).toThrow(/cuts compacted entries/);
    await log.close();
  });

  it("takes the leader's frames as they are when they continue our log, and no others", async () => {
    const leader = [...entries(1, 3), ...entries(4, 6, 2)];
    frameRun(leader, chainStart);
    const received = (from: number, through: number) =>
      readFrames(joinFrames(leader.slice(from - 1, through)), null);
    const { log, fuse } = await openLog(temporaryFolder());
    await append(log, batch({ hardState: hardState(2), entries: received(1, 2) }));
    await append(log, batch({ entries: received(3, 5) }));
    // Own entries at the end, then the leader's version of them.
    await append(log, batch({ hardState: hardState(3), entries: entries(6, 7, 3) }));
    await append(log, batch({ truncateFrom: 6, entries: received(6, 6) }));
    expect(await read(log, 1, 6)).toEqual(leader.map(shown));

    const foreign = entries(7, 8, 3);
    frameRun(foreign, 999);
    expect(() => log.stage(batch({ entries: foreign }))).toThrow(
      /entry 7 of term 3 came from the leader but does not/,
    );
    expect(fuse.blown).toBe(true);
    await expect(log.write(batch())).rejects.toMatchObject({ code: "DISK_FAILED" });
    await log.close();
  });

  it("refuses entries of a term that the hard state has not reached", async () => {
    const { log } = await openLog(temporaryFolder());
    expect(() => log.stage(batch({ entries: entries(1, 1) }))).toThrow(/need that term in the hard state/);
    await log.close();
  });

  it("lets no read see the disk ahead of the index: reads wait for a truncation", async () => {
    const { log, store } = await openLog(temporaryFolder());
    await append(log, batch({ hardState: hardState(1), entries: entries(1, 5) }));
    await append(log, batch({ entries: entries(6, 9) }));
    let report = (): void => undefined;
    store.reportGate = new Promise((resolve) => (report = resolve));
    const before = read(log, 2, 9);
    const truncated = append(log, batch({ truncateFrom: 4, entries: entries(4, 5) }));
    await until("the truncation to be on disk", () => store.get(runKey(4)));
    const during = Promise.allSettled([read(log, 2, 5), read(log, 2, 9)]);
    report();
    expect(await before).toEqual(entries(2, 9).map(shown));
    const [there, gone] = await during;
    expect(there).toMatchObject({ value: entries(2, 5).map(shown) });
    expect(gone).toMatchObject({ reason: { code: "INVALID_ARGUMENT" } });
    await truncated;
    await log.close();
  });

  it("tells when an entry is durable, and when it will not be", async () => {
    const { log, store } = await openLog(temporaryFolder());
    let open = (): void => undefined;
    store.gate = new Promise((resolve) => (open = resolve));
    let durable = false;
    const waiting = log.whenDurable(at(2)).then(() => (durable = true));
    const never = log.whenDurable(at(3));
    const written = append(log, batch({ hardState: hardState(1), entries: entries(1, 2) }));
    await log.whenDurable(at(0));
    expect(durable).toBe(false);
    open();
    await written;
    await waiting;
    expect(durable).toBe(true);
    await Promise.all([expect(never).rejects.toMatchObject({ code: "SHUTTING_DOWN" }), log.close()]);
    await expect(log.write(batch())).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
  });
});
