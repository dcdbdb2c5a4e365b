import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ClusterId, Incarnation, LogIndex, NodeId, Term } from "../../src/base/brands.ts";
import { decodeRecord, encodeRecord } from "../../src/codec/record.ts";
import type { MachineRecord } from "../../src/machine/types.ts";
import { type Founding, foundDirectory } from "../../src/storage/foundDirectory.ts";
import { encodeOldRecord } from "../support/oldRecord.ts";
import { crashCopy } from "./support/damage.ts";
import { batch, entries, hardState } from "./support/entries.ts";
import { membership, openDirectory } from "./support/openDirectory.ts";
import { append } from "./support/openLog.ts";
import { metaRecord } from "./support/records.ts";
import { installFrom, jobs, recordsOf } from "./support/snapshots.ts";
import { temporaryFolder } from "./support/temporary.ts";

const index = LogIndex(1_000_000_000_042);
const start = { index, term: Term(9), checksum: 0xdead_beef };
const identity = {
  clusterId: ClusterId("test-restored"),
  clusterName: "test",
  nodeId: NodeId("n1"),
  incarnation: Incarnation("i"),
  membership,
  joining: null,
  founding: false,
};

async function* slices(
  ...all: readonly (readonly MachineRecord[])[]
): AsyncGenerator<readonly MachineRecord[]> {
  yield* all;
}

function founding(path: string, overrides: Partial<Founding> = {}): Founding {
  return {
    path,
    identity,
    start,
    configuration: { index, membership },
    records: slices(jobs(1, 300), [metaRecord(index), ...jobs(301, 500)]),
    codec: { encode: encodeRecord, decode: decodeRecord },
    ...overrides,
  };
}

describe("a directory that is founded on given records", () => {
  it("is a whole one: records as of an entry that the log begins after", async () => {
    const path = join(temporaryFolder(), "new");
    const total = await foundDirectory(founding(path));
    expect(total.count).toBe(501);
    // As a power loss leaves it: nothing is waited for any more.
    const directory = await openDirectory(crashCopy(path, join(temporaryFolder(), "copy")));
    expect(directory.isFresh).toBe(false);
    expect(directory.identity).toEqual(identity);
    expect(directory.restored).toEqual({
      newcomer: null,
      hardState: hardState(9),
      configuration: { index, membership },
      compacted: { index, term: 9 },
      appliedIndex: index,
      termStarts: [],
      entries: [],
    });
    const lines = await recordsOf(directory);
    const expected = [metaRecord(index), ...jobs(1, 500)].map((record) =>
      Buffer.from(encodeOldRecord(record)).toString("hex"),
    );
    expect(lines).toEqual(expected);
    const reader = await directory.openSnapshot();
    expect(reader?.header).toMatchObject({ ...start, clusterId: "test-restored", ...total });
    await append(
      directory.log,
      batch({ hardState: hardState(10), entries: entries(index + 1, index + 3, 10) }),
    );
    await directory.close();
  });

  it("logs of nodes that were founded alike fit together, others do not", async () => {
    const paths = [temporaryFolder(), temporaryFolder(), temporaryFolder()] as const;
    await foundDirectory(founding(paths[0]));
    await foundDirectory(founding(paths[1]));
    await foundDirectory(founding(paths[2], { start: { ...start, checksum: 1 } }));
    const [leader, alike, other] = await Promise.all(paths.map((path) => openDirectory(path)));
    const made = batch({ hardState: hardState(10), entries: entries(index + 1, index + 2, 10) });
    leader?.log.stage(made);
    alike?.log.stage(made);
    expect(() => other?.log.stage(made)).toThrow(expect.objectContaining({ code: "DATA_CORRUPT" }));
    for (const directory of [leader, alike, other]) await directory?.close();
  });

  it("can give its snapshot to a node that joins", async () => {
    const path = temporaryFolder();
    await foundDirectory(founding(path));
    const directory = await openDirectory(path);
    const lines = await recordsOf(directory);
    const joiner = await openDirectory(temporaryFolder(), {
      clusterId: identity.clusterId,
      nodeId: NodeId("n4"),
      membership: { voters: [], outgoing: [], learners: [] },
      joining: { replaces: "" },
    });
    await append(joiner.log, batch({ hardState: hardState(9) }));
    const reader = await directory.openSnapshot();
    if (reader === null) throw new Error("there is no snapshot");
    await installFrom(reader, joiner);
    expect(joiner.log.lastEntry).toEqual({ index, term: 9 });
    expect(await recordsOf(joiner)).toEqual(lines);
    await joiner.close();
    await directory.close();
  });

  it("is made only where nothing is", async () => {
    const path = temporaryFolder();
    writeFileSync(join(path, "thesis.txt"), "");
    await expect(foundDirectory(founding(path))).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/not empty: it holds thesis.txt/),
    });
    expect(readdirSync(path)).toEqual(["thesis.txt"]);
  });

  it("is none when the records end in an error: it has no identity, and is not taken for a fresh one", async () => {
    const path = temporaryFolder();
    const records = async function* () {
      yield jobs(1, 10);
      throw new Error("the backup is damaged");
    };
    await expect(foundDirectory(founding(path, { records: records() }))).rejects.toThrow(
      "the backup is damaged",
    );
    await expect(openDirectory(path)).rejects.toMatchObject({
      code: "DATA_CORRUPT",
      message: expect.stringMatching(/but no identity.json/),
    });
  });

  it("needs the scalars, as of its beginning", async () => {
    const lacking = founding(temporaryFolder(), { records: slices(jobs(1, 3)) });
    await expect(foundDirectory(lacking)).rejects.toThrow(/there is a meta record/);
    const older = founding(temporaryFolder(), { records: slices(jobs(1, 3), [metaRecord(42)]) });
    await expect(foundDirectory(older)).rejects.toThrow(/of the index that the directory begins at/);
    const below = join(temporaryFolder(), "empty");
    mkdirSync(below);
    await foundDirectory(founding(below));
  });
});
