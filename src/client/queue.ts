import type { CallOptions } from "./budget.ts";
import { checkArray, checkName } from "./checks.ts";
import type { Codec } from "./codec.ts";
import type { Enqueued } from "./handle.ts";
import { type JobOptions } from "./jobSpec.ts";
import type { EnqueueManyOptions, Jobs } from "./jobs.ts";
import type { Worker } from "./worker.ts";
import type { Handler, WorkOptions } from "./workerTypes.ts";

/** How a queue's data and results travel; default JSON. */
export interface QueueCodecs<Input, Output> {
  readonly codec?: Codec<Input> | undefined;
  readonly resultCodec?: Codec<Output> | undefined;
}

type StartWorker<Input, Output> = (
  queue: string,
  options: WorkOptions<Input, Output>,
  handler: Handler<Input, Output>,
) => Worker<Input, Output>;

/** One queue with the types of its data and results: `cluster.queue<Input, Output>("name")`. */
export class Queue<Input, Output> {
  readonly name: string;
  readonly #jobs: Jobs;
  readonly #codecs: QueueCodecs<Input, Output>;
  readonly #startWorker: StartWorker<Input, Output>;

  constructor(
    name: string,
    jobs: Jobs,
    codecs: QueueCodecs<Input, Output>,
    startWorker: StartWorker<Input, Output>,
  ) {
    this.name = checkName(name, "queue");
    this.#jobs = jobs;
    this.#codecs = codecs;
    this.#startWorker = startWorker;
  }

  /** As `jobs.enqueue`. */
  enqueue(data: Input, options?: Omit<JobOptions<Input>, "codec"> & CallOptions): Promise<Enqueued<Output>> {
    const all = options === undefined ? this.#codecs : { ...options, ...this.#codecs };
    return this.#jobs.enqueue<Input, Output>(this.name, data, all);
  }

  /** As `jobs.enqueueMany`, with the same options for all. */
  async enqueueMany(
    data: readonly Input[],
    options: Omit<JobOptions<Input>, "codec" | "id"> & Pick<EnqueueManyOptions, "atomic"> & CallOptions = {},
  ): Promise<readonly Enqueued<Output>[]> {
    const { signal, timeout, atomic, ...job } = options;
    const items = checkArray(data, "data").map((one) => ({
      ...job,
      queue: this.name,
      data: one,
      codec: this.#codecs.codec,
    }));
    return await this.#jobs.enqueueMany<Input, Output>(items, {
      signal,
      timeout,
      atomic,
      resultCodec: this.#codecs.resultCodec,
    });
  }

  /** As `cluster.work`. */
  work(
    options: Omit<WorkOptions<Input, Output>, "codec" | "resultCodec">,
    handler: Handler<Input, Output>,
  ): Worker<Input, Output> {
    return this.#startWorker(this.name, { ...options, ...this.#codecs }, handler);
  }
}
