import type { WhyReply__Output } from "../generated/conclave/v1/WhyReply.ts";
import { type JobState, stateFromWire } from "./names.ts";

export interface Why {
  readonly id: string;
  readonly state: JobState;
  /** None for a job that is ready and next. */
  readonly reasons: readonly WhyReason[];
}

export interface WhyReason {
  /**
   * NOT_DUE, WAITS_FOR, PAUSED, BREAKER, MAX_RUNNING, RATE, BEHIND, NO_WORKER, NO_ROOM, RUNNING, ENDED; others may come.
   */
  readonly code: string;
  /** For people. */
  readonly text: string;
  /** When it passes by itself (log time), as far as that is known. */
  readonly untilMs: number | undefined;
  /** WAITS_FOR: those that have not ended. */
  readonly ids: readonly string[];
}

export function whyView({ id, state, reasons }: WhyReply__Output): Why {
  return {
    id,
    state: stateFromWire(state),
    reasons: reasons.map(({ code, text, untilMs, ids }) => ({
      code,
      text,
      untilMs: untilMs === 0 ? undefined : untilMs,
      ids,
    })),
  };
}
