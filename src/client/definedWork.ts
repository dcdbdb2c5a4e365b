import { bytesCodec } from "./codec.ts";
import { isMisfit, type JobDefinition, type JobTypes } from "./define.ts";
import { NonRetryableError } from "./outcome.ts";
import type { Handler, WorkerJob, WorkOptions } from "./workerTypes.ts";

export type DefinedWorkOptions = Omit<WorkOptions, "codec" | "resultCodec">;

/** A job of a definition as its handler sees it. */
export type DefinedJob<Types extends JobTypes> = WorkerJob<Types["data"]>;

export type DefinedHandler<Types extends JobTypes> = (
  job: DefinedJob<Types>,
) => Types["returned"] | Promise<Types["returned"]>;

/** A handler of bytes that keeps the definition's schemas around `handler`. */
export function definedHandler<Types extends JobTypes>(
  definition: JobDefinition<Types>,
  handler: DefinedHandler<Types>,
): Handler<Uint8Array, Uint8Array> {
  return async (job) => {
    let data: Types["data"];
    try {
      data = await definition.decodeInput(job.data);
    } catch (error) {
      throw hopeless(error);
    }
    const returned = await handler(withData(job, data));
    try {
      return await definition.encodeOutput(returned);
    } catch (error) {
      // What does not fit may fit the next time: not every handler does the same again. The rest is the program's fault.
      throw isMisfit(error) ? error : hopeless(error);
    }
  };
}

export const bytesOnly = { codec: bytesCodec, resultCodec: bytesCodec } as const;

/** The same job, getters and all, with other data. */
function withData<Data>(job: WorkerJob<Uint8Array>, data: Data): WorkerJob<Data> {
  const view = Object.create(job, { data: { value: data, enumerable: true } }) as unknown;
  return view as WorkerJob<Data>;
}

/** Another attempt would find the same. */
function hopeless(cause: unknown): NonRetryableError {
  return new NonRetryableError(cause instanceof Error ? cause.message : String(cause), { cause });
}
