import type { FencingToken, JobId, LogTimeMs } from "../base/brands.ts";
import type { QueueState } from "./queueState.ts";
import type { Breaker, ByHand, RateLimit } from "./settings.ts";
import type { SlotView } from "./slot.ts";
import type { MachineState } from "./state.ts";
import type { JobState } from "./types.ts";

/** Jobs of its own priority that are looked at to tell how many are before it. */
const maxLooked = 10_000;

export type LimitOf = "queue" | "agent" | "key";

/** One reason why a job is not running; or that it is, or was. */
export type Reason =
  /** `attempt`: those that failed before, 0 for none: it was enqueued for later. */
  | {
      readonly type: "notDue";
      readonly dueAt: LogTimeMs;
      readonly attempt: number;
      readonly lastError: string;
    }
  /** For these to end. */
  | { readonly type: "waitsFor"; readonly ids: readonly JobId[] }
  | { readonly type: "paused"; readonly paused: ByHand }
  /** Open; or half-open and the probe is out. */
  | { readonly type: "breaker"; readonly breaker: Breaker }
  | {
      readonly type: "running";
      readonly of: LimitOf;
      readonly name: string;
      readonly running: number;
      readonly limit: number;
    }
  | {
      readonly type: "rate";
      readonly of: "queue" | "key";
      readonly name: string;
      readonly rate: RateLimit;
      /** When it allows a claim again. */
      readonly freeAt: LogTimeMs | null;
    }
  /** Nothing but its place in the order; 0 and 0: it is next. */
  | {
      readonly type: "behind";
      /** Ready jobs of higher priority in its queue. */
      readonly higher: number;
      /** Of its own priority that became ready before it. */
      readonly earlier: number;
      /** There may be more of these. */
      readonly atLeast: boolean;
    }
  | {
      readonly type: "inHand";
      readonly workerId: string;
      readonly token: FencingToken;
      readonly since: LogTimeMs;
      readonly expiresAt: LogTimeMs;
      readonly cancelRequested: boolean;
    }
  | {
      readonly type: "ended";
      readonly state: "completed" | "dead" | "cancelled";
      readonly at: LogTimeMs;
      readonly reason: string;
    };

export interface Explanation {
  readonly id: JobId;
  readonly state: JobState;
  readonly reasons: readonly Reason[];
}

/** Why the job is not running, all reasons at once, by the applied state; whether there is a worker the leader knows. */
export function explain(state: MachineState, id: JobId): Explanation | undefined {
  const slot = state.jobs.view(id);
  return slot === undefined ? undefined : { id, state: slot.state, reasons: reasonsOf(state, slot) };
}

function reasonsOf(state: MachineState, slot: SlotView): Reason[] {
  switch (slot.state) {
    case "waiting":
      return [{ type: "waitsFor", ids: waitsFor(slot) }, ...holds(state, slot)];
    case "scheduled": {
      const lastError = slot.history.at(-1)?.error ?? "";
      const { dueAt, attempt } = slot;
      return [{ type: "notDue", dueAt, attempt, lastError }, ...holds(state, slot)];
    }
    case "ready":
      return [...holds(state, slot), position(slot.queue, slot)];
    case "running":
      return inHand(slot);
    case "completed":
    case "dead":
    case "cancelled":
      return [{ type: "ended", state: slot.state, at: slot.finishedAt ?? state.now, reason: slot.reason }];
  }
}

/** Of the jobs that it was to wait for those of whose end it has not heard. */
function waitsFor({ rare }: SlotView): JobId[] {
  return (rare?.dependencies ?? []).flatMap(({ id, state }) => (state === null ? [id] : []));
}

function inHand({ claim, cancelRequested }: SlotView): Reason[] {
  if (claim === null) return [];
  const { workerId, token, claimedAt: since, expiresAt } = claim;
  return [{ type: "inHand", workerId, token, since, expiresAt, cancelRequested }];
}

/** What would hold it up if it were next. */
function holds(state: MachineState, { queue, template: { agent, key = "" } }: SlotView): Reason[] {
  const { settings, name } = queue;
  const reasons: Reason[] = [];
  if (settings.paused !== null) reasons.push({ type: "paused", paused: settings.paused });
  const breaker = state.breakers.get(agent);
  if (agent !== "" && breaker !== undefined && state.breakers.roomFor(agent) !== null) {
    reasons.push({ type: "breaker", breaker });
  }
  const counts = [
    ["queue", name, queue.running, settings.maxRunning],
    ["agent", agent, queue.agents.get(agent)?.running ?? 0, settings.maxRunningPerAgent],
    ["key", key, queue.keys.get(key)?.running ?? 0, settings.maxRunningPerKey],
  ] as const;
  for (const [of, who, running, limit] of counts) {
    if (who !== "" && limit > 0 && running >= limit) {
      reasons.push({ type: "running", of, name: who, running, limit });
    }
  }
  const rates = [
    ["queue", name, "", settings.rate],
    ["key", key, key, settings.ratePerKey],
  ] as const;
  for (const [of, who, windowKey, rate] of rates) {
    if (who === "" || rate === null || state.rates.left(settings, windowKey) > 0) continue;
    const freeAt = state.rates.window(name, windowKey)?.nextClaimAt ?? null;
    reasons.push({ type: "rate", of, name: who, rate, freeAt });
  }
  return reasons;
}

function position(queue: QueueState, slot: SlotView): Reason {
  let higher = 0;
  for (const lane of queue.lanes.slice(0, slot.level)) higher += lane.size;
  let earlier = 0;
  let looked = 0;
  for (const other of queue.lanes[slot.level].slots()) {
    if (looked >= maxLooked) break;
    looked += 1;
    if (other.readyOrder < slot.readyOrder) earlier += 1;
  }
  return { type: "behind", higher, earlier, atLeast: looked < queue.lanes[slot.level].size };
}
