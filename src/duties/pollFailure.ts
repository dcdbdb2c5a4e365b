import { ConclaveError } from "../base/errors.ts";
import type { PollOutcome } from "./sourceTypes.ts";

/** Why a poll came to nothing. Stays within the poller: it ends in the log and the metrics. */
export class PollFailure extends Error {
  override readonly name = "PollFailure";
  readonly outcome: PollOutcome;
  /** The other side asked for at least this wait. */
  readonly retryAfterMs: number;

  constructor(
    outcome: PollOutcome,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.outcome = outcome;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** Whatever was thrown, as a failure; `outcome` for what is none yet. */
export function asFailure(error: unknown, outcome: PollOutcome): PollFailure {
  if (error instanceof PollFailure) return error;
  const retryAfterMs = error instanceof ConclaveError ? (error.retryAfterMs ?? 0) : 0;
  return new PollFailure(outcome, describe(error), { cause: error, retryAfterMs });
}

/** With the causes: `fetch failed` alone says nothing. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const own = [code, error.message].filter((part) => part !== "").join(": ") || error.name;
  return error.cause === undefined ? own : `${own}: ${describe(error.cause)}`;
}
