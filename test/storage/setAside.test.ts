import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { LogIndex, NodeId } from "../../src/base/brands.ts";
import { DamagedDirectory } from "../../src/storage/damage.ts";
import { DataDirectory } from "../../src/storage/dataDirectory.ts";
import { readIdentity } from "../../src/storage/identity.ts";
import { freshMark, writeMark } from "../../src/storage/marker.ts";
import { isRenewalPending } from "../../src/storage/renewal.ts";
import { readSealed, writeSealed } from "../../src/storage/sealedFile.ts";
import { crashPointsOf } from "./support/crashPoints.ts";
import { crashCopy, cutTo, fileIn, filesIn, flipBit, flipBitAt, moveToTables } from "./support/damage.ts";
import { batch, entries, hardState } from "./support/entries.ts";
import { contentOf, openDirectory } from "./support/openDirectory.ts";
import { append } from "./support/openLog.ts";
import { configuration, jobRecord, metaRecord } from "./support/records.ts";
import { jobs, recordsOf, Source } from "./support/snapshots.ts";
import { temporaryFolder } from "./support/temporary.ts";

vi.mock("node:fs/promises", async (original) =>
  (await import("./support/crashPoints.ts")).interceptFiles(await original()),
);
vi.mock("../../src/storage/keyValueStore.ts", async (original) =>
  (await import("./support/crashPoints.ts")).interceptStores(await original()),
);

const owner = { clusterName: "test", nodeId: NodeId("n1") };
const noMembers = { voters: [], outgoing: [], learners: [] };

/** A cleanly stopped node with a vote, entries, records and a met peer. */
async function stopped(path = temporaryFolder()): Promise<DataDirectory> {
  const directory = await openDirectory(path);
  for (let from = 1; from < 90; from += 10) {
    const made = entries(from, from + 9, 1, 300);
    await append(directory.log, batch({ hardState: hardState(3, "n2"), entries: made }));
  }
  await directory.records.checkpoint({
    appliedIndex: LogIndex(50),
    configuration,
    records: [jobRecord("job-a"), jobRecord("job-b"), metaRecord(50)],
    deletes: [],
  });
  await directory.rememberIncarnation(NodeId("n2"), LogIndex(0), directory.identity.incarnation);
  await directory.close();
  return directory;
}

/** Opens it and reads all that is in it, as a node does that starts. */
async function started(path: string): Promise<void> {
  const directory = await openDirectory(path);
  try {
    await recordsOf(directory);
  } finally {
    await directory.close();
  }
}

const failure = async (path: string): Promise<unknown> =>
  started(path).then(
    () => "started",
    (error: unknown) => error,
  );

describe("damage that rejoining repairs says so, and whose data it is", () => {
  it.each<[string, (path: string) => void | Promise<void>]>([
    ["a broken record in the log's WAL", (path) => flipBitAt(fileIn(join(path, "log"), ".log"), "45/1 ")],
    ["the log's tail is gone", (path) => cutTo(fileIn(join(path, "log"), ".log"), 9000)],
    [
      "an entry in a table",
      async (path) => {
        await moveToTables(join(path, "log"));
        flipBitAt(fileIn(join(path, "log"), ".ldb"), "45/1 ");
      },
    ],
    ["CURRENT of the log", (path) => rmSync(join(path, "log", "CURRENT"))],
    ["the whole log", (path) => rmSync(join(path, "log"), { recursive: true })],
    ["CURRENT of the records", (path) => rmSync(join(path, "records", "CURRENT"))],
    ["the whole records", (path) => rmSync(join(path, "records"), { recursive: true })],
    [
      "a record in a table, which is found when the records are loaded",
      async (path) => {
        await moveToTables(join(path, "records"));
        flipBitAt(fileIn(join(path, "records"), ".ldb"), "job-bjob-bjob-b");
      },
    ],
    ["the marker", (path) => flipBit(join(path, "marker"), 30)],
    ["no marker", (path) => rmSync(join(path, "marker"))],
    ["the peers' incarnations", (path) => flipBit(join(path, "peers.json"), 30)],
  ])("%s", async (_, damage) => {
    const path = temporaryFolder();
    const { identity } = await stopped(path);
    await damage(path);
    const error = await failure(path);
    expect(error).toBeInstanceOf(DamagedDirectory);
    expect(error).toMatchObject({ code: "DATA_CORRUPT", identity });
  });

  it("what this node found out while it ran", async () => {
    const path = temporaryFolder();
    const { identity } = await stopped(path);
    const directory = await openDirectory(path);
    await directory.condemn("the log ends at entry 90, but this node has acknowledged entry 95");
    await directory.close();
    const error = await failure(path);
    expect(error).toBeInstanceOf(DamagedDirectory);
    expect(error).toMatchObject({ identity, message: expect.stringMatching(/acknowledged entry 95/) });
    await DataDirectory.setAside(path, owner);
    await started(path);
  });

  it.each<[string, string, (path: string) => void]>([
    ["a damaged identity", "DATA_CORRUPT", (path) => flipBit(join(path, "identity.json"), 30)],
    ["no identity", "DATA_CORRUPT", (path) => rmSync(join(path, "identity.json"))],
    ["an empty one", "DATA_CORRUPT", (path) => writeFileSync(join(path, "identity.json"), "")],
  ])("but not %s: nobody knows whose data it is, and it is not touched", async (_, code, damage) => {
    const path = temporaryFolder();
    await stopped(path);
    damage(path);
    const files = contents(path);
    const error = await failure(path);
    expect(error).not.toBeInstanceOf(DamagedDirectory);
    expect(error).toMatchObject({ code });
    await expect(DataDirectory.setAside(path, owner)).rejects.toMatchObject({ code });
    expect(contents(path)).toEqual(files);
  });
});

describe("a directory that is set aside", () => {
  it("gives way to an empty one of the same node, which is no member yet, and is kept whole", async () => {
    const path = temporaryFolder();
    const { identity: old } = await stopped(path);
    const content = await contentOf(path);
    const { keptIn, identity } = await DataDirectory.setAside(path, owner);
    expect(identity).toEqual({
      ...old,
      incarnation: expect.not.stringMatching(old.incarnation),
      membership: noMembers,
      joining: { replaces: old.incarnation },
      founding: false,
    });
    expect(keptIn).toMatch(/\/damaged-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/);
    const directory = await openDirectory(path);
    expect(directory.isFresh).toBe(false);
    expect(directory.identity).toEqual(identity);
    expect(directory.restored).toEqual({
      newcomer: { incarnation: directory.identity.incarnation },
      hardState: hardState(0),
      configuration: { index: 0, membership: noMembers },
      compacted: { index: 0, term: 0 },
      appliedIndex: 0,
      termStarts: [],
      entries: [],
    });
    expect(directory.knownIncarnation(NodeId("n2"), LogIndex(0))).toBeNull();
    await directory.close();
    expect(
      readdirSync(path)
        .filter((name) => !name.startsWith("damaged-"))
        .sort(),
    ).toEqual(["identity.json", "lock", "log", "marker", "peers.json", "records"]);
    // For whoever knows how to make something of it.
    expect(await contentOf(keptIn)).toEqual(content);
  });

  it("takes with it what was staged, and records of any generation", async () => {
    const path = temporaryFolder();
    await stopped(path);
    renameSync(join(path, "records"), join(path, "records-7"));
    const source = await Source.make(temporaryFolder());
    const reader = await source.checkpoint(jobs(1, 5));
    await source.directory.close();
    const { keptIn } = await DataDirectory.setAside(path, owner);
    expect(existsSync(join(keptIn, "records-7"))).toBe(true);
    const directory = await openDirectory(path);
    await directory.stage(reader.header);
    await directory.close();
    const second = await DataDirectory.setAside(path, owner);
    expect(second.keptIn).not.toBe(keptIn);
    expect(existsSync(join(second.keptIn, "incoming"))).toBe(true);
    await started(path);
  });

  it("names the incarnation that its peers know, also when it had not been taken in again", async () => {
    const path = temporaryFolder();
    const { identity: first } = await stopped(path);
    await DataDirectory.setAside(path, owner);
    const { identity: second } = await DataDirectory.setAside(path, owner);
    expect(second.joining).toEqual({ replaces: first.incarnation });
    const directory = await openDirectory(path);
    await directory.endJoining();
    expect(directory.identity.joining).toBeNull();
    await directory.close();
    const { identity: third } = await DataDirectory.setAside(path, owner);
    expect(third.joining).toEqual({ replaces: second.incarnation });
  });

  it("of a new node that never was a member names its own incarnation", async () => {
    const path = temporaryFolder();
    const fresh = await openDirectory(path, { membership: noMembers, joining: { replaces: "" } });
    await fresh.close();
    const { identity } = await DataDirectory.setAside(path, owner);
    expect(identity.joining).toEqual({ replaces: fresh.identity.incarnation });
  });

  it("is not another node's, nor another cluster's, nor one that is in use", async () => {
    const path = temporaryFolder();
    await stopped(path);
    const before = filesIn(path);
    const mismatch = { code: "IDENTITY_MISMATCH" };
    await expect(DataDirectory.setAside(path, { ...owner, nodeId: NodeId("n2") })).rejects.toMatchObject(
      mismatch,
    );
    await expect(DataDirectory.setAside(path, { ...owner, clusterName: "prod" })).rejects.toMatchObject(
      mismatch,
    );
    const directory = await openDirectory(path);
    await expect(DataDirectory.setAside(path, owner)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/another process uses this data directory/),
    });
    await directory.close();
    expect(filesIn(path, "marker")).toEqual(before.filter((name) => name.endsWith("marker")));
    expect(readdirSync(path).some((name) => name.startsWith("damaged-"))).toBe(false);
  });

  it("is not written to by the marker of an opening that failed late", async () => {
    const path = temporaryFolder();
    await stopped(path);
    // The marker is behind the log, and the records are ahead of it: found when the log is open and the marker follows.
    await writeMark(join(path, "marker"), freshMark);
    const source = await Source.make(temporaryFolder());
    for (let round = 0; round < 10; round++) await source.checkpoint(jobs(1, 2));
    const records = join(temporaryFolder(), "records");
    crashCopy(join(source.path, "records"), records);
    await source.directory.close();
    rmSync(join(path, "records"), { recursive: true });
    crashCopy(records, join(path, "records"));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    await expect(openDirectory(path)).rejects.toThrow(/records are as of entry 100 but the log ends at 90/);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("a crash anywhere: the old one as it was, or the new one; never the old one with empty data (bug 29)", async () => {
    const path = temporaryFolder();
    const { identity: old } = await stopped(path);
    cutTo(fileIn(join(path, "log"), ".log"), 9000);
    const damagedFiles = contents(path);
    const points = await crashPointsOf(path, () => DataDirectory.setAside(path, owner));
    expect(points.length).toBeGreaterThan(30);
    let isDecided = false;
    for (const { before, path: left, isSame } of points) {
      if (isSame) continue;
      const found = contents(left);
      // Also for who looks at it in between: an identity stands beside its own data, whole, or there is none.
      const standing = await readIdentity(join(left, "identity.json"));
      if (standing?.incarnation === old.incarnation)
        expect({ before, found }).toEqual({ before, found: damagedFiles });
      else if (standing !== null) {
        const names = ["log", "marker", "peers.json", "records"];
        expect({ before, names: readdirSync(left).filter((name) => names.includes(name)) }).toEqual({
          before,
          names,
        });
      }
      const outcome = await openDirectory(left).catch((error: unknown) => error);
      if (outcome instanceof DataDirectory) {
        isDecided = true;
        expect({ before, identity: outcome.identity }).toMatchObject({
          before,
          identity: { nodeId: "n1", membership: noMembers, joining: { replaces: old.incarnation } },
        });
        expect(outcome.identity.incarnation).not.toBe(old.incarnation);
        expect(outcome.restored.entries).toEqual([]);
        await outcome.close();
        const kept = readdirSync(left).filter((name) => name.startsWith("damaged-"));
        expect({ before, kept: kept.length }).toEqual({ before, kept: 1 });
        expect(contents(join(left, kept[0] ?? ""))).toEqual(damagedFiles);
      } else {
        // Not begun: it is found damaged again, by its old name, and can be set aside again.
        expect({ before, isDecided }).toEqual({ before, isDecided: false });
        expect(outcome).toBeInstanceOf(DamagedDirectory);
        expect(outcome).toMatchObject({ identity: old });
        expect(found).toEqual(damagedFiles);
        await DataDirectory.setAside(left, owner);
        await started(left);
      }
    }
    expect(isDecided).toBe(true);
  });
});

describe("a crash in the middle of setting aside", () => {
  /** Opens each of the directories that a crash can leave once it is decided, after `alter` was at it. */
  async function finishedAfter(alter: (left: string) => void | Promise<void>): Promise<number> {
    const path = temporaryFolder();
    const { identity: old } = await stopped(path);
    let pending = 0;
    for (const { before, path: left, isSame } of await crashPointsOf(path, () =>
      DataDirectory.setAside(path, owner),
    )) {
      if (isSame || !(await isRenewalPending(left))) continue;
      pending += 1;
      await alter(left);
      const directory = await openDirectory(left);
      expect({ before, identity: directory.identity }).toMatchObject({
        before,
        identity: { membership: noMembers, joining: { replaces: old.incarnation } },
      });
      await directory.close();
    }
    return pending;
  }

  it("whose kept files an operator then deletes: what stands under the old names is new, and stays", async () => {
    const deleteKept = (left: string): void => {
      for (const name of readdirSync(left))
        if (name.startsWith("damaged-")) rmSync(join(left, name), { recursive: true });
    };
    expect(await finishedAfter(deleteKept)).toBeGreaterThan(10);
  });

  it("of a release before, whose plan does not tell whether the old files are moved, is finished", async () => {
    const asBefore = async (left: string): Promise<void> => {
      const { keptIn, old } = (await readSealed(join(left, "renewal"))) ?? {};
      await writeSealed(join(left, "renewal"), { keptIn, old });
    };
    expect(await finishedAfter(asBefore)).toBeGreaterThan(10);
  });
});

/** Checksums of the files that make up a node, all but those that have to do with setting it aside. */
function contents(path: string): Record<string, number> {
  const others = /^\/(?:lock|renewed|renewal|\.renewal|damaged-)/;
  const names = filesIn(path).map((file) => file.slice(path.length));
  return Object.fromEntries(
    names.filter((name) => !others.test(name)).map((name) => [name, crc32(readFileSync(join(path, name)))]),
  );
}
