import { messageOf } from "../base/errors.ts";
import { bytesCodec } from "./codec.ts";
import { isMisfit, type JobDefinition, type JobTypes } from "./define.ts";
import { NonRetryableError } from "./outcome.ts";
import { untilAborted } from "./schemaBounds.ts";
import type { Handler, WorkerJob, WorkOptions } from "./workerTypes.ts";

export type DefinedWorkOptions = Omit<WorkOptions, "codec" | "resultCodec" | "checkpointCodec">;

/** A job of a definition as its handler sees it. */
export type DefinedJob<Types extends JobTypes> = Omit<
  WorkerJob<Types["data"], Types["checkpoint"]>,
  "saveCheckpoint"
> & {
  /** As `WorkerJob.saveCheckpoint`; rejects with INVALID_ARGUMENT when the value does not fit its schema. */
  saveCheckpoint(value: Types["saved"]): Promise<void>;
};

export type DefinedHandler<Types extends JobTypes> = (
  job: DefinedJob<Types>,
) => Types["returned"] | Promise<Types["returned"]>;

/** A handler of bytes that keeps the definition's schemas around `handler`. */
export function definedHandler<Types extends JobTypes>(
  definition: JobDefinition<Types>,
  handler: DefinedHandler<Types>,
): Handler<Uint8Array, Uint8Array> {
  return async (job) => {
    // Before it runs only: one that is told to stop may still save and return, and `kill` ends that wait.
    const bound = untilAborted(job);
    let data: Types["data"];
    let checkpoint: Types["checkpoint"] | undefined;
    try {
      data = await definition.decodeInput(job.data, bound);
      // As `bytesOnly` has it.
      const saved = job.checkpoint as Uint8Array | undefined;
      checkpoint = saved === undefined ? undefined : await definition.decodeCheckpoint(saved, bound);
    } catch (error) {
      throw isStopped(job, error) ? error : hopeless(error);
    }
    const saveCheckpoint = async (value: Types["saved"]): Promise<void> => {
      await job.saveCheckpoint(await definition.encodeCheckpoint(value));
    };
    const returned = await handler(withData<Types>(job, { data, checkpoint, saveCheckpoint }));
    try {
      return await definition.encodeOutput(returned);
    } catch (error) {
      // What does not fit may fit the next time: not every handler does the same again. The rest is the program's fault.
      throw isMisfit(error) ? error : hopeless(error);
    }
  };
}

export const bytesOnly = { codec: bytesCodec, resultCodec: bytesCodec, checkpointCodec: bytesCodec } as const;

/** The same job, getters and all, with what the schemas made of it. */
function withData<Types extends JobTypes>(
  job: WorkerJob<Uint8Array>,
  own: Pick<DefinedJob<Types>, "data" | "checkpoint" | "saveCheckpoint">,
): DefinedJob<Types> {
  const properties = Object.entries(own).map(([name, value]) => [name, { value, enumerable: true }]);
  return Object.create(job, Object.fromEntries(properties)) as DefinedJob<Types>;
}

/** The schema was not waited for any longer: that says nothing of the value. */
function isStopped(job: WorkerJob<Uint8Array>, error: unknown): boolean {
  return job.signal.aborted && error === job.signal.reason;
}

/** Another attempt would find the same. */
function hopeless(cause: unknown): NonRetryableError {
  const message = messageOf(cause);
  if (!isMisfit(cause)) return new NonRetryableError(message, { cause });
  const error = new NonRetryableError(message);
  // Which value does not fit is all there is to know; frames of the SDK would only hide it.
  error.stack = "";
  return error;
}
