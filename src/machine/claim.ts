import { FencingToken } from "../base/brands.ts";
import { claimBegan } from "./breakerRules.ts";
import { nextOf } from "./eligible.ts";
import type { QueueState } from "./queueState.ts";
import type { JobSlot, PriorityLevel } from "./slot.ts";
import type { MachineState } from "./state.ts";
import type { ClaimedJob, Command } from "./types.ts";

type ClaimCommand = Extract<Command, { readonly type: "claim" }>;

const levels: readonly PriorityLevel[] = [0, 1, 2];

/**
 * Hands up to `slots` ready jobs of these queues to a worker: strictly by priority over all its queues, the order
 * of `queues` breaks ties, first ready first out within or by the keys' turns (Q10); never one that is held up. What a
 * job's hand-out means to the limits holds for the next one in the same entry.
 */
export function claim(state: MachineState, command: ClaimCommand): ClaimedJob[] {
  const claimed: ClaimedJob[] = [];
  const { slots } = command;
  if (slots <= 0) return claimed;
  const queues = command.queues.map((name) => state.queues.get(name));
  for (const level of levels) {
    for (const queue of queues) {
      if (claimed.length >= slots) return claimed;
      if (queue !== undefined && queue.ready > 0) takeFrom(state, queue, level, command, claimed);
    }
  }
  return claimed;
}

function takeFrom(
  state: MachineState,
  queue: QueueState,
  level: PriorityLevel,
  command: ClaimCommand,
  claimed: ClaimedJob[],
): void {
  let passedOver: JobSlot[] | null = null;
  let room = queue.room;
  while (claimed.length < command.slots && room > 0) {
    const slot = nextOf(queue, level, state.now);
    if (slot === null) break;
    if (slot.lastToken === FencingToken(state.appliedIndex)) {
      // Claimed and ended within this very entry: a second claim would bear the same token (Q4).
      queue.lanes[slot.level].remove(slot);
      passedOver ??= [];
      passedOver.push(slot);
      continue;
    }
    claimed.push(handOut(state, slot, level, command));
    room -= 1;
  }
  if (passedOver !== null) for (const slot of passedOver) queue.lanes[slot.level].giveBack(slot);
}

function handOut(
  state: MachineState,
  slot: JobSlot,
  level: PriorityLevel,
  { workerId, stream }: ClaimCommand,
): ClaimedJob {
  const { token, expiresAt } = state.run(slot, workerId, stream ?? null);
  const { template } = slot;
  slot.queue.handedOut(slot, level, state.now);
  if (template.agent !== "") claimBegan(state, slot);
  const claimed: ClaimedJob = {
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
  const { own, rare } = slot;
  const isPlain =
    own === null && rare === null && template.key === undefined && template.timeouts === undefined;
  return isPlain ? claimed : { ...claimed, ...extrasOf(slot) };
}

/** What few jobs have. */
function extrasOf({ own, template, rare }: JobSlot): Partial<ClaimedJob> {
  const { key, timeouts } = template;
  const { checkpoint, dependencies } = rare?.shown() ?? {};
  return {
    ...(own?.tags !== undefined && { tags: own.tags }),
    ...(key !== undefined && { key }),
    ...(checkpoint !== undefined && { checkpoint }),
    ...(dependencies !== undefined && { dependencies }),
    ...(timeouts !== undefined && timeouts.attemptMs > 0 && { attemptTimeoutMs: timeouts.attemptMs }),
  };
}
