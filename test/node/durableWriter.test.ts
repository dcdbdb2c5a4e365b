import { describe, expect, test } from "vitest";
import { LogIndex, NodeId, Term } from "../../src/base/brands.ts";
import { DurableWriter } from "../../src/node/durableWriter.ts";
import type { DurableBatch, LogStore } from "../../src/node/ports.ts";
import type { Message } from "../../src/raft/messages.ts";
import type { Entry, EntryId, HardState } from "../../src/raft/types.ts";
import { countingTelemetry } from "../support/silence.ts";
import { VirtualRuntime } from "../support/virtualRuntime.ts";

const n2 = NodeId("n2");

function entry(index: number, term: number): Entry {
  return { index: LogIndex(index), term: Term(term), kind: "command", data: new Uint8Array(1) };
}

function reply(term: number): Message {
  return { type: "voteReply", term: Term(term), granted: true };
}

/** A log whose writes end when the test says so. */
function harness() {
  const writes: { readonly batch: DurableBatch; finish(error?: Error): Promise<void> }[] = [];
  const sent: Message[] = [];
  const persisted: { hardState: HardState | null; lastEntry: EntryId | null }[] = [];
  const failures: unknown[] = [];
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  const log: LogStore = {
    lastEntry: { index: LogIndex(0), term: Term(0) },
    compacted: { index: LogIndex(0), term: Term(0) },
    stage: () => undefined,
    write: (batch) =>
      new Promise((resolve, reject) => {
        writes.push({
          batch: { ...batch, entries: [...batch.entries] },
          finish: async (error) => {
            if (error === undefined) resolve();
            else reject(error);
            await settled();
          },
        });
      }),
    read: () => Promise.resolve([]),
    cutBelow: (index) => index,
    compact: () => Promise.resolve(),
    stageInstall: () => undefined,
    close: () => Promise.resolve(),
  };
  const writer = new DurableWriter({
    log,
    transport: { send: (_to, message) => sent.push(message) },
    runtime: new VirtualRuntime(),
    telemetry: countingTelemetry(),
    onPersisted: (hardState, lastEntry) => persisted.push({ hardState, lastEntry }),
    onFailed: (error) => failures.push(error),
  });
  const persist = (part: Partial<DurableBatch>): void =>
    writer.persist({ type: "persist", hardState: null, truncateFrom: null, entries: [], ...part });
  /** An installation that ends when the test says so. */
  const install = (index: number, term: number) => {
    const step = { begun: false, finish: async (_error?: Error): Promise<void> => undefined };
    const snapshot = { index: LogIndex(index), term: Term(term), configuration };
    writer.install(
      { type: "installSnapshot", snapshot, hardState: { currentTerm: Term(term), votedFor: null } },
      () => {
        step.begun = true;
        return new Promise((resolve, reject) => {
          step.finish = async (error) => {
            if (error === undefined) resolve();
            else reject(error);
            await settled();
          };
        });
      },
    );
    return step;
  };
  return { writer, writes, sent, persisted, failures, persist, install };
}

const configuration = {
  index: LogIndex(0),
  membership: { voters: [NodeId("n1"), n2], outgoing: [], learners: [] },
};

describe("the durable writer", () => {
  test("a message leaves only after the write that it rests on (R10)", async () => {
    const { writer, writes, sent, persist } = harness();
    persist({ hardState: { currentTerm: Term(3), votedFor: n2 } });
    writer.sendWhenPersisted(n2, reply(3));
    writer.flush();
    expect(sent).toEqual([]);
    await writes[0]?.finish();
    expect(sent).toEqual([reply(3)]);
  });

  test("a message that rests on a write under way waits, though nothing new is to be written", async () => {
    const { writer, writes, sent, persist } = harness();
    persist({ entries: [entry(1, 1)] });
    writer.flush();
    writer.sendWhenPersisted(n2, reply(1));
    writer.flush();
    expect(sent).toEqual([]);
    await writes[0]?.finish();
    writer.flush();
    expect(sent).toEqual([reply(1)]);
    expect(writes).toHaveLength(1);
  });

  test("group commit: what gathers during a write shares the next one", async () => {
    const { writer, writes, persisted, persist } = harness();
    persist({ entries: [entry(1, 1)] });
    writer.flush();
    persist({ entries: [entry(2, 1)] });
    writer.flush();
    persist({ entries: [entry(3, 1)] });
    writer.flush();
    expect(writes).toHaveLength(1);
    await writes[0]?.finish();
    writer.flush();
    expect(writes[1]?.batch.entries.map((each) => each.index)).toEqual([2, 3]);
    await writes[1]?.finish();
    expect(persisted.map((each) => each.lastEntry?.index)).toEqual([1, 3]);
  });

  test("a truncation of what only waits needs no cut on disk; a deeper one does", async () => {
    const { writer, writes, persist } = harness();
    persist({ entries: [entry(5, 1), entry(6, 1), entry(7, 1)] });
    persist({ truncateFrom: LogIndex(6), entries: [entry(6, 2)] });
    writer.flush();
    expect(writes[0]?.batch.truncateFrom).toBeNull();
    expect(writes[0]?.batch.entries.map(({ index, term }) => [index, term])).toEqual([
      [5, 1],
      [6, 2],
    ]);
    persist({ entries: [entry(7, 2)] });
    persist({ truncateFrom: LogIndex(3), entries: [entry(3, 3)] });
    await writes[0]?.finish();
    writer.flush();
    expect(writes[1]?.batch.truncateFrom).toBe(3);
    expect(writes[1]?.batch.entries.map(({ index, term }) => [index, term])).toEqual([[3, 3]]);
  });

  test("after a failed write nothing leaves and nothing is written any more", async () => {
    const { writer, writes, sent, failures, persist } = harness();
    persist({ entries: [entry(1, 1)] });
    writer.sendWhenPersisted(n2, reply(1));
    writer.flush();
    await writes[0]?.finish(new Error("EIO"));
    persist({ entries: [entry(2, 1)] });
    writer.flush();
    expect(sent).toEqual([]);
    expect(writes).toHaveLength(1);
    expect(failures).toHaveLength(1);
  });

  test("an installation begins after the writes before it, and what comes later waits for it, messages included", async () => {
    const { writer, writes, sent, persisted, persist, install } = harness();
    persist({ entries: [entry(1, 1)] });
    writer.flush();
    persist({ entries: [entry(2, 1)] });
    const step = install(10, 2);
    persist({ entries: [entry(11, 2)] });
    writer.sendWhenPersisted(n2, reply(2));
    writer.flush();
    await writes[0]?.finish();
    writer.flush();
    expect(writes[1]?.batch.entries.map(({ index }) => index)).toEqual([2]);
    expect(step.begun).toBe(false);
    await writes[1]?.finish();
    writer.flush();
    expect(step.begun).toBe(true);
    expect([writes.length, writer.busy]).toEqual([2, true]);
    expect(sent).toEqual([]);
    await step.finish();
    expect(sent).toEqual([]);
    writer.flush();
    expect(writes[2]?.batch.entries.map(({ index }) => index)).toEqual([11]);
    await writes[2]?.finish();
    expect(sent).toEqual([reply(2)]);
    expect(persisted.map(({ lastEntry }) => lastEntry?.index)).toEqual([1, 2, 10, 11]);
  });

  test("the hard state that an installation's report names is durable before it", async () => {
    const { writer, writes, persisted, install } = harness();
    const step = install(10, 2);
    writer.flush();
    expect(writes[0]?.batch.hardState).toEqual({ currentTerm: 2, votedFor: null });
    expect(step.begun).toBe(false);
    await writes[0]?.finish();
    writer.flush();
    await step.finish();
    expect(persisted.at(-1)).toEqual({
      hardState: { currentTerm: 2, votedFor: null },
      lastEntry: { index: 10, term: 2 },
    });
  });

  test("a message that rests on nothing but the installation leaves right after it", async () => {
    const { writer, writes, sent, install } = harness();
    const step = install(10, 2);
    writer.sendWhenPersisted(n2, reply(2));
    writer.flush();
    await writes[0]?.finish();
    writer.flush();
    expect(sent).toEqual([]);
    await step.finish();
    writer.flush();
    expect(sent).toEqual([reply(2)]);
  });

  test("after a failed installation nothing leaves and nothing is written any more", async () => {
    const { writer, writes, sent, failures, persist, install } = harness();
    const step = install(10, 2);
    writer.sendWhenPersisted(n2, reply(2));
    persist({ entries: [entry(11, 2)] });
    writer.flush();
    await writes[0]?.finish();
    writer.flush();
    await step.finish(new Error("EIO"));
    writer.flush();
    expect([sent, writes.length, failures.length]).toEqual([[], 1, 1]);
  });
});
