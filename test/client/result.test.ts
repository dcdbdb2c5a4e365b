import { status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { processClock } from "../../src/client/clock.ts";
import { type Cluster, ConclaveError, connect } from "../../src/client/index.ts";
import type { Job } from "../../src/generated/conclave/v1/Job.ts";
import { failureOf } from "../support/failure.ts";
import { FakeCluster } from "../support/fakeServer.ts";
import { StandIn } from "../support/standIn.ts";
import { until } from "../support/until.ts";

let fake: FakeCluster;
let cluster: Cluster;
beforeEach(async () => {
  fake = await FakeCluster.start(3);
  cluster = await connect(fake.endpoints);
});
afterEach(async () => {
  await cluster.close();
  await fake[Symbol.asyncDispose]();
});

function end(id: string, job: Job): void {
  fake.state.end(id, { job: { ...job, spec: { id, queue: "q" } } });
}

function complete(id: string, result: unknown): void {
  end(id, { state: "JOB_STATE_COMPLETED", result: Buffer.from(JSON.stringify(result)) });
}

describe("result()", () => {
  it("resolves with what the handler returned, once the job has completed", async () => {
    const handle = await cluster.jobs.enqueue<unknown, { lines: number }>("q", 1, { id: "a" });
    const result = handle.result();
    await until("the node was asked", () => fake.node(1).waited.length === 1);
    complete("a", { lines: 7 });
    expect(await result).toEqual({ lines: 7 });
    expect(await handle.result()).toEqual({ lines: 7 });
    expect(fake.node(1).unaryCalls).toEqual([]);
  });

  it("many waits share one stream", async () => {
    const ids = Array.from({ length: 2_500 }, (_, index) => `j${index}`);
    const results = ids.map((id) => cluster.jobs.handle<number>(id).result());
    await until("all were asked for", () => fake.node(1).waited.length === ids.length);
    for (const [index, id] of ids.entries()) complete(id, index);
    expect(await Promise.all(results)).toEqual(ids.map((_, index) => index));
    expect(fake.node(1).waitStreams).toHaveLength(1);
  });

  it("rejects for a dead job with its reason and history", async () => {
    end("a", {
      state: "JOB_STATE_DEAD",
      reason: "attempt 2 of 2 failed: no ink",
      history: [
        { attempt: 1, end: "ATTEMPT_END_EXPIRED", error: "", workerId: "w1" },
        { attempt: 2, end: "ATTEMPT_END_FAILED", error: "no ink", workerId: "w2" },
      ],
    });
    const error = await failureOf(cluster.jobs.handle("a").result());
    expect(error).toBeInstanceOf(ConclaveError);
    expect(error).toMatchObject({
      code: "JOB_DEAD",
      message: "job a is dead: attempt 2 of 2 failed: no ink",
      job: {
        id: "a",
        state: "dead",
        reason: "attempt 2 of 2 failed: no ink",
        history: [
          { attempt: 1, end: "expired", workerId: "w1" },
          { attempt: 2, end: "failed", error: "no ink", workerId: "w2" },
        ],
      },
    });
  });

  it("rejects for a cancelled job, and for one that is not there", async () => {
    end("a", { state: "JOB_STATE_CANCELLED", reason: "not wanted" });
    expect(await failureOf(cluster.jobs.handle("a").result())).toMatchObject({
      code: "JOB_CANCELLED",
      job: { state: "cancelled", reason: "not wanted" },
    });
    fake.state.end("b", { error: { code: "NOT_FOUND", message: "no job b" } });
    expect(await failureOf(cluster.jobs.handle("b").result())).toMatchObject({ code: "NOT_FOUND" });
  });

  it("goes on at the next leader, and hears there of what ended meanwhile", async () => {
    const results = ["a", "b"].map((id) => cluster.jobs.handle(id).result());
    await until("the leader was asked", () => fake.node(1).waited.length === 2);
    fake.node(1).kill();
    complete("a", 1);
    fake.elect(fake.node(2));
    await until("the next leader was asked", () => fake.node(2).waited.length === 2);
    complete("b", 2);
    expect(await Promise.all(results)).toEqual([1, 2]);
  });

  // Put it in: waiter.ts: `isPassing(error)` in place of `mayGoOn`.
  it.each([Status.UNIMPLEMENTED, Status.PERMISSION_DENIED, Status.NOT_FOUND, Status.RESOURCE_EXHAUSTED])(
    "goes on when something that is no node of ours refuses it (status %i)",
    async (code) => {
      const result = cluster.jobs.handle("a").result();
      await until("the node was asked", () => fake.node(1).waited.length === 1);
      fake.node(1).failStreams(code);
      await until("it was asked again", () => fake.node(1).waited.length === 2);
      complete("a", 1);
      expect(await result).toBe(1);
    },
  );

  // Put it in: waiter.ts: keep the pursuit as it is when nobody waits any more.
  it("gives up what meets nothing else for 30 s, and has the patience anew for the next", async () => {
    await using alone = await FakeCluster.start(1);
    await using from = await connect(alone.endpoints);
    const node = alone.node(1);
    using other = await StandIn.of(node.address);
    node.kill();
    await other.listen();
    let ahead = 0;
    using _moved = vi.spyOn(processClock, "now").mockImplementation(() => performance.now() + ahead);
    const given = failureOf(from.jobs.handle("a").result());
    await until("it asks again and again", () => other.asked > 3);
    ahead = 30_000;
    expect(await given).toMatchObject({
      code: "INTERNAL",
      message: expect.stringContaining("UNIMPLEMENTED"),
    });
    const before = other.asked;
    const next = from.jobs.handle("b").result();
    await until("it asks again and again for the next", () => other.asked > before + 3);
    other[Symbol.dispose]();
    await node.start();
    alone.state.end("b", {
      job: { state: "JOB_STATE_COMPLETED", result: Buffer.from("2"), spec: { id: "b", queue: "q" } },
    });
    expect(await next).toBe(2);
  });

  it("survives a time without a leader", async () => {
    fake.elect(undefined);
    const result = cluster.jobs.handle("a").result();
    complete("a", 1);
    fake.elect(fake.node(3));
    expect(await result).toBe(1);
  });

  it("ends the wait by signal or timeout; the node is told when nobody waits any more", async () => {
    const handle = cluster.jobs.handle("a");
    const enough = new AbortController();
    const aborted = handle.result({ signal: enough.signal });
    const other = handle.result({ timeout: 60_000 });
    await until("the node was asked", () => fake.node(1).waited.length === 1);
    enough.abort();
    expect(await failureOf(aborted)).toMatchObject({ code: "ABORTED" });
    expect(await failureOf(handle.result({ timeout: 1 }))).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    complete("a", 1);
    expect(await other).toBe(1);
    expect(fake.node(1).waited).toEqual(["a"]);

    expect(await failureOf(cluster.jobs.handle("b").result({ timeout: 50 }))).toMatchObject({
      code: "DEADLINE_EXCEEDED",
      message: "job b has not ended within 50 ms; it goes on",
    });
    await until("the node was told", () => fake.node(1).forgotten.includes("b"));
  });

  it("claims nothing of a job that no node has told of in time", async () => {
    for (const node of fake.nodes) node.kill();
    const { code, message } = await failureOf(cluster.jobs.handle("b").result({ timeout: 300 }));
    expect(code).toBe("DEADLINE_EXCEEDED");
    expect(message).toMatch(/^nothing is known of job b after 300 ms: ./);
  });

  it("rejects with SHUTTING_DOWN when the cluster handle is closed", async () => {
    const result = failureOf(cluster.jobs.handle("a").result());
    await until("the node was asked", () => fake.node(1).waited.length === 1);
    await cluster.close();
    expect(await result).toMatchObject({ code: "SHUTTING_DOWN" });
    expect(await failureOf(cluster.jobs.handle("a").result())).toMatchObject({ code: "SHUTTING_DOWN" });
  });

  it("a result that the codec does not take is INVALID_ARGUMENT", async () => {
    const resultCodec = {
      encode: () => new Uint8Array(),
      decode: (): never => {
        throw new Error("no picture");
      },
    };
    complete("a", 1);
    const error = await failureOf(cluster.jobs.handle("a", { resultCodec }).result());
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
