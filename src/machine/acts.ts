import { assertNever } from "../base/assert.ts";
import { LogTimeMs } from "../base/brands.ts";
import { failAttempt, releaseAttempt } from "./attempts.ts";
import type { JobSlot, SlotView } from "./slot.ts";
import type { MachineState } from "./state.ts";
import type { Act, ActError, ActResult, AttemptEnd, Claim } from "./types.ts";

/**
 * Carries out what a worker says of a job it holds. The token must be that of the job's current claim. A claim ends
 * only by a committed entry (Q11), so one whose lease time is over but that no `expireClaims` has ended yet is
 * still current, and its worker may still complete, fail, release or renew it: nobody else can hold the job.
 */
export function act(state: MachineState, request: Act): ActResult {
  const slot = state.jobs.view(request.id);
  if (slot === undefined) {
    return refuse("NOT_FOUND", `no job ${request.id}: it was never enqueued, or retention has removed it`);
  }
  const { claim } = slot;
  if (claim !== null && claim.token === request.token) {
    return actOnClaim(state, state.jobs.wake(slot.row), claim, request);
  }
  if (slot.lastToken !== request.token || slot.lastEnd === null) return staleToken(slot, request);
  return repeated(slot, request) ?? endedClaim(slot, request, slot.lastEnd);
}

function actOnClaim(state: MachineState, slot: JobSlot, claim: Claim, request: Act): ActResult {
  switch (request.type) {
    case "complete":
      state.endClaim(slot, "completed", "");
      state.finish(slot, "completed", "", request.result);
      return { ok: true, type: "complete" };
    case "fail": {
      const { error, retryable, retryAfterMs } = request;
      const nextDueAt = failAttempt(state, slot, { end: "failed", error, retryable, retryAfterMs });
      return { ok: true, type: "fail", nextDueAt };
    }
    case "extend": {
      const expiresAt = LogTimeMs(state.now + slot.template.leaseMs);
      state.renew(slot, claim, expiresAt);
      return { ok: true, type: "extend", expiresAt, cancelRequested: slot.cancelRequested };
    }
    case "release":
      releaseAttempt(state, slot, "", request.delayMs);
      return { ok: true, type: "release" };
    case "checkpoint":
      state.touch(slot, request.data.length);
      state.checkpoints.grew(slot, request.data.length - (slot.rare?.saved?.data.length ?? 0));
      slot.needRare().saved = { data: request.data, at: state.now, token: claim.token };
      state.tell(slot, "checkpoint");
      return { ok: true, type: "checkpoint" };
    case "progress": {
      const { percent, note } = request;
      state.touch(slot, percent ?? -1);
      slot.needRare().progress = { percent, note, at: state.now };
      state.tell(slot, "progress", percent === null ? note : `${percent} % ${note}`.trimEnd());
      return { ok: true, type: "progress" };
    }
    default:
      return assertNever(request);
  }
}

/** The answer of the first time, when this act is what ended the claim (R14); else null. */
function repeated(slot: SlotView, request: Act): ActResult | null {
  if (request.type === "complete" && slot.lastEnd === "completed") return { ok: true, type: "complete" };
  if (request.type === "release" && slot.lastEnd === "released") return { ok: true, type: "release" };
  if (request.type === "fail" && slot.lastEnd === "failed") {
    return { ok: true, type: "fail", nextDueAt: slot.dueAt === 0 ? null : slot.dueAt };
  }
  return null;
}

function endedClaim(slot: SlotView, request: Act, end: AttemptEnd): ActResult {
  const name = `job ${request.id}`;
  if (slot.finishedAt !== null) {
    return refuse("JOB_TERMINAL", `${name} has ended: it is ${slot.state}; drop this work`);
  }
  const how =
    end === "expired"
      ? "its lease ran out before it was renewed"
      : end === "timedOut"
        ? "its attempt took too long"
        : `it was ${end}`;
  return refuse(
    "STALE_TOKEN",
    `token ${request.token} of ${name} is no longer valid: ${how}; drop this work`,
  );
}

function staleToken(slot: SlotView, request: Act): ActResult {
  const current =
    slot.claim === null
      ? `the job is ${slot.state} and held by nobody`
      : `the job is held by worker ${slot.claim.workerId} with token ${slot.claim.token}`;
  return refuse("STALE_TOKEN", `token ${request.token} of job ${request.id} is not current: ${current}`);
}

function refuse(code: ActError, message: string): ActResult {
  return { ok: false, code, message };
}
