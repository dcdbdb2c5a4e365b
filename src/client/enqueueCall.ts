import type { InBag } from "../base/bag.ts";
import { ConclaveError } from "../base/errors.ts";
import type { EnqueueResult__Output } from "../generated/conclave/v1/EnqueueResult.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import { aborted, type Budget } from "./budget.ts";
import { placed } from "./checks.ts";
import { featureBytes } from "./jobFeatures.ts";
import { type JobState, nameOfState } from "./names.ts";
import { onAbort } from "./signals.ts";
import { fromDetail } from "./wireErrors.ts";

/** What became of one enqueued job, once a majority of the nodes has it on disk. */
export interface EnqueueOutcome {
  readonly id: string;
  readonly state: JobState;
  /** A job with this id, or one that holds the dedup key, was there before; it is unchanged, and `id` names it. */
  readonly existing: boolean;
}

/**
 * A job that was refused by itself: DUPLICATE, BREAKER_OPEN, QUEUE_CLOSED, NOT_FOUND, BATCH_REFUSED, or INVALID_ARGUMENT and
 * PAYLOAD_TOO_LARGE where the nodes are stricter than the SDK.
 */
export interface EnqueueRefusal {
  readonly id: string;
  readonly state: undefined;
  readonly existing: false;
  readonly error: ConclaveError;
}

export type EnqueueResult = EnqueueOutcome | EnqueueRefusal;

/** One job on its way: sent, perhaps more than once, until an answer or the end of its call. */
export interface Entry {
  readonly spec: JobSpec;
  readonly bytes: number;
  readonly call: EnqueueCall;
  /** Position among the jobs of its call. */
  readonly index: number;
  /** Over all calls: what is sent again keeps its place. */
  readonly sequence: number;
  /** Entries share a request with those of the same part only: it was cut out of one that was refused. 0 for none. */
  part: number;
}

/** Room for the fields beside the payload: names are at most 128 characters. */
const overheadBytes = 600;

export function entryBytes(spec: JobSpec): number {
  return (
    (spec.payload?.length ?? 0) +
    overheadBytes +
    featureBytes(spec) +
    10 * (spec.retry?.delaysMs?.length ?? 0)
  );
}

/** Until the promise has its own. */
const nobody = (): void => undefined;

/** One call of the user, for one or many jobs; settles once, with what `make` makes of the results. */
export class EnqueueCall implements InBag {
  readonly budget: Budget;
  /** Of what `make` gives. */
  readonly promise: Promise<unknown>;
  /** All or none: its jobs go in one request, which holds no others. */
  readonly atomic: boolean;
  /** A broken stream may have carried one of its jobs: only an answer tells. */
  uncertain = false;
  settled = false;
  /** Jobs of it in requests that wait for their answers. */
  inFlight = 0;
  /** Jobs of it that wait to be sent, and their bytes. */
  queued = 0;
  queuedBytes = 0;
  bagIndex = -1;
  readonly #specs: readonly JobSpec[];
  readonly #results: EnqueueResult[];
  readonly #make: (results: readonly EnqueueResult[]) => unknown;
  readonly #onSettled: (call: EnqueueCall) => void;
  readonly #unlisten: (() => void) | undefined;
  #left: number;
  #resolve: (made: unknown) => void = nobody;
  #reject: (error: unknown) => void = nobody;

  constructor(
    specs: readonly JobSpec[],
    budget: Budget,
    atomic: boolean,
    make: (results: readonly EnqueueResult[]) => unknown,
    onSettled: (call: EnqueueCall) => void,
  ) {
    this.#specs = specs;
    // An empty array would grow to 17 places with the first result.
    this.#results = new Array<EnqueueResult>(specs.length);
    this.#make = make;
    this.atomic = atomic;
    this.#left = specs.length;
    this.budget = budget;
    this.#onSettled = onSettled;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { signal } = budget;
    if (signal !== undefined) this.#unlisten = onAbort(signal, () => this.fail(aborted(signal)));
  }

  get mayHaveArrived(): boolean {
    return this.inFlight > 0 || this.uncertain || this.#left < this.#specs.length;
  }

  answer(index: number, result: EnqueueResult__Output | undefined): void {
    if (this.settled) return;
    if (result !== undefined && result.error !== null) {
      const { id, error } = result;
      return this.#answered(index, { id, state: undefined, existing: false, error: fromDetail(error) });
    }
    const state = result === undefined ? undefined : nameOfState(result.state);
    if (result === undefined || state === undefined) {
      const message = `the server's answer holds no result this client can read; ${this.mayExist()}`;
      this.fail(new ConclaveError("INTERNAL", message));
      return;
    }
    this.#answered(index, { id: result.id, state, existing: result.existing });
  }

  /** The nodes do not take in this one job. Of several it is named by its place in the call: the node saw it in another. */
  refuse(index: number, refusal: ConclaveError): void {
    if (this.settled) return;
    const id = this.#specs[index]?.id ?? "";
    const message = refusal.message.replace(/^jobs\[\d+\]\./, "");
    const bare = new ConclaveError(refusal.code, message, { cause: refusal });
    const error = this.#specs.length === 1 ? bare : placed(bare, `jobs[${index}] (${id})`);
    this.#answered(index, { id, state: undefined, existing: false, error });
  }

  #answered(index: number, result: EnqueueResult): void {
    this.#results[index] = result;
    this.#left--;
    if (this.#left > 0) return;
    this.#settle();
    try {
      this.#resolve(this.#make(this.#results));
    } catch (error) {
      this.#reject(error);
    }
  }

  /** The nodes do not take in what is left of it, for a reason that none of its jobs alone is to blame for. */
  refuseRest(refusal: ConclaveError): void {
    // What fits no more may have fitted when an earlier try, or another part of the call, was taken in.
    if (refusal.code !== "LIMIT_REACHED" || !this.mayHaveArrived) return this.fail(refusal);
    const message = `${refusal.message} by the last request; ${this.mayExist()}`;
    this.fail(new ConclaveError(refusal.code, message, { cause: refusal }));
  }

  fail(error: ConclaveError): void {
    if (this.settled) return;
    this.#settle();
    this.#reject(error);
  }

  /** Its time is over. `trouble` is why nothing could be sent, if that is why. */
  expire(trouble: ConclaveError | undefined): void {
    const { timeoutMs } = this.budget;
    if (!this.mayHaveArrived && trouble !== undefined) {
      const message = `${trouble.message} (nothing was enqueued; gave up after ${timeoutMs} ms)`;
      this.fail(new ConclaveError(trouble.code, message, { cause: trouble }));
      return;
    }
    const message = `no answer within ${timeoutMs} ms; ${this.mayExist()}`;
    this.fail(new ConclaveError("DEADLINE_EXCEEDED", message, { cause: trouble }));
  }

  /** For messages: what to do when nobody knows whether the jobs arrived. */
  mayExist(): string {
    const { length } = this.#specs;
    const first = this.#specs[0]?.id ?? "";
    const which = length === 1 ? `job ${first}` : `each of ${length} jobs from ${first} on`;
    return `${which} may exist; look it up, or enqueue it again with the same id, which is safe`;
  }

  #settle(): void {
    this.settled = true;
    this.#unlisten?.();
    this.#onSettled(this);
  }
}
