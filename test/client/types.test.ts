import { describe, expectTypeOf, it } from "vitest";
import type {
  ClaimedJob,
  Cluster,
  Codec,
  ConclaveError,
  Enqueued,
  EnqueueItem,
  Handler,
  Job,
  JobPage,
  MemberStatus,
  Queue,
  Worker,
  WorkerJob,
} from "../../src/client/index.ts";

interface Input {
  readonly path: string;
}
interface Output {
  readonly lines: number;
}

/** Never run: what the compiler makes of typical uses is the test. */
async function uses(cluster: Cluster, codec: Codec<Input>): Promise<void> {
  const untyped = cluster.work("q", {}, (job) => {
    expectTypeOf(job).toEqualTypeOf<WorkerJob>();
    expectTypeOf(job.data).toBeUnknown();
    expectTypeOf(job.fencingToken).toBeNumber();
    expectTypeOf(job.signal).toEqualTypeOf<AbortSignal>();
  });
  expectTypeOf(untyped).toExtend<AsyncDisposable>();
  expectTypeOf(untyped.closed).toEqualTypeOf<Promise<void>>();

  const typed = cluster.work<Input, Output>("q", { concurrency: 2 }, async ({ data }) => {
    expectTypeOf(data).toEqualTypeOf<Input>();
    return { lines: 1 };
  });
  expectTypeOf(typed).toEqualTypeOf<Worker<Input, Output>>();
  expectTypeOf<() => string>().not.toExtend<Handler<Input, Output>>();
  expectTypeOf<() => Promise<Output>>().toExtend<Handler<Input, Output>>();
  // With a codec the data's type follows.
  cluster.work("q", { codec }, ({ data }) => expectTypeOf(data).toEqualTypeOf<Input>());

  const queue = cluster.queue<Input, Output>("q");
  expectTypeOf(queue).toEqualTypeOf<Queue<Input, Output>>();
  expectTypeOf(await queue.enqueue({ path: "/" }, { delay: "1s" })).toEqualTypeOf<Enqueued<Output>>();
  expectTypeOf<Parameters<typeof queue.enqueue>[0]>().toEqualTypeOf<Input>();
  queue.work({ concurrency: 4 }, ({ data }) => ({ lines: data.path.length }));
  expectTypeOf<Parameters<typeof queue.work>[1]>().toEqualTypeOf<Handler<Input, Output>>();

  await cluster.jobs.enqueue<Input>("q", { path: "/" }, { codec });
  expectTypeOf<EnqueueItem<Input>["data"]>().toEqualTypeOf<Input>();
  expectTypeOf(await cluster.jobs.get<Input, Output>("id")).toEqualTypeOf<Job<Input, Output>>();
  expectTypeOf(await cluster.jobs.list()).toEqualTypeOf<JobPage>();
  for await (const page of cluster.jobs.list()) expectTypeOf(page).toEqualTypeOf<JobPage>();
  const [cancelled] = await cluster.jobs.cancel("id");
  expectTypeOf(cancelled?.error).toEqualTypeOf<ConclaveError | undefined>();
  const claimed = await cluster.claim<Input, Output>("q");
  expectTypeOf(claimed).toEqualTypeOf<readonly ClaimedJob<Input, Output>[]>();
  expectTypeOf(await cluster.status()).toEqualTypeOf<readonly MemberStatus[]>();
}

describe("types", () => {
  it("of the public API", () => {
    expectTypeOf(uses).toBeFunction();
    expectTypeOf<Cluster>().toExtend<AsyncDisposable>();
  });
});
