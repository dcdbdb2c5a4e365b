import { type } from "arktype";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineJob } from "../../src/client/index.ts";
import { startTestCluster, type TestCluster } from "../../src/testing/index.ts";
import { failureOf } from "../support/failure.ts";

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster();
});
afterEach(async () => {
  await cluster.close({ drain: 0, kill: 0 });
});

const retry = { initialBackoff: "1s", jitter: "none" } as const;

const libraries = {
  zod: defineJob({
    queue: "import",
    input: z.object({ rows: z.number() }),
    checkpoint: z.object({ row: z.number(), at: z.coerce.date() }),
    output: z.object({ from: z.number() }),
  }),
  valibot: defineJob({
    queue: "import",
    input: v.object({ rows: v.number() }),
    checkpoint: v.object({
      row: v.number(),
      at: v.pipe(
        v.union([v.string(), v.date()]),
        v.transform((at) => new Date(at)),
      ),
    }),
    output: v.object({ from: v.number() }),
  }),
  arktype: defineJob({
    queue: "import",
    input: type({ rows: "number" }),
    checkpoint: type({ row: "number", at: type("string | Date").pipe((at) => new Date(at)) }),
    output: type({ from: "number" }),
  }),
};

describe.each(Object.entries(libraries))("a checkpoint with a schema of %s", (_, rows) => {
  it("is what the next attempt begins with, as the schema makes it", async () => {
    const seen: unknown[] = [];
    const at = cluster.now;
    cluster.work(rows, {}, async (job) => {
      seen.push(job.checkpoint);
      const from = job.checkpoint?.row ?? 0;
      if (from < 2) {
        await job.saveCheckpoint({ row: from + 1, at });
        throw new Error("the connection broke");
      }
      return { from };
    });
    const job = await cluster.enqueue(rows, { rows: 9 }, { retry });
    expect(await cluster.advanceUntil(job.result())).toEqual({ from: 2 });
    expect(seen).toEqual([undefined, { row: 1, at }, { row: 2, at }]);
  });

  it("that does not fit is refused when it is saved, and the one before stays", async () => {
    const errors: unknown[] = [];
    cluster.work(rows, {}, async (job) => {
      if (job.checkpoint !== undefined) return { from: job.checkpoint.row };
      await job.saveCheckpoint({ row: 1, at: cluster.now });
      errors.push(await failureOf(job.saveCheckpoint({ row: "two", at: cluster.now } as never)));
      throw new Error("again");
    });
    const job = await cluster.enqueue(rows, { rows: 9 }, { retry });
    expect(await cluster.advanceUntil(job.result())).toEqual({ from: 1 });
    expect(errors).toMatchObject([{ code: "INVALID_ARGUMENT", issues: [{ path: "row" }] }]);
  });

  it("that an older program saved and that fits no more makes the job dead, and is kept", async () => {
    const old = cluster.connect();
    old.work("import", {}, async (job) => {
      await job.saveCheckpoint({ line: 7 });
      await cluster.sleep("1d");
    });
    const job = await cluster.enqueue(rows, { rows: 9 }, { retry, lease: "5s" });
    await cluster.advance("1s");
    old.sever();
    let ran = 0;
    cluster.work(rows, {}, () => ({ from: ++ran }));
    const error = await failureOf(cluster.advanceUntil(job.result()));
    expect(error).toMatchObject({ code: "JOB_DEAD" });
    expect(error.message).toMatch(/import: the checkpoint does not fit its schema: .*row: [^\n]*$/);
    expect(ran).toBe(0);
    expect((await cluster.jobs.get(job.id)).checkpoint?.bytes).toHaveLength(10);
  });
});

describe("without a schema", () => {
  it("carries what JSON carries, over the death of the worker", async () => {
    const doomed = cluster.connect();
    doomed.work("q", {}, async (job) => {
      await job.saveCheckpoint({ page: 3 });
      await cluster.sleep("1d");
    });
    const job = await cluster.jobs.enqueue("q", 1, { lease: "5s", retry });
    await cluster.settled();
    doomed.sever();
    cluster.work("q", {}, ({ checkpoint, attempt }) => [checkpoint, attempt]);
    expect(await cluster.advanceUntil(job.result())).toEqual([{ page: 3 }, 2]);
  });
});
