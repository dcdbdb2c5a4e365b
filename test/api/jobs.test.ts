import { status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CancelReply__Output } from "../../src/generated/conclave/v1/CancelReply.ts";
import type { ClaimReply__Output } from "../../src/generated/conclave/v1/ClaimReply.ts";
import type { Consistency } from "../../src/generated/conclave/v1/Consistency.ts";
import type { EnqueueReply__Output } from "../../src/generated/conclave/v1/EnqueueReply.ts";
import type { GetReply__Output } from "../../src/generated/conclave/v1/GetReply.ts";
import type { ListReply__Output } from "../../src/generated/conclave/v1/ListReply.ts";
import type { StatsReply__Output } from "../../src/generated/conclave/v1/StatsReply.ts";
import { ask, type Harness, job, refusal, start } from "./harness.ts";

let on: Harness;
beforeEach(async () => {
  on = await start();
});
afterEach(() => on[Symbol.asyncDispose]());

const enqueue = (...jobs: ReturnType<typeof job>[]) =>
  ask<EnqueueReply__Output>((done) => on.jobs.enqueue({ requestId: 7, jobs }, done));

test("enqueue answers each job of a batch in order; the same id again is the same job", async () => {
  const reply = await enqueue(job("a"), job("b", { delayMs: 5000 }));
  expect(reply).toEqual({
    requestId: 7,
    results: [
      { id: "a", state: "JOB_STATE_READY", existing: false, error: null },
      { id: "b", state: "JOB_STATE_SCHEDULED", existing: false, error: null },
    ],
    error: null,
  });
  const again = await enqueue(job("a", { payload: Buffer.from("other") }));
  expect(again.results).toEqual([{ id: "a", state: "JOB_STATE_READY", existing: true, error: null }]);
  const { job: kept } = await ask<GetReply__Output>((done) => on.jobs.get({ id: "a" }, done));
  expect(kept?.spec?.payload.toString()).toBe("payload of a");
});

test("every default is filled in before the job reaches the node", async () => {
  await enqueue({ id: "bare", queue: "q" });
  expect(on.node.state.job("bare" as never)?.spec).toEqual({
    id: "bare",
    queue: "q",
    priority: "normal",
    payload: new Uint8Array(0),
    agent: "",
    runAt: 0,
    delayMs: 0,
    retry: { maxAttempts: 5, initialBackoffMs: 1000, multiplier: 2, maxBackoffMs: 60_000, jitter: "equal" },
    leaseMs: 30_000,
    retentionMs: 3_600_000,
    deadRetentionMs: 604_800_000,
  });
});

test("what was asked for is kept as it is, and Get shows it", async () => {
  const spec = {
    id: "tenant:7/job.1_a-b",
    queue: "thumbs/large",
    priority: "PRIORITY_HIGH" as const,
    payload: Buffer.from([0, 255, 1]),
    agent: "agent 7 (größe)",
    runAtMs: 1_900_000_000_000,
    delayMs: 250,
    retry: {
      maxAttempts: 1000,
      initialBackoffMs: 10,
      multiplier: 1.5,
      maxBackoffMs: 20,
      jitter: "JITTER_FULL" as const,
    },
    leaseMs: 1000,
    retentionMs: 1,
    deadRetentionMs: 2,
  };
  await enqueue(spec);
  const { job: got } = await ask<GetReply__Output>((done) => on.jobs.get({ id: spec.id }, done));
  expect(got).toMatchObject({
    spec,
    state: "JOB_STATE_SCHEDULED",
    dueAtMs: 1_900_000_000_000,
    finishedAtMs: 0,
    claim: null,
    lastToken: 0,
  });
});

test("a retry policy with a short cap alone needs no first delay of its own", async () => {
  await enqueue(job("a", { retry: { maxBackoffMs: 200 } }));
  const { job: got } = await ask<GetReply__Output>((done) => on.jobs.get({ id: "a" }, done));
  expect(got?.spec?.retry).toMatchObject({ initialBackoffMs: 200, maxBackoffMs: 200, maxAttempts: 5 });
});

test("an empty batch is no work for the log", async () => {
  const before = on.node.state.appliedIndex;
  expect((await enqueue()).results).toEqual([]);
  expect(on.node.state.appliedIndex).toBe(before);
});

test("get of an unknown job is NOT_FOUND and names it", async () => {
  const refused = await refusal(ask((done) => on.jobs.get({ id: "ghost" }, done)));
  expect(refused).toMatchObject({
    status: Status.NOT_FOUND,
    detail: { code: "NOT_FOUND", retryable: false },
  });
  expect(refused.details).toContain('"ghost"');
});

test("list filters and pages in order of enqueueing", async () => {
  await enqueue(job("a"), job("b", { queue: "other", agent: "x" }), job("c"), job("d", { delayMs: 99 }));
  const ids = async (request: object): Promise<(string | undefined)[]> => {
    const { jobs } = await ask<{ jobs: { spec: { id: string } | null }[] }>((done) =>
      on.jobs.list(request, done),
    );
    return jobs.map((each) => each.spec?.id);
  };
  expect(await ids({})).toEqual(["a", "b", "c", "d"]);
  expect(await ids({ limit: 2 })).toEqual(["a", "b"]);
  expect(await ids({ limit: 2, after: "b" })).toEqual(["c", "d"]);
  expect(await ids({ queue: "q", state: "JOB_STATE_READY" })).toEqual(["a", "c"]);
  expect(await ids({ agent: "x" })).toEqual(["b"]);
  expect(await ids({ state: "JOB_STATE_DEAD" })).toEqual([]);
});

test("a list carries no payload, no result and only short texts; get has all", async () => {
  await enqueue(job("a", { retry: { maxAttempts: 2, initialBackoffMs: 1 } }));
  const error = `${"é".repeat(3000)}end`;
  for (let attempt = 1; attempt <= 2; attempt++) {
    const { jobs } = await ask<ClaimReply__Output>((done) =>
      on.work.claim({ workerId: "w", queues: ["q"], waitMs: 5000 }, done),
    );
    const token = jobs[0]?.fencingToken ?? 0;
    await ask((done) => on.work.act({ acts: [{ id: "a", fencingToken: token, fail: { error } }] }, done));
    on.node.advance(10);
  }
  const { job: whole } = await ask<GetReply__Output>((done) => on.jobs.get({ id: "a" }, done));
  expect(whole?.state).toBe("JOB_STATE_DEAD");
  expect(whole?.history.map((attempt) => attempt.error)).toEqual([error, error]);
  const { jobs } = await ask<ListReply__Output>((done) => on.jobs.list({}, done));
  expect(jobs[0]?.spec?.payload.length).toBe(0);
  expect(jobs[0]?.history).toHaveLength(1);
  expect(jobs[0]?.history[0]).toMatchObject({
    attempt: 2,
    end: "ATTEMPT_END_FAILED",
    error: "é".repeat(256),
  });
  expect(jobs[0]?.reason.length).toBeLessThanOrEqual(256);
});

test("cancel ends queued jobs, tells running ones, and answers each id on its own", async () => {
  await enqueue(job("queued"), job("running", { queue: "r" }));
  await ask((done) => on.work.claim({ workerId: "w", queues: ["r"], waitMs: 5000 }, done));
  const { results } = await ask<CancelReply__Output>((done) =>
    on.jobs.cancel({ ids: ["queued", "running", "ghost"], reason: "not needed\nany more" }, done),
  );
  expect(results.slice(0, 2)).toEqual([
    { state: "JOB_STATE_CANCELLED", error: null },
    { state: "JOB_STATE_RUNNING", error: null },
  ]);
  expect(results[2]?.error).toMatchObject({ code: "NOT_FOUND", retryable: false });
  const { job: cancelled } = await ask<GetReply__Output>((done) => on.jobs.get({ id: "queued" }, done));
  expect(cancelled).toMatchObject({ state: "JOB_STATE_CANCELLED", reason: "not needed\nany more" });
});

test("stats count by queue, priority and state", async () => {
  await enqueue(
    job("a", { priority: "PRIORITY_HIGH" }),
    job("b"),
    job("c", { priority: "PRIORITY_LOW" }),
    job("d", { delayMs: 9 }),
  );
  const reply = await ask<StatsReply__Output>((done) => on.jobs.stats({}, done));
  expect(reply).toMatchObject({ enqueued: 4, purged: 0 });
  expect(reply.queues).toEqual([
    {
      queue: "q",
      readyHigh: 1,
      readyNormal: 1,
      readyLow: 1,
      scheduled: 1,
      running: 0,
      completed: 0,
      dead: 0,
      cancelled: 0,
      waiting: 0,
    },
  ]);
});

test("a follower refuses writes with the leader's address, and serves reads: linearizable ones once it has asked", async () => {
  await enqueue(job("a"));
  on.node.follow({ id: "n2", address: "10.0.0.2:7400" });
  const calls: readonly Promise<unknown>[] = [
    ask((done) => on.jobs.enqueue({ jobs: [job("b")] }, done)),
    ask((done) => on.jobs.cancel({ ids: ["a"] }, done)),
    ask((done) => on.work.act({ acts: [{ id: "a", fencingToken: 1, extend: {} }] }, done)),
    ask((done) => on.work.claim({ workerId: "w", queues: ["q"] }, done)),
  ];
  for (const call of calls) {
    expect(await refusal(call)).toMatchObject({
      status: Status.FAILED_PRECONDITION,
      detail: { code: "NOT_LEADER", retryable: true, leaderId: "n2", leaderAddress: "10.0.0.2:7400" },
    });
  }
  const reads = async (consistency: Consistency) => {
    const how = { consistency };
    const get = await ask<GetReply__Output>((done) => on.jobs.get({ id: "a", ...how }, done));
    expect(get.job?.spec?.id).toBe("a");
    expect((await ask<ListReply__Output>((done) => on.jobs.list(how, done))).jobs).toHaveLength(1);
    expect((await ask<StatsReply__Output>((done) => on.jobs.stats(how, done))).enqueued).toBe(1);
  };
  await reads("CONSISTENCY_STALE");
  expect(on.node.barriers).toBe(0);
  await reads("CONSISTENCY_UNSPECIFIED");
  expect(on.node.barriers).toBe(3);
});

test.each([
  ["joining", Status.UNAVAILABLE, "UNAVAILABLE"],
  ["removed", Status.FAILED_PRECONDITION, "MEMBER_REMOVED"],
] as const)(
  "a %s node answers no read, not even a stale one: it would say that nothing is there",
  async (standing, status, code) => {
    await enqueue(job("a"));
    on.node.view = { standing };
    for (const consistency of ["CONSISTENCY_STALE", "CONSISTENCY_LINEARIZABLE"] as const) {
      const reads = [
        ask((done) => on.jobs.get({ id: "a", consistency }, done)),
        ask((done) => on.jobs.list({ consistency }, done)),
        ask((done) => on.jobs.stats({ consistency }, done)),
      ];
      for (const read of reads) expect(await refusal(read)).toMatchObject({ status, detail: { code } });
    }
  },
);

test("without a leader the answer is UNAVAILABLE / NO_LEADER at once", async () => {
  on.node.follow(null);
  expect(await refusal(enqueue(job("a")))).toMatchObject({
    status: Status.UNAVAILABLE,
    detail: { code: "NO_LEADER", retryable: true, leaderAddress: "" },
  });
});
