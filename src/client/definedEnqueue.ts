import type { CallOptions } from "./budget.ts";
import { checkArray, checkName, placed } from "./checks.ts";
import { bytesCodec } from "./codec.ts";
import type { JobDefinition, JobTypes } from "./define.ts";
import { Enqueued, type HandleParts, JobHandle } from "./handle.ts";
import { type JobOptions } from "./jobSpec.ts";
import type { Jobs } from "./jobs.ts";
import { withinCall } from "./schemaBounds.ts";
import { asConclaveError } from "./wireErrors.ts";

export type DefinedJobOptions = Omit<JobOptions, "codec"> & CallOptions;

export interface DefinedManyOptions extends Omit<DefinedJobOptions, "id"> {
  /** All are enqueued or none: see `jobs.enqueueMany`. */
  readonly atomic?: boolean | undefined;
}

type Connection = Omit<HandleParts<unknown>, "read">;

export async function enqueueDefined<Types extends JobTypes>(
  jobs: Jobs,
  connection: Connection,
  definition: JobDefinition<Types>,
  input: Types["input"],
  options: DefinedJobOptions,
): Promise<Enqueued<Types["output"]>> {
  const budget = jobs.budget(options);
  const bytes = await definition.encodeInput(input, withinCall(budget, connection.leader));
  const own = definition.optionsFor(input, options);
  const enqueued = await jobs.enqueue(definition.queue, bytes, { ...own, codec: bytesCodec }, budget);
  return new Enqueued(enqueued, partsOf(connection, definition));
}

/** Nothing is sent unless all inputs fit. */
export async function enqueueManyDefined<Types extends JobTypes>(
  jobs: Jobs,
  connection: Connection,
  definition: JobDefinition<Types>,
  inputs: readonly Types["input"][],
  { signal, timeout, atomic, ...options }: DefinedManyOptions,
): Promise<readonly Enqueued<Types["output"]>[]> {
  const budget = jobs.budget({ signal, timeout });
  const bound = withinCall(budget, connection.leader);
  const items = await Promise.all(
    checkArray(inputs, "inputs").map(async (input, index) => {
      try {
        const data = await definition.encodeInput(input, bound);
        const own = definition.optionsFor(input, options);
        return { ...own, queue: definition.queue, data, codec: bytesCodec };
      } catch (error) {
        throw placed(asConclaveError(error), `jobs[${index}]`);
      }
    }),
  );
  const enqueued = await jobs.enqueueMany(items, { atomic }, budget);
  const parts = partsOf(connection, definition);
  return enqueued.map((each) => new Enqueued(each, parts));
}

export function definedHandle<Types extends JobTypes>(
  connection: Connection,
  definition: JobDefinition<Types>,
  id: string,
): JobHandle<Types["output"]> {
  return new JobHandle(checkName(id, "id"), partsOf(connection, definition));
}

function partsOf<Types extends JobTypes>(
  connection: Connection,
  definition: JobDefinition<Types>,
): HandleParts<Types["output"]> {
  return { ...connection, read: (bytes, bound) => definition.decodeOutput(bytes, bound) };
}
