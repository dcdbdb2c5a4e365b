import { failAttempt } from "./attempts.ts";
import type { RareState } from "./rareState.ts";
import type { JobSlot } from "./slot.ts";
import type { MachineState } from "./state.ts";

interface Deadline {
  readonly at: number;
  readonly kind: "queue" | "attempt" | "total";
}

/** Which of a job's timeouts runs out first in the state that it is in; null for none. Follows from the job alone. */
export function deadlineOf(slot: JobSlot): Deadline | null {
  const { timeouts } = slot.template;
  if (timeouts === undefined || slot.finishedAt !== null) return null;
  const { queueMs, attemptMs, totalMs } = timeouts;
  const rare = slot.rare;
  let first: Deadline | null = null;
  if (totalMs > 0) first = { at: (rare?.redrivenAt ?? slot.enqueuedAt) + totalMs, kind: "total" };
  if (attemptMs > 0 && slot.claim !== null) {
    const at = slot.claim.claimedAt + attemptMs;
    if (first === null || at < first.at) first = { at, kind: "attempt" };
  }
  const queuedAt = rare?.queuedAt ?? null;
  if (queueMs > 0 && queuedAt !== null && slot.state === "ready") {
    const at = queuedAt + queueMs;
    if (first === null || at < first.at) first = { at, kind: "queue" };
  }
  return first;
}

/** Ends what has run out of time, in the order (deadline, sequence), at most `limit`; returns how many. */
export function fireDeadlines(state: MachineState, limit: number): number {
  const { deadlines } = state.aside;
  for (let fired = 0; fired < limit; fired++) {
    const first: RareState | undefined = deadlines.first();
    if (first === undefined || (first.heapKey ?? 0) > state.now) return fired;
    timeOut(state, first.slot);
  }
  return limit;
}

function timeOut(state: MachineState, slot: JobSlot): void {
  const { attemptMs = 0, queueMs = 0, totalMs = 0 } = slot.template.timeouts ?? {};
  const kind = deadlineOf(slot)?.kind ?? "total";
  const failure = { end: "timedOut", retryAfterMs: null } as const;
  if (kind === "attempt") {
    const error = `the attempt took longer than ${attemptMs} ms`;
    failAttempt(state, slot, { ...failure, error, retryable: true });
    return;
  }
  const reason =
    kind === "queue"
      ? `no worker claimed it within ${queueMs} ms after it became ready`
      : `it was not completed within ${totalMs} ms in all`;
  if (slot.claim === null) state.die(slot, reason);
  else failAttempt(state, slot, { ...failure, error: reason, retryable: false, whole: true });
}
