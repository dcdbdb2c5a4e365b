import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import { longestRestMs, RestingTimer } from "../../src/node/restingTimer.ts";
import { electionTimeoutMs, job, singleNode } from "../support/singleNode.ts";

async function leader() {
  const it = singleNode();
  await it.run(3 * electionTimeoutMs);
  expect(it.node.leading.term).not.toBeNull();
  it.runtime.ticks = 0;
  return it;
}

test("a leader with nothing to do wakes for its heartbeats only", async () => {
  const { run, runtime } = await leader();
  await run(10_000);
  expect(runtime.ticks).toBeGreaterThan(90);
  expect(runtime.ticks).toBeLessThanOrEqual(101);
});

test("a node that hears nobody rests, and campaigns in time all the same", async () => {
  const { node, runtime } = singleNode();
  runtime.advance(electionTimeoutMs - 1);
  expect(runtime.ticks).toBeLessThan(10);
  expect(node.status().raft.elections.started).toBe(0);
  runtime.advance(electionTimeoutMs);
  runtime.settle();
  expect(node.status().raft.role).toBe("preCandidate");
});

test("a resting leader readies a delayed job when it is due", async () => {
  const { node, run, runtime } = await leader();
  const enqueued = node.enqueue([{ ...job("later"), delayMs: 730 }]);
  await run(60);
  await enqueued;
  await run(640);
  expect(node.state.job(JobId("later"))?.state).toBe("scheduled");
  await run(80);
  expect(node.state.job(JobId("later"))?.state).toBe("ready");
  expect(runtime.ticks).toBeLessThan(20);
});

test("a job that falls due is claimed in the durable write that makes it ready", async () => {
  const { node, run, telemetry } = await leader();
  const got: string[] = [];
  node.openWorker({
    workerId: "w",
    queues: ["q"],
    credits: 5,
    onJobs: (jobs) => got.push(...jobs.map(({ id }) => id)),
    onClosed: () => undefined,
  });
  const enqueued = node.enqueue([{ ...job("later"), delayMs: 500 }]);
  await run(60);
  await enqueued;
  const before = telemetry.counts.get("durableWrite") ?? 0;
  await run(540);
  expect(got).toEqual(["later"]);
  expect(telemetry.counts.get("durableWrite")).toBe(before + 1);
});

test("what is watched is called at every tick", async () => {
  const { node, run, runtime } = await leader();
  const unwatch = node.leading.watch(() => undefined);
  await run(1_000);
  expect(runtime.ticks).toBeGreaterThan(40);
  unwatch();
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Calls of a timer of 20 ms, at ms since it began. */
function timer() {
  const began = performance.now();
  const calls: number[] = [];
  const idle = { until: began };
  const resting = new RestingTimer(
    20,
    () => calls.push(performance.now() - began),
    () => idle.until - performance.now(),
  );
  const rest = (ms: number): void => {
    idle.until = performance.now() + ms;
  };
  return { calls, rest, resting };
}

test("a timer goes at its pace while there is something to do, and rests until then otherwise", () => {
  const { calls, rest, resting } = timer();
  vi.advanceTimersByTime(50);
  rest(100);
  vi.advanceTimersByTime(150);
  resting.stop();
  expect(calls).toEqual([20, 40, 60, 150, 170, 190]);
});

test("a timer that rests is woken for what comes meanwhile, but goes no faster than its pace", () => {
  const { calls, rest, resting } = timer();
  rest(1_000);
  vi.advanceTimersByTime(30);
  rest(5);
  resting.look();
  vi.advanceTimersByTime(10);
  rest(1_000);
  vi.advanceTimersByTime(20);
  resting.look();
  resting.stop();
  expect(calls).toEqual([20, 40, 60]);
});

test("no rest is endless, and a timer that has stopped does not begin anew", () => {
  const { calls, rest, resting } = timer();
  rest(Number.POSITIVE_INFINITY);
  vi.advanceTimersByTime(20 + 2 * longestRestMs);
  resting.stop();
  rest(0);
  resting.look();
  vi.advanceTimersByTime(1_000);
  expect(calls).toEqual([20, 20 + longestRestMs, 20 + 2 * longestRestMs]);
});
