import { assert } from "../base/assert.ts";
import { type FencingToken, type JobId, LogTimeMs } from "../base/brands.ts";
import { failAttempt } from "./attempts.ts";
import type { MachineState } from "./state.ts";

/**
 * Ends the named claims whose lease has run out; each counts as a failed attempt. What the leader saw may be old by
 * now: a claim that was renewed or has ended meanwhile is left alone (Q11). Returns how many it ended.
 */
export function expireClaims(
  state: MachineState,
  claims: readonly { readonly id: JobId; readonly token: FencingToken }[],
): number {
  let expired = 0;
  for (const { id, token } of claims) {
    const slot = state.jobs.get(id);
    const claim = slot?.claim ?? null;
    if (slot === undefined || claim === null) continue;
    if (claim.token !== token || state.now < claim.expiresAt) continue;
    const heldMs = claim.expiresAt - claim.claimedAt;
    const error = `the lease ran out ${heldMs} ms after the claim: worker ${claim.workerId} did not renew it`;
    failAttempt(state, slot, { end: "expired", error, retryable: true, retryAfterMs: null });
    expired += 1;
  }
  return expired;
}

/**
 * Gives every live claim at least one full lease from now (a new leader cannot know which renewals were lost
 * with the old one). One step of the hash for all: the heap's inner order is no part of the state.
 */
export function graceForAll(state: MachineState): void {
  for (const slot of state.leases.slots()) {
    const claim = slot.claim;
    assert(claim !== null, "a running job has a claim");
    const expiresAt = LogTimeMs(state.now + slot.template.leaseMs);
    if (expiresAt <= claim.expiresAt) continue;
    state.checkpoints.touch(slot);
    slot.claim = { ...claim, expiresAt };
    state.leases.rekey(slot, expiresAt);
  }
  state.hash.mix(state.leases.size);
}
