import { releaseAttempt } from "./attempts.ts";
import type { MachineState } from "./state.ts";
import type { Claim, Command } from "./types.ts";

/**
 * Gives back the claims that were made for a worker's session on streams before this one, but for those that the
 * worker says it holds: they never reached it (their leader died, or their stream broke), so they cost no attempt.
 * Decided here and not by the leader, which may not have applied the last term's claims yet when the worker comes.
 *
 * The stream's number makes it harmless wherever it lands in the log and however often: it cannot touch what was
 * claimed for this stream or a later one, nor what a worker of the same name holds in a session of its own.
 * O(running claims). Returns how many it gave back.
 */
export function resumeWorker(
  state: MachineState,
  { workerId, stream, held }: Extract<Command, { readonly type: "resumeWorker" }>,
): number {
  const isEarlier = (claim: Claim | null): boolean =>
    claim !== null &&
    claim.workerId === workerId &&
    claim.stream?.session === stream.session &&
    claim.stream.number < stream.number;
  const earlier = state.leases.slots().filter((slot) => isEarlier(slot.claim));
  if (earlier.length === 0) return 0;
  // The heap's inner order is no part of the state; the order of enqueueing is.
  earlier.sort((a, b) => a.sequence - b.sequence);
  const lost = new Map(earlier.map((slot) => [slot.id, slot]));
  for (const { id, token } of held) if (lost.get(id)?.lastToken === token) lost.delete(id);
  for (const slot of lost.values()) {
    releaseAttempt(state, slot, `never delivered: worker ${workerId} came back without it`);
  }
  return lost.size;
}
