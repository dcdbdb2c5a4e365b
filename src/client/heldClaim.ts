import type { InBag } from "../base/bag.ts";
import { ConclaveError } from "../base/errors.ts";
import type { ClaimedJob__Output } from "../generated/conclave/v1/ClaimedJob.ts";
import type { AttemptActs } from "./attemptActs.ts";
import type { Clock } from "./clock.ts";

/** Kept back from every lease: for clocks that run at different rates, and for the handler to stop in time. */
const safeShare = 0.95;

/**
 * `live`; `lost`: its lease ran out here or the cluster said it is no longer ours (`refused`); `cancelled`:
 * somebody asked for it; `released`: this worker shuts down.
 */
export type Fate = "live" | "lost" | "refused" | "cancelled" | "released";

interface Waiter {
  readonly since: number;
  readonly resolve: () => void;
  readonly reject: (error: ConclaveError) => void;
}

const nobody: readonly Waiter[] = [];

/** A job in this worker's hands: how long it may be worked on, and how its handler learns that it may not. */
export class HeldClaim implements InBag {
  readonly job: ClaimedJob__Output;
  readonly key: string;
  /** Monotonic ms. A lease counts from before the cluster granted it: from the sending of the renewal. */
  leaseEndsAt: number;
  renewAt: number;
  bagIndex = -1;
  fate: Fate = "live";
  /** What its handler says meanwhile; there once it says something. */
  acts: AttemptActs | undefined;
  /** No act may follow: the last one is on its way, or none is due. */
  over = false;
  #controller: AbortController | undefined;
  #abortReason: Error | undefined;
  readonly #clock: Clock;
  /** Monotonic ms: when the handler began, and when it was told to stop. */
  readonly startedAt: number;
  abortedAt: number | undefined;
  #waiters: readonly Waiter[] = nobody;

  /** Monotonic ms; `heldSince` is not after the claim was made, as far as can be known. */
  constructor(job: ClaimedJob__Output, heldSince: number, now: number, clock: Clock) {
    this.job = job;
    this.#clock = clock;
    this.startedAt = now;
    this.key = keyOf(job);
    this.leaseEndsAt = heldSince + job.leaseMs * safeShare;
    this.renewAt = heldSince + job.leaseMs / 3;
  }

  /** Made when first asked for: most handlers of short jobs never look. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  /** The first reason stays, but for a lost claim, which nothing can mend. */
  abort(fate: Exclude<Fate, "live">, reason: Error): void {
    const hopeless = fate === "lost" || fate === "refused";
    if (this.over || (this.fate !== "live" && !hopeless)) return;
    this.fate = fate;
    this.#abortReason ??= reason;
    this.abortedAt ??= this.#clock.now();
    this.#controller?.abort(reason);
    if (hopeless) this.#rejectWaiters(reason);
  }

  /** Why nothing can be done with it any more; undefined while it can. */
  whyGone(): ConclaveError | undefined {
    if (this.over) return overError();
    if (this.fate !== "lost" && this.fate !== "refused") return undefined;
    return this.#abortReason instanceof ConclaveError ? this.#abortReason : overError();
  }

  renewed(sentAt: number): void {
    this.leaseEndsAt = Math.max(this.leaseEndsAt, sentAt + this.job.leaseMs * safeShare);
    const satisfied = this.#waiters.filter((waiter) => waiter.since <= sentAt);
    this.#waiters = this.#waiters.filter((waiter) => waiter.since > sentAt);
    for (const { resolve } of satisfied) resolve();
  }

  /** Resolves when a renewal sent from now on was accepted; rejects with LEASE_LOST, or ABORTED once the job is over. */
  nextRenewal(): Promise<void> {
    const promise = new Promise<void>((resolve, reject) => {
      this.#waiters = [...this.#waiters, { since: this.#clock.now(), resolve, reject }];
      if (this.over) this.#rejectWaiters(overError());
      else if (this.fate === "lost" || this.fate === "refused") this.#rejectWaiters(this.#abortReason);
    });
    // A handler need not wait for it: the signal tells the same.
    promise.catch(() => undefined);
    return promise;
  }

  end(): void {
    this.over = true;
    // Errors are dear to make, and hardly ever does anybody wait here.
    if (this.#waiters.length > 0) this.#rejectWaiters(overError());
  }

  #rejectWaiters(reason: Error | undefined): void {
    const waiters = this.#waiters;
    this.#waiters = nobody;
    const error = reason instanceof ConclaveError ? reason : overError();
    for (const { reject } of waiters) reject(error);
  }
}

/** One claim command may hand out several jobs: its index alone does not tell them apart. */
export function keyOf({ id, fencingToken }: { readonly id: string; readonly fencingToken: number }): string {
  return `${fencingToken}/${id}`;
}

function overError(): ConclaveError {
  return new ConclaveError("ABORTED", "the handler has ended: there is no claim to act on any more");
}
