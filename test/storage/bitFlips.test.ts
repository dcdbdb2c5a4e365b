import { cpSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { crashCopy, filesIn, flipBit, moveToTables } from "./support/damage.ts";
import { batch, entries, hardState } from "./support/entries.ts";
import { contentOf, openDirectory } from "./support/openDirectory.ts";
import { append } from "./support/openLog.ts";
import { configuration, jobRecord, metaRecord } from "./support/records.ts";
import { installFrom, jobs, Source } from "./support/snapshots.ts";
import { temporaryFolder } from "./support/temporary.ts";

const flips = Number(process.env["STORAGE_FLIPS"] ?? 80);
const seed = process.env["STORAGE_SEED"] ?? "1";
const codes = new Set(["DATA_CORRUPT", "IDENTITY_MISMATCH", "DISK_FAILED"]);

interface Written {
  readonly path: string;
  /** The log before its last write, a compaction, and the records before their last checkpoint. */
  readonly earlierLog: string;
  readonly earlierRecords: string;
}

const copyOf = (path: string): string => crashCopy(path, join(temporaryFolder(), "copy"));

/** Truncations, a compaction, checkpoints with deletes: every kind of value in every file. */
async function write(markerIntervalMs: number, end: "stop" | "crash"): Promise<Written> {
  const path = temporaryFolder();
  const directory = await openDirectory(path, { markerIntervalMs });
  let earlierRecords = "";
  let last = 0;
  for (let run = 0; run < 40; run++) {
    const term = 1 + Math.floor(run / 9);
    const begins = run % 9 === 0;
    const from = begins && run > 0 ? last - 3 : last + 1;
    last = from + 5;
    const made = entries(from, last, term, 300);
    await append(
      directory.log,
      batch({ ...(begins ? { hardState: hardState(term, "n2"), truncateFrom: from } : {}), entries: made }),
    );
    if (run % 10 !== 9) continue;
    const jobs = Array.from({ length: 20 }, (_, at) => jobRecord(`job-${run}-${at}`, run, 100));
    const earlier = run > 9 ? [jobRecord(`job-${run - 10}-3`, run), jobRecord(`job-${run - 10}-4`)] : [];
    const appliedIndex = LogIndex(last - 4);
    earlierRecords = crashCopy(join(path, "records"), join(temporaryFolder(), "records"));
    await directory.records.checkpoint({
      appliedIndex,
      configuration,
      records: [...jobs, ...earlier.slice(0, 1), metaRecord(appliedIndex)],
      deletes: earlier.slice(1).map((record) => record.sequence),
    });
  }
  const earlierLog = crashCopy(join(path, "log"), join(temporaryFolder(), "log"));
  await directory.log.compact(LogIndex(33));
  const crashed = copyOf(path);
  await directory.close();
  return { path: end === "stop" ? path : crashed, earlierLog, earlierRecords };
}

/** What `path` holds with some of its databases as they were earlier. */
async function contentWith(path: string, replaced: Readonly<Record<string, string>>): Promise<string> {
  const copy = copyOf(path);
  for (const [name, earlier] of Object.entries(replaced)) {
    rmSync(join(copy, name), { recursive: true });
    cpSync(earlier, join(copy, name), { recursive: true });
  }
  return (await contentOf(copy)).join("\n");
}

/** The contents of `path` with either database, or both, as they were one write earlier. */
async function anyOf(path: string, log: string, records: string): Promise<string[]> {
  return [
    await contentWith(path, {}),
    await contentWith(path, { log }),
    await contentWith(path, { records }),
    await contentWith(path, { log, records }),
  ];
}

/**
 * Flips one bit at a time anywhere in the files of `path`; `allowed` are the contents that may be found then.
 * Reports how many flips were refused, and those with any other outcome.
 */
async function sweep(
  path: string,
  allowed: readonly string[],
): Promise<{ refused: number; wrong: readonly string[] }> {
  const random = new SeededRandom(`bit flips ${seed}`);
  const names = filesIn(path)
    .map((file) => relative(path, file))
    .filter((name) => !/LOCK$|LOG$|LOG\.old$/.test(name) && readFileSync(join(path, name)).length > 0);
  const wrong: string[] = [];
  let refused = 0;
  for (let flip = 0; flip < flips; flip++) {
    const copy = copyOf(path);
    const name = names[random.below(names.length)] ?? "";
    const position = random.below(readFileSync(join(copy, name)).length);
    const bit = random.below(8);
    flipBit(join(copy, name), position, bit);
    const outcome = await contentOf(copy).then(
      (content) => content.join("\n"),
      (error: unknown) => error,
    );
    const where = `STORAGE_SEED=${seed}: flip ${flip}, bit ${bit} of byte ${position} of ${name}`;
    if (outcome instanceof ConclaveError && codes.has(outcome.code)) refused++;
    else if (typeof outcome !== "string") wrong.push(`${where}: ${String(outcome)}`);
    else if (!allowed.includes(outcome)) wrong.push(`${where}: silently different`);
  }
  return { refused, wrong };
}

/** Many flips hit something that matters, or the sweep proves nothing. */
const clean = { refused: expect.toSatisfy((count: number) => count > flips / 4), wrong: [] };

describe(`one flipped bit anywhere (${flips} flips): the same content or an error, never another`, () => {
  it("after a clean stop, all in the WALs; a lost last checkpoint or compaction costs nothing", async () => {
    const { path, earlierLog, earlierRecords } = await write(1000, "stop");
    expect(await sweep(path, await anyOf(path, earlierLog, earlierRecords))).toEqual(clean);
  });

  it("after a clean stop, all in tables", async () => {
    const { path } = await write(1000, "stop");
    await moveToTables(join(path, "log"));
    await moveToTables(join(path, "records"));
    expect(await sweep(path, [await contentWith(path, {})])).toEqual(clean);
  });

  it("right after a snapshot was installed; its one write is the log's last, and is not lost either", async () => {
    const source = await Source.make(temporaryFolder());
    const reader = await source.checkpoint(jobs(1, 60));
    const path = temporaryFolder();
    const directory = await openDirectory(path, { markerIntervalMs: 3_600_000 });
    await append(directory.log, batch({ hardState: hardState(2, "n3"), entries: entries(1, 6, 1) }));
    await installFrom(reader, directory);
    const crashed = copyOf(path);
    await directory.close();
    await source.directory.close();
    expect(await sweep(crashed, [await contentWith(crashed, {})])).toEqual(clean);
  });

  it("after a crash with a marker far behind; the last write alone cannot be told from a torn one", async () => {
    const { path, earlierLog, earlierRecords } = await write(3_600_000, "crash");
    expect(await sweep(path, await anyOf(path, earlierLog, earlierRecords))).toEqual(clean);
  });
});
