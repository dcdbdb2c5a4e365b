import { status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GetQueueReply__Output } from "../../src/generated/conclave/v1/GetQueueReply.ts";
import type { ListQueuesReply__Output } from "../../src/generated/conclave/v1/ListQueuesReply.ts";
import type { ManageJobsReply__Output } from "../../src/generated/conclave/v1/ManageJobsReply.ts";
import type { ManageJobsRequest } from "../../src/generated/conclave/v1/ManageJobsRequest.ts";
import type { QueuePatch } from "../../src/generated/conclave/v1/QueuePatch.ts";
import type { SetQueueReply__Output } from "../../src/generated/conclave/v1/SetQueueReply.ts";
import { ask, type Harness, job, refusal, start } from "./harness.ts";

let on: Harness;
beforeEach(async () => {
  on = await start();
});
afterEach(() => on[Symbol.asyncDispose]());

const enqueue = (...jobs: Parameters<typeof job>[]) =>
  ask((done) => on.jobs.enqueue({ jobs: jobs.map(([id, more]) => job(id, more)) }, done));
const setQueue = (queue: string, patch: QueuePatch) =>
  ask<SetQueueReply__Output>((done) => on.manage.setQueue({ queue, patch }, done));
const manage = (request: ManageJobsRequest) =>
  ask<ManageJobsReply__Output>((done) => on.manage.manageJobs(request, done));

test("a patch changes what it names, and the settings say who paused the queue, since when and why", async () => {
  await setQueue("mail", {
    maxRunning: 5,
    rate: { limit: 100, intervalMs: 1000 },
    weights: { byKey: { b: 2, a: 7 } },
  });
  const { settings } = await setQueue("mail", {
    paused: { on: true, by: "ann", why: "the provider is down" },
    fair: true,
    breaker: { threshold: 3, initialOpenMs: 10, maxOpenMs: 20 },
  });
  expect(settings).toMatchObject({
    queue: "mail",
    maxRunning: 5,
    rate: { limit: 100, intervalMs: 1000 },
    weights: { byKey: { a: 7, b: 2 } },
    fair: true,
    paused: { by: "ann", why: "the provider is down" },
    closed: null,
    breaker: { threshold: 3, initialOpenMs: 10, maxOpenMs: 20 },
  });
  const cleared = await setQueue("mail", { paused: { on: false }, maxRunning: 0, rate: { limit: 0 } });
  expect(cleared.settings).toMatchObject({ paused: null, maxRunning: 0, rate: null, fair: true });
});

test("a queue that nobody has set has the defaults, one that never had jobs counts none", async () => {
  const { queue } = await ask<GetQueueReply__Output>((done) => on.manage.getQueue({ queue: "new" }, done));
  expect(queue?.settings).toMatchObject({
    queue: "new",
    paused: null,
    maxRunning: 0,
    fair: false,
    weights: null,
  });
  expect(queue?.stats).toMatchObject({ queue: "new", readyNormal: 0, waiting: 0 });
});

test("queues are listed by name, those with jobs and those with settings, page by page", async () => {
  await enqueue(["1", { queue: "c" }], ["2", { queue: "a" }], ["3", { queue: "c" }]);
  await setQueue("b", { maxRunning: 1 });
  const list = (after: string, limit: number) =>
    ask<ListQueuesReply__Output>((done) => on.manage.listQueues({ after, limit }, done));
  const first = await list("", 2);
  expect(first.queues.map(({ settings }) => settings?.queue)).toEqual(["a", "b"]);
  expect(first.next).toBe("b");
  const last = await list(first.next, 2);
  expect(last.queues).toMatchObject([{ settings: { queue: "c" }, stats: { readyNormal: 2 } }]);
  expect(last.next).toBe("");
});

describe("a delete of jobs for which very many wait", () => {
  const parents = Array.from({ length: 30 }, (_, n) => `p${n}`);
  beforeEach(async () => {
    await ask((done) => on.jobs.enqueue({ jobs: parents.map((id) => job(id)) }, done));
    for (const parent of parents) {
      const jobs = Array.from({ length: 800 }, (_, n) =>
        job(`${parent}-${n}`, { queue: "w", waitFor: { ids: [parent], onFailure: "ON_FAILURE_RUN" } }),
      );
      await ask((done) => on.jobs.enqueue({ jobs }, done));
    }
  });

  test("by ids does the first ones, as many as a call may", async () => {
    const all = await manage({ action: "MANAGE_ACTION_DELETE", ids: parents, dryRun: true });
    expect(all.jobs).toHaveLength(30);
    const reply = await manage({ action: "MANAGE_ACTION_DELETE", ids: parents });
    expect(reply.jobs.map(({ id }) => id)).toEqual(parents.slice(0, 25));
    expect(reply.matched).toBe(25);
  });

  test("by a filter ends its slice there, and the cursor goes on", async () => {
    const filter = { queue: "q" };
    const first = await manage({ action: "MANAGE_ACTION_DELETE", filter });
    expect(first.matched).toBe(25);
    const second = await manage({ action: "MANAGE_ACTION_DELETE", filter, cursor: first.next });
    expect([second.matched, second.next]).toEqual([5, ""]);
  });
});

test.each<readonly [string, QueuePatch, string]>([
  ["nothing", {}, "patch names no setting"],
  [
    "too many at a time",
    { maxRunning: 1_000_001 },
    "patch.max_running is 1000001; it must be a whole number from 0",
  ],
  ["per agent", { maxRunningPerAgent: 2 ** 53 }, "patch.max_running_per_agent is 9007199254740992"],
  ["a rate without an interval", { rate: { limit: 5 } }, "patch.rate.interval_ms is 0"],
  [
    "a rate per week",
    { ratePerKey: { limit: 5, intervalMs: 7 * 86_400_000 } },
    "patch.rate_per_key.interval_ms",
  ],
  ["a weight of 0", { weights: { byKey: { a: 0 } } }, 'patch.weights.by_key["a"] is 0'],
  ["an empty key", { weights: { byKey: { "": 1 } } }, "patch.weights.by_key holds an empty key"],
  [
    "1001 keys",
    { weights: { byKey: Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`${n}`, 1])) } },
    "patch.weights.by_key holds 1001 keys; at most 1000",
  ],
  ["ageing over a month", { ageingMs: 31 * 86_400_000 }, "patch.ageing_ms"],
  [
    "a breaker that never closes",
    { breaker: { threshold: 1, initialOpenMs: 0, maxOpenMs: 5 } },
    "initial_open_ms is 0",
  ],
  [
    "a breaker that shrinks",
    { breaker: { threshold: 1, initialOpenMs: 10, maxOpenMs: 5 } },
    "patch.breaker.initial_open_ms is 10, above patch.breaker.max_open_ms (5)",
  ],
  ["a long name", { paused: { on: true, by: "x".repeat(129) } }, "patch.paused.by has 129 characters"],
  ["a long reason", { closed: { on: true, why: "x".repeat(1025) } }, "patch.closed.why has 1025 characters"],
  ["too many ended", { maxEnded: 100_001 }, "patch.max_ended is 100001"],
])("settings are refused with the number: %s", async (_name, patch, message) => {
  const refused = await refusal(setQueue("mail", patch));
  expect(refused).toMatchObject({ status: Status.INVALID_ARGUMENT, detail: { code: "INVALID_ARGUMENT" } });
  expect(refused.details).toContain(message);
  expect(on.node.state.appliedIndex).toBe(0);
});

test("bad names and breakers are refused", async () => {
  const wrong: readonly (readonly [Promise<unknown>, string])[] = [
    [setQueue("wärme", { fair: true }), 'queue is "wärme"'],
    [ask((done) => on.manage.getQueue({ queue: "" }, done)), "queue is empty"],
    [ask((done) => on.manage.listQueues({ limit: 1001 }, done)), "limit is 1001"],
    [ask((done) => on.manage.listBreakers({ limit: 1001 }, done)), "limit is 1001"],
    [ask((done) => on.manage.setBreaker({}, done)), "agent is empty"],
    [ask((done) => on.manage.setBreaker({ agent: "x".repeat(129) }, done)), "agent has 129 characters"],
    [
      ask((done) => on.manage.setBreaker({ agent: "a", openMs: 5 }, done)),
      "open_ms is 5, but open is not set",
    ],
    [ask((done) => on.manage.setBreaker({ agent: "a", open: true, openMs: 2 ** 50 }, done)), "open_ms"],
  ];
  for (const [call, message] of wrong) expect((await refusal(call)).details).toContain(message);
});

const cancel = "MANAGE_ACTION_CANCEL" as const;

test("jobs are cancelled by their ids, each answered for itself; a dry run does nothing", async () => {
  await enqueue(["a"], ["b"]);
  const asked = { action: cancel, ids: ["a", "ghost"], by: "ann", why: "not needed" };
  const dry = await manage({ ...asked, dryRun: true });
  expect(dry).toMatchObject({ matched: 2, done: 1, next: "" });
  expect(dry.jobs).toMatchObject([
    { id: "a", state: "JOB_STATE_READY", error: null },
    { id: "ghost", error: { code: "NOT_FOUND" } },
  ]);
  const done = await manage(asked);
  expect(done.jobs[0]).toMatchObject({ id: "a", state: "JOB_STATE_CANCELLED" });
  expect(done).toMatchObject({ matched: 2, done: 1 });
  expect((await manage({ ...asked, ids: ["a"], dryRun: true })).jobs[0]?.error).toMatchObject({
    code: "WRONG_STATE",
    message: "job a is cancelled; cancel is for jobs that are waiting, scheduled, ready, running",
  });
});

test("by a filter, slice by slice: what is enqueued meanwhile is not meant, what has gone on is left alone", async () => {
  const ids = Array.from({ length: 2500 }, (_, n) => `j${n}`);
  const of = (id: string) => ({ tags: [Number(id.slice(1)) % 5 === 0 ? "keep" : "drop"] });
  await enqueue(...ids.map((id) => [id, of(id)] as [string, object]));
  const filter = { queue: "q", tag: "drop" };
  const dry = await manage({ action: cancel, filter, dryRun: true });
  expect(dry).toMatchObject({ matched: 1000, done: 1000, examined: 1250 });
  expect(dry.jobs.map(({ id }) => id).slice(0, 3)).toEqual(["j1", "j2", "j3"]);
  expect(dry.jobs).toHaveLength(10);
  let cancelled = 0;
  let cursor = "";
  let calls = 0;
  do {
    const slice = await manage({ action: cancel, filter, cursor });
    cancelled += slice.done;
    cursor = slice.next;
    if (++calls === 1) await enqueue(["late", { tags: ["drop"] }]);
  } while (cursor !== "");
  expect({ cancelled, calls }).toEqual({ cancelled: 2000, calls: 2 });
  const left = on.node.state.list({ limit: 1000, state: "ready" }).map((each) => each.spec.id);
  expect(left).toHaveLength(501);
  expect(left.at(-1)).toBe("late");
});

test.each<readonly [string, ManageJobsRequest, string]>([
  ["no action", { ids: ["a"] }, "action is not set"],
  ["an unknown action", { action: 9 as never, ids: ["a"] }, "action is 9"],
  ["no jobs", { action: cancel }, "ids holds 0 items; name 1 to 1000 jobs, or set filter"],
  [
    "1001 jobs",
    { action: cancel, ids: Array.from({ length: 1001 }, (_, n) => `${n}`) },
    "ids holds 1001 items",
  ],
  ["both", { action: cancel, ids: ["a"], filter: {} }, "ids and filter are both set"],
  ["a bad id", { action: cancel, ids: ["a", "?"] }, 'ids[1] is "?"'],
  [
    "a cursor without a filter",
    { action: cancel, ids: ["a"], cursor: "1.2.a" },
    "cursor is set, but filter is not",
  ],
  ["an empty filter", { action: cancel, filter: {} }, "filter is empty and would fit every job"],
  [
    "a made up cursor",
    { action: cancel, filter: { queue: "q" }, cursor: "1;2" },
    'cursor is "1;2"; give `next`',
  ],
  [
    "a state that cannot be",
    { action: cancel, filter: { states: ["JOB_STATE_DEAD"] } },
    "filter.states holds JOB_STATE_DEAD",
  ],
  ["an unknown state", { action: cancel, filter: { states: [44 as never] } }, "filter.states[0] is 44"],
  ["a bad queue", { action: cancel, filter: { queue: "?" } }, 'filter.queue is "?"'],
  ["a long tag", { action: cancel, filter: { tag: "x".repeat(65) } }, "filter.tag has 65 characters"],
  ["a long reason", { action: cancel, ids: ["a"], why: "x".repeat(1025) }, "why has 1025 characters"],
])("managing is refused: %s", async (_name, request, message) => {
  expect((await refusal(manage(request))).details).toContain(message);
  expect(on.node.state.appliedIndex).toBe(0);
});

test("a follower refuses what changes something with the leader's address, and serves reads", async () => {
  await enqueue(["a"]);
  on.node.follow({ id: "n2", address: "10.0.0.2:7400" });
  const writes = [
    setQueue("q", { fair: true }),
    ask((done) => on.manage.setBreaker({ agent: "a" }, done)),
    manage({ action: cancel, ids: ["a"] }),
    manage({ action: cancel, filter: { queue: "q" } }),
  ];
  for (const write of writes) {
    expect((await refusal(write)).detail).toMatchObject({
      code: "NOT_LEADER",
      leaderAddress: "10.0.0.2:7400",
    });
  }
  const { queues } = await ask<ListQueuesReply__Output>((done) => on.manage.listQueues({}, done));
  expect(queues).toHaveLength(1);
  expect((await manage({ action: cancel, ids: ["a"], dryRun: true })).done).toBe(1);
});
