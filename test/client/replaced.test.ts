import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ClientApi } from "../../src/api/grpc/clientApi.ts";
import { ClusterId, NodeId } from "../../src/base/brands.ts";
import { freePorts } from "../../src/cli/cluster/freePorts.ts";
import type { Clock } from "../../src/client/clock.ts";
import { Cluster } from "../../src/client/cluster.ts";
import { type ConclaveError, connect, type WorkerJob } from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { FakeNode, member } from "../support/fakeNode.ts";
import { Gate } from "../support/gate.ts";
import { recordingLogger } from "../support/silence.ts";
import { until } from "../support/until.ts";

/** Ten times as fast as the real one: the grace is a second. */
const fast: Clock = {
  now: () => 10 * performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(2 ** 31 - 1, delayMs / 10));
    return () => clearTimeout(timer);
  },
};

class NodeOf extends FakeNode {
  override readonly clusterId: ClusterId;
  override readonly nodeId: NodeId;
  #api: ClientApi | undefined;

  constructor(clusterId: string, nodeId: string) {
    super();
    this.clusterId = ClusterId(clusterId);
    this.nodeId = NodeId(nodeId);
  }

  async listen(address: string): Promise<void> {
    this.#api = new ClientApi({ node: this, logger: recordingLogger(), listen: address });
    await this.#api.start();
  }

  async stop(): Promise<void> {
    await this.#api?.close(0);
  }
}

const ids = ["n1", "n2", "n3"];
let addresses: readonly string[] = [];
let nodes: NodeOf[] = [];
let cluster: Cluster;

beforeEach(async () => {
  addresses = (await freePorts(3)).map((port) => `127.0.0.1:${port}`);
  for (const at of ids.keys()) await play(at, "c-1");
  cluster = new Cluster(addresses, undefined, { clock: fast });
  await cluster.reach(100_000, undefined);
});

afterEach(async () => {
  await cluster.close({ drain: 0, kill: 0 });
  await Promise.all(nodes.map((node) => node.stop()));
  nodes = [];
});

/** A node of that cluster is at the address from now on; the first leads. */
async function play(at: number, clusterId: string): Promise<NodeOf> {
  await nodes[at]?.stop();
  const node = new NodeOf(clusterId, `n${at + 1}`);
  const members = ids.map((id, each) => member(id, { clientAddress: addresses[each] ?? "" }));
  node.view = { members, leaderAddress: addresses[0] ?? "" };
  if (at > 0) node.follow({ id: "n1", address: addresses[0] ?? "" });
  nodes[at] = node;
  await node.listen(addresses[at] ?? "");
  return node;
}

/** As after a restore. */
async function replaceAll(): Promise<NodeOf> {
  for (const at of ids.keys()) await play(at, "c-2");
  return nodes[0] as NodeOf;
}

const forEver = { timeout: "10d" } as const;
const mismatch = { code: "IDENTITY_MISMATCH", retryable: false };

describe("when another cluster is at all addresses", () => {
  test("every call under way ends, of whatever kind, and each one after that at once", async () => {
    await cluster.jobs.enqueue("other", 1, { id: "a", delay: "1d" });
    nodes[0]?.hold();
    const uncertain = failureOf(cluster.jobs.enqueue("other", 1, { id: "b", ...forEver }));
    const waiting = [cluster.jobs.handle("a").result(), next(cluster.jobs.watch({}))].map(failureOf);
    await until("it has arrived", () => nodes[0]?.inFlight === 1);
    const anew = await replaceAll();
    const calls = () => [
      cluster.jobs.enqueue("other", 1, forEver),
      cluster.jobs.enqueueMany([{ queue: "other", data: "x".repeat(200_000) }], { ...forEver, atomic: true }),
      cluster.jobs.stats(forEver),
      cluster.jobs.stats({ ...forEver, consistency: "stale" }),
      cluster.jobs.stats({ ...forEver, node: "n2" }),
      cluster.jobs.cancel("a", forEver),
      cluster.queues.get("other", forEver),
      cluster.queues.pause("other", forEver),
      cluster.queues.drain("other"),
      cluster.claim("other", forEver),
      cluster.members(forEver),
      cluster.transferLeadership(forEver),
      (async () => await cluster.backup(forEver).writeTo(new PassThrough().resume()))(),
    ];
    const ended = await Promise.all([...calls().map(failureOf), ...waiting]);
    for (const error of ended) {
      expect(error).toMatchObject(mismatch);
      expect(error.message).toMatch(/connected to, c-1, is gone: for \d+ s only nodes of c-2 have answered/);
    }
    const may = await uncertain;
    expect(may).toMatchObject(mismatch);
    expect(may.message).toMatch(
      /is gone.*; job b may exist; look it up, or enqueue it again with the same id/,
    );

    const startedAt = performance.now();
    const later = [
      ...calls(),
      cluster.status(),
      cluster.jobs.handle("a").result(),
      next(cluster.jobs.watch()),
    ];
    for (const error of await Promise.all(later.map(failureOf))) expect(error).toMatchObject(mismatch);
    expect(() => cluster.work("other", {}, () => 1)).toThrow(/is gone/);
    expect(performance.now() - startedAt).toBeLessThan(500);

    expect(anew.state.totals.enqueued).toBe(0);
    await cluster.close();
    expect(await failureOf(cluster.jobs.stats())).toMatchObject(mismatch);
    await using other = await connect(addresses.join(","));
    await other.jobs.enqueue("other", 1, { id: "b" });
    expect(anew.state.totals.enqueued).toBe(1);
  });

  test("a worker ends with the error, and its handlers are told that their leases are lost", async () => {
    const jobs: WorkerJob[] = [];
    const errors: ConclaveError[] = [];
    const gate = new Gate();
    const options = { concurrency: 2, onError: (error: ConclaveError) => errors.push(error) };
    const worker = cluster.work("q", options, (job) => {
      jobs.push(job);
      return gate.opened;
    });
    await cluster.jobs.enqueueMany([1, 2].map((data) => ({ queue: "q", data, lease: "1h" })));
    await until("both run", () => jobs.length === 2);
    const signals = jobs.map(({ signal }) => signal);
    nodes[0]?.hold();
    const extended = failureOf((jobs[0] as WorkerJob).extend());
    await replaceAll();
    const error = await failureOf(worker.closed);
    expect(error).toMatchObject({ ...mismatch, message: expect.stringContaining("c-1, is gone") });
    expect(worker.state).toBe("closed");
    for (const { aborted, reason } of signals) {
      expect(aborted).toBe(true);
      expect(reason).toMatchObject({ code: "LEASE_LOST", cause: error });
    }
    expect(await extended).toBe(signals[0]?.reason);
    expect(errors).toContain(error);
    gate.open();
    await worker.stop();
    await cluster.close();
  });

  test("a worker that stops meanwhile stops", async () => {
    const gate = new Gate();
    let runs = 0;
    const worker = cluster.work("q", { drain: "1d" }, () => {
      runs++;
      return gate.opened;
    });
    await cluster.jobs.enqueue("q", 1);
    await until("it runs", () => runs === 1);
    const stopped = worker.stop();
    await replaceAll();
    await stopped;
    expect(await failureOf(worker.closed)).toMatchObject(mismatch);
    gate.open();
  });

  test("who reads from one node by its name alone is told as well", async () => {
    await replaceAll();
    const read = cluster.jobs.stats({ ...forEver, consistency: "stale", node: "n2" });
    expect(await failureOf(read)).toMatchObject({ ...mismatch, message: expect.stringContaining("is gone") });
  });

  test("a program that has nothing under way hears of it at the latest by its next call", async () => {
    await cluster.jobs.stats();
    const anew = await replaceAll();
    expect(await failureOf(cluster.jobs.enqueue("q", 1, forEver))).toMatchObject(mismatch);
    expect(anew.state.totals.enqueued).toBe(0);
  });
});

describe("a drain", () => {
  const away = () => Promise.all(nodes.map((node) => node.stop()));
  const pass = (ms: number) => new Promise<void>((resolve) => void fast.after(ms, resolve));

  test("waits for a cluster that is away for longer than a call would", async () => {
    await cluster.jobs.enqueue("other", 1, { id: "a" });
    const looks: number[] = [];
    const drained = cluster.queues.drain("other", { onProgress: ({ ready }) => looks.push(ready.normal) });
    await until("it has looked", () => looks.length > 0);
    await away();
    const over = drained.then(
      () => "done",
      () => "failed",
    );
    expect(await Promise.race([over, pass(40_000)])).toBeUndefined();
    for (const at of ids.keys()) await play(at, "c-1");
    expect((await drained).counts.ready.normal).toBe(0);
  });

  test("ends at once with a cluster that is gone, however long the other one took to come", async () => {
    await cluster.jobs.enqueue("other", 1, { id: "a" });
    const looks: number[] = [];
    const drained = failureOf(cluster.queues.drain("other", { onProgress: () => looks.push(1) }));
    await until("it has looked", () => looks.length > 0);
    await away();
    await pass(40_000);
    await replaceAll();
    expect(await drained).toMatchObject({ ...mismatch, message: expect.stringContaining("is gone") });
  });

  test("gives up at the end of its own time, and says what it knows", async () => {
    await cluster.jobs.enqueue("other", 1, { id: "a" });
    const looks: number[] = [];
    const options = { timeout: 8_000, onProgress: () => looks.push(1) };
    const drained = failureOf(cluster.queues.drain("other", options));
    await until("it has looked", () => looks.length > 0);
    await away();
    const error = await drained;
    expect(error.code).toBe("DEADLINE_EXCEEDED");
    expect(error.message).toMatch(
      /whether queue other is empty is not known after 8000 ms: .*It stays closed/,
    );
  });

  test("ends with its signal, and with its handle", async () => {
    await away();
    const controller = new AbortController();
    const aborted = failureOf(cluster.queues.drain("other", { signal: controller.signal }));
    const closed = failureOf(cluster.queues.drain("other"));
    await pass(2_000);
    controller.abort();
    expect(await aborted).toMatchObject({ code: "ABORTED" });
    await cluster.close();
    expect(await closed).toMatchObject({ code: "SHUTTING_DOWN" });
  });
});

test("calls and workers go on while most nodes are of their own cluster, be it one that led", async () => {
  const seen: string[] = [];
  const worker = cluster.work("q", {}, ({ id }) => void seen.push(id));
  await cluster.jobs.enqueue("q", 1, { id: "a" });
  await until("it ran", () => seen.length === 1);
  await play(0, "c-2");
  const [, second, third] = nodes;
  second?.lead();
  third?.follow({ id: "n2", address: addresses[1] ?? "" });
  for (const node of [second, third])
    if (node) node.view = { ...node.view, leaderAddress: addresses[1] ?? "" };
  await cluster.jobs.enqueue("q", 1, { id: "b", ...forEver });
  await until("it ran as well", () => seen.length === 2);
  await new Promise<void>((resolve) => void fast.after(30_000, resolve));
  expect(worker.state).toBe("consuming");
  await cluster.jobs.enqueue("q", 1, { id: "c" });
  await until("the third ran", () => seen.join() === "a,b,c");
  expect(nodes[0]?.state.totals.enqueued).toBe(0);
});

async function next<T>(iterable: AsyncIterable<T>): Promise<T | undefined> {
  for await (const value of iterable) return value;
  return undefined;
}
