import { FencingToken } from "../base/brands.ts";
import type { ReadyLane } from "./readyLane.ts";
import type { JobSlot, PriorityLevel } from "./slot.ts";
import type { MachineState } from "./state.ts";
import type { ClaimedJob, Command } from "./types.ts";

type ClaimCommand = Extract<Command, { readonly type: "claim" }>;

const levels: readonly PriorityLevel[] = [0, 1, 2];

/**
 * Hands up to `slots` ready jobs of these queues to a worker: strictly by priority over all its queues, the order
 * of `queues` breaks ties, first ready first out within (Q10).
 */
export function claim(state: MachineState, command: ClaimCommand): ClaimedJob[] {
  const claimed: ClaimedJob[] = [];
  const { slots } = command;
  if (slots <= 0) return claimed;
  const queues = command.queues.map((name) => state.queues.get(name));
  for (const level of levels) {
    for (const queue of queues) {
      if (claimed.length >= slots) return claimed;
      if (queue !== undefined) takeFrom(state, queue.lanes[level], command, claimed);
    }
  }
  return claimed;
}

function takeFrom(state: MachineState, lane: ReadyLane, command: ClaimCommand, claimed: ClaimedJob[]): void {
  let passedOver: JobSlot[] | null = null;
  while (claimed.length < command.slots) {
    const slot = lane.first();
    if (slot === null) break;
    if (slot.lastToken === FencingToken(state.appliedIndex)) {
      // Claimed and ended within this very entry: a second claim would bear the same token (Q4).
      lane.remove(slot);
      passedOver ??= [];
      passedOver.push(slot);
      continue;
    }
    claimed.push(handOut(state, slot, command));
  }
  if (passedOver !== null) for (const slot of passedOver) lane.giveBack(slot);
}

function handOut(state: MachineState, slot: JobSlot, { workerId, stream }: ClaimCommand): ClaimedJob {
  const { token, expiresAt } = state.run(slot, workerId, stream ?? null);
  const { template } = slot;
  return {
    id: slot.id,
    queue: template.queue,
    priority: template.priority,
    payload: slot.payload,
    agent: template.agent,
    token,
    attempt: slot.attempt,
    maxAttempts: template.retry.maxAttempts,
    leaseMs: template.leaseMs,
    expiresAt,
  };
}
