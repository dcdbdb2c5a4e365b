import { status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ClusterId, LogIndex, NodeId, Term } from "../../src/base/brands.ts";
import type { BackupPart__Output } from "../../src/generated/conclave/v1/BackupPart.ts";
import type { SnapshotChunk, SnapshotPull, SnapshotReader } from "../../src/node/ports.ts";
import { eventually, type Harness, Received, refusalOf, start } from "./harness.ts";

let on: Harness;
beforeEach(async () => {
  on = await start();
});
afterEach(() => on[Symbol.asyncDispose]());

/** A snapshot of `count` chunks of `bytes` each; remembers what was asked of it. */
class FakeSnapshot implements SnapshotReader {
  readonly pulls: SnapshotPull[] = [];
  closed = 0;
  failsAt: number | null = null;
  readonly #count: number;
  readonly #bytes: number;
  readonly header = {
    format: 1,
    clusterId: ClusterId("c-test"),
    index: LogIndex(40),
    term: Term(3),
    configuration: {
      index: LogIndex(9),
      membership: {
        voters: [NodeId("n1")],
        outgoing: [],
        learners: [NodeId("n4")],
        details: {
          [NodeId("n4")]: {
            address: "10.0.0.4:7500",
            incarnation: "i4",
            since: LogIndex(9),
            promote: true,
            replaces: null,
          },
        },
      },
    },
    checksum: 0xfedc_ba98,
    count: 3,
    sum: 2 ** 51,
    bytes: 12,
  };

  constructor(count: number, bytes = 4) {
    this.#count = count;
    this.#bytes = bytes;
  }

  async read(pull: SnapshotPull): Promise<SnapshotChunk> {
    const at = this.pulls.push(pull) - 1;
    // As by a disk: never within the same turn.
    await new Promise((resolve) => setImmediate(resolve));
    if (at === this.failsAt) throw new Error("the disk is gone");
    return {
      pairs: Buffer.alloc(this.#bytes, at),
      checksum: at,
      lastKey: Buffer.from([at]),
      same: false,
      isLast: at === this.#count - 1,
    };
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

/** The next backup reads this. */
function serve(snapshot: FakeSnapshot): FakeSnapshot {
  on.node.snapshot = () => snapshot;
  return snapshot;
}

test("the header first, then every chunk, each asked for by the last key of the one before", async () => {
  const snapshot = serve(new FakeSnapshot(3));
  const parts = new Received<BackupPart__Output>(on.cluster.backup({}));
  expect((await parts.status).code).toBe(Status.OK);
  expect(parts.messages.map(({ part }) => part)).toEqual(["header", "chunk", "chunk", "chunk"]);
  expect(parts.messages[0]?.header).toMatchObject({
    clusterId: "c-test",
    index: 40,
    term: 3,
    checksum: 0xfedc_ba98,
    sum: 2 ** 51,
    configuration: {
      index: 9,
      membership: {
        voters: ["n1"],
        learners: ["n4"],
        details: { n4: { promote: true, replaces: "", since: 9 } },
      },
    },
  });
  expect(parts.messages.slice(1).map(({ chunk }) => [chunk?.pairs[0], chunk?.isLast])).toEqual([
    [0, false],
    [1, false],
    [2, true],
  ]);
  expect(snapshot.pulls.map(({ afterKey, have }) => [...afterKey, have])).toEqual([
    [null],
    [0, null],
    [1, null],
  ]);
  expect(snapshot.closed).toBe(1);
  expect(on.node.barriers).toBe(1);
});

test("stale: as this node has it, without asking the leader", async () => {
  serve(new FakeSnapshot(1));
  on.node.follow(null);
  const stale = new Received(on.cluster.backup({ consistency: "CONSISTENCY_STALE" }));
  expect((await stale.status).code).toBe(Status.OK);
  expect(on.node.barriers).toBe(0);
  const linearizable = new Received(on.cluster.backup({}));
  expect(refusalOf(await linearizable.status).detail?.code).toBe("NO_LEADER");
});

test("a client that does not read is not read for: what waits for it stays bounded", async () => {
  const snapshot = serve(new FakeSnapshot(3000, 64 * 1024));
  const call = on.cluster.backup({});
  call.on("error", () => undefined);
  // One part is taken, and no more.
  await new Promise((resolve) => call.once("data", resolve));
  call.pause();
  // The windows of HTTP/2 and the sockets' buffers fill up; then no chunk is read any more.
  let before = -1;
  let calm = 0;
  await eventually(() => {
    calm = snapshot.pulls.length === before ? calm + 1 : 0;
    before = snapshot.pulls.length;
    return calm > 500;
  });
  expect(snapshot.pulls.length).toBeLessThan(1000);
  expect(snapshot.closed).toBe(0);
  call.cancel();
  await eventually(() => snapshot.closed === 1);
});

test("a reader that fails ends the call with an error that names no internals, and is closed", async () => {
  const snapshot = serve(new FakeSnapshot(3));
  snapshot.failsAt = 1;
  const parts = new Received<BackupPart__Output>(on.cluster.backup({}));
  const refused = refusalOf(await parts.status);
  expect(refused.detail?.code).toBe("INTERNAL");
  expect(refused.details).not.toContain("disk is gone");
  expect(parts.messages).toHaveLength(2);
  expect(snapshot.closed).toBe(1);
});

test("a client that leaves, or a node that stops, closes the reader", async () => {
  const first = serve(new FakeSnapshot(3000, 64 * 1024));
  const call = on.cluster.backup({});
  const parts = new Received(call);
  await parts.until((messages) => messages.length > 1);
  call.cancel();
  await eventually(() => first.closed === 1);

  const second = serve(new FakeSnapshot(3000, 64 * 1024));
  const other = new Received(on.cluster.backup({}));
  await other.until((messages) => messages.length > 1);
  const closing = on.api.close(60_000);
  expect(refusalOf(await other.status).detail?.code).toBe("SHUTTING_DOWN");
  await closing;
  expect(second.closed).toBe(1);
});

test("only so many at a time, since each holds on to a state of the database", async () => {
  const open: FakeSnapshot[] = [];
  on.node.snapshot = () => {
    const snapshot = new FakeSnapshot(3000, 64 * 1024);
    open.push(snapshot);
    return snapshot;
  };
  const calls = Array.from({ length: 4 }, () => on.cluster.backup({}));
  for (const call of calls) {
    call.on("error", () => undefined);
    await new Promise((resolve) => call.once("data", resolve));
    call.pause();
  }
  expect(refusalOf(await new Received(on.cluster.backup({})).status).detail).toMatchObject({
    code: "OVERLOADED",
  });
  expect(open).toHaveLength(4);
  for (const call of calls) call.cancel();
  await eventually(() => open.every(({ closed }) => closed === 1));
  serve(new FakeSnapshot(1));
  expect((await new Received(on.cluster.backup({})).status).code).toBe(Status.OK);
});

// Put it in: backup.ts: `written` without its bound.
test("who does not take a part for five minutes loses the place", async () => {
  await on[Symbol.asyncDispose]();
  const waits = new Set<{ readonly ms: number; readonly over: () => void }>();
  on = await start({
    after: (ms, over) => {
      const wait = { ms, over };
      waits.add(wait);
      return () => waits.delete(wait);
    },
  });
  const open: FakeSnapshot[] = [];
  on.node.snapshot = () => {
    const snapshot = new FakeSnapshot(3000, 64 * 1024);
    open.push(snapshot);
    return snapshot;
  };
  const calls = Array.from({ length: 4 }, () => on.cluster.backup({}));
  const parts = calls.map((call) => new Received(call));
  for (const each of parts) await each.until((messages) => messages.length > 0);
  for (const call of calls) call.pause();
  // Until no part is taken any more: each that is brings a wait of its own.
  let before = "";
  let calm = 0;
  await eventually(() => {
    const now = open.map(({ pulls }) => pulls.length).join();
    calm = now === before ? calm + 1 : 0;
    before = now;
    return calm > 500;
  });
  expect([...waits].map(({ ms }) => ms)).toEqual([300_000, 300_000, 300_000, 300_000]);
  for (const { over } of waits) over();
  await eventually(() => open.every(({ closed }) => closed === 1));
  serve(new FakeSnapshot(1));
  expect((await new Received(on.cluster.backup({})).status).code).toBe(Status.OK);
  for (const call of calls) call.resume();
  const ends = await Promise.all(parts.map(({ status }) => status));
  expect(ends.map((end) => refusalOf(end).detail?.code)).toEqual(ends.map(() => "DEADLINE_EXCEEDED"));
  // None is left of the one that came to its end.
  expect(waits).toEqual(new Set());
});

test("a node that is not of the cluster, and a consistency that it does not know", async () => {
  serve(new FakeSnapshot(1));
  const strange = new Received(on.cluster.backup({ consistency: 9 as never }));
  expect(refusalOf(await strange.status).detail?.code).toBe("INVALID_ARGUMENT");
  on.node.view = { standing: "removed" };
  const removed = new Received(on.cluster.backup({ consistency: "CONSISTENCY_STALE" }));
  expect(refusalOf(await removed.status).detail?.code).toBe("MEMBER_REMOVED");
});
