import { describe, expect, test } from "vitest";
import { JobId, LogIndex, LogTimeMs, Term } from "../../src/base/brands.ts";
import { batchCodec } from "../../src/codec/batch.ts";
import { Machine } from "../../src/machine/index.ts";
import type { MachineRecord } from "../../src/machine/types.ts";
import type { Effect } from "../../src/raft/effects.ts";
import type { Entry, HardState } from "../../src/raft/types.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { job } from "../support/singleNode.ts";
import { founding, n1, scriptedNode } from "./scriptedNode.ts";

const hardState: HardState = { currentTerm: Term(1), votedFor: null };
const snapshotIndex = LogIndex(100);

/** An entry that enqueues `id`. */
function entry(index: number, id: string): Entry {
  const batch = { now: LogTimeMs(1_000 + index), commands: [{ type: "enqueue", jobs: [job(id)] }] } as const;
  return { index: LogIndex(index), term: Term(1), kind: "command", data: batchCodec.encode(batch) };
}

function snapshot(): readonly MachineRecord[] {
  const machine = new Machine();
  for (const [index, id] of [
    [1, "s1"],
    [100, "s100"],
  ] as const) {
    machine.apply(LogIndex(index), batchCodec.decode(entry(index, id).data));
  }
  const shelf = new RecordShelf();
  shelf.write(machine.beginCheckpoint());
  return shelf.all();
}

function persist(...entries: readonly Entry[]): Effect {
  return { type: "persist", hardState: null, truncateFrom: null, entries };
}

function send(type: "timeoutNow" | "snapshotReply", after: "now" | "persisted"): Effect {
  const message =
    type === "timeoutNow"
      ? ({ type, term: Term(1), untilRound: 9 } as const)
      : ({ type, term: Term(1), round: 1, matchIndex: snapshotIndex } as const);
  return { type: "send", to: n1, message, after };
}

const install: Effect = {
  type: "installSnapshot",
  snapshot: { index: snapshotIndex, term: Term(1), configuration: founding },
  hardState,
};
const fetch: Effect = {
  type: "fetchSnapshot",
  from: n1,
  lastIncluded: { index: snapshotIndex, term: Term(1) },
};

function begun() {
  const it = scriptedNode(snapshot(), snapshotIndex);
  const has = (id: string): boolean => it.node.state.job(JobId(id)) !== undefined;
  const persisted = (): readonly (number | undefined)[] =>
    it.core.events.flatMap((event) => (event.type === "persisted" ? [event.lastEntry?.index] : []));
  return { ...it, has, persisted };
}

describe("the installation of a snapshot", () => {
  test("comes after the writes before it, and what rests on it or follows it waits until the state is swapped", async () => {
    const { done, gates, emit, answer, settle, has, persisted, core } = begun();
    await emit(persist(entry(1, "old")), { type: "apply", entries: [entry(1, "old")] });
    done.length = 0;
    gates.write.close();
    gates.load.close();
    answer("snapshotFetched", [install, persist(entry(101, "later")), send("snapshotReply", "persisted")]);
    await emit(persist(entry(2, "cut off")), fetch);
    expect(done).toEqual(["stage 2", "stage ", "stageInstall 100", "stage 101"]);
    gates.write.open();
    await settle();
    expect(done.slice(4)).toEqual(["write 2", "write ", "install 100"]);

    // The core may ask for the next one already: not before this one is in.
    await emit(fetch);
    expect(core.events.filter(({ type }) => type === "snapshotFetched")).toHaveLength(1);
    // Heartbeats are answered, and stale reads see the old state, while the records are loaded.
    await emit(send("timeoutNow", "now"), { type: "apply", entries: [entry(101, "later")] });
    expect(done.at(-1)).toBe("send timeoutNow");
    expect([has("old"), has("s100"), has("later")]).toEqual([true, false, false]);
    expect(persisted()).toEqual([1, 2, undefined]);

    gates.load.open();
    await settle();
    expect(done.slice(8)).toEqual(["load", "write 101", "send snapshotReply"]);
    expect([has("old"), has("s1"), has("s100"), has("later")]).toEqual([false, true, true, true]);
    expect(persisted()).toEqual([1, 2, undefined, 100, 101]);
    const report = core.events.find((event) => event.type === "persisted" && event.lastEntry?.index === 100);
    expect(report).toMatchObject({ hardState });
  });

  test("who waits for a job's end is told, should it have ended or gone by then", async () => {
    const { emit, answer, node } = begun();
    const told: string[] = [];
    await emit(persist(entry(1, "old")), { type: "apply", entries: [entry(1, "old")] });
    for (const id of ["old", "s1"]) node.ends.watch(JobId(id), (ended) => told.push(ended));
    answer("snapshotFetched", [install]);
    await emit(fetch);
    expect(told).toEqual(["old"]);
    expect(node.ends.size).toBe(1);
  });

  test("what was handed out before and not applied yet is superseded", async () => {
    const { emit, answer, has, node } = begun();
    answer("snapshotFetched", [{ type: "apply", entries: [entry(1, "superseded")] }, install]);
    await emit(fetch);
    expect(node.state.appliedIndex).toBe(100);
    expect([has("superseded"), has("s100")]).toEqual([false, true]);
  });

  test("waits for the checkpoint that is under way, and no other begins until it is done", async () => {
    const { done, gates, emit, answer, settle, tick } = begun();
    gates.checkpoint.close();
    await emit({ type: "apply", entries: [entry(1, "old")] });
    await tick();
    answer("snapshotFetched", [install]);
    await emit(fetch);
    expect(done).not.toContain("stageInstall 100");
    gates.load.close();
    gates.checkpoint.open();
    await settle();
    expect(done).toEqual(["checkpoint 1", "stage ", "stageInstall 100", "write ", "install 100"]);
    await emit({ type: "apply", entries: [entry(101, "later")] });
    await tick();
    expect(done.filter((step) => step.startsWith("checkpoint"))).toEqual(["checkpoint 1"]);
    gates.load.open();
    await settle();
    await tick();
    expect(done.filter((step) => step.startsWith("checkpoint"))).toEqual(["checkpoint 1", "checkpoint 101"]);
  });

  test("checkpoints go on when the core declines what was fetched", async () => {
    const { done, emit, tick } = begun();
    await emit(fetch);
    await emit({ type: "apply", entries: [entry(1, "old")] });
    await tick();
    expect(done).toContain("checkpoint 1");
  });

  test("a failure ends the node, and nothing that rests on it leaves", async () => {
    const { done, failures, fails, emit, answer, has } = begun();
    fails.install = new Error("EIO");
    answer("snapshotFetched", [install, persist(entry(101, "later")), send("snapshotReply", "persisted")]);
    await emit(fetch);
    expect(failures).toEqual([fails.install]);
    expect(done).toEqual(["stage ", "stageInstall 100", "stage 101", "write "]);
    expect(has("s100")).toBe(false);
  });

  test("a stop in the middle of it leaves the old state in memory, and takes no checkpoint of it", async () => {
    const { node, done, failures, gates, emit, answer, settle } = begun();
    await emit({ type: "apply", entries: [entry(1, "old")] });
    gates.load.close();
    answer("snapshotFetched", [install, send("snapshotReply", "persisted")]);
    await emit(fetch);
    const stopped = node.stop();
    await settle();
    gates.load.open();
    await settle();
    await stopped;
    expect(done).toEqual(["stage ", "stageInstall 100", "write ", "install 100"]);
    expect([node.state.appliedIndex, failures]).toEqual([1, []]);
  });
});
