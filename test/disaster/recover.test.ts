import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { LogIndex, NodeId, Term } from "../../src/base/brands.ts";
import { membershipCodec } from "../../src/codec/membership.ts";
import { inspect } from "../../src/disaster/inspect.ts";
import { identityIn, openExisting } from "../../src/disaster/openExisting.ts";
import { recover } from "../../src/disaster/recover.ts";
import { Machine } from "../../src/machine/index.ts";
import type { EntryId } from "../../src/raft/types.ts";
import { DataDirectory } from "../../src/storage/dataDirectory.ts";
import { DirectoryLock } from "../../src/storage/directoryLock.ts";
import { type KeyValueView, type OpenStore, openLevel } from "../../src/storage/keyValueStore.ts";
import { history, Leader } from "../machine/scenario.ts";
import { fileIn, flipBitAt, moveToTables } from "../storage/support/damage.ts";
import { contentOf, openDirectory as openOld } from "../storage/support/openDirectory.ts";
import { temporaryFolder } from "../storage/support/temporary.ts";
import { failure, mustReject } from "./support/failure.ts";
import {
  type Applied,
  allRecords,
  type OldNode,
  recordsIn,
  recordsOf,
  termOf,
  workingLife,
  writeOldNode,
} from "./support/oldNode.ts";

const jump = 1e12;

async function survivor(checkpointAt: number | null = 20): Promise<OldNode> {
  return writeOldNode(join(temporaryFolder(), "n1"), workingLife().applied, checkpointAt);
}

function recovered(path: string, overrides: { id?: string; cluster?: string; signal?: AbortSignal } = {}) {
  return recover({ dataDir: path, id: "n1", cluster: "", ...overrides });
}

/** Scans leave out the first pair of each slice that `isLost`, and say nothing. */
function without(view: KeyValueView, isLost: (key: Uint8Array) => boolean): KeyValueView {
  return {
    get: (key) => view.get(key),
    close: () => view.close(),
    scan: async function* (range) {
      for await (const slice of view.scan(range)) {
        const lost = slice.find(([key]) => isLost(key));
        yield slice.filter((pair) => pair !== lost);
      }
    },
  };
}

/** As a leader's first entry. */
async function append(data: DataDirectory, { index, term }: EntryId): Promise<void> {
  const entry = { index, term, kind: "noop" as const, data: new Uint8Array(0) };
  const batch = { hardState: { currentTerm: term, votedFor: null }, truncateFrom: null, entries: [entry] };
  data.log.stage(batch);
  await data.log.write(batch);
}

describe("a recovered survivor", () => {
  it("has its whole log applied, far above what it knew to be committed, and is the only voter of a new cluster", async () => {
    const { path, lastIndex, machine } = await survivor(20);
    const before = await identityIn(path);
    const report = await recovered(path);
    expect(report).toMatchObject({
      dataDir: path,
      nodeId: "n1",
      clusterName: "test",
      formerClusterId: before.clusterId,
      members: ["n1"],
      formerIndex: lastIndex,
      formerTerm: termOf(lastIndex),
      index: lastIndex + jump,
      term: termOf(lastIndex) + 1_000_000,
      knownCommitted: 20,
      entriesAbove: lastIndex - 20,
      jobs: 31,
      jobsByState: { scheduled: 3, ready: 20, running: 3, completed: 3, dead: 1, cancelled: 1 },
      stateHash: machine.stateHash,
      logTime: machine.now,
    });
    expect(report.clusterId).not.toBe(before.clusterId);
    expect(report.incarnation).not.toBe(before.incarnation);
    await using data = await openExisting(path, await identityIn(path));
    expect(data.identity).toMatchObject({
      clusterId: report.clusterId,
      incarnation: report.incarnation,
      membership: { voters: ["n1"], outgoing: [], learners: [] },
      joining: null,
      founding: false,
    });
    expect(data.restored).toMatchObject({
      hardState: { currentTerm: report.term, votedFor: null },
      compacted: { index: report.index, term: report.term },
      appliedIndex: report.index,
      entries: [],
      configuration: { index: 0, membership: { voters: ["n1"] } },
    });
    // No peer is known: all of them come with new directories.
    expect(data.knownIncarnation(NodeId("n2"), LogIndex(0))).toBe(null);
    await data.close();
    const records = recordsOf(allRecords(workingLife().applied, lastIndex), report.index);
    expect(await recordsIn(path)).toEqual(records);
  });

  it("keeps the old directory, whole and as it was", async () => {
    const { path } = await survivor();
    const before = await contentOf(path);
    const { keptIn } = await recovered(path);
    expect(keptIn).toMatch(/before-recovery-/);
    expect(readdirSync(path).filter((name) => name.startsWith("before-recovery-"))).toEqual([
      keptIn.slice(path.length + 1),
    ]);
    expect(await contentOf(keptIn)).toEqual(before);
  });

  it("takes another name when told to, and draws another cluster each time", async () => {
    const { path } = await survivor();
    const twin = join(temporaryFolder(), "twin");
    cpSync(path, twin, { recursive: true });
    const [one, two] = [
      await recovered(path, { cluster: "phoenix" }),
      await recovered(twin, { cluster: "phoenix" }),
    ];
    expect(one.clusterId).toMatch(/^phoenix-[0-9a-f]{12}$/);
    expect(two.clusterId).not.toBe(one.clusterId);
  });

  it("is left alone until a node was started on it, and can then be recovered once more", async () => {
    const { path, machine } = await survivor();
    const first = await recovered(path);
    expect(await recovered(path)).toEqual(first);
    const data = await openExisting(path, await identityIn(path));
    await append(data, { index: LogIndex(first.index + 1), term: Term(first.term + 1) });
    await data.close();
    const second = await recovered(path);
    expect(second).toMatchObject({
      index: first.index + 1 + jump,
      formerClusterId: first.clusterId,
      entriesAbove: 1,
    });
    expect(second.stateHash).toBe(machine.stateHash);
    expect(second.keptIn).not.toBe(first.keptIn);
  });

  it("works without any checkpoint, and with one of its last entry", async () => {
    for (const checkpointAt of [null, workingLife().index]) {
      const { path, machine, lastIndex } = await survivor(checkpointAt);
      const report = await recovered(path);
      expect(report).toMatchObject({
        stateHash: machine.stateHash,
        entriesAbove: lastIndex - (checkpointAt ?? 0),
      });
    }
  });

  it("whatever the log does to the records of the checkpoint", async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.double({ min: 0, max: 1, noNaN: true }), async (steps, share) => {
        const leader = new Leader();
        const machine = new Machine();
        const applied: Applied[] = [];
        for (const step of steps) {
          const { index, batch } = leader.entry(step, machine);
          machine.apply(index, batch);
          leader.observe(machine);
          applied.push({ index, batch });
        }
        const { path, lastIndex } = await writeOldNode(
          join(temporaryFolder(), "n1"),
          applied,
          Math.ceil(share * (applied.at(-1)?.index ?? 1)),
        );
        const { stateHash, index } = await recovered(path);
        expect(stateHash).toBe(machine.stateHash);
        expect(await recordsIn(path)).toEqual(recordsOf(allRecords(applied, lastIndex), index));
      }),
      // No shrinking: each run opens real databases, and the seed says it all.
      { numRuns: 15, endOnFailure: true },
    );
  });
});

describe("a survivor is refused, and nothing is changed", () => {
  it("of another id", async () => {
    const { path } = await survivor();
    const before = await contentOf(path);
    await mustReject(recovered(path, { id: "n2" }), "IDENTITY_MISMATCH", /belongs to node n1, not to n2/);
    expect(await contentOf(path)).toEqual(before);
  });

  it("while another process has it", async () => {
    const { path } = await survivor();
    await using _node = await openOld(path);
    await mustReject(recovered(path), "CONFIG_INVALID", /another process uses this data directory/);
    await mustReject(inspect(path), "CONFIG_INVALID", /another process uses this data directory/);
  });

  it("that is none, which makes no directory", async () => {
    const path = join(temporaryFolder(), "typo");
    await mustReject(recovered(path), "CONFIG_INVALID", /is no data directory of a node/);
    expect(existsSync(path)).toBe(false);
  });

  it("that has nothing", async () => {
    const path = join(temporaryFolder(), "n1");
    await (await openOld(path)).close();
    await mustReject(recovered(path), "CONFIG_INVALID", /holds no entry/);
  });

  it("that is joining, or set aside its damaged data", async () => {
    const path = join(temporaryFolder(), "n1");
    const nobody = { voters: [], outgoing: [], learners: [] };
    await (await openOld(path, { joining: { replaces: "" }, membership: nobody })).close();
    await mustReject(recovered(path), "CONFIG_INVALID", /has not joined its cluster/);
    expect((await inspect(path)).standing).toBe("joining");
    const { path: damagedPath } = await survivor();
    await DataDirectory.setAside(damagedPath, await identityIn(damagedPath));
    await mustReject(recovered(damagedPath), "CONFIG_INVALID", /has not joined its cluster \(again\)/);
  });

  it.each(["log", "records"])("whose %s are damaged", async (database) => {
    const { path } = await survivor();
    if (database === "records") await moveToTables(join(path, database));
    flipBitAt(fileIn(join(path, database), database === "records" ? ".ldb" : ".log"), "payload 3");
    const error = await failure(recovered(path));
    expect(error.code).toBe("DATA_CORRUPT");
    expect(error.message).toMatch(
      /is damaged, and nothing is recovered from damaged data: .*Recover another survivor/,
    );
    expect(error.message).not.toMatch(/rejoin/);
    expect((await failure(inspect(path))).code).toBe("DATA_CORRUPT");
    expect(readdirSync(path).filter((name) => /renew|before/.test(name))).toEqual([]);
  });

  it.each([
    ["jobs", (key: Uint8Array) => key[0] === "z".charCodeAt(0)],
    ["anything else", (key: Uint8Array) => key[0] !== "z".charCodeAt(0)],
  ])(
    "that leaves out %s when it is read once more, as LevelDB does with a table that it cannot read",
    async (_, isLost) => {
      const { path } = await survivor();
      const before = await contentOf(path);
      const openStore: OpenStore = async (...args) => {
        const store = await openLevel(...args);
        return {
          get: (key) => store.get(key),
          scan: (range) => store.scan(range),
          batch: () => store.batch(),
          close: () => store.close(),
          view: () => without(store.view(), isLost),
        };
      };
      await mustReject(
        recover({ dataDir: path, id: "n1", cluster: "", openStore }),
        "DATA_CORRUPT",
        /were whole when they were read first.*Recover another survivor/,
      );
      expect(await contentOf(path)).toEqual(before);
    },
  );

  it("when a node was started on it after it was read: what that has written is not lost", async () => {
    const { path, lastIndex } = await survivor();
    const take = DirectoryLock.take.bind(DirectoryLock);
    let taken = 0;
    const spy = vi.spyOn(DirectoryLock, "take").mockImplementation(async (root) => {
      // First to read it, then to swap.
      if (root === path && ++taken === 2) {
        spy.mockRestore();
        await using node = await openOld(path);
        await append(node, { index: LogIndex(lastIndex + 1), term: Term(9) });
      }
      return take(root);
    });
    await mustReject(recovered(path), "CONFIG_INVALID", /another process has used .* meanwhile/);
    expect(readdirSync(path)).not.toContain("renewed");
    expect((await inspect(path)).lastEntry).toEqual({ index: lastIndex + 1, term: 9 });
    expect((await recovered(path)).formerIndex).toBe(lastIndex + 1);
  });

  it("that was condemned", async () => {
    const { path } = await survivor();
    const data = await openOld(path);
    await data.condemn("it has lost synced entries");
    await data.close();
    await mustReject(recovered(path), "DATA_CORRUPT", /it has lost synced entries/);
  });

  it("when its caller gives up", async () => {
    const { path } = await survivor();
    const before = await contentOf(path);
    await expect(recovered(path, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
    expect(await contentOf(path)).toEqual(before);
    expect(readdirSync(path)).not.toContain("renewed");
  });
});

describe("what an inspection tells", () => {
  it("how far the log reaches, in which term, and what is known to be committed", async () => {
    const { path, lastIndex } = await survivor(20);
    const { incarnation, clusterId } = await identityIn(path);
    const applied = workingLife().applied.filter(({ index }) => index <= 20);
    const jobs = allRecords(applied, LogIndex(20)).filter(({ kind }) => kind === "job").length;
    expect(jobs).toBeGreaterThan(0);
    const before = await contentOf(path);
    expect(await inspect(path)).toEqual({
      nodeId: "n1",
      clusterName: "test",
      clusterId,
      incarnation,
      standing: "voter",
      members: ["n1", "n2", "n3"],
      term: termOf(lastIndex),
      lastEntry: { index: lastIndex, term: termOf(lastIndex) },
      appliedIndex: 20,
      jobs,
    });
    expect(await contentOf(path)).toEqual(before);
  });

  it("what the node is in the last configuration of its log", async () => {
    const { path, lastIndex } = await survivor(20);
    const voter = { voters: [NodeId("n1")], outgoing: [], learners: [] };
    const learner = { voters: [NodeId("n2")], outgoing: [], learners: [NodeId("n1")] };
    await using data = await openOld(path);
    const entries = [voter, learner].map((membership, at) => ({
      index: LogIndex(lastIndex + 1 + at),
      term: Term(9),
      kind: "membership" as const,
      data: membershipCodec.encode(membership),
    }));
    const batch = { hardState: { currentTerm: Term(9), votedFor: null }, truncateFrom: null, entries };
    data.log.stage(batch);
    await data.log.write(batch);
    await data.close();
    expect(await inspect(path)).toMatchObject({
      standing: "learner",
      members: ["n1", "n2"],
      lastEntry: { term: 9 },
    });
    // Its log is as good as a voter's.
    expect((await recovered(path)).members).toEqual(["n1"]);
  });
});
