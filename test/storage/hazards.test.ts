import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import { writeMark } from "../../src/storage/marker.ts";
import { crashCopy, cutTo, fileIn, filesIn, flipBit, flipBitAt, moveToTables } from "./support/damage.ts";
import { batch, entries, entry, hardState } from "./support/entries.ts";
import { contentOf, openDirectory } from "./support/openDirectory.ts";
import { append } from "./support/openLog.ts";
import { configuration, jobRecord, metaRecord } from "./support/records.ts";
import { temporaryFolder } from "./support/temporary.ts";

const runs = 30;

/** A cleanly stopped directory: 30 runs of 10 entries, each run 3 KB, so that they span several WAL blocks. */
async function stopped(): Promise<string> {
  const path = temporaryFolder();
  const directory = await openDirectory(path);
  for (let run = 0; run < runs; run++) {
    const made = entries(run * 10 + 1, run * 10 + 10, 1, 300);
    await append(
      directory.log,
      batch({ ...(run === 0 ? { hardState: hardState(1, "n2") } : {}), entries: made }),
    );
  }
  const records = [jobRecord("job-a"), jobRecord("job-b"), metaRecord(250)];
  await directory.records.checkpoint({ appliedIndex: LogIndex(250), configuration, records, deletes: [] });
  await directory.close();
  return path;
}

const corrupt = (message: RegExp) => ({ code: "DATA_CORRUPT", message: expect.stringMatching(message) });

describe("one bit flipped in the log's WAL", () => {
  it("is found before LevelDB can drop records and rewrite the file", async () => {
    const path = await stopped();
    const wal = fileIn(join(path, "log"), ".log");
    flipBitAt(wal, "95/1 ");
    const damagedBytes = readFileSync(wal);
    await expect(contentOf(path)).rejects.toMatchObject(
      corrupt(/the record at byte \d+ is broken although later ones were written/),
    );
    await expect(contentOf(path)).rejects.toMatchObject(corrupt(/move the data directory away/i));
    expect(Buffer.compare(readFileSync(wal), damagedBytes)).toBe(0);
  });

  it("in the last record is found by the marker", async () => {
    const path = await stopped();
    flipBitAt(fileIn(join(path, "log"), ".log"), "295/1 ");
    await expect(contentOf(path)).rejects.toMatchObject(
      corrupt(/the log ends at entry 290, but the marker says that entries through 300 were durable/),
    );
  });

  it("would leave a gap that contiguity finds, were it only for LevelDB", async () => {
    const path = await stopped();
    flipBitAt(fileIn(join(path, "log"), ".log"), "95/1 ");
    // What LevelDB makes of the file: it drops the record and the rest of the block without a word.
    await moveToTables(join(path, "log"));
    await expect(contentOf(path)).rejects.toMatchObject(
      corrupt(/the log goes on at entry \d+ where entry 91 should be/),
    );
  });
});

describe("one bit flipped in a table", () => {
  it.each([
    ["in an entry's data", "95/1 ", /run at entry 91 is damaged.*entry 95.*checksum does not match/],
    ["in the last entry", "300/1 ", /run at entry 291 is damaged/],
  ])("is found %s", async (_, needle, message) => {
    const path = await stopped();
    await moveToTables(join(path, "log"));
    flipBitAt(fileIn(join(path, "log"), ".ldb"), needle);
    await expect(contentOf(path)).rejects.toMatchObject(corrupt(message));
  });

  it("is found in a record", async () => {
    const path = await stopped();
    await moveToTables(join(path, "records"));
    flipBitAt(fileIn(join(path, "records"), ".ldb"), "job-bjob-bjob-b");
    await expect(contentOf(path)).rejects.toMatchObject(corrupt(/record under "z.* is damaged/));
  });

  it("is found while the node runs, when an entry is read", async () => {
    const path = await stopped();
    await moveToTables(join(path, "log"));
    const directory = await openDirectory(path);
    flipBitAt(fileIn(join(path, "log"), ".ldb"), "95/1 ");
    const read = directory.log.read(LogIndex(92), LogIndex(99), 10_000);
    await expect(read).rejects.toMatchObject({
      code: "DATA_CORRUPT",
      message: expect.stringMatching(/intact when this node started/),
    });
    await directory.close();
  });
});

describe("the log has lost its tail", () => {
  it.each([
    ["half of its WAL", (wal: string) => cutTo(wal, Math.floor(statSync(wal).size / 2))],
    ["the last bytes of its WAL", (wal: string) => cutTo(wal, statSync(wal).size - 3)],
    ["all of its WAL", (wal: string) => cutTo(wal, 0)],
    ["the WAL itself", (wal: string) => rmSync(wal)],
  ])("%s: below the marker the node does not start", async (_, damage) => {
    const path = await stopped();
    damage(fileIn(join(path, "log"), ".log"));
    await expect(contentOf(path)).rejects.toMatchObject(
      corrupt(/the log ends at entry \d+, but the marker says that entries through 300 were durable/),
    );
    // Nor the second time: LevelDB has made a fresh WAL by now, the marker still knows.
    await expect(contentOf(path)).rejects.toMatchObject(
      corrupt(/the log ends at entry \d+, but the marker says/),
    );
  });

  it("and with it the term or the vote", async () => {
    const path = temporaryFolder();
    const directory = await openDirectory(path);
    await append(directory.log, batch({ hardState: hardState(1, "n2") }));
    const before = crashCopy(join(path, "log"), join(temporaryFolder(), "log"));
    await append(directory.log, batch({ hardState: hardState(2, "n3") }));
    await directory.close();
    rmSync(join(path, "log"), { recursive: true });
    crashCopy(before, join(path, "log"));
    await expect(contentOf(path)).rejects.toMatchObject(
      corrupt(/the log's term is 1, but the marker says that term 2 was durable/),
    );
    const lastEntry = { index: LogIndex(0), term: hardState(0).currentTerm };
    await writeMark(join(path, "marker"), { hardState: hardState(1, "n3"), lastEntry });
    await expect(contentOf(path)).rejects.toMatchObject(
      corrupt(/vote in term 1 is n2, but the marker says that a vote for n3 was durable/),
    );
  });

  it("and an old one was put in its place, as long, of another term", async () => {
    const path = temporaryFolder();
    const directory = await openDirectory(path);
    await append(directory.log, batch({ hardState: hardState(1), entries: entries(1, 5) }));
    const old = crashCopy(join(path, "log"), join(temporaryFolder(), "log"));
    await append(
      directory.log,
      batch({ hardState: hardState(2), truncateFrom: 4, entries: entries(4, 5, 2) }),
    );
    await directory.close();
    rmSync(join(path, "log"), { recursive: true });
    crashCopy(old, join(path, "log"));
    await expect(contentOf(path)).rejects.toMatchObject(
      corrupt(/entry 5 is of term 1, but the marker says that it was durable with term 2/),
    );
  });
});

describe("files are gone", () => {
  it.each(["log", "records"])("CURRENT of %s: it is not taken for a fresh database", async (name) => {
    const path = await stopped();
    rmSync(join(path, name, "CURRENT"));
    const files = filesIn(join(path, name));
    await expect(contentOf(path)).rejects.toMatchObject(
      corrupt(/the database, or its file CURRENT, is gone/),
    );
    expect(filesIn(join(path, name))).toEqual(files);
  });

  it.each(["log", "records"])("the whole database %s", async (name) => {
    const path = await stopped();
    rmSync(join(path, name), { recursive: true });
    await expect(contentOf(path)).rejects.toMatchObject(corrupt(/is gone/));
  });

  it("a table", async () => {
    const path = await stopped();
    await moveToTables(join(path, "log"));
    rmSync(fileIn(join(path, "log"), ".ldb"));
    await expect(contentOf(path)).rejects.toMatchObject(
      corrupt(/LevelDB cannot open it \(Corruption: 1 missing files/),
    );
  });

  it("the records' last checkpoints, which the log no longer reaches back to", async () => {
    const path = await stopped();
    const directory = await openDirectory(path);
    for await (const _ of directory.records.load()) continue;
    const old = crashCopy(join(path, "records"), join(temporaryFolder(), "records"));
    await directory.records.checkpoint({
      appliedIndex: LogIndex(280),
      configuration,
      records: [metaRecord(280)],
      deletes: [],
    });
    await directory.log.compact(LogIndex(270));
    await directory.close();
    rmSync(join(path, "records"), { recursive: true });
    crashCopy(old, join(path, "records"));
    await expect(contentOf(path)).rejects.toMatchObject(
      corrupt(/records are as of entry 250 but the log was compacted through 270/),
    );
  });

  it("the log's end, which the records are ahead of", async () => {
    const path = await stopped();
    const lastEntry = { index: LogIndex(200), term: hardState(1).currentTerm };
    await writeMark(join(path, "marker"), { hardState: hardState(1), lastEntry });
    const wal = fileIn(join(path, "log"), ".log");
    cutTo(wal, readFileSync(wal).indexOf("241/1 "));
    await expect(contentOf(path)).rejects.toMatchObject(
      corrupt(/records are as of entry 250 but the log ends at 240: it has lost its tail/),
    );
  });
});

describe("a tail torn by a crash", () => {
  it("is cut off: what was being written was never acknowledged", async () => {
    const path = temporaryFolder();
    const directory = await openDirectory(path, { markerIntervalMs: 3_600_000 });
    await append(directory.log, batch({ hardState: hardState(1), entries: entries(1, 5) }));
    const acknowledged = await contentOf(crashCopy(path, join(temporaryFolder(), "copy")));
    await append(directory.log, batch({ entries: [entry(6, 1, 100_000)] }));
    for (const lost of [1, 5000, 99_999, 100_000]) {
      const torn = crashCopy(path, join(temporaryFolder(), "copy"));
      const wal = fileIn(join(torn, "log"), ".log");
      cutTo(wal, statSync(wal).size - lost);
      expect(await contentOf(torn), `without the last ${lost} bytes`).toEqual(acknowledged);
    }
    await directory.close();
  });

  it("is no damage when a later part of the same write reached the disk first", async () => {
    const path = temporaryFolder();
    const directory = await openDirectory(path, { markerIntervalMs: 3_600_000 });
    await append(directory.log, batch({ hardState: hardState(1), entries: entries(1, 5) }));
    const acknowledged = await contentOf(crashCopy(path, join(temporaryFolder(), "copy")));
    await append(directory.log, batch({ entries: [entry(6, 1, 100_000)] }));
    const torn = crashCopy(path, join(temporaryFolder(), "copy"));
    flipBit(fileIn(join(torn, "log"), ".log"), 40_000);
    expect(await contentOf(torn)).toEqual(acknowledged);
    await directory.close();
  });
});
