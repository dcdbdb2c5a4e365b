import { types } from "node:util";
import { ConclaveError, messageOf } from "../base/errors.ts";
import { checkName, invalid, shown } from "./checks.ts";
import { type Codec, codecOr, decodeWith, encodeWith } from "./codec.ts";
import { type JobOptions } from "./jobSpec.ts";
import { type Bound, checkSchema, fit, type Schema, type SchemaInput, type SchemaOutput } from "./schema.ts";

/** The types of a job: what goes in and what comes out, on either side of its schemas. */
export interface JobTypes {
  /** Given to `enqueue`. */
  input: unknown;
  /** What the handler sees of it. */
  data: unknown;
  /** What the handler returns. */
  returned: unknown;
  /** What `result()` gives of it. */
  output: unknown;
  /** What the handler saves. */
  saved: unknown;
  /** What the next attempt sees of it. */
  checkpoint: unknown;
}

/** Options that each job of a definition has unless its own say otherwise. */
export type JobDefaults = Omit<JobOptions, "codec" | "id" | "runAt">;

export type MadeDefaults = Omit<JobOptions, "codec">;

export interface DefineOptions<In extends Schema, Out extends Schema, Check extends Schema> {
  readonly queue: string;
  /** Of what is enqueued: it is checked before it is sent, and on the worker before the handler runs. */
  readonly input?: In | undefined;
  /** Of what the handler returns: it is checked before the job completes, and when the result is read. */
  readonly output?: Out | undefined;
  /** Of what the handler saves: it is checked then, and when the next attempt loads it. */
  readonly checkpoint?: Check | undefined;
  /** Options of its jobs, or a function that makes them of the input: an id too, so that the same input is the same job. */
  readonly defaults?: JobDefaults | ((input: SchemaInput<In>) => MadeDefaults) | undefined;
  /** How all three travel; default: JSON. */
  readonly codec?: Codec<unknown> | undefined;
}

type Any = Schema;

/**
 * A kind of job, in one place for producers and workers: its queue, its schemas and its options. Schemas may be of any
 * library that implements Standard Schema. Throws INVALID_ARGUMENT for a name that no queue can have.
 */
export function defineJob<In extends Schema = Any, Out extends Schema = Any, Check extends Schema = Any>(
  options: DefineOptions<In, Out, Check>,
): JobDefinition<{
  input: SchemaInput<In>;
  data: SchemaOutput<In>;
  returned: SchemaInput<Out>;
  output: SchemaOutput<Out>;
  saved: SchemaInput<Check>;
  checkpoint: SchemaOutput<Check>;
}> {
  // The types are kept by the class's one parameter; inside it each schema is only asked.
  return new JobDefinition(options as unknown as DefineOptions<Any, Any, Any>);
}

/**
 * What travels is what went *into* a schema; what it makes of it (defaults, transformations) is made anew where it is
 * read. So each value is checked as its reader will find it: encoded and decoded again.
 */
export class JobDefinition<Types extends JobTypes = JobTypes> {
  readonly queue: string;
  readonly #options: DefineOptions<Any, Any, Any>;
  readonly #codec: Codec<unknown>;

  constructor(options: DefineOptions<Any, Any, Any>) {
    if (typeof options !== "object" || options === null)
      throw invalid("defineJob", options, "an object with a queue");
    this.queue = checkName(options.queue, "queue");
    const { input, output, checkpoint, defaults } = options;
    checkSchema(input, `${this.queue}: input`);
    checkSchema(output, `${this.queue}: output`);
    checkSchema(checkpoint, `${this.queue}: checkpoint`);
    if (defaults !== undefined && typeof defaults !== "function" && !isOptions(defaults))
      throw invalid(`${this.queue}: defaults`, defaults, "options, or a function that makes them");
    this.#options = options;
    this.#codec = codecOr(options.codec);
  }

  /** The options of a job: its own, and the defaults for what they leave out. Throws INVALID_ARGUMENT. */
  optionsFor<Own extends object>(input: Types["input"], own: Own): MadeDefaults & Own {
    const { defaults } = this.#options;
    const made = typeof defaults === "function" ? this.#madeOf(defaults, input) : defaults;
    const said = Object.entries(own).filter(([, value]) => value !== undefined);
    return { ...made, ...(Object.fromEntries(said) as Own) };
  }

  #madeOf(
    defaults: (input: Types["input"]) => MadeDefaults,
    input: Types["input"],
  ): MadeDefaults | undefined {
    let made: unknown;
    try {
      made = defaults(input);
    } catch (cause) {
      const message = `${this.queue}: the job's defaults cannot be made: ${messageOf(cause)}`;
      throw new ConclaveError("INVALID_ARGUMENT", message, { cause });
    }
    if (made === undefined || isOptions(made)) return made;
    // Nobody will await it any more: its failure must not end the process.
    if (types.isPromise(made)) made.catch(() => undefined);
    const kind = types.isPromise(made)
      ? "they gave a promise (an async function)"
      : `they gave ${shown(made)}`;
    throw new ConclaveError("INVALID_ARGUMENT", `${this.queue}: the job's defaults cannot be made: ${kind}`);
  }

  encodeInput(input: Types["input"], bound?: Bound): Promise<Uint8Array> {
    return this.#encode(this.#options.input, input, `${this.queue}: the data`, bound);
  }

  decodeInput(bytes: Uint8Array, bound?: Bound): Promise<Types["data"]> {
    return this.#decode(this.#options.input, bytes, `${this.queue}: the data`, bound);
  }

  encodeOutput(output: Types["returned"], bound?: Bound): Promise<Uint8Array> {
    return this.#encode(this.#options.output, output, `${this.queue}: the result`, bound);
  }

  decodeOutput(bytes: Uint8Array, bound?: Bound): Promise<Types["output"]> {
    return this.#decode(this.#options.output, bytes, `${this.queue}: the result`, bound);
  }

  encodeCheckpoint(checkpoint: Types["saved"], bound?: Bound): Promise<Uint8Array> {
    return this.#encode(this.#options.checkpoint, checkpoint, `${this.queue}: the checkpoint`, bound);
  }

  decodeCheckpoint(bytes: Uint8Array, bound?: Bound): Promise<Types["checkpoint"]> {
    return this.#decode(this.#options.checkpoint, bytes, `${this.queue}: the checkpoint`, bound);
  }

  async #encode(
    schema: Schema | undefined,
    value: unknown,
    what: string,
    bound?: Bound,
  ): Promise<Uint8Array> {
    const bytes = encodeWith(this.#codec, value, what);
    await this.#decode(schema, bytes, what, bound);
    return bytes;
  }

  async #decode(
    schema: Schema | undefined,
    bytes: Uint8Array,
    what: string,
    bound?: Bound,
  ): Promise<unknown> {
    const value = decodeWith(this.#codec, bytes, what);
    return schema === undefined ? value : await fit(schema, value, what, bound);
  }
}

function isOptions(value: unknown): value is MadeDefaults {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !types.isPromise(value);
}

/** A value that does not fit, as opposed to one that could not be checked. */
export function isMisfit(error: unknown): error is ConclaveError {
  return error instanceof ConclaveError && error.issues !== undefined;
}
