import { ConclaveError, type ErrorCode } from "../base/errors.ts";
import { Backoff } from "./backoff.ts";
import { aborted, type Budget } from "./budget.ts";
import type { Leader } from "./leader.ts";
import type { Node, UnaryOptions } from "./nodes.ts";
import { asConclaveError } from "./wireErrors.ts";

/** One try of a call that is safe to repeat: a leader that says nothing for so long is asked anew. */
const tryTimeoutMs = 5_000;

/** Refusals after which nothing was done and another try, here or elsewhere, may succeed. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  "NOT_LEADER",
  "NO_LEADER",
  "SHUTTING_DOWN",
  "OVERLOADED",
  "UNAVAILABLE",
]);
const unknown: ReadonlySet<ErrorCode> = new Set(["OUTCOME_UNKNOWN", "DEADLINE_EXCEEDED"]);

export function isRefusal(error: ConclaveError): boolean {
  return refusals.has(error.code);
}

/** Another try may succeed, here or at the next leader; the first may or may not have taken effect. */
export function isPassing(error: ConclaveError): boolean {
  return refusals.has(error.code) || unknown.has(error.code);
}

/** The rhythm of tries against a leader that moves: at once to a leader that was named, with backoff else. */
export class Pursuit {
  readonly #leader: Leader;
  readonly #backoff = new Backoff();
  #hops = 0;

  constructor(leader: Leader) {
    this.#leader = leader;
  }

  /** Takes in why `node` failed and says how many ms to wait before the next `find`. */
  delayAfter(node: Node, error: ConclaveError): number {
    if (error.code === "OVERLOADED") return Math.max(error.retryAfterMs ?? 0, this.#backoff.next());
    const named = this.#leader.report(node, error);
    this.#hops++;
    // Two nodes that each name the other must not be asked in a hot loop.
    if (named && this.#hops === 1) return 0;
    return Math.max(error.retryAfterMs ?? 0, this.#backoff.next());
  }

  /** It works again. */
  reset(): void {
    this.#hops = 0;
    this.#backoff.reset();
  }
}

/**
 * Calls the leader until it answers or the budget ends. For calls that may be sent twice: reads, and writes
 * that are idempotent. Rejects with the last refusal when surely nothing was done, else DEADLINE_EXCEEDED.
 */
export async function onLeader<Reply>(
  leader: Leader,
  budget: Budget,
  call: (node: Node, options: UnaryOptions) => Promise<Reply>,
): Promise<Reply> {
  const pursuit = new Pursuit(leader);
  let uncertain = false;
  let last: ConclaveError | undefined;
  for (;;) {
    try {
      budget.check();
      const node = await leader.find(budget);
      try {
        const timeoutMs = Math.max(1, Math.min(budget.remainingMs, tryTimeoutMs));
        return await call(node, { timeoutMs, signal: budget.signal });
      } catch (error) {
        last = asConclaveError(error);
        if (!isPassing(last)) throw last;
        // Without a word from the server a broken call may have arrived.
        uncertain ||= unknown.has(last.code) || last.code === "UNAVAILABLE";
        await budget.pause(pursuit.delayAfter(node, last));
      }
    } catch (error) {
      const given = asConclaveError(error);
      if (
        last === undefined ||
        given === last ||
        given.code === "ABORTED" ||
        given.code === "SHUTTING_DOWN"
      ) {
        throw given;
      }
      throw uncertain ? overdue(budget, last) : gaveUp(budget, last);
    }
  }
}

export function overdue(budget: Budget, cause: ConclaveError): ConclaveError {
  const message = `no answer within ${budget.timeoutMs} ms; the call may have taken effect (last: ${cause.message})`;
  return new ConclaveError("DEADLINE_EXCEEDED", message, { cause });
}

function gaveUp(budget: Budget, last: ConclaveError): ConclaveError {
  const message = `${last.message} (gave up after ${budget.timeoutMs} ms)`;
  return new ConclaveError(last.code, message, { cause: last });
}

/** Asks one node after the other until one answers: for reads that need no leader. */
export async function onAnyNode<Reply>(
  leader: Leader,
  budget: Budget,
  call: (node: Node, options: UnaryOptions) => Promise<Reply>,
): Promise<Reply> {
  const backoff = new Backoff();
  let last: ConclaveError | undefined;
  for (let skip = 0; ; skip++) {
    if (last !== undefined && (budget.remainingMs === 0 || budget.signal?.aborted === true)) {
      throw budget.signal?.aborted === true ? aborted(budget.signal) : gaveUp(budget, last);
    }
    budget.check();
    try {
      const timeoutMs = Math.max(1, Math.min(budget.remainingMs, tryTimeoutMs));
      return await call(leader.anyNode(skip), { timeoutMs, signal: budget.signal });
    } catch (error) {
      last = asConclaveError(error);
      if (!isPassing(last)) throw last;
      await budget.pause(backoff.next());
    }
  }
}
