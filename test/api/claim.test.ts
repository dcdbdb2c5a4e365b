import { status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ActReply__Output } from "../../src/generated/conclave/v1/ActReply.ts";
import type { ClaimReply__Output } from "../../src/generated/conclave/v1/ClaimReply.ts";
import type { GetReply__Output } from "../../src/generated/conclave/v1/GetReply.ts";
import { ask, eventually, type Harness, job, refusal, start } from "./harness.ts";

let on: Harness;
beforeEach(async () => {
  on = await start();
});
afterEach(() => on[Symbol.asyncDispose]());

const enqueue = (...jobs: ReturnType<typeof job>[]) => ask((done) => on.jobs.enqueue({ jobs }, done));
const claim = (request: object) =>
  ask<ClaimReply__Output>((done) => on.work.claim({ workerId: "w", queues: ["q"], ...request }, done));

test("waiting jobs are claimed at once, one by default, up to slots otherwise", async () => {
  await enqueue(job("a"), job("b"), job("c"), job("d"));
  expect((await claim({ waitMs: 60_000 })).jobs.map((each) => each.id)).toEqual(["a"]);
  expect((await claim({ slots: 10, waitMs: 60_000 })).jobs.map((each) => each.id)).toEqual(["b", "c", "d"]);
  expect(on.node.workers).toBe(0);
});

test("a claim that does not want to wait still takes what is ready, and else answers none", async () => {
  expect((await claim({ waitMs: 0 })).jobs).toEqual([]);
  await enqueue(job("a"));
  expect((await claim({ waitMs: 0 })).jobs.map((each) => each.id)).toEqual(["a"]);
});

test("a waiting claim is answered when a job comes", async () => {
  const waiting = claim({ slots: 5, waitMs: 60_000 });
  await eventually(() => on.node.workers === 1);
  expect(on.node.credits).toBe(5);
  await enqueue(job("a"), job("b"));
  const { jobs } = await waiting;
  expect(jobs.map((each) => [each.id, each.attempt])).toEqual([
    ["a", 1],
    ["b", 1],
  ]);
  expect(jobs[0]?.fencingToken).toBe(on.node.state.job("a" as never)?.lastToken);
});

test("the wait ends empty, and leaves no worker behind", async () => {
  expect((await claim({ waitMs: 30 })).jobs).toEqual([]);
  expect(on.node.workers).toBe(0);
});

test("a caller that gives up leaves no worker and no claimed job behind", async () => {
  const call = on.work.claim({ workerId: "w", queues: ["q"], waitMs: 60_000 }, () => {});
  await eventually(() => on.node.workers === 1);
  call.cancel();
  await eventually(() => on.node.workers === 0);
  await enqueue(job("a"));
  expect(on.node.state.job("a" as never)?.state).toBe("ready");
});

test("a deadline shorter than the wait closes the claim as well", async () => {
  const refused = await refusal(
    ask((done) =>
      on.work.claim(
        { workerId: "w", queues: ["q"], waitMs: 60_000 },
        { deadline: new Date(Date.now() + 50) },
        done,
      ),
    ),
  );
  expect(refused.status).toBe(Status.DEADLINE_EXCEEDED);
  await eventually(() => on.node.workers === 0);
});

test("jobs claimed while the caller leaves are given back without costing an attempt", async () => {
  const call = on.work.claim({ workerId: "w", queues: ["q"], waitMs: 60_000 }, () => {});
  await eventually(() => on.node.workers === 1);
  on.node.hold();
  const enqueued = enqueue(job("a"));
  await eventually(() => on.node.inFlight === 1);
  on.node.release();
  call.cancel();
  await enqueued;
  await eventually(() => on.node.workers === 0 && on.node.state.job("a" as never)?.state === "ready");
  expect(on.node.state.job("a" as never)?.attempt).toBe(0);
});

test("a reply stays below 4 MiB: what does not fit is given back at once", async () => {
  const ids = Array.from({ length: 20 }, (_, n) => `j${n}`);
  for (const id of ids) await enqueue(job(id, { payload: Buffer.alloc(262_144) }));
  const { jobs } = await claim({ slots: 20, waitMs: 60_000 });
  expect(jobs.map((each) => each.id)).toEqual(ids.slice(0, 15));
  await eventually(() => on.node.state.readyCount("q") === 5);
  const rest = await claim({ slots: 20, waitMs: 60_000 });
  expect(rest.jobs.map((each) => [each.id, each.attempt])).toEqual(ids.slice(15).map((id) => [id, 1]));
});

test("losing leadership ends a waiting claim with the new leader's address", async () => {
  const waiting = refusal(claim({ waitMs: 60_000 }));
  await eventually(() => on.node.workers === 1);
  on.node.follow({ id: "n2", address: "10.0.0.2:7400" });
  expect(await waiting).toMatchObject({
    status: Status.FAILED_PRECONDITION,
    detail: { code: "NOT_LEADER", leaderAddress: "10.0.0.2:7400" },
  });
});

test("acts of simple clients: complete, and the same again answers the same", async () => {
  await enqueue(job("a"));
  const { jobs } = await claim({ waitMs: 60_000 });
  const act = { id: "a", fencingToken: jobs[0]?.fencingToken ?? 0, complete: { result: Buffer.from("42") } };
  const first = await ask<ActReply__Output>((done) => on.work.act({ requestId: 4, acts: [act] }, done));
  const second = await ask<ActReply__Output>((done) => on.work.act({ requestId: 4, acts: [act] }, done));
  expect(first).toEqual({
    requestId: 4,
    results: [{ error: null, expiresAtMs: 0, cancelRequested: false, nextDueAtMs: 0 }],
    error: null,
  });
  expect(second).toEqual(first);
  const { job: done } = await ask<GetReply__Output>((callback) => on.jobs.get({ id: "a" }, callback));
  expect(done).toMatchObject({ state: "JOB_STATE_COMPLETED", result: Buffer.from("42"), claim: null });
});
