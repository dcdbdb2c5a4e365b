import type { JobId } from "../base/brands.ts";
import { cutText, maxReasonLength } from "./limits.ts";
import type { MachineState } from "./state.ts";
import type { CancelResult } from "./types.ts";

/**
 * A queued job ends at once. A running one is marked: its worker hears of it with the next renewal, and however
 * the attempt ends, unless by completing, the job is then cancelled. Repeating it changes nothing; the first
 * reason stands.
 */
export function cancel(state: MachineState, id: JobId, reason: string): CancelResult {
  const slot = state.jobs.get(id);
  if (slot === undefined) {
    const message = `no job ${id}: it was never enqueued, or retention has removed it`;
    return { ok: false, code: "NOT_FOUND", message };
  }
  switch (slot.state) {
    case "waiting":
    case "scheduled":
    case "ready":
      state.finish(slot, "cancelled", cutText(reason, maxReasonLength), null);
      break;
    case "running":
      if (!slot.cancelRequested) state.requestCancel(slot, cutText(reason, maxReasonLength));
      break;
    case "completed":
    case "dead":
      return { ok: false, code: "JOB_TERMINAL", message: `job ${id} has ended: it is ${slot.state}` };
    case "cancelled":
      break;
  }
  return { ok: true, state: slot.state };
}
