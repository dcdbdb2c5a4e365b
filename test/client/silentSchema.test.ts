import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, connect, defineJob, type Schema } from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { FakeCluster } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";

/** How often it was asked by a test. */
let asked = 0;
/** Asks somebody who never answers. */
const silent: Schema = {
  "~standard": {
    version: 1,
    vendor: "own",
    validate: () => {
      asked += 1;
      return new Promise<never>(() => undefined);
    },
  },
};
/** Answers in a later turn. */
const slow: Schema = {
  "~standard": {
    version: 1,
    vendor: "own",
    validate: (value) => new Promise((resolve) => setImmediate(() => resolve({ value }))),
  },
};

// Put it in: schema.ts, `fit`: without `bound`.
describe("a schema that never answers", () => {
  let fake: FakeCluster;
  let cluster: Cluster;
  beforeEach(async () => {
    asked = 0;
    fake = await FakeCluster.start(1);
    fake.feeding = true;
    cluster = await connect(fake.endpoints);
  });
  afterEach(async () => {
    await cluster.close({ drain: 0, kill: 1_000 });
    await fake[Symbol.asyncDispose]();
  });
  const job = defineJob({ queue: "q", input: silent, output: silent });

  it("ends the call with its timeout, and is named", async () => {
    const error = await failureOf(cluster.enqueue(job, 1, { timeout: 50 }));
    expect(error.code).toBe("DEADLINE_EXCEEDED");
    expect(error.message).toBe(
      "the schema of q: the data has not answered within 50 ms: its validate is still at it",
    );
    const many = await failureOf(cluster.enqueueMany(job, [1, 2], { timeout: 50 }));
    expect(many).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(many.message).toMatch(/^jobs\[0\]: the schema of q: the data/);
    expect(fake.state.specs.size).toBe(0);
  });

  it("or with its signal", async () => {
    const error = await failureOf(cluster.enqueue(job, 1, { signal: AbortSignal.timeout(50) }));
    expect(error.code).toBe("ABORTED");
  });

  it("ends the wait for a result", async () => {
    fake.state.end("a", {
      job: { spec: { id: "a" }, state: "JOB_STATE_COMPLETED", result: Buffer.from("1") },
    });
    const error = await failureOf(cluster.handle(job, "a").result({ timeout: 200 }));
    expect(error.message).toMatch(/^the schema of q: the result has not answered within 200 ms/);
  });

  it("ends with the cluster handle", async () => {
    fake.state.end("a", {
      job: { spec: { id: "a" }, state: "JOB_STATE_COMPLETED", result: Buffer.from("1") },
    });
    const calls = [failureOf(cluster.enqueue(job, 1)), failureOf(cluster.handle(job, "a").result())];
    await until("both ask it", () => asked === 2);
    await cluster.close();
    expect(await Promise.all(calls)).toMatchObject([{ code: "SHUTTING_DOWN" }, { code: "SHUTTING_DOWN" }]);
  });

  it("does not keep a worker's slot once the job's signal has aborted, and the job goes back unspent", async () => {
    const worker = cluster.work(job, {}, () => 1);
    await cluster.jobs.enqueue("q", 1, { id: "a" });
    await until("it runs", () => worker.health.running === 1);
    await worker.stop({ drain: 0, kill: "1m" });
    expect(fake.state.ended.get("a")?.act.release).toBeDefined();
  });

  // Put it in: definedWork.ts: give `bound` to `encodeOutput` and `encodeCheckpoint`.
  it("is no matter of one that answers late, after the signal has aborted as well", async () => {
    const late = defineJob({ queue: "q", output: slow, checkpoint: slow });
    const worker = cluster.work(late, {}, async (running) => {
      await new Promise((resolve) => running.signal.addEventListener("abort", resolve));
      await running.saveCheckpoint(1);
      return 2;
    });
    await cluster.jobs.enqueue("q", 1, { id: "a" });
    await until("it runs", () => worker.health.running === 1);
    await worker.stop({ drain: 0, kill: "10s" });
    expect(fake.state.ended.get("a")?.act.complete).toBeDefined();
    expect(fake.state.accepted).toContain("a 1");
  });

  it("is no matter of one that answers late", async () => {
    await cluster.enqueue(defineJob({ queue: "other", input: slow }), 1, { id: "b" });
    expect(fake.state.specs.has("b")).toBe(true);
  });
});
