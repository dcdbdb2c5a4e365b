import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { FencingToken, JobId, LogIndex, LogTimeMs, NodeId, Term } from "../../src/base/brands.ts";
import { frameOf, readFrames } from "../../src/codec/frame.ts";
import { type WrittenBackup, writeBackup } from "../../src/disaster/backupWriter.ts";
import { identityIn, loadMachine, openExisting } from "../../src/disaster/openExisting.ts";
import { type RestoreOptions, restore } from "../../src/disaster/restore.ts";
import { type Machine, newestRules } from "../../src/machine/index.ts";
import type { Command, Outcome } from "../../src/machine/types.ts";
import type { DataDirectory } from "../../src/storage/dataDirectory.ts";
import { outcome, spec } from "../machine/harness.ts";
import { openDirectory as openOld } from "../storage/support/openDirectory.ts";
import { jobRecord, metaRecord } from "../storage/support/records.ts";
import { temporaryFolder } from "../storage/support/temporary.ts";
import { failure, mustReject } from "./support/failure.ts";
import { backupOf, type OldNode, recordsOf, termOf, workingLife, writeOldNode } from "./support/oldNode.ts";
import { partsOf, streamed } from "./support/parts.ts";

const peers = ["n1", "n2", "n3"].map((id) => ({ id, address: `${id}:7500` }));
const jump = 1e12;

/** The same old node and its backup for all tests: neither is changed. */
let old: OldNode;
let file: string;
let told: WrittenBackup;

beforeAll(async () => {
  const root = mkdtempSync(join(tmpdir(), "conclave-restore-"));
  const life = workingLife();
  old = await writeOldNode(join(root, "n1"), life.applied, life.index);
  file = join(root, "the.backup");
  const data = await openOld(old.path);
  for await (const _ of data.records.load());
  told = await writeBackup(file, backupOf(data), { overwrite: false });
  await data.close();
  return () => rmSync(root, { recursive: true, force: true });
});

function options(overrides: Partial<RestoreOptions> = {}): RestoreOptions {
  return { file, dataDir: join(temporaryFolder(), "data"), id: "n1", cluster: "", peers, ...overrides };
}

async function opened(path: string): Promise<DataDirectory> {
  return openExisting(path, await identityIn(path));
}

async function machineIn(path: string): Promise<Machine> {
  await using data = await opened(path);
  return loadMachine(data.records);
}

/** Applies one entry after what the machine has. */
function next(machine: Machine, elapsedMs: number, ...commands: Command[]): readonly Outcome[] {
  const now = LogTimeMs(machine.now + elapsedMs);
  return machine.apply(LogIndex(machine.appliedIndex + 1), { now, commands }).outcomes;
}

describe("a restored node", () => {
  it("holds every record of the backup as it was, a trillion entries further on", async () => {
    expect(told.jobs).toBe(31);
    const { dataDir, ...asked } = options();
    const report = await restore({ ...asked, dataDir });
    expect(report).toMatchObject({
      dataDir,
      nodeId: "n1",
      members: ["n1", "n2", "n3"],
      formerIndex: old.lastIndex,
      formerTerm: termOf(old.lastIndex),
      index: old.lastIndex + jump,
      term: termOf(old.lastIndex) + 1_000_000,
      jobs: told.jobs,
      stateHash: old.machine.stateHash,
      logTime: old.machine.now,
    });
    expect(report.jobsByState).toEqual({
      scheduled: 3,
      ready: 20,
      running: 3,
      completed: 3,
      dead: 1,
      cancelled: 1,
      waiting: 0,
    });
    await using data = await opened(dataDir);
    const records = [];
    for await (const slice of data.records.load()) records.push(...slice);
    await using before = await openOld(old.path);
    const formerly = [];
    for await (const slice of before.records.load()) formerly.push(...slice);
    expect(recordsOf(records, 0)).toEqual(recordsOf(formerly, 0));
    expect(data.records.appliedIndex).toBe(report.index);
    expect(data.restored).toMatchObject({
      hardState: { currentTerm: report.term, votedFor: null },
      compacted: { index: report.index, term: report.term },
      entries: [],
      configuration: { index: 0, membership: { voters: ["n1", "n2", "n3"], outgoing: [], learners: [] } },
    });
  });

  it("fits the others that were restored from the same file: same cluster, same chain, incarnations of their own", async () => {
    const paths = peers.map(() => join(temporaryFolder(), "data"));
    const reports = [];
    for (const [at, { id }] of peers.entries()) {
      // In whatever order the operator names the peers.
      const named = at === 1 ? [...peers].reverse() : peers;
      reports.push(await restore(options({ id, dataDir: paths[at] ?? "", peers: named, cluster: "prod" })));
    }
    expect(new Set(reports.map(({ clusterId, index, term }) => `${clusterId} ${index} ${term}`)).size).toBe(
      1,
    );
    expect(new Set(reports.map(({ stateHash }) => stateHash)).size).toBe(1);
    expect(new Set(reports.map(({ incarnation }) => incarnation)).size).toBe(3);
    expect(reports[0]?.clusterId).toMatch(/^prod-[0-9a-f]{12}$/);
    const [first, ...others] = await Promise.all(paths.map(opened));
    if (first === undefined) throw new Error("there are three");
    const { index, term } = first.log.lastEntry;
    const hardState = { currentTerm: Term(term + 1), votedFor: NodeId("n1") };
    const entry = {
      index: LogIndex(index + 1),
      term: Term(term + 1),
      kind: "noop" as const,
      data: new Uint8Array(0),
    };
    first.log.stage({ hardState, truncateFrom: null, entries: [entry] });
    for (const other of others) {
      // As it comes over the wire: it must be chained to what the follower has.
      const batch = { hardState, truncateFrom: null, entries: readFrames(frameOf(entry), null) };
      other.log.stage(batch);
      await other.log.write(batch);
      expect(other.log.lastEntry).toEqual({ index: index + 1, term: term + 1 });
    }
    for (const data of [first, ...others]) await data.close();
  });

  it("is of another cluster with other peers, another name, another file or another restoration", async () => {
    const base = await restore(options());
    const others = [
      await restore(options({ peers: peers.slice(0, 2) })),
      await restore(options({ cluster: "other" })),
      await restore(options({ restoration: 2 })),
      await restore(options({ file: await otherBackup() })),
    ];
    const ids = new Set([base, ...others].map(({ clusterId }) => clusterId));
    expect(ids.size).toBe(5);
    expect(ids.has(base.formerClusterId)).toBe(false);
    expect(others[2]?.index).toBe(base.index + jump);
    // At the same index of the same term: no log of the one could pass for one of the other.
    const chains = [];
    for (const { dataDir, index } of [base, ...others]) {
      await using data = await opened(dataDir);
      chains.push(data.log.entryAt(index)?.checksum);
    }
    expect(new Set(chains).size).toBe(5);
  });

  it("gives out tokens above all old ones; an old claim ends by its worker or its lease, and never comes back", async () => {
    const dataDir = join(temporaryFolder(), "data");
    const { index } = await restore(options({ dataDir }));
    const machine = await machineIn(dataDir);
    const [kept, left] = machine.list({ state: "running", limit: 10 });
    if (kept === undefined || left === undefined) throw new Error("two claims live");
    expect(machine.rules).toBe(newestRules);
    next(machine, 3_600_000, { type: "beginTerm", leader: "n1" });
    const done = {
      type: "complete",
      id: kept.spec.id,
      token: kept.lastToken,
      result: Uint8Array.of(7),
    } as const;
    expect(outcome(next(machine, 10, { type: "act", acts: [done] }), "act").results).toEqual([
      { ok: true, type: "complete" },
    ]);
    // Nobody renewed the other one: its lease ends one lease after the first election, not before.
    const { id, leaseMs } = left.spec;
    const claims = [{ id, token: left.lastToken }];
    expect(
      outcome(next(machine, leaseMs - 20, { type: "expireClaims", claims }), "expireClaims").expired,
    ).toBe(0);
    expect(outcome(next(machine, 20, { type: "expireClaims", claims }), "expireClaims").expired).toBe(1);
    next(machine, 60_000, { type: "fireTimers" });
    const claim = { type: "claim", workerId: "w9", queues: ["mail"], slots: 100 } as const;
    const claimed = outcome(next(machine, 10, claim), "claim").jobs;
    expect(claimed.map((job) => job.id)).toContain(id);
    for (const { token } of claimed) expect(token).toBeGreaterThan(index);
    const late = { type: "complete", id, token: left.lastToken, result: Uint8Array.of(8) } as const;
    const [refused] = outcome(next(machine, 10, { type: "act", acts: [late] }), "act").results;
    expect(refused).toMatchObject({ ok: false, code: "STALE_TOKEN" });
  });

  it("refuses the token of a claim that was made after the backup", async () => {
    const dataDir = join(temporaryFolder(), "data");
    await restore(options({ dataDir }));
    const machine = await machineIn(dataDir);
    const [ready] = machine.list({ state: "ready", limit: 1 });
    if (ready === undefined) throw new Error("a job is ready");
    const token = FencingToken(old.lastIndex + 5);
    const act = { type: "complete", id: ready.spec.id, token, result: Uint8Array.of(1) } as const;
    const [refused] = outcome(next(machine, 10, { type: "act", acts: [act] }), "act").results;
    expect(refused).toMatchObject({ ok: false, code: "STALE_TOKEN" });
  });

  it("takes an enqueue that is repeated for the same job, and keeps log time", async () => {
    const dataDir = join(temporaryFolder(), "data");
    await restore(options({ dataDir }));
    const machine = await machineIn(dataDir);
    expect(machine.now).toBe(old.machine.now);
    const jobs = [spec("job-0"), spec("job-20"), spec("unknown")];
    const { results } = outcome(next(machine, 0, { type: "enqueue", jobs }), "enqueue");
    expect(results.map(({ id, existing, state }) => [id, existing, state])).toEqual([
      ["job-0", true, "completed"],
      ["job-20", true, "ready"],
      ["unknown", false, "ready"],
    ]);
    expect(machine.job(JobId("job-7"))?.claim?.token).toBe(old.machine.job(JobId("job-7"))?.claim?.token);
  });
});

describe("a restore is refused", () => {
  it("into a directory that is not empty, and changes nothing there", async () => {
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, "notes.txt"), "mine");
    await mustReject(restore(options({ dataDir })), "CONFIG_INVALID", /is not empty: it holds notes\.txt/);
    expect(readdirSync(dataDir)).toEqual(["notes.txt"]);
    // Somebody's whole folder is not listed.
    for (let n = 1; n <= 9; n++) writeFileSync(join(dataDir, `other-${n}`), "");
    const { message } = await failure(restore(options({ dataDir })));
    expect(message).toContain("holds notes.txt, other-1, other-2, other-3, other-4 and 5 more. A backup is");
  });

  it("into the directory of a node", async () => {
    const dataDir = join(temporaryFolder(), "data");
    cpSync(old.path, dataDir, { recursive: true });
    await mustReject(
      restore(options({ dataDir })),
      "CONFIG_INVALID",
      /is not empty: it holds identity\.json/,
    );
    expect((await identityIn(dataDir)).clusterId).toBe((await identityIn(old.path)).clusterId);
  });

  it("for a node that is none of the members, for none, and for one named twice", async () => {
    await mustReject(
      restore(options({ id: "n4" })),
      "CONFIG_INVALID",
      /n4, is none of the founding members n1, n2, n3/,
    );
    await mustReject(restore(options({ peers: [] })), "CONFIG_INVALID", /none of the founding members/);
    await mustReject(restore(options({ peers: [...peers, ...peers] })), "CONFIG_INVALID", /named twice/);
  });

  it("for a restoration that is none, or has no room for its tokens", async () => {
    for (const restoration of [0, -1, 1.5, Number.NaN, 9_000]) {
      await mustReject(restore(options({ restoration })), "INVALID_ARGUMENT", /the log cannot jump/);
    }
  });

  it("from a damaged file, before anything is made", async () => {
    const dataDir = join(temporaryFolder(), "data");
    const broken = join(temporaryFolder(), "broken.backup");
    const bytes = readFileSync(file);
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
    writeFileSync(broken, bytes);
    await mustReject(
      restore(options({ dataDir, file: broken })),
      "BACKUP_INVALID",
      /the section at byte \d+ is damaged/,
    );
    expect(existsSync(dataDir)).toBe(false);
  });

  it("from a file whose records are intact each but do not fit together, and leaves the directory empty", async () => {
    const dataDir = temporaryFolder();
    const error = await failure(restore(options({ dataDir, file: await inconsistentBackup() })));
    expect(error.code).toBe("DATA_CORRUPT");
    expect(readdirSync(dataDir)).toEqual(["lock"]);
    expect((await restore(options({ dataDir }))).jobs).toBe(31);
  });

  it("when its caller gives up", async () => {
    const dataDir = temporaryFolder();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(restore(options({ dataDir, signal }))).rejects.toThrow("enough");
    expect(readdirSync(dataDir)).toEqual([]);
  });
});

/** Of the same node, cut in other places: equal records in another file. */
async function otherBackup(): Promise<string> {
  const path = join(temporaryFolder(), "other.backup");
  await using data = await openOld(old.path);
  for await (const _ of data.records.load());
  await writeBackup(path, backupOf(data, 5_000), { overwrite: false });
  return path;
}

/** Two jobs under one sequence number, all checksums right. */
async function inconsistentBackup(): Promise<string> {
  const path = join(temporaryFolder(), "inconsistent.backup");
  const meta = { ...metaRecord(9), stateHash: "0123456789abcdef" };
  await writeBackup(path, streamed(partsOf([jobRecord("a"), jobRecord("b"), meta])), { overwrite: false });
  return path;
}
