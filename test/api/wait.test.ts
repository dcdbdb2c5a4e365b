import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FencingToken, JobId } from "../../src/base/brands.ts";
import type { WaitReply__Output } from "../../src/generated/conclave/v1/WaitReply.ts";
import type { WaitStreamReply__Output } from "../../src/generated/conclave/v1/WaitStreamReply.ts";
import type { WaitStreamRequest } from "../../src/generated/conclave/v1/WaitStreamRequest.ts";
import { ask, eventually, type Harness, job, Received, refusal, refusalOf, start } from "./harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await start();
});
afterEach(async () => {
  await harness[Symbol.asyncDispose]();
});

const enqueue = (...ids: string[]) =>
  ask((done) =>
    harness.jobs.enqueue({ jobs: ids.map((id) => job(id, { retry: { maxAttempts: 1 } })) }, done),
  );

const cancel = (...ids: string[]) => ask((done) => harness.jobs.cancel({ ids, reason: "enough" }, done));

const wait = (id: string, waitMs: number) =>
  ask<WaitReply__Output>((done) => harness.jobs.wait({ id, waitMs }, done));

/** Claims the oldest ready job and ends the attempt. */
async function finish(result: string | null): Promise<void> {
  const reply = await ask<{ jobs: { id: string; fencingToken: number }[] }>((done) =>
    harness.work.claim({ workerId: "w", queues: ["q"], slots: 1 }, done),
  );
  const [claimed] = reply.jobs;
  if (claimed === undefined) throw new Error("nothing was claimed");
  const act = { id: JobId(claimed.id), token: FencingToken(claimed.fencingToken) };
  await harness.node.act([
    result === null
      ? { ...act, type: "fail", error: "broken", retryable: true, retryAfterMs: null }
      : { ...act, type: "complete", result: Buffer.from(result) },
  ]);
}

describe("Wait", () => {
  it("answers at once for a job that has ended, with its result and without its payload", async () => {
    await enqueue("a");
    await finish("42");
    const { job } = await wait("a", 60_000);
    expect(job?.state).toBe("JOB_STATE_COMPLETED");
    expect(Buffer.from(job?.result ?? "").toString()).toBe("42");
    expect(job?.spec?.payload).toHaveLength(0);
    expect(harness.node.ends.size).toBe(0);
  });

  it("answers when the job ends: dead, with its reason and history", async () => {
    await enqueue("a");
    const waiting = wait("a", 60_000);
    await eventually(() => harness.node.ends.size === 1);
    await finish(null);
    const { job } = await waiting;
    expect(job).toMatchObject({ state: "JOB_STATE_DEAD", history: [{ attempt: 1, error: "broken" }] });
    expect(job?.reason).toContain("broken");
  });

  it("answers with the job as it is when the wait is over", async () => {
    await enqueue("a");
    expect((await wait("a", 0)).job?.state).toBe("JOB_STATE_READY");
    expect((await wait("a", 1)).job?.state).toBe("JOB_STATE_READY");
    expect(harness.node.ends.size).toBe(0);
  });

  it("makes a linearizable read first, and refuses what it cannot answer", async () => {
    await enqueue("a");
    await wait("a", 0);
    expect(harness.node.barriers).toBe(1);
    expect(await refusal(wait("b", 1_000))).toMatchObject({ status: status.NOT_FOUND });
    expect(await refusal(wait("a", 60_001))).toMatchObject({ detail: { code: "INVALID_ARGUMENT" } });
    harness.node.follow(null);
    expect(await refusal(wait("a", 1_000))).toMatchObject({ detail: { code: "NO_LEADER" } });
  });

  it("ends with SHUTTING_DOWN when the node stops", async () => {
    await enqueue("a");
    const refused = refusal(wait("a", 60_000));
    await eventually(() => harness.node.ends.size === 1);
    void harness.api.close(1_000);
    expect(await refused).toMatchObject({ detail: { code: "SHUTTING_DOWN" } });
    expect(harness.node.ends.size).toBe(0);
  });

  it("forgets a caller who has left", async () => {
    await enqueue("a");
    const call = harness.jobs.wait({ id: "a", waitMs: 60_000 }, () => undefined);
    await eventually(() => harness.node.ends.size === 1);
    call.cancel();
    await eventually(() => harness.node.ends.size === 0);
    expect((await wait("a", 0)).job?.state).toBe("JOB_STATE_READY");
  });
});

describe("WaitStream", () => {
  function open() {
    const call = harness.jobs.waitStream();
    const received = new Received<WaitStreamReply__Output>(call);
    const send = (request: WaitStreamRequest): void => void call.write(request);
    const ended = () =>
      received.messages
        .flatMap(({ jobs }) => jobs)
        .map(({ id, job, error }) => [id, job?.state ?? error?.code]);
    return { call, received, send, ended };
  }

  it("tells of each job once, those that had ended before included", async () => {
    await enqueue("a", "b", "c", "d");
    await finish("1");
    const { call, received, send, ended } = open();
    send({ requestId: 7, ids: ["a", "b", "b", "d", "nobody"] });
    await received.until((messages) => messages.some(({ requestId }) => requestId === 7));
    await received.until(() => ended().length === 2);
    expect(ended()).toEqual([
      ["a", "JOB_STATE_COMPLETED"],
      ["nobody", "NOT_FOUND"],
    ]);
    await cancel("c", "d");
    await finish(null);
    await received.until(() => ended().length === 4);
    expect(Object.fromEntries(ended().slice(2))).toEqual({
      b: "JOB_STATE_DEAD",
      d: "JOB_STATE_CANCELLED",
    });
    call.end();
    expect((await received.status).code).toBe(status.OK);
  });

  it("forgets what it is told to, and everything when the client leaves", async () => {
    await enqueue("a", "b");
    const { call, received, send } = open();
    send({ requestId: 1, ids: ["a", "b"] });
    await received.until((messages) => messages.length === 1);
    expect(harness.node.ends.size).toBe(2);
    send({ requestId: 2, forget: ["a"] });
    await received.until((messages) => messages.length === 2);
    expect(harness.node.ends.size).toBe(1);
    call.cancel();
    await eventually(() => harness.node.ends.size === 0);
  });

  it("is ended by a node that hears from no leader, when it is asked", async () => {
    await enqueue("a");
    const { received, send } = open();
    send({ requestId: 1, ids: ["a"] });
    await received.until((messages) => messages.length === 1);
    harness.node.follow(null);
    send({ requestId: 2 });
    const end = await received.status;
    expect(refusalOf(end)).toMatchObject({ detail: { code: "NO_LEADER" } });
    expect(harness.node.ends.size).toBe(0);
  });

  it("more jobs than a stream may wait for are refused with the number", async () => {
    const { received, send } = open();
    const ids = Array.from({ length: 10_001 }, (_, index) => `j${index}`);
    send({ requestId: 1, ids });
    const end = await received.status;
    expect(refusalOf(end)).toMatchObject({ detail: { code: "INVALID_ARGUMENT" } });
    expect(end.details).toContain("10001");
  });
});
