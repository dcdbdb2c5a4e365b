import { afterEach, beforeEach, expect, it } from "vitest";
import {
  type Cluster,
  connect,
  type Handler,
  type Worker,
  type WorkOptions,
} from "../../src/client/index.ts";
import type { Subscribe__Output } from "../../src/generated/conclave/v1/Subscribe.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";
import type { FakeWorkStream } from "../support/fakeWorkStream.ts";
import { Gate } from "../support/gate.ts";
import { until } from "../support/until.ts";

let fake: FakeCluster;
let cluster: Cluster;
beforeEach(async () => {
  fake = await FakeCluster.start(3);
  cluster = await connect(fake.endpoints);
});
afterEach(async () => {
  await cluster.close({ drain: 0, kill: 1_000 });
  await fake[Symbol.asyncDispose]();
});

async function consuming(
  handler: Handler,
  options: WorkOptions = {},
): Promise<{ worker: Worker; stream: FakeWorkStream }> {
  const worker = cluster.work("q", options, handler);
  await until("the worker is subscribed", () => worker.state === "consuming");
  return { worker, stream: fake.node(1).workStream };
}

/** Another node leads from now on; how the worker introduces itself there. */
async function subscribedAt(node: number): Promise<Subscribe__Output> {
  const seen = fake.node(node).workStreams.length;
  fake.elect(fake.node(node));
  return await until("it is at the next leader", () => fake.node(node).workStreams[seen]?.subscribe);
}

it("a worker's first stream says nothing of claims: it cannot know what its predecessor was given", async () => {
  const options = { workerId: "fixed" };
  const first = await consuming(() => 1, options);
  expect(first.stream.subscribe).toMatchObject({ workerId: "fixed", stream: 1, held: null });
  const second = await consuming(() => 1, options);
  expect(second.stream.subscribe).toMatchObject({ workerId: "fixed", stream: 1, held: null });
  const sessions = [first, second].map(({ stream }) => stream.subscribe?.session ?? 0);
  expect(new Set(sessions).size).toBe(2);
  for (const session of sessions) expect(Number.isSafeInteger(session) && session > 0).toBe(true);
});

it("an idle worker that comes back says that it holds nothing, as the same session", async () => {
  const { stream } = await consuming(() => 1);
  const session = stream.subscribe?.session;
  expect(await subscribedAt(2)).toMatchObject({ session, stream: 2, held: { claims: [] } });
  expect(await subscribedAt(3)).toMatchObject({ session, stream: 3, held: { claims: [] } });
});

it("at the same leader it is the same: the stream broke, and what was on it is lost", async () => {
  const { stream } = await consuming(() => 1);
  fake.node(1).dropStreams();
  const back = await until("it is back", () => fake.node(1).workStreams[1]?.subscribe);
  expect(back).toMatchObject({ session: stream.subscribe?.session, stream: 2, held: { claims: [] } });
});

it("a worker that stops between two leaders comes back once, so that nothing waits for a lease", async () => {
  const { worker } = await consuming(() => 1, { drain: 0 });
  fake.elect(undefined);
  await until("it noticed", () => worker.state === "connecting");
  const stopped = worker.stop();
  fake.elect(fake.node(2));
  await stopped;
  expect(fake.node(2).workStreams[0]?.subscribe).toMatchObject({
    stream: 2,
    credits: 0,
    held: { claims: [] },
  });
});

it("holds what is running and what ended without an answer, until it is answered", async () => {
  const gate = new Gate();
  const { worker, stream } = await consuming(({ id }) => (id === "runs" ? gate.opened : "done"), {
    concurrency: 3,
  });
  const answered = stream.hand({ id: "answered" });
  await until("its outcome is acknowledged", () => fake.state.ended.has(answered.id));
  fake.node(1).acts = "hang";
  const held = [stream.hand({ id: "runs" }), stream.hand({ id: "ended" })];
  await until("one ended", () => worker.health.unacknowledged === 1);
  expect((await subscribedAt(2)).held).toEqual({ claims: held });
  // Told of it first, then sent again: the leader must not give back what is about to be completed.
  await until("its act came again", () => fake.state.ended.has("ended"));
  await until("that is acknowledged", () => worker.health.unacknowledged === 0);
  expect((await subscribedAt(3)).held).toEqual({ claims: held.slice(0, 1) });
  gate.open();
});

it("holds a job that it could not start, until its release is answered", async () => {
  const gate = new Gate();
  const { worker, stream } = await consuming(() => gate.opened);
  fake.node(1).acts = "hang";
  const held = [stream.hand(), stream.hand()];
  await until("the second goes back", () => worker.health.unacknowledged === 1);
  expect((await subscribedAt(2)).held).toEqual({ claims: held });
  gate.open();
});

it("a job that it ran and gave up is no undelivered one: it waits for its lease, and counts", async () => {
  fake.state.leaseMs = 200;
  const { worker, stream } = await consuming(
    ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  );
  fake.node(1).acts = "hang";
  const lost = stream.hand();
  await until(
    "it has given up",
    () => worker.health.lastError?.code === "LEASE_LOST" && worker.health.running === 0,
  );
  expect((await subscribedAt(2)).held).toEqual({ claims: [lost] });
});

it("a job whose outcome the server would not take is one that came, too", async () => {
  const errors: string[] = [];
  const { stream } = await consuming(() => "too much", { onError: ({ code }) => errors.push(code) });
  fake.node(1).refusals.push(detail("INVALID_ARGUMENT", "the result is too large"));
  const refused = stream.hand();
  await until("it was refused", () => errors.includes("INVALID_ARGUMENT"));
  expect((await subscribedAt(2)).held).toEqual({ claims: [refused] });
});

it("a job that the cluster took away is none of them", async () => {
  const { worker, stream } = await consuming(
    (job) =>
      new Promise((_resolve, reject) => {
        job.signal.addEventListener("abort", () => reject(job.signal.reason));
        void job.extend();
      }),
  );
  fake.state.revoked.add("taken");
  stream.hand({ id: "taken" });
  await until(
    "it has heard",
    () => worker.health.lastError?.code === "LEASE_LOST" && worker.health.running === 0,
  );
  expect((await subscribedAt(2)).held).toEqual({ claims: [] });
});

it("with more claims than the server takes it says nothing of them", async () => {
  const gate = new Gate();
  const { worker, stream } = await consuming(() => gate.opened, { concurrency: 10_000 });
  fake.node(1).acts = "hang";
  for (let n = 0; n < 10_001; n++) stream.hand();
  await until("it has them all", () => worker.health.unacknowledged === 1);
  expect(worker.health.running).toBe(10_000);
  expect(await subscribedAt(2)).toMatchObject({ stream: 2, held: null });
  gate.open();
});
