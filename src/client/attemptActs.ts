import { type Duration, toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import { jobBounds } from "../base/jobBounds.ts";
import type { ActResult__Output } from "../generated/conclave/v1/ActResult.ts";
import type { ActOutbox, OutgoingAct } from "./actOutbox.ts";
import { checkLength, invalid, wellFormed } from "./checks.ts";
import type { Clock } from "./clock.ts";
import type { HeldClaim } from "./heldClaim.ts";
import { fromDetail } from "./wireErrors.ts";

/** Progress of a job goes out this often at most: what was said in between is said by the latest. */
const progressEveryMs = 250;
const maxNoteCharacters = 1_024;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: ConclaveError) => void;
}

interface AttemptActsParts {
  readonly outbox: ActOutbox;
  readonly clock: Clock;
  /** There is something to send. */
  readonly onWork: () => void;
  /** The cluster says that the claim is gone. */
  readonly onLost: (claim: HeldClaim, cause: ConclaveError) => void;
}

/** What a handler says while it works: checkpoints and progress of one claim. */
export class AttemptActs {
  readonly #parts: AttemptActsParts;
  readonly #claim: HeldClaim;
  /** The checkpoint without an answer, and who waits for it. */
  #outgoing: { readonly act: OutgoingAct; readonly waiters: readonly Waiter[] } | undefined;
  /**
   * The one after it. It leaves once that has its answer: of two on their way the first may be refused for the sake of others in
   * its request, and be sent again after the second.
   */
  #next: { readonly data: Uint8Array; readonly waiters: readonly Waiter[] } | undefined;
  #progress: { readonly percent: number; readonly note: string } | undefined;
  #disarm: (() => void) | undefined;

  constructor(claim: HeldClaim, parts: AttemptActsParts) {
    this.#claim = claim;
    this.#parts = parts;
  }

  /**
   * Resolves once a majority has it. Of several that have not left yet only the last one is sent, and answers for all.
   * Rejects with LEASE_LOST or STALE_TOKEN, PAYLOAD_TOO_LARGE, ABORTED once the job is over, OUTCOME_UNKNOWN.
   */
  save(data: Uint8Array): Promise<void> {
    const gone = this.#claim.whyGone();
    if (gone !== undefined) return Promise.reject(gone);
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      const outgoing = this.#outgoing;
      if (outgoing === undefined) {
        this.#send(data, [waiter]);
        this.#parts.onWork();
        return;
      }
      // What was on its way may have come back: then the newest goes in its place, and in that of all between.
      const between = [...(this.#next?.waiters ?? []), waiter];
      const waiters = [...outgoing.waiters, ...between];
      const act = this.#checkpointAct(data, waiters);
      const isReplaced = this.#parts.outbox.replace(outgoing.act, act);
      if (isReplaced) this.#outgoing = { act, waiters };
      this.#next = isReplaced ? undefined : { data, waiters: between };
    });
  }

  /** Never fails once it is taken: the latest that was said reaches the cluster while the claim lasts. */
  report(percent: number | undefined, note: string): void {
    const progress = { percent: checkPercent(percent), note: checkNote(note) };
    if (this.#claim.whyGone() !== undefined) return;
    this.#progress = progress;
    if (this.#disarm === undefined) this.#tell();
  }

  /** The last act is about to follow: what was said before it goes before it. */
  finish(): void {
    const next = this.#next;
    this.#next = undefined;
    // Not even the first one, sent again, comes after the act that ends the claim.
    if (next !== undefined) this.#send(next.data, next.waiters);
    this.#disarm?.();
    this.#disarm = undefined;
    if (this.#progress !== undefined) this.#push(this.#progress);
    this.#progress = undefined;
  }

  #tell(): void {
    this.#disarm = undefined;
    const progress = this.#progress;
    if (progress === undefined || this.#claim.over) return;
    // Without a stream it would be dropped: it is said again until one is there.
    if (this.#parts.outbox.attached) {
      this.#push(progress);
      this.#progress = undefined;
      this.#parts.onWork();
    }
    this.#disarm = this.#parts.clock.after(progressEveryMs, () => this.#tell());
  }

  #push(progress: { readonly percent: number; readonly note: string }): void {
    const { id, fencingToken } = this.#claim.job;
    this.#parts.outbox.push({
      act: { id, fencingToken, progress },
      lasting: false,
      onResult: (result) => this.#onResult(result),
      onRefused: () => undefined,
    });
  }

  #send(data: Uint8Array, waiters: readonly Waiter[]): void {
    const act = this.#checkpointAct(data, waiters);
    this.#outgoing = { act, waiters };
    this.#parts.outbox.push(act);
  }

  #checkpointAct(data: Uint8Array, waiters: readonly Waiter[]): OutgoingAct {
    const { id, fencingToken } = this.#claim.job;
    const act: OutgoingAct = {
      act: { id, fencingToken, checkpoint: { data } },
      lasting: true,
      onResult: (result) => {
        const error = this.#onResult(result);
        settle(waiters, error);
        this.#onAnswered(act, error);
      },
      onRefused: (error) => {
        settle(waiters, error);
        this.#onAnswered(act, error);
      },
    };
    return act;
  }

  #onAnswered(act: OutgoingAct, error: ConclaveError | undefined): void {
    if (this.#outgoing?.act !== act) return;
    this.#outgoing = undefined;
    const next = this.#next;
    if (next === undefined) return;
    this.#next = undefined;
    const gone = error?.code === "OUTCOME_UNKNOWN" ? error : this.#claim.whyGone();
    if (gone !== undefined) return settle(next.waiters, gone);
    this.#send(next.data, next.waiters);
    this.#parts.onWork();
  }

  /** Gives what the act was refused for; a stale token means that the claim is lost. */
  #onResult({ error }: ActResult__Output): ConclaveError | undefined {
    if (error === null) return undefined;
    const cause = fromDetail(error);
    if (!this.#claim.over) this.#parts.onLost(this.#claim, cause);
    return cause;
  }
}

function settle(waiters: readonly Waiter[], error: ConclaveError | undefined): void {
  for (const { resolve, reject } of waiters) {
    if (error === undefined) resolve();
    else reject(error);
  }
}

/** As the wire has it. Throws INVALID_ARGUMENT. */
export function checkPercent(percent: number | undefined): number {
  if (percent === undefined) return -1;
  if (percent >= 0 && percent <= 100) return Math.round(percent);
  throw invalid("percent", percent, "a number from 0 to 100, or undefined");
}

export function checkNote(note: string): string {
  return wellFormed(checkLength(note, "note", maxNoteCharacters));
}

/** Thrown by a handler: the job is given back, and comes again after `delay`; it costs no attempt. */
export class Snooze extends Error {
  override readonly name = "Snooze";
  readonly delayMs: number;

  constructor(delay: Duration) {
    super(`snoozed for ${delay}`);
    this.delayMs = toMs(delay, "snooze");
    if (this.delayMs > jobBounds.maxDelayMs)
      throw invalid("snooze", delay, "a duration of ten years at most");
  }
}

/** `throw snooze("5m")` in a handler: the job is given back, and comes again after so long; it costs no attempt. */
export function snooze(delay: Duration): Snooze {
  return new Snooze(delay);
}
