import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, connect, defineJob, type Schema } from "../../src/client/index.ts";
import { startTestCluster } from "../../src/testing/index.ts";
import { failureOf } from "../support/failure.ts";
import { FakeCluster } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";

const bug = new TypeError("no such table");
const schema = (validate: () => never): Schema => ({ "~standard": { version: 1, vendor: "own", validate } });

const odd: readonly (readonly [string, Schema, unknown])[] = [
  [
    "that throws",
    schema(() => {
      throw bug;
    }),
    "no such table",
  ],
  ["that rejects", schema(() => Promise.reject(bug) as never), "no such table"],
  [
    "that throws what has no text",
    schema(() => {
      throw Object.create(null);
    }),
    "what it threw has no text",
  ],
  ["that answers nothing", schema(() => undefined as never), "undefined"],
  ["that has an issue of no shape", schema(() => ({ issues: [null] }) as never), "null"],
  ["that answers with a text", schema(() => "yes" as never), 'it gave "yes", neither a value nor issues'],
  ["that answers with nothing in it", schema(() => ({}) as never), "it gave {}, neither a value nor issues"],
];

describe.each(odd)("a schema %s", (_, thrower, text) => {
  let fake: FakeCluster;
  let cluster: Cluster;
  beforeEach(async () => {
    fake = await FakeCluster.start(1);
    fake.feeding = true;
    cluster = await connect(fake.endpoints);
  });
  afterEach(async () => {
    await cluster.close({ drain: 0, kill: 1_000 });
    await fake[Symbol.asyncDispose]();
  });

  // Put it in: schema.ts, `fit`: without its catch.
  it("is INVALID_ARGUMENT with its cause, where a job is enqueued", async () => {
    const job = defineJob({ queue: "q", input: thrower });
    const error = await failureOf(cluster.enqueue(job, 1));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", issues: undefined });
    expect(error.message).toMatch(/^q: the data cannot be checked by its schema: /);
    expect(error.message).toContain(text);
    expect(error.cause).toBeDefined();
    const many = await failureOf(cluster.enqueueMany(defineJob({ queue: "q", input: thrower }), [1, 2]));
    expect(many.message).toMatch(/^jobs\[0\]: q: the data cannot be checked by its schema: /);
    expect(fake.state.specs.size).toBe(0);
  });

  it("and where a result is read", async () => {
    fake.state.end("a", {
      job: { spec: { id: "a" }, state: "JOB_STATE_COMPLETED", result: Buffer.from("1") },
    });
    const error = await failureOf(cluster.handle(defineJob({ queue: "q", output: thrower }), "a").result());
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(error.message).toMatch(/^q: the result cannot be checked by its schema: /);
  });

  it("and where a checkpoint is saved", async () => {
    const errors: unknown[] = [];
    cluster.work(defineJob({ queue: "q", checkpoint: thrower }), {}, async (job) => {
      errors.push(await failureOf(job.saveCheckpoint(1)));
    });
    await cluster.jobs.enqueue("q", 1, { id: "a" });
    await until("it has ended", () => fake.state.ended.get("a"));
    expect(errors).toMatchObject([{ code: "INVALID_ARGUMENT" }]);
  });

  it.each(["input", "output"] as const)("makes the job dead at once, as the worker's %s", async (which) => {
    cluster.work(defineJob({ queue: "q", [which]: thrower }), {}, () => 1);
    await cluster.jobs.enqueue("q", 1, { id: "a" });
    const { act } = await until("it has ended", () => fake.state.ended.get("a"));
    expect(act.fail).toMatchObject({ notRetryable: true });
    expect(act.fail?.error).toContain("cannot be checked by its schema");
    expect(act.fail?.error).toContain(text);
  });
});

// Put it in: define.ts, `optionsFor`: call `defaults` as it is.
it("defaults that throw are INVALID_ARGUMENT, and nothing is sent", async () => {
  await using cluster = await startTestCluster();
  const job = defineJob({
    queue: "q",
    defaults: () => {
      throw bug;
    },
  });
  const error = await failureOf(cluster.enqueue(job, 1));
  expect(error).toMatchObject({ code: "INVALID_ARGUMENT", cause: bug });
  expect(error.message).toBe("q: the job's defaults cannot be made: no such table");
  expect((await failureOf(cluster.enqueueMany(job, [1]))).code).toBe("INVALID_ARGUMENT");
  expect((await cluster.jobs.stats()).enqueued).toBe(0);
});

// Put it in: define.ts, `#madeOf`: without its look at what they gave.
it.each([
  ["a promise (an async function)", () => Promise.reject(bug)],
  ["5", () => 5],
])("defaults that give %s are INVALID_ARGUMENT", async (kind, defaults) => {
  await using cluster = await startTestCluster();
  const error = await failureOf(cluster.enqueue(defineJob({ queue: "q", defaults: defaults as never }), 1));
  expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(error.message).toBe(`q: the job's defaults cannot be made: they gave ${kind}`);
});

// Put it in: define.ts: the constructor without its checks.
it.each([
  [undefined, /^defineJob: undefined is not an object with a queue/],
  [{}, /^queue: undefined is not 1 to 128 characters/],
  [{ queue: "q", input: {} }, /^q: input is no schema: it needs one that implements Standard Schema/],
  [{ queue: "q", output: { parse: () => 1 } }, /^q: output is no schema/],
  [{ queue: "q", checkpoint: null }, /^q: checkpoint is no schema/],
  [{ queue: "q", checkpoint: { "~standard": { validate: 1 } } }, /^q: checkpoint is no schema/],
  [{ queue: "q", defaults: 5 }, /^q: defaults: 5 is not options/],
])("a definition of %j is refused where it is made", (options, message) => {
  expect(() => defineJob(options as never)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  expect(() => defineJob(options as never)).toThrow(message);
});
