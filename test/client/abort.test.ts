import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import { ActOutbox } from "../../src/client/actOutbox.ts";
import { processClock } from "../../src/client/clock.ts";
import { Directory } from "../../src/client/directory.ts";
import { type Cluster, connect } from "../../src/client/index.ts";
import { Leader } from "../../src/client/leader.ts";
import { LogClock } from "../../src/client/logClock.ts";
import { Nodes } from "../../src/client/nodes.ts";
import { onAbort } from "../../src/client/signals.ts";
import { WorkLink } from "../../src/client/workLink.ts";
import { EventLog } from "../../src/node/eventLog.ts";
import { type Harness, start as startApi } from "../api/harness.ts";
import { FakeCluster } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";

// Put it in: signals.ts: `addEventListener` alone, also for a signal that has aborted.
describe("who listens to a signal", () => {
  it("is told of its abort, once, unless it has left", () => {
    const controller = new AbortController();
    const told: string[] = [];
    onAbort(controller.signal, () => told.push("stays"));
    onAbort(controller.signal, () => told.push("leaves"))();
    controller.abort();
    expect(told).toEqual(["stays"]);
  });

  it("is told so of one that has aborted before, when its caller is through", async () => {
    const signal = AbortSignal.abort();
    const told: string[] = [];
    onAbort(signal, () => told.push("stays"));
    onAbort(signal, () => told.push("leaves"))();
    expect(told).toEqual([]);
    await Promise.resolve();
    expect(told).toEqual(["stays"]);
  });
});

describe("a watch that is aborted while it looks for a node", () => {
  let api: Harness;
  let cluster: Cluster;
  beforeEach(async () => {
    api = await startApi();
    api.node.view = { leaderAddress: api.address, members: [] };
    api.node.events = new EventLog(LogIndex(0), 20_000);
    cluster = await connect(api.address);
    await cluster.jobs.stats();
  });
  afterEach(async () => {
    await cluster.close({ drain: 0 });
    await api[Symbol.asyncDispose]();
  });

  // Put it in: the above, and watch.ts: no look at the signal after `findReader`.
  it("ends, and leaves nothing open at the node", async () => {
    const stop = new AbortController();
    const next = cluster.jobs.watch({ signal: stop.signal })[Symbol.asyncIterator]().next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    await until("the node has none", () => api.node.events.listeners === 0);
  });

  it("so do the events of a job, also when the signal had aborted before", async () => {
    const job = await cluster.jobs.enqueue("q", 1);
    const stop = new AbortController();
    const next = job.events({ signal: stop.signal })[Symbol.asyncIterator]().next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    const { signal } = stop;
    expect(await job.events({ signal })[Symbol.asyncIterator]().next()).toEqual({
      done: true,
      value: undefined,
    });
  });
});

// Put it in: workLink.ts: `run` without its look at `ended` after `find`.
it("a worker that ends while its link looks for the leader opens no stream", async () => {
  await using fake = await FakeCluster.start(1);
  const nodes = new Nodes();
  const leader = new Leader(new Directory(fake.endpoints), nodes, undefined);
  const ended = new AbortController();
  leader.find = async () => {
    ended.abort();
    return nodes.at(fake.node(1).address);
  };
  const nothing = (): void => undefined;
  const runner = {
    logClock: new LogClock(),
    onCancelRequested: nothing,
    onClaimsEnded: nothing,
    onWork: nothing,
    outbox: new ActOutbox(processClock),
    received: [],
    refuse: nothing,
    renewAll: nothing,
    room: 1,
    take: nothing,
  };
  const settings = { leader, workerId: "w", queues: ["q"], runner, onError: nothing, onConsuming: nothing };
  await new WorkLink(settings).run(ended.signal);
  expect(fake.node(1).workStreams).toEqual([]);
  nodes.close();
});
