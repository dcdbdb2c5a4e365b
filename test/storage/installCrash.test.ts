import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import type { DataDirectory } from "../../src/storage/dataDirectory.ts";
import { crashPointsOf } from "./support/crashPoints.ts";
import { crashCopy } from "./support/damage.ts";
import { batch, entries, hardState } from "./support/entries.ts";
import { contentOf, openDirectory } from "./support/openDirectory.ts";
import { append } from "./support/openLog.ts";
import { configuration, metaRecord } from "./support/records.ts";
import { jobs, pull, Source } from "./support/snapshots.ts";
import { temporaryFolder } from "./support/temporary.ts";

vi.mock("node:fs/promises", async (original) =>
  (await import("./support/crashPoints.ts")).interceptFiles(await original()),
);
vi.mock("../../src/storage/keyValueStore.ts", async (original) =>
  (await import("./support/crashPoints.ts")).interceptStores(await original()),
);

/** A node with entries and a checkpoint of its own, all known to the marker; some of the log conflicts. */
async function made(path: string, lastEntry: number): Promise<DataDirectory> {
  const directory = await openDirectory(path, { markerIntervalMs: 0 });
  for (let from = 1; from <= lastEntry; from += 4) {
    const through = Math.min(from + 3, lastEntry);
    await append(directory.log, batch({ hardState: hardState(1, "n3"), entries: entries(from, through) }));
  }
  await directory.records.checkpoint({
    appliedIndex: LogIndex(3),
    configuration,
    records: [...jobs(900, 905), metaRecord(3)],
    deletes: [],
  });
  await append(directory.log, batch({ hardState: hardState(3, "n1") }));
  await directory.close();
  return openDirectory(path, { markerIntervalMs: 0 });
}

it.each([
  ["shorter than the snapshot", 6],
  ["as long", 10],
  ["longer", 23],
])(
  "a crash anywhere in an install leaves all of the old or all of the new: the log is %s (bug 11)",
  async (_, last) => {
    const source = await Source.make(temporaryFolder());
    const reader = await source.checkpoint(jobs(1, 30));
    const path = temporaryFolder();
    const directory = await made(path, last);
    const old = await contentOf(crashCopy(path, join(temporaryFolder(), "copy")));
    const staging = await directory.stage(reader.header);
    const install = async (): Promise<void> => {
      await pull(reader, staging, { maxBytes: 2500 });
      const header = await staging.complete();
      directory.log.stageInstall(header);
      await directory.install(header);
    };
    const points = await crashPointsOf(path, install);
    await directory.close();
    const now = await contentOf(path);
    expect(now).not.toEqual(old);

    const outcomes: string[] = [];
    const states = points.filter(({ isSame }) => !isSame);
    for (const { before, path: left } of states) {
      const content = await contentOf(left);
      const which = JSON.stringify(content) === JSON.stringify(old) ? "old" : "new";
      expect({ before, content }).toEqual({ before, content: which === "old" ? old : now });
      outcomes.push(which);
      // Nothing is left lying about, and what was staged is not lost before it is in force.
      const names = readdirSync(left).filter((name) => /^records|incoming/.test(name));
      expect({ before, names }).toEqual({
        before,
        names: which === "old" ? ["incoming", "records"] : ["records-2"],
      });
    }
    // The log's one write decides, once and for all.
    const decided = outcomes.indexOf("new");
    expect(states[decided]?.before).toMatch(/^after commit .*log$/);
    expect(outcomes).toEqual(outcomes.map((_each, at) => (at < decided ? "old" : "new")));
    expect(decided).toBeGreaterThan(5);
    expect(states.length - decided).toBeGreaterThan(2);
    await source.directory.close();
  },
);

it("what is durable before the log refers to it: every file of the records, and their folder's name", async () => {
  const source = await Source.make(temporaryFolder());
  const reader = await source.checkpoint(jobs(1, 30));
  const path = temporaryFolder();
  const directory = await made(path, 6);
  const staging = await directory.stage(reader.header);
  await pull(reader, staging);
  const points = await crashPointsOf(path, async () => {
    const header = await staging.complete();
    directory.log.stageInstall(header);
    await directory.install(header);
  });
  const steps = points.map(({ before }) => before);
  const moved = steps.findIndex((each) => each.startsWith("rename /incoming"));
  const files = readdirSync(join(points[moved]?.path ?? "", "incoming"));
  expect(files.length).toBeGreaterThan(3);
  const synced = steps.slice(0, moved);
  expect(synced).toEqual(expect.arrayContaining(files.map((name) => `sync /incoming/${name}`)));
  expect(synced).toContain("sync /incoming");
  const committed = steps.indexOf("commit /log");
  expect(steps.slice(moved, committed)).toContain("sync ");
  await directory.close();
  await source.directory.close();
});

it("a snapshot that was about to be installed is taken up again after the crash: nothing is fetched twice", async () => {
  const source = await Source.make(temporaryFolder());
  const reader = await source.checkpoint(jobs(1, 30));
  const path = temporaryFolder();
  const directory = await made(path, 6);
  const staging = await directory.stage(reader.header);
  await pull(reader, staging);
  const points = await crashPointsOf(path, async () => directory.install(await staging.complete()));
  await directory.close();
  const interrupted = points.find(({ before }) => before === "commit /log");
  const again = await openDirectory(interrupted?.path ?? "");
  const { chunks, same } = await pull(reader, await again.stage(reader.header));
  expect(same).toBe(chunks);
  await again.close();
  await source.directory.close();
});
