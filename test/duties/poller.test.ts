import { expect, test } from "vitest";
import { ConclaveError } from "../../src/base/errors.ts";
import { PollFailure } from "../../src/duties/pollFailure.ts";
import { until } from "../support/until.ts";
import { polling } from "./polling.ts";

test("nobody polls but the leader; items become jobs, and are acknowledged once they are", async () => {
  const { elect, pass, polls, script, ids, jobs, acked, counted, duties } = polling();
  script.answer = () => ids(1, 2);
  await elect(null);
  await pass(3_000);
  expect(polls).toEqual([]);
  expect(counted).toEqual(["s known"]);

  await elect(3);
  expect(polls).toMatchObject([
    { source: "s", nodeId: "n1", term: 3, cursor: "", limit: 500, waitMs: 0, at: 3_000 },
  ]);
  expect([...jobs.keys()]).toEqual(["s/1", "s/2"]);
  expect(acked).toEqual([["1", "2"]]);
  expect(counted.slice(1)).toEqual(["2 enqueued", "items"]);
  await duties.close(100);
});

test("what is a job already costs no entry of the log, and is acknowledged again", async () => {
  const { elect, pass, script, ids, proposals, acked, counted, waits } = polling();
  script.answer = () => ids(1, 2);
  await elect(1);
  script.answer = () => ids(1, 2, 3);
  await pass(2_000);
  expect(proposals.count).toBe(2);
  expect(acked).toEqual([
    ["1", "2"],
    ["1", "2", "3"],
    ["1", "2", "3"],
  ]);
  expect(counted.slice(3)).toEqual(["1 enqueued", "2 known", "items", "3 known", "items"]);
  expect(waits()).toEqual([1_000, 1_000]);
});

test("the wait is longer by the jitter, and never shorter", async () => {
  const { elect, pass, random, waits } = polling({ jitter: 0.5 });
  random.draw = 0;
  await elect(1);
  await pass(1_000);
  random.draw = 0.999;
  await pass(3_000);
  expect(waits()[0]).toBe(1_000);
  expect(waits()[1]).toBeGreaterThanOrEqual(1_000);
  expect(waits()[2]).toBe(1_500);
});

test("a long poll: again at once when something came, and no tight loop when nothing did", async () => {
  const { elect, pass, script, ids, polls, waits } = polling({ longPoll: "30s" });
  let next = 0;
  let open: (items: readonly unknown[]) => void = () => undefined;
  script.answer = () =>
    new Promise((resolve) => {
      open = resolve;
    });
  await elect(1);
  expect(polls[0]?.waitMs).toBe(30_000);
  await pass(5_000);
  expect(polls).toHaveLength(1);
  open(ids(next++));
  await pass(20);
  expect(polls).toHaveLength(2);
  // Thirty seconds for nothing: the interval is long over.
  await pass(30_000);
  open([]);
  await pass(20);
  expect(polls).toHaveLength(3);
  // An endpoint that does not wait, though it was asked to, or says the same again and again.
  script.answer = () => ids(0);
  open([]);
  await pass(5_000);
  expect(waits().slice(-4)).toEqual([1_000, 1_000, 1_000, 1_000]);
});

test("an answer is taken up to maxItems new items, and the rest at once with the next poll", async () => {
  const { elect, pass, script, ids, jobs, polls, acked } = polling({ maxItems: 2 });
  script.answer = () => ids(1, 2, 3, 4, 5);
  await elect(1);
  await pass(200);
  // No cursor is looked at here: the list is the same each time, and still nobody starves.
  expect([...jobs.keys()]).toEqual(["s/1", "s/2", "s/3", "s/4", "s/5"]);
  expect(polls.map(({ cursor }) => cursor)).toEqual(["", "2", "4", "5"]);
  expect(acked.slice(0, 3)).toEqual([
    ["1", "2"],
    ["1", "2", "3", "4"],
    ["1", "2", "3", "4", "5"],
  ]);
});

test("the cursor goes on with what is durably taken, and begins anew with a new leader", async () => {
  const { elect, pass, script, polls } = polling({ mapping: { cursor: "seq" } });
  script.answer = () => [
    { id: "a", seq: 10 },
    { id: "b", seq: 20 },
  ];
  await elect(1);
  await pass(1_000);
  expect(polls.map(({ cursor }) => cursor)).toEqual(["", "20"]);
  await elect(null);
  await elect(2);
  expect(polls.at(-1)).toMatchObject({ cursor: "", term: 2 });
});

const refusal = new ConclaveError("OVERLOADED", "full", { retryAfterMs: 700 });

test("when jobs are not accepted nothing is acknowledged, and the next poll begins where this one did", async () => {
  const { elect, pass, script, ids, polls, acked, proposals, counted, jobs } = polling({
    backoff: { initial: "100ms" },
  });
  script.answer = () => ids(1);
  proposals.refuse = refusal;
  await elect(1);
  expect(acked).toEqual([]);
  expect(counted.slice(1)).toEqual(["notEnqueued"]);
  proposals.refuse = null;
  await pass(680);
  expect(polls).toHaveLength(1);
  await pass(20);
  expect(polls.map(({ cursor }) => cursor)).toEqual(["", ""]);
  expect(acked).toEqual([["1"]]);
  expect([...jobs.keys()]).toEqual(["s/1"]);
});

test("a queue that takes nothing in at the moment: the items are offered again later", async () => {
  const { elect, pass, script, ids, acked, proposals, counted, logger } = polling({
    backoff: { initial: "100ms" },
  });
  script.answer = () => ids(1, 2);
  proposals.closed = new ConclaveError("QUEUE_CLOSED", "the queue q is closed");
  await elect(1);
  expect(acked).toEqual([]);
  expect(counted.slice(1)).toEqual(["notEnqueued"]);
  expect(logger.lines.at(-1)?.fields).toMatchObject({ why: "QUEUE_CLOSED: the queue q is closed" });
  proposals.closed = undefined;
  await pass(100);
  expect(acked).toEqual([["1", "2"]]);
});

test("an acknowledgement that fails is repeated: the cursor stays, the items are known", async () => {
  const { elect, pass, script, ids, polls, acked, counted } = polling({ backoff: { initial: "100ms" } });
  script.answer = () => ids(1);
  script.ack = new Error("not now");
  await elect(1);
  script.ack = null;
  await pass(200);
  expect(acked).toEqual([["1"], ["1"]]);
  expect(polls.map(({ cursor }) => cursor)).toEqual(["", ""]);
  expect(counted.slice(1)).toEqual(["1 enqueued", "notAcknowledged", "1 known", "items"]);
});

test("polls that fail wait longer and longer, at least as long as they are asked to, and begin anew after one that does not", async () => {
  const { elect, pass, script, waits, random, logger, counted } = polling({
    backoff: { initial: "1s", multiplier: 2, max: "4s" },
  });
  random.draw = 0;
  script.answer = () => new Error("no route");
  await elect(1);
  await pass(11_000);
  expect(waits()).toEqual([1_000, 2_000, 4_000, 4_000]);
  expect(logger.lines.filter(({ level }) => level === "warn")[1]).toMatchObject({
    fields: { outcome: "threw", why: "no route", failures: 2, delayMs: 2_000 },
  });
  script.answer = () => new PollFailure("status", "busy", { retryAfterMs: 9_000 });
  await pass(4_000);
  script.answer = () => [];
  await pass(10_000);
  expect(waits().slice(4, 6)).toEqual([4_000, 9_000]);
  expect(counted.filter((each) => each === "threw")).toHaveLength(5);
  expect(counted).toContain("status");
  script.answer = () => new Error("again");
  await pass(3_000);
  expect(waits().at(-1)).toBe(1_000);
});

test("nobody is made to wait for longer than an hour", async () => {
  const { elect, settle, runtime, script, polls } = polling();
  script.answer = () => new PollFailure("status", "busy", { retryAfterMs: Number.MAX_SAFE_INTEGER });
  await elect(1);
  runtime.advance(3_600_000 - 20);
  await settle();
  expect(polls).toHaveLength(1);
  runtime.advance(20);
  await settle();
  expect(polls).toHaveLength(2);
});

test("items that can be no jobs are told of once, counted each time, and hold up nothing", async () => {
  const { elect, pass, script, jobs, acked, counted, logger } = polling();
  script.answer = () => [{ name: "x" }, { id: "good" }, { id: "p", text: "x".repeat(300_000) }];
  await elect(1);
  await pass(2_000);
  expect([...jobs.keys()]).toEqual(["s/good"]);
  expect(acked).toEqual([["good"], ["good"], ["good"]]);
  expect(counted.filter((each) => each === "2 refused")).toHaveLength(3);
  const told = logger.lines.filter(({ message }) => message.includes("cannot be jobs"));
  expect(told).toHaveLength(1);
  expect(told[0]?.fields).toMatchObject({
    refused: 2,
    why: expect.stringMatching(/^number 0: it has no id: /),
  });
});

test("items whose ids differ in half of a surrogate pair only are not acknowledged, and hold up nothing", async () => {
  const { elect, pass, script, jobs, acked, polls } = polling();
  script.answer = () => [{ id: "\ud83d" }, { id: "good" }, { id: "\ud83e" }];
  await elect(1);
  await pass(1_000);
  expect([...jobs.keys()]).toEqual(["s/good"]);
  expect(acked).toEqual([["good"], ["good"]]);
  expect(polls.map(({ cursor }) => cursor)).toEqual(["", "good"]);
});

test("a poll that is under way when leadership is lost is aborted, and nothing is made of what it brings", async () => {
  const { elect, pass, script, ids, polls, jobs, acked, counted } = polling({ longPoll: "30s" });
  let open: (items: readonly unknown[]) => void = () => undefined;
  script.answer = () =>
    new Promise((resolve) => {
      open = resolve;
    });
  await elect(1);
  await elect(null);
  expect(polls[0]?.signal.aborted).toBe(true);
  open(ids(1));
  await pass(100);
  expect(jobs.size).toBe(0);
  expect(acked).toEqual([]);
  expect(counted.slice(1)).toEqual(["aborted"]);
  expect(polls).toHaveLength(1);
});

test.each([
  ["items", [{ id: 1 }]],
  ["nothing", []],
])(
  "a leader that was paused makes nothing of an answer that it finds when it goes on: %s",
  async (_what, found) => {
    const { elect, settle, script, jobs, office, runtime, acked, polls, counted } = polling({
      longPoll: "30s",
    });
    let open: (items: readonly unknown[]) => void = () => undefined;
    script.answer = () =>
      new Promise((resolve) => {
        open = resolve;
      });
    await elect(1);
    office.leaseUntil = runtime.monotonicMs() + 1_000;
    runtime.sleep(5_000);
    // The answer is the first thing that it hears of: no tick has looked at the lease yet.
    open(found);
    await settle();
    expect(jobs.size).toBe(0);
    expect(acked).toEqual([]);
    expect(counted.slice(1)).toEqual(["aborted"]);
    expect(polls).toHaveLength(1);
  },
);

test("many items go in several entries", async () => {
  const { elect, script, ids, proposals, jobs } = polling({ maxItems: 1_200 });
  const all = ids(...Array.from({ length: 1_200 }, (_, at) => at));
  script.answer = () => (jobs.size === 0 ? all : []);
  await elect(1);
  await until("all are jobs", () => jobs.size === 1_200);
  expect(proposals.count).toBe(6);
});

test("a function that returns no array has failed", async () => {
  const { elect, script, counted, logger } = polling();
  script.answer = () => ({ items: [] }) as unknown as readonly unknown[];
  await elect(1);
  expect(counted.slice(1)).toEqual(["invalid"]);
  expect(logger.lines.at(-1)?.fields).toMatchObject({
    why: "the source's function returned no array of items",
  });
});
