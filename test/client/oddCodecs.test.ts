import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeWith, encodeWith } from "../../src/client/codec.ts";
import { type Cluster, type Codec, connect, defineJob } from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { FakeCluster } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";

const giving = (bytes: unknown): Codec<unknown> => ({
  encode: () => (typeof bytes === "function" ? (bytes as () => never)() : bytes) as Uint8Array,
  decode: (given) => given.length,
});

const odd: readonly (readonly [string, unknown])[] = [
  ["a string", "text"],
  ["a promise (an async codec)", () => Promise.resolve(Buffer.from("x"))],
  ["a promise (an async codec)", () => Promise.reject(new Error("nobody awaits it"))],
  ["a Uint16Array", new Uint16Array([1_000])],
  ["an ArrayBuffer", new ArrayBuffer(3)],
  ["an Array", [1, 2]],
  ["an Object", { length: 1 }],
  ["a number", 1],
  ["undefined", undefined],
  ["null", null],
];

// Put it in: codec.ts, `encodeWith`: take whatever has a length.
describe.each(odd)("a codec that encodes to %s", (kind, bytes) => {
  const message = `its codec's encode gave ${kind}, not a Uint8Array`;
  const codec = giving(bytes);
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

  it("is INVALID_ARGUMENT at once where a job is enqueued, and no neighbour waits for it", async () => {
    const neighbour = cluster.jobs.enqueue("q", 1);
    const error = await failureOf(cluster.jobs.enqueue("q", 1, { codec }));
    expect(error).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: `the job's data cannot be encoded: ${message}`,
    });
    const defined = await failureOf(cluster.enqueue(defineJob({ queue: "q", codec }), 1));
    expect(defined.message).toBe(`q: the data cannot be encoded: ${message}`);
    await neighbour;
    expect(fake.state.specs.size).toBe(1);
  });

  it("makes the job dead at once, as the codec of its result", async () => {
    cluster.work("q", { resultCodec: codec }, () => 1);
    await cluster.jobs.enqueue("q", 1, { id: "a" });
    const { act } = await until("it has ended", () => fake.state.ended.get("a"));
    expect(act.fail).toMatchObject({ notRetryable: true });
    expect(act.fail?.error).toContain(`the job's result cannot be encoded: ${message}`);
  });

  it("refuses the checkpoint, as its codec", async () => {
    const errors: unknown[] = [];
    cluster.work("q", { checkpointCodec: codec }, async (job) => {
      errors.push(await failureOf(job.saveCheckpoint(1)));
    });
    await cluster.jobs.enqueue("q", 1, { id: "a" });
    await until("it has ended", () => fake.state.ended.get("a"));
    expect(errors).toMatchObject([
      { code: "INVALID_ARGUMENT", message: `the job's checkpoint cannot be encoded: ${message}` },
    ]);
  });
});

it("subclasses of Uint8Array are bytes", () => {
  const own = new (class extends Uint8Array {})([1, 2]);
  for (const bytes of [Buffer.from("x"), own]) expect(encodeWith(giving(bytes), 1, "it")).toBe(bytes);
});

// Put it in: codec.ts, `decodeWith`: return what `decode` returns.
it("an async decode is refused, and what it rejects with ends nothing", async () => {
  const codec = { encode: () => Buffer.alloc(0), decode: () => Promise.reject(new Error("late")) };
  expect(() => decodeWith(codec, Buffer.alloc(1), "it")).toThrow(
    "it cannot be decoded: its codec's decode gave a promise (an async codec), not a value",
  );
  await new Promise((resolve) => setImmediate(resolve));
});
