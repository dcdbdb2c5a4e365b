import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, connect } from "../../src/client/index.ts";
import { Nodes } from "../../src/client/nodes.ts";
import type { GetReply__Output } from "../../src/generated/conclave/v1/GetReply.ts";
import { failureOf } from "../support/failure.ts";
import { FakeCluster } from "../support/fakeServer.ts";

let fake: FakeCluster;
const unhandled: unknown[] = [];
const onUnhandled = (error: unknown): void => void unhandled.push(error);
beforeEach(async () => {
  unhandled.length = 0;
  process.on("unhandledRejection", onUnhandled);
  fake = await FakeCluster.start(1);
});
afterEach(async () => {
  process.off("unhandledRejection", onUnhandled);
  await fake[Symbol.asyncDispose]();
});

/** In the moments about a close, from before the connections are closed until after it. */
const moments = [0, 1, 2, 3, 4, 5];

/** What a call comes to that begins so many microtasks after `close`. */
async function codeOf(call: (cluster: Cluster, id: string) => Promise<unknown>, microtasks: number) {
  const cluster = await connect(fake.endpoints);
  const { id } = await cluster.jobs.enqueue("q", 1);
  await cluster.jobs.stats();
  const closing = cluster.close();
  for (let n = 0; n < microtasks; n++) await Promise.resolve();
  const { code } = await failureOf(call(cluster, id));
  await closing;
  // A rejection without a handler is reported after the microtasks of its turn.
  await new Promise((resolve) => setImmediate(resolve));
  return code;
}

// Put it in: nodes.ts: the clients of a closed node without a look; waiter.ts: `#run` goes on when it was closed.
describe("a call in the moment of close is SHUTTING_DOWN, and nothing is left to fail by itself:", () => {
  it.each(moments)("result(), after %i microtasks", async (microtasks) => {
    const code = await codeOf((cluster, id) => cluster.jobs.handle(id).result(), microtasks);
    expect([code, unhandled]).toEqual(["SHUTTING_DOWN", []]);
  });

  it.each(moments)("jobs.get, after %i microtasks", async (microtasks) => {
    const code = await codeOf((cluster, id) => cluster.jobs.get(id), microtasks);
    expect([code, unhandled]).toEqual(["SHUTTING_DOWN", []]);
  });

  it.each(moments)("jobs.watch, after %i microtasks", async (microtasks) => {
    const watch = (cluster: Cluster) => cluster.jobs.watch()[Symbol.asyncIterator]().next();
    expect([await codeOf(watch, microtasks), unhandled]).toEqual(["SHUTTING_DOWN", []]);
  });
});

it("a node whose connection was closed refuses calls with SHUTTING_DOWN", async () => {
  const nodes = new Nodes();
  const node = nodes.at(fake.node(1).address);
  nodes.close();
  const call = node.call<GetReply__Output>(
    (metadata, options, done) => node.jobs.Get({ id: "a" }, metadata, options, done),
    { timeoutMs: 1_000 },
  );
  expect(await failureOf(call)).toMatchObject({
    code: "SHUTTING_DOWN",
    message: expect.stringContaining("connect anew") as string,
  });
});
