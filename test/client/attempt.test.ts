import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Cluster,
  ConclaveError,
  connect,
  defineJob,
  type Handler,
  snooze,
  type WorkOptions,
} from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";
import type { FakeWorkStream } from "../support/fakeWorkStream.ts";
import { Gate } from "../support/gate.ts";
import { until } from "../support/until.ts";

let fake: FakeCluster;
let cluster: Cluster;
beforeEach(async () => {
  fake = await FakeCluster.start(2);
  cluster = await connect(fake.endpoints);
});
afterEach(async () => {
  await cluster.close({ drain: 0 });
  await fake[Symbol.asyncDispose]();
});

async function consuming(handler: Handler, options: WorkOptions = {}): Promise<FakeWorkStream> {
  const worker = cluster.work("q", options, handler);
  await until("the worker is subscribed", () => worker.state === "consuming");
  return fake.node(1).workStream;
}

const ended = (id: string) => until(`job ${id} ended`, () => fake.state.ended.get(id)?.act);
const acts = (node = 1) => fake.node(node).workStreams.flatMap((stream) => stream.acts);
const checkpoints = (node = 1) =>
  acts(node).flatMap(({ checkpoint }) => (checkpoint ? [checkpoint.data.toString()] : []));

describe("what a job brings along", () => {
  it("is its checkpoint, the results of those it waited for, its tags, key and timeout", async () => {
    const stream = await consuming(({ checkpoint, dependencies, tags, key, attemptTimeoutMs }) => ({
      checkpoint,
      dependencies,
      tags,
      key,
      attemptTimeoutMs,
    }));
    stream.hand({
      id: "a",
      checkpoint: { data: Buffer.from('{"page":3}'), atMs: 5, token: 4 },
      dependencies: [
        { id: "b", state: "JOB_STATE_COMPLETED", result: Buffer.from('"thumb"') },
        { id: "c", state: "JOB_STATE_DEAD", reason: "no such file" },
        { id: "d", state: "JOB_STATE_COMPLETED", resultDropped: true },
      ],
      tags: ["eu"],
      key: "tenant",
      attemptTimeoutMs: 5_000,
    });
    const { complete } = await ended("a");
    expect(JSON.parse(complete?.result.toString() ?? "")).toEqual({
      checkpoint: { page: 3 },
      dependencies: [
        { id: "b", state: "completed", result: "thumb", resultDropped: false, reason: "" },
        { id: "c", state: "dead", resultDropped: false, reason: "no such file" },
        { id: "d", state: "completed", resultDropped: true, reason: "" },
      ],
      tags: ["eu"],
      key: "tenant",
      attemptTimeoutMs: 5_000,
    });
  });

  it("is nothing where there is nothing", async () => {
    const stream = await consuming((job) => [job.checkpoint === undefined, job.dependencies.length, job.key]);
    stream.hand({ id: "a" });
    expect((await ended("a")).complete?.result.toString()).toBe('[true,0,""]');
  });
});

describe("saveCheckpoint", () => {
  it("resolves when the cluster has it, before the job goes on", async () => {
    const stream = await consuming(async (job) => {
      await job.saveCheckpoint({ page: 1 });
      expect(checkpoints()).toEqual(['{"page":1}']);
    });
    stream.hand({ id: "a" });
    expect((await ended("a")).complete).not.toBeNull();
  });

  it("of many that nobody waited for the last one counts, and all are answered", async () => {
    const stream = await consuming(async (job) => {
      await Promise.all([1, 2, 3, 4].map((page) => job.saveCheckpoint(page)));
    });
    stream.hand({ id: "a" });
    await ended("a");
    expect(checkpoints()).toEqual(["4"]);
  });

  it("goes to the next leader when the first is lost under way", async () => {
    const gate = new Gate();
    const stream = await consuming(async (job) => {
      const saved = job.saveCheckpoint("half way");
      await saved;
      gate.open();
    });
    fake.node(1).acts = "hang";
    stream.hand({ id: "a" });
    await until("the checkpoint is on its way", () => checkpoints().length === 1);
    fake.elect(fake.node(2));
    await gate.opened;
    expect(checkpoints(2)).toEqual(['"half way"']);
    await ended("a");
  });

  it("rejects when the job is in other hands, and the handler is told to stop", async () => {
    const seen: unknown[] = [];
    const stream = await consuming(async (job) => {
      fake.state.revoked.add("a");
      seen.push((await failureOf(job.saveCheckpoint(1))).code, (job.signal.reason as ConclaveError).code);
      seen.push((await failureOf(job.saveCheckpoint(2))).code);
    });
    stream.hand({ id: "a" });
    await until("the handler has seen it", () => seen.length === 3);
    expect(seen).toEqual(["STALE_TOKEN", "LEASE_LOST", "LEASE_LOST"]);
    expect(checkpoints()).toEqual(["1"]);
  });

  it("rejects with the limit of the node, and the job may go on", async () => {
    const stream = await consuming(async (job) => {
      fake
        .node(1)
        .refusals.push(detail("PAYLOAD_TOO_LARGE", "checkpoint.data has 70000 bytes; at most 65536"));
      return (await failureOf(job.saveCheckpoint("x"))).message;
    });
    stream.hand({ id: "a" });
    expect((await ended("a")).complete?.result.toString()).toContain("at most 65536");
  });

  it("rejects once the handler has ended", async () => {
    let save: () => Promise<void> = () => Promise.resolve();
    const stream = await consuming((job) => {
      save = () => job.saveCheckpoint(1);
    });
    stream.hand({ id: "a" });
    await ended("a");
    expect((await failureOf(save())).code).toBe("ABORTED");
  });

  it("of a definition keeps its schema", async () => {
    const checkpoint = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: (value: unknown) =>
          typeof value === "number" ? { value: value + 1 } : { issues: [{ message: "a number, please" }] },
      },
    };
    const seen: unknown[] = [];
    cluster.work(defineJob({ queue: "q", checkpoint }), {}, async (job) => {
      seen.push(job.checkpoint);
      await job.saveCheckpoint(7);
      seen.push((await failureOf(job.saveCheckpoint("seven"))).message);
    });
    await until("the worker is subscribed", () => fake.node(1).workStreams[0]?.subscribe);
    fake.node(1).workStream.hand({ id: "a", checkpoint: { data: Buffer.from("4") } });
    await ended("a");
    expect(seen).toEqual([5, expect.stringContaining("a number, please")]);
    expect(checkpoints()).toEqual(["7"]);
  });
});

describe("progress", () => {
  it("is sent a few times a second at most, the latest before the end", async () => {
    const stream = await consuming((job) => {
      for (let n = 0; n <= 100; n++) job.progress(n, `${n} of 100`);
      job.progress(undefined, "done");
    });
    stream.hand({ id: "a" });
    await ended("a");
    const told = acts().flatMap(({ progress }) => (progress ? [progress] : []));
    expect(told).toEqual([
      { percent: 0, note: "0 of 100" },
      { percent: -1, note: "done" },
    ]);
  });

  it("that makes no sense fails the attempt", async () => {
    const stream = await consuming((job) => job.progress(101));
    stream.hand({ id: "a" });
    expect((await ended("a")).fail?.error).toContain("percent: 101 is not a number from 0 to 100");
  });
});

describe("snooze", () => {
  it.each<readonly [string, Handler]>([
    ["thrown", () => Promise.reject(snooze("5m"))],
    ["by the job", (job) => job.snooze("5m")],
  ])("%s: the job is given back for so long", async (_name, handler) => {
    const stream = await consuming(handler);
    stream.hand({ id: "a" });
    expect((await ended("a")).release).toEqual({ delayMs: 300_000 });
  });
});

describe("the cluster says at once", () => {
  const reasonOf = async (
    say: (stream: FakeWorkStream, claim: { id: string; fencingToken: number }) => void,
  ) => {
    const reasons: unknown[] = [];
    const stream = await consuming(
      (job) =>
        new Promise((_resolve, reject) => {
          job.signal.addEventListener("abort", () => {
            reasons.push(job.signal.reason);
            reject(job.signal.reason as Error);
          });
        }),
    );
    const claim = stream.hand({ id: "a" });
    say(stream, claim);
    await until("the signal aborts", () => reasons.length > 0);
    return reasons[0];
  };

  it("that a job is to be cancelled: its signal aborts", async () => {
    const reason = await reasonOf((stream, claim) => {
      stream.say({ cancelRequested: { claims: [{ id: "a", fencingToken: 1 }, claim] } });
    });
    expect(reason).toBeInstanceOf(ConclaveError);
    expect(reason).toMatchObject({ name: "JobCancelled", code: "JOB_CANCELLED" });
    expect((await ended("a")).fail?.error).toContain("asked to be cancelled");
  });

  it("that a claim has ended: nothing more is said of it", async () => {
    const reason = await reasonOf((stream, claim) => {
      stream.say({ claimsEnded: { claims: [{ ...claim, end: "ATTEMPT_END_TIMED_OUT" }] } });
    });
    expect(reason).toMatchObject({
      code: "LEASE_LOST",
      message: "job a was taken back: a timeout of the job ended it",
    });
    await cluster.close({ drain: 0 });
    expect(fake.state.ended.has("a")).toBe(false);
  });
});

it("a result that is more than the nodes take makes the job dead, with the limit for a reason", async () => {
  const stream = await consuming(() => {
    fake
      .node(1)
      .refusals.push(detail("PAYLOAD_TOO_LARGE", "complete.result has 300000 bytes; at most 262144"));
    return "x";
  });
  stream.hand({ id: "a" });
  expect((await ended("a")).fail).toMatchObject({
    notRetryable: true,
    error: expect.stringContaining("at most 262144") as string,
  });
});
