import { status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ClaimedJob__Output } from "../../src/generated/conclave/v1/ClaimedJob.ts";
import type { ListReply__Output } from "../../src/generated/conclave/v1/ListReply.ts";
import type { WorkerMessage } from "../../src/generated/conclave/v1/WorkerMessage.ts";
import type { WorkMessage__Output } from "../../src/generated/conclave/v1/WorkMessage.ts";
import { ask, eventually, type Harness, job, Received, refusalOf, start } from "./harness.ts";

let on: Harness;
beforeEach(async () => {
  on = await start();
});
afterEach(() => on[Symbol.asyncDispose]());

const enqueue = (...jobs: ReturnType<typeof job>[]) => ask((done) => on.jobs.enqueue({ jobs }, done));

function open(...messages: readonly WorkerMessage[]) {
  const stream = on.work.stream();
  const received = new Received<WorkMessage__Output>(stream);
  for (const message of messages) stream.write(message);
  return { stream, received };
}

const subscribe = (credits: number, queues = ["q"]): WorkerMessage => ({
  subscribe: { workerId: "w1", queues, credits },
});

const jobsIn = (messages: readonly WorkMessage__Output[]): readonly ClaimedJob__Output[] =>
  messages.flatMap((message) => message.jobs?.jobs ?? []);

const state = (id: string) => on.node.state.job(id as never)?.state;

test("a worker subscribes, is handed jobs up to its credits, and completes them", async () => {
  await enqueue(job("a", { priority: "PRIORITY_LOW", agent: "x" }), job("b"), job("c"));
  const { stream, received } = open(subscribe(2));
  const jobs = await received.until((messages) => jobsIn(messages).length === 2 && jobsIn(messages));
  expect(received.messages[0]).toMatchObject({
    message: "subscribed",
    subscribed: { leaderId: "n1", term: 1 },
  });
  expect(jobs.map((each) => each.id)).toEqual(["b", "c"]);
  const [first] = jobs;
  expect(first).toMatchObject({ queue: "q", priority: "PRIORITY_NORMAL", attempt: 1, maxAttempts: 5 });
  expect(first?.payload.toString()).toBe("payload of b");
  expect(first?.fencingToken).toBe(on.node.state.job("b" as never)?.claim?.token);
  expect(state("a")).toBe("ready");

  const acts = jobs.map(({ id, fencingToken }) => ({
    id,
    fencingToken,
    complete: { result: Buffer.from(`done ${id}`) },
  }));
  stream.write({ acts: { requestId: 9, acts } });
  await received.until((messages) => messages.some((message) => message.acts?.requestId === 9));
  expect([state("b"), state("c")]).toEqual(["completed", "completed"]);

  stream.write({ credits: { count: 1 } });
  const all = await received.until((messages) => jobsIn(messages).length === 3 && jobsIn(messages));
  expect(all[2]).toMatchObject({ id: "a", priority: "PRIORITY_LOW", agent: "x" });
  stream.end();
  expect((await received.status).code).toBe(Status.OK);
  expect(on.node.workers).toBe(0);
});

test("every act is answered, each item with its own outcome", async () => {
  await enqueue(job("a"), job("b"), job("c", { retry: { maxAttempts: 1 } }), job("d"));
  const { stream, received } = open(subscribe(4));
  const jobs = await received.until((messages) => jobsIn(messages).length === 4 && jobsIn(messages));
  const token = (id: string): number => jobs.find((each) => each.id === id)?.fencingToken ?? 0;
  await ask((done) => on.jobs.cancel({ ids: ["a"] }, done));
  stream.write({
    acts: {
      requestId: 1,
      acts: [
        { id: "a", fencingToken: token("a"), extend: {} },
        { id: "b", fencingToken: token("b"), fail: { error: "flaky", retryAfterMs: 5000 } },
        { id: "c", fencingToken: token("c"), fail: { error: "broken", notRetryable: true } },
        { id: "d", fencingToken: token("d"), release: {} },
        { id: "d", fencingToken: token("d") + 999, complete: {} },
        { id: "ghost", fencingToken: 1, complete: {} },
      ],
    },
  });
  const reply = await received.until((messages) => messages.find((message) => message.acts)?.acts);
  expect(reply?.error).toBeNull();
  const now = on.node.state.now;
  expect(reply?.results.slice(0, 4)).toEqual([
    { error: null, expiresAtMs: now + 30_000, cancelRequested: true, nextDueAtMs: 0 },
    { error: null, expiresAtMs: 0, cancelRequested: false, nextDueAtMs: now + 5000 },
    { error: null, expiresAtMs: 0, cancelRequested: false, nextDueAtMs: 0 },
    { error: null, expiresAtMs: 0, cancelRequested: false, nextDueAtMs: 0 },
  ]);
  expect(reply?.results.slice(4).map((result) => result.error?.code)).toEqual(["STALE_TOKEN", "NOT_FOUND"]);
  expect([state("b"), state("c"), state("d")]).toEqual(["scheduled", "dead", "ready"]);
  stream.end();
  await received.status;
});

test("a malformed act is refused in band and harms no other", async () => {
  const { stream, received } = open(subscribe(0), {
    acts: { requestId: 3, acts: [{ id: "a", extend: {} }] },
  });
  const reply = await received.until((messages) => messages.find((message) => message.acts)?.acts);
  expect(reply).toMatchObject({ requestId: 3, results: [], error: { code: "INVALID_ARGUMENT" } });
  stream.end();
  expect((await received.status).code).toBe(Status.OK);
});

test("drain: no more jobs, acts are still served, late credits are no mistake", async () => {
  await enqueue(job("a"));
  const { stream, received } = open(subscribe(1));
  const [held] = await received.until((messages) => jobsIn(messages).length === 1 && jobsIn(messages));
  stream.write({ drain: {} });
  stream.write({ credits: { count: 5 } });
  await eventually(() => on.node.workers === 0);
  await enqueue(job("b"));
  stream.write({
    acts: { requestId: 1, acts: [{ id: "a", fencingToken: held?.fencingToken ?? 0, complete: {} }] },
  });
  await received.until((messages) => messages.some((message) => message.acts));
  expect([state("a"), state("b")]).toEqual(["completed", "ready"]);
  stream.end();
  expect((await received.status).code).toBe(Status.OK);
  expect(jobsIn(received.messages)).toHaveLength(1);
});

const mistakes: readonly (readonly [string, readonly WorkerMessage[], string])[] = [
  ["credits first", [{ credits: { count: 1 } }], "must be subscribe"],
  ["subscribe twice", [subscribe(0), subscribe(0)], "subscribe came twice"],
  ["too many credits at once", [subscribe(10_001)], "subscribe.credits is 10001"],
  ["too many credits in sum", [subscribe(9999), { credits: { count: 2 } }], "on top of 9999 unused ones"],
  ["no credits in credits", [subscribe(0), { credits: { count: 0 } }], "credits.count is 0"],
  ["an empty message", [subscribe(0), {}], "none of subscribe, credits, acts, drain"],
  ["a bad queue", [subscribe(1, ["?"])], 'subscribe.queues[0] is "?"'],
];

test.each(mistakes)("%s ends the stream with INVALID_ARGUMENT", async (_name, messages, mention) => {
  const { received } = open(...messages);
  const refused = refusalOf(await received.status);
  expect(refused).toMatchObject({
    status: Status.INVALID_ARGUMENT,
    detail: { code: "INVALID_ARGUMENT" },
  });
  expect(refused.details).toContain(mention);
  expect(on.node.workers).toBe(0);
});

test("a follower hands out nothing and names the leader", async () => {
  on.node.follow({ id: "n2", address: "10.0.0.2:7400" });
  const { received } = open(subscribe(1));
  expect(refusalOf(await received.status)).toMatchObject({
    status: Status.FAILED_PRECONDITION,
    detail: { code: "NOT_LEADER", leaderAddress: "10.0.0.2:7400" },
  });
  expect(received.messages).toEqual([]);
});

test("when leadership goes, acts under way are answered and the stream ends with the reason", async () => {
  await enqueue(job("a"));
  const { stream, received } = open(subscribe(1));
  const [held] = await received.until((messages) => jobsIn(messages).length === 1 && jobsIn(messages));
  on.node.hold();
  stream.write({
    acts: { requestId: 1, acts: [{ id: "a", fencingToken: held?.fencingToken ?? 0, complete: {} }] },
  });
  await eventually(() => on.node.inFlight === 1);
  on.node.follow({ id: "n3", address: "10.0.0.3:7400" });
  const refused = refusalOf(await received.status);
  expect(refused.detail).toMatchObject({ code: "NOT_LEADER", leaderId: "n3" });
  expect(received.messages.at(-1)?.acts).toMatchObject({
    requestId: 1,
    error: { code: "OUTCOME_UNKNOWN", retryable: false },
  });
});

test("a worker that vanishes gets no more jobs", async () => {
  const { stream, received } = open(subscribe(10));
  await received.until((messages) => messages.some((message) => message.subscribed));
  expect(on.node.workers).toBe(1);
  stream.cancel();
  expect((await received.status).code).toBe(Status.CANCELLED);
  await eventually(() => on.node.workers === 0);
  await enqueue(job("a"));
  expect(state("a")).toBe("ready");
});

test("large jobs come in messages that any client accepts", async () => {
  const ids = Array.from({ length: 40 }, (_, n) => `large${n}`);
  for (const id of ids) await enqueue(job(id, { payload: Buffer.alloc(262_144, id) }));
  const { stream, received } = open(subscribe(40));
  const jobs = await received.until((messages) => jobsIn(messages).length === 40 && jobsIn(messages));
  expect(jobs.map((each) => each.id)).toEqual(ids);
  for (const message of received.messages) {
    const bytes = (message.jobs?.jobs ?? []).reduce((sum, each) => sum + each.payload.length, 0);
    expect(bytes).toBeLessThanOrEqual(1024 * 1024);
  }
  stream.end();
  await received.status;
});

test("a worker that does not read gets its jobs taken back when it leaves", async () => {
  const count = 60;
  for (let n = 0; n < count; n++) await enqueue(job(`j${n}`, { payload: Buffer.alloc(262_144) }));
  const stream = on.work.stream();
  // Nobody listens to "data": flow control stops the server after what the two sides' buffers hold.
  stream.on("error", () => {});
  stream.write(subscribe(count));
  await eventually(() => on.node.state.runningClaims === count);
  stream.cancel();
  await eventually(() => on.node.state.readyCount("q") > count / 2);
  expect(on.node.workers).toBe(0);
  const released = await ask<ListReply__Output>((done) =>
    on.jobs.list({ state: "JOB_STATE_READY", limit: 1000 }, done),
  );
  // Given back without a cost: no attempt is spent.
  for (const each of released.jobs) expect(each.attempt).toBe(0);
});

test("the holder of a claim hears at once that it is to be cancelled, or was taken back", async () => {
  await enqueue(job("a"), job("b", { leaseMs: 1000 }));
  const { received } = open(subscribe(2));
  const jobs = await received.until((messages) => jobsIn(messages).length === 2 && jobsIn(messages));
  const claimOf = (id: string) => ({
    id,
    fencingToken: jobs.find((each) => each.id === id)?.fencingToken ?? 0,
  });
  await ask((done) => on.jobs.cancel({ ids: ["a"], reason: "" }, done));
  const cancelled = await received.until((messages) => messages.find((each) => each.cancelRequested));
  expect(cancelled.cancelRequested).toEqual({ claims: [claimOf("a")] });
  on.node.advance(1001);
  const ended = await received.until((messages) => messages.find((each) => each.claimsEnded));
  expect(ended.claimsEnded).toEqual({ claims: [{ ...claimOf("b"), end: "ATTEMPT_END_EXPIRED" }] });
  await ask((done) => on.jobs.cancel({ ids: ["a"], reason: "" }, done));
  await ask((done) => on.jobs.stats({}, done));
  expect(received.messages.filter((each) => each.cancelRequested)).toHaveLength(1);
});

test("who let a lease run out gets no jobs until it says something: its process may be stopped", async () => {
  await on[Symbol.asyncDispose]();
  // Time alone makes nobody trusted again here.
  on = await start({ after: () => () => undefined });
  await enqueue(job("a", { leaseMs: 1000, retry: { initialBackoffMs: 1, jitter: "JITTER_NONE" } }));
  const { stream, received } = open(subscribe(5));
  const begun = () => jobsIn(received.messages).length;
  await received.until(() => begun() === 1);
  on.node.advance(1001);
  await received.until((messages) => messages.some((each) => each.claimsEnded));
  on.node.advance(10);
  await ask((done) => on.jobs.stats({}, done));
  expect([state("a"), begun()]).toEqual(["ready", 1]);
  stream.write({ acts: { requestId: 1, acts: [] } });
  await received.until(() => begun() === 2);
  expect(on.node.state.job("a" as never)).toMatchObject({ state: "running", attempt: 2 });
});

test("who says nothing yet stays connected is trusted again after a while", async () => {
  await on[Symbol.asyncDispose]();
  const waits: { readonly ms: number; readonly over: () => void }[] = [];
  on = await start({
    after: (ms, over) => {
      waits.push({ ms, over });
      return () => undefined;
    },
  });
  await enqueue(job("a", { leaseMs: 1000, retry: { initialBackoffMs: 1, jitter: "JITTER_NONE" } }));
  const { received } = open(subscribe(5));
  await received.until(() => jobsIn(received.messages).length === 1);
  on.node.advance(1001);
  await received.until((messages) => messages.some((each) => each.claimsEnded));
  on.node.advance(10);
  await ask((done) => on.jobs.stats({}, done));
  expect(state("a")).toBe("ready");
  expect(waits.map(({ ms }) => ms)).toEqual([20_000]);
  waits[0]?.over();
  await received.until(() => jobsIn(received.messages).length === 2);
});
