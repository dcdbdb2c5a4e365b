import { ConclaveError, type ErrorCode } from "../base/errors.ts";
import { Backoff } from "./backoff.ts";
import type { Budget } from "./budget.ts";
import type { Leader } from "./leader.ts";
import type { Node, UnaryOptions } from "./nodes.ts";
import { asConclaveError, isUntyped } from "./wireErrors.ts";

/** One try of a call that is safe to repeat: a leader that says nothing for so long is asked anew. */
export const tryTimeoutMs = 5_000;

/**
 * A status without an ErrorDetail comes from a proxy, from another program at that address, or from a node of a release that lacks the call:
 * what passes while something is rolled out. For so long it is tried again.
 */
export const untypedPatienceMs = 30_000;

/** Refusals after which nothing was done and another try, here or elsewhere, may succeed. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  "NOT_LEADER",
  "NO_LEADER",
  "SHUTTING_DOWN",
  "OVERLOADED",
  "UNAVAILABLE",
  "MEMBER_REMOVED",
  "IDENTITY_MISMATCH",
]);
const unknown: ReadonlySet<ErrorCode> = new Set(["OUTCOME_UNKNOWN", "DEADLINE_EXCEEDED"]);

export function isRefusal(error: ConclaveError): boolean {
  return refusals.has(error.code) || isPutOff(error);
}

/** The leader says when to ask it again: another change of membership is being made at the moment. */
function isPutOff({ code, retryAfterMs }: ConclaveError): boolean {
  return code === "MEMBERSHIP_REFUSED" && retryAfterMs !== undefined;
}

/** Another try may succeed, here or at the next leader; the first may or may not have taken effect. */
export function isPassing(error: ConclaveError): boolean {
  return isRefusal(error) || unknown.has(error.code);
}

/** Without a word from the server a broken call may have arrived. */
export function mayHaveArrived({ code }: ConclaveError): boolean {
  return unknown.has(code) || code === "UNAVAILABLE";
}

/** The rhythm of tries against a leader that moves: at once to a leader that was named, with backoff else. */
export class Pursuit {
  readonly #leader: Leader;
  readonly #backoff = new Backoff();
  #hops = 0;
  /** Since when it has met nothing but such statuses. */
  #untypedSince: number | undefined;

  constructor(leader: Leader) {
    this.#leader = leader;
  }

  /** Takes in why `node` failed and says how many ms to wait before the next `find`. */
  delayAfter(node: Node, error: ConclaveError): number {
    if (error.code === "OVERLOADED" || isPutOff(error))
      return Math.max(error.retryAfterMs ?? 0, this.#backoff.next());
    const named = this.#leader.report(node, error);
    this.#hops++;
    // Two nodes that each name the other must not be asked in a hot loop.
    if (named && this.#hops === 1) return 0;
    return Math.max(error.retryAfterMs ?? 0, this.#backoff.next());
  }

  /** Whether a stream that ended with `error` should be opened again. */
  mayGoOn(error: ConclaveError): boolean {
    if (!isUntyped(error)) this.#untypedSince = undefined;
    if (isPassing(error)) return true;
    if (!isUntyped(error)) return false;
    const now = this.#leader.clock.now();
    this.#untypedSince ??= now;
    return now - this.#untypedSince < untypedPatienceMs;
  }

  /** It works again. */
  reset(): void {
    this.#hops = 0;
    this.#untypedSince = undefined;
    this.#backoff.reset();
  }
}

/** `again`: an earlier try had no answer and may have taken effect, which this one's answer then is about as well. */
export type Try<Reply> = (node: Node, options: UnaryOptions, again: boolean) => Promise<Reply>;

/**
 * Calls the leader until it answers or the budget ends. For calls that may be sent twice: reads, and writes
 * that are idempotent. Rejects with the last refusal when surely nothing was done, else DEADLINE_EXCEEDED.
 */
export function onLeader<Reply>(
  leader: Leader,
  budget: Budget,
  call: Try<Reply>,
  timeoutMs = tryTimeoutMs,
): Promise<Reply> {
  return pursue(leader, budget, () => leader.find(budget), call, timeoutMs);
}

/** As `onLeader`, at the node that `find` gives. `oneTryMs` bounds one try. */
export async function pursue<Reply>(
  leader: Leader,
  budget: Budget,
  find: () => Promise<Node>,
  call: Try<Reply>,
  oneTryMs = tryTimeoutMs,
): Promise<Reply> {
  const pursuit = new Pursuit(leader);
  let uncertain = false;
  let last: ConclaveError | undefined;
  for (;;) {
    try {
      budget.check();
      const node = await find();
      try {
        const timeoutMs = Math.max(1, Math.min(budget.remainingMs, oneTryMs));
        return await call(node, { timeoutMs, signal: budget.signal }, uncertain);
      } catch (error) {
        last = asConclaveError(error);
        if (!isPassing(last)) throw last;
        uncertain ||= mayHaveArrived(last);
        await budget.pause(pursuit.delayAfter(node, last), leader.closing);
      }
    } catch (error) {
      const given = asConclaveError(error);
      // What the last try met comes back from `find` as well, when time runs out there.
      if (
        last === undefined ||
        (given === last && !isPassing(given)) ||
        given === leader.gone ||
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

export function gaveUp(budget: Budget, last: ConclaveError): ConclaveError {
  const message = `${last.message} (gave up after ${budget.timeoutMs} ms)`;
  return new ConclaveError(last.code, message, { cause: last });
}
