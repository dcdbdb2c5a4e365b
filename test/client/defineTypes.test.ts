import { type } from "arktype";
import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  type Cluster,
  defineJob,
  type Enqueued,
  type JobDefinition,
  type JobHandle,
  type Worker,
} from "../../src/client/index.ts";

/** Input and data differ by a default, what is returned and the output by a transformation. */
const zod = defineJob({
  queue: "q",
  input: z.object({ path: z.string(), dpi: z.number().default(72) }),
  output: z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
  checkpoint: z.object({ since: z.coerce.date<string>() }),
  defaults: ({ path }) => ({ agent: path }),
});
const valibot = defineJob({
  queue: "q",
  input: v.object({ path: v.string(), dpi: v.optional(v.number(), 72) }),
  output: v.object({
    at: v.pipe(
      v.string(),
      v.transform((text) => new Date(text)),
    ),
  }),
});
const arktype = defineJob({
  queue: "q",
  input: type({ path: "string", dpi: "number = 72" }),
  output: type({ at: "string.date.parse" }),
});
const plain = defineJob({ queue: "q" });

interface Given {
  path: string;
  dpi?: number | undefined;
}
interface Seen {
  path: string;
  dpi: number;
}

type TypesOf<Definition> = Definition extends JobDefinition<infer Types> ? Types : never;

/** Never run: what the compiler makes of typical uses is the test. */
async function uses(cluster: Cluster): Promise<void> {
  const job = await cluster.enqueue(zod, { path: "/" }, { priority: "high", runAt: new Date() });
  expectTypeOf(job).toEqualTypeOf<Enqueued<{ at: Date }>>();
  expectTypeOf(await job.result()).toEqualTypeOf<{ at: Date }>();
  const jobs = await cluster.enqueueMany(zod, [{ path: "/" }, { path: "/", dpi: 300 }]);
  expectTypeOf(jobs).toEqualTypeOf<readonly Enqueued<{ at: Date }>[]>();
  expectTypeOf(cluster.handle(zod, "id")).toEqualTypeOf<JobHandle<{ at: Date }>>();

  const worker = cluster.work(zod, { concurrency: 2 }, async (job) => {
    const { data, signal, attempt } = job;
    expectTypeOf(job.checkpoint).toEqualTypeOf<{ since: Date } | undefined>();
    expectTypeOf<typeof job.saveCheckpoint>().parameter(0).toEqualTypeOf<{ since: string }>();
    await job.saveCheckpoint({ since: "2026-01-01" });
    expectTypeOf(data).toEqualTypeOf<Seen>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    expectTypeOf(attempt).toBeNumber();
    return { at: new Date(0).toISOString() };
  });
  expectTypeOf(worker).toEqualTypeOf<Worker<Seen, { at: string }>>();

  expectTypeOf(await (await cluster.enqueue(valibot, { path: "/" })).result()).toEqualTypeOf<{ at: Date }>();
  cluster.work(valibot, {}, ({ data }) => {
    expectTypeOf(data).toEqualTypeOf<Seen>();
    return { at: "2026-01-01" };
  });
  expectTypeOf(await (await cluster.enqueue(arktype, { path: "/" })).result()).toEqualTypeOf<{ at: Date }>();
  cluster.work(arktype, {}, ({ data }) => {
    expectTypeOf(data).toEqualTypeOf<Seen>();
    return { at: "2026-01-01" };
  });
  await cluster.enqueue(plain, 7);
  cluster.work(plain, {}, ({ data }) => expectTypeOf(data).toBeUnknown());
}

describe("types of definitions", () => {
  it("follow the schemas of each library", () => {
    expectTypeOf(uses).toBeFunction();
    expectTypeOf<Given>().toExtend<TypesOf<typeof zod>["input"]>();
    expectTypeOf<Given>().toExtend<TypesOf<typeof valibot>["input"]>();
    expectTypeOf<{ path: string; dpi?: number }>().toExtend<TypesOf<typeof arktype>["input"]>();
    expectTypeOf<TypesOf<typeof zod>["returned"]>().toEqualTypeOf<{ at: string }>();
    expectTypeOf<TypesOf<typeof plain>["checkpoint"]>().toBeUnknown();
  });

  it("refuse what does not fit", () => {
    expectTypeOf<{ dpi: number }>().not.toExtend<TypesOf<typeof zod>["input"]>();
    expectTypeOf<{ path: number }>().not.toExtend<TypesOf<typeof valibot>["input"]>();
    expectTypeOf<{ path: number }>().not.toExtend<TypesOf<typeof arktype>["input"]>();
    expectTypeOf<{ at: Date }>().not.toExtend<TypesOf<typeof zod>["returned"]>();
    expectTypeOf<{ at: Date }>().not.toExtend<TypesOf<typeof arktype>["returned"]>();
  });
});
