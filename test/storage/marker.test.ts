import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LogIndex, Term } from "../../src/base/brands.ts";
import { freshMark, type Mark, Marker, readMark } from "../../src/storage/marker.ts";
import { WriteFuse } from "../../src/storage/writeFuse.ts";
import { until } from "../support/until.ts";
import { batch, entries, hardState } from "./support/entries.ts";
import { append, openLog } from "./support/openLog.ts";
import { temporaryFolder } from "./support/temporary.ts";

const mark = (term: number, index: number, votedFor: string | null = null): Mark => ({
  hardState: hardState(term, votedFor),
  lastEntry: { index: LogIndex(index), term: Term(term) },
});

describe("the marker", () => {
  it("follows after its interval, with the last of what came meanwhile", async () => {
    const path = `${temporaryFolder()}/marker`;
    const marker = new Marker(path, mark(1, 0), new WriteFuse(), 5);
    for (const index of [1, 2, 3]) marker.follow(mark(1, index));
    expect(await until("the marker", () => readMark(path))).toEqual(mark(1, 3));
  });

  it("follows a new term or vote at once", async () => {
    const path = `${temporaryFolder()}/marker`;
    const marker = new Marker(path, mark(1, 0), new WriteFuse(), 3_600_000);
    marker.follow(mark(1, 1));
    marker.follow(mark(1, 1, "n2"));
    expect(await until("the marker", () => readMark(path))).toEqual(mark(1, 1, "n2"));
    await marker.abandon();
  });

  it("is not written when nothing changed", async () => {
    const path = `${temporaryFolder()}/marker`;
    const marker = new Marker(path, freshMark, new WriteFuse(), 3_600_000);
    marker.follow(mark(1, 1));
    await marker.flush();
    const { ino } = statSync(path);
    marker.follow(mark(1, 1));
    await marker.flush();
    expect(statSync(path).ino).toBe(ino);
  });

  it("is lowered behind a higher write that is under way", async () => {
    const path = `${temporaryFolder()}/marker`;
    const marker = new Marker(path, freshMark, new WriteFuse(), 3_600_000);
    marker.follow(mark(1, 9));
    const under = marker.flush();
    await marker.lower({ index: LogIndex(4), term: Term(1) });
    expect((await readMark(path))?.lastEntry.index).toBe(4);
    await under;
    expect((await readMark(path))?.lastEntry.index).toBe(4);
  });

  it("is lowered before the log is cut below it, and not otherwise", async () => {
    const { log, marker, markerPath, store } = await openLog(temporaryFolder());
    await append(log, batch({ hardState: hardState(1), entries: entries(1, 9) }));
    await marker.flush();
    await append(log, batch({ entries: entries(10, 12) }));
    await append(log, batch({ truncateFrom: 11 }));
    expect((await readMark(markerPath))?.lastEntry.index).toBe(9);
    let open = (): void => undefined;
    store.gate = new Promise((resolve) => (open = resolve));
    const { commits } = store;
    const cut = append(log, batch({ truncateFrom: 6 }));
    await until("the cut to reach the database", () => store.commits > commits);
    expect((await readMark(markerPath))?.lastEntry).toEqual({ index: 5, term: 1 });
    open();
    await cut;
    await log.close();
  });

  it("reports its own failed write with the next write of the log", async () => {
    const fuse = new WriteFuse();
    const marker = new Marker("/no/such/folder/marker", freshMark, fuse, 3_600_000);
    marker.follow(mark(1, 1));
    await expect(marker.flush()).rejects.toMatchObject({ code: "DISK_FAILED" });
    expect(() => fuse.check()).toThrow(/earlier write failed.*no such file/);
  });
});
