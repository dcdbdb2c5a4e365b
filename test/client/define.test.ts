import { type } from "arktype";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Cluster, connect, defineJob, type WorkerJob } from "../../src/client/index.ts";
import type { Act__Output } from "../../src/generated/conclave/v1/Act.ts";
import { failureOf } from "../support/failure.ts";
import { FakeCluster } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";

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

const textOf = (bytes: Uint8Array | undefined): unknown =>
  JSON.parse(Buffer.from(bytes ?? new Uint8Array()).toString());

/** How the worker ended the job. */
async function endOf(id: string): Promise<Act__Output> {
  return (await until(`${id} has ended`, () => fake.state.ended.get(id))).act;
}

/** The same contract in the words of each library. */
const libraries = {
  zod: defineJob({
    queue: "render",
    input: z.object({ pages: z.array(z.object({ width: z.number() })), dpi: z.number().default(72) }),
    output: z.object({ lines: z.number() }),
  }),
  valibot: defineJob({
    queue: "render",
    input: v.object({
      pages: v.array(v.object({ width: v.number() })),
      dpi: v.optional(v.number(), 72),
    }),
    output: v.object({ lines: v.number() }),
  }),
  arktype: defineJob({
    queue: "render",
    input: type({ pages: type({ width: "number" }).array(), dpi: "number = 72" }),
    output: type({ lines: "number" }),
  }),
};

describe.each(Object.entries(libraries))("a job with schemas of %s", (_, render) => {
  it("travels as it was given; the handler sees what the schema makes of it", async () => {
    const seen: unknown[] = [];
    cluster.work(render, {}, ({ data }) => {
      seen.push(data);
      return { lines: data.pages.length };
    });
    const job = await cluster.enqueue(render, { pages: [{ width: 3 }] }, { id: "a" });
    expect(job).toMatchObject({ id: "a", state: "ready", existing: false });
    expect(textOf(fake.state.specs.get("a")?.payload)).toEqual({ pages: [{ width: 3 }] });
    expect(textOf((await endOf("a")).complete?.result)).toEqual({ lines: 1 });
    expect(seen).toEqual([{ pages: [{ width: 3 }], dpi: 72 }]);
  });

  it("input that does not fit is INVALID_ARGUMENT with the paths, and nothing is sent", async () => {
    const wrong = { pages: [{ width: 1 }, { width: "wide" }] } as never;
    const error = await failureOf(cluster.enqueue(render, wrong));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", issues: [{ path: "pages[1].width" }] });
    expect(error.message).toMatch(/^render: the data does not fit its schema: pages\[1\]\.width: \S/);
    const many = await failureOf(cluster.enqueueMany(render, [{ pages: [] }, wrong]));
    expect(many).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(fake.state.specs.size).toBe(0);
  });

  it("a payload that does not fit makes the job dead before the handler runs", async () => {
    let ran = 0;
    cluster.work(render, {}, () => ({ lines: ++ran }));
    await cluster.jobs.enqueue("render", { pages: "none" }, { id: "a" });
    const { fail } = await endOf("a");
    expect(fail).toMatchObject({ notRetryable: true });
    expect(fail?.error).toContain("render: the data does not fit its schema: pages: ");
    expect(ran).toBe(0);
  });

  it("a result that does not fit fails the attempt, which may be made again", async () => {
    cluster.work(render, {}, () => ({ lines: "many" }) as never);
    await cluster.enqueue(render, { pages: [] }, { id: "a" });
    const { fail } = await endOf("a");
    expect(fail).toMatchObject({ notRetryable: false });
    expect(fail?.error).toContain("render: the result does not fit its schema: lines: ");
  });

  it("result() gives what the schema makes of it, or says what does not fit", async () => {
    const job = await cluster.enqueue(render, { pages: [] }, { id: "a" });
    const end = (id: string, result: unknown) =>
      fake.state.end(id, {
        job: { spec: { id }, state: "JOB_STATE_COMPLETED", result: Buffer.from(JSON.stringify(result)) },
      });
    end("a", { lines: 4 });
    end("b", { lines: "four" });
    expect(await job.result()).toEqual({ lines: 4 });
    expect(await cluster.handle(render, "a").result()).toEqual({ lines: 4 });
    expect(await failureOf(cluster.handle(render, "b").result())).toMatchObject({
      code: "INVALID_ARGUMENT",
      issues: [{ path: "lines" }],
    });
  });
});

describe("a definition", () => {
  it("checks what the reader will find: a Date that JSON makes a text of does not fit a date", async () => {
    const wrong = defineJob({ queue: "q", input: z.object({ at: z.date() }) });
    expect(await failureOf(cluster.enqueue(wrong, { at: new Date(0) }))).toMatchObject({
      issues: [{ path: "at" }],
    });
    const right = defineJob({ queue: "q", input: z.object({ at: z.coerce.date() }) });
    const seen: Date[] = [];
    cluster.work(right, {}, ({ data }) => void seen.push(data.at));
    await cluster.enqueue(right, { at: new Date(7) }, { id: "a" });
    await endOf("a");
    expect(seen).toEqual([new Date(7)]);
  });

  it("schemas that answer later are waited for", async () => {
    const checked = defineJob({
      queue: "q",
      input: z.string().refine(async (text) => (await Promise.resolve(text)) !== "no", "is taken"),
    });
    expect(await failureOf(cluster.enqueue(checked, "no"))).toMatchObject({
      message: "q: the data does not fit its schema: is taken",
      issues: [{ path: "", message: "is taken" }],
    });
    expect((await cluster.enqueue(checked, "yes")).existing).toBe(false);
  });

  it("gives its jobs their options, which each may replace", async () => {
    const mail = defineJob({
      queue: "mail",
      input: z.object({ to: z.string() }),
      defaults: { priority: "low", agent: "smtp", lease: "5s" },
    });
    await cluster.enqueue(mail, { to: "a" }, { id: "a", priority: "high", agent: undefined });
    expect(fake.state.specs.get("a")).toMatchObject({
      priority: "PRIORITY_HIGH",
      agent: "smtp",
      leaseMs: 5_000,
    });
    const perTenant = defineJob({
      queue: "mail",
      input: z.object({ tenant: z.string() }),
      defaults: ({ tenant }) => ({ agent: tenant }),
    });
    const jobs = await cluster.enqueueMany(perTenant, [{ tenant: "x" }, { tenant: "y" }], {
      priority: "low",
    });
    const specs = jobs.map(({ id }) => fake.state.specs.get(id));
    expect(specs.map((spec) => [spec?.agent, spec?.priority])).toEqual([
      ["x", "PRIORITY_LOW"],
      ["y", "PRIORITY_LOW"],
    ]);
  });

  it("without schemas carries whatever JSON carries; with a codec, what that does", async () => {
    const plain = defineJob({ queue: "q" });
    await cluster.enqueue(plain, { any: ["thing"] }, { id: "a" });
    expect(textOf(fake.state.specs.get("a")?.payload)).toEqual({ any: ["thing"] });
    const upper = {
      encode: (value: unknown) => Buffer.from(String(value).toUpperCase()),
      decode: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
    };
    const shout = defineJob({ queue: "q", input: z.string().regex(/^[A-Z]+$/), codec: upper });
    await cluster.enqueue(shout, "hey", { id: "b" });
    expect(Buffer.from(fake.state.specs.get("b")?.payload ?? "").toString()).toBe("HEY");
  });

  it("hands the handler all of the job", async () => {
    const seen: WorkerJob<string>[] = [];
    cluster.work(defineJob({ queue: "q", input: z.string() }), {}, async (job) => {
      seen.push(job);
      await job.extend();
    });
    await cluster.jobs.enqueue("q", "hi", { id: "a" });
    await endOf("a");
    const [job] = seen;
    expect(job).toMatchObject({ id: "a", queue: "q", data: "hi", attempt: 1, maxAttempts: 5 });
    expect(job?.signal).toBeInstanceOf(AbortSignal);
    expect(job?.fencingToken).toBeGreaterThan(0);
  });

  it("of a queue that can not be is refused", () => {
    expect(() => defineJob({ queue: "no spaces" })).toThrow("queue");
  });
});
