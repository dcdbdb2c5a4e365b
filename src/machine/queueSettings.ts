import type { LogTimeMs } from "../base/brands.ts";
import { byHandText } from "./byHandText.ts";
import { isoTime } from "./isoTime.ts";
import { cutText, maxReasonLength } from "./limits.ts";
import { sameData } from "./sameData.ts";
import type { ByHand, QueuePatch, QueueSettings, Switch } from "./settings.ts";
import type { SideTable } from "./sideTable.ts";
import type { MachineState } from "./state.ts";
import type { EnqueueError, JobSpec, Refusal } from "./types.ts";

export function defaultQueue(queue: string): QueueSettings {
  return {
    queue,
    paused: null,
    closed: null,
    maxRunning: 0,
    maxRunningPerAgent: 0,
    maxRunningPerKey: 0,
    rate: null,
    ratePerKey: null,
    fair: false,
    weights: [],
    ageingMs: 0,
    breaker: null,
    maxEnded: 0,
    maxEndedBytes: 0,
    retry: null,
  };
}

/** A queue whose settings were never touched has the defaults. */
export function settingsIn(side: SideTable, queue: string): QueueSettings {
  return side.queues.get(queue)?.settings ?? defaultQueue(queue);
}

/** Returns the settings as they are afterwards. Those that say nothing any more are forgotten, and their names with them. */
export function setQueue(state: MachineState, queue: string, patch: QueuePatch): QueueSettings {
  const before = settingsIn(state.side, queue);
  const { paused, closed, rate, ratePerKey, retry, ...plain } = patch;
  const settings: QueueSettings = {
    ...before,
    ...plain,
    ...(paused !== undefined && { paused: switched(paused, before.paused, state.now) }),
    ...(closed !== undefined && { closed: switched(closed, before.closed, state.now) }),
    ...(rate !== undefined && { rate: rate.limit === 0 ? null : rate }),
    ...(ratePerKey !== undefined && { ratePerKey: ratePerKey.limit === 0 ? null : ratePerKey }),
    ...(retry !== undefined && { retry: retry.byDefault === true ? null : retry }),
  };
  if (sameData(settings, defaultQueue(queue))) state.side.delete(`q${queue}`);
  else state.side.put({ kind: "queue", settings });
  state.rates.changed(settings, state.rules >= 1 ? state.now : null);
  const known = state.queues.get(queue);
  if (known !== undefined) {
    if (before.fair && !settings.fair) state.queues.forgetTurns(known);
    known.settings = settings;
  }
  state.aside.bounds.set(settings, () => state.finished.slots());
  state.hash.mix(state.now);
  return settings;
}

/** Why the job may not be taken in: its queue is closed. Null when it may. */
export function refusedByQueue(state: MachineState, { queue }: JobSpec): Refusal<EnqueueError> | null {
  const { closed } = state.queues.get(queue)?.settings ?? settingsIn(state.side, queue);
  if (closed === null) return null;
  const message = `queue ${queue} is closed since ${isoTime(closed.at)}${byHandText(closed)}`;
  return { code: "QUEUE_CLOSED", message: cutText(message, maxReasonLength) };
}

/** Switched on again it keeps who did it first, and since when. */
function switched({ on, by, why }: Switch, before: ByHand | null, at: LogTimeMs): ByHand | null {
  if (!on) return null;
  return before ?? { by, why, at };
}

/** Of queues that have jobs or settings, sorted. */
export function queueNames(state: MachineState): readonly string[] {
  const names = new Set<string>();
  for (const queue of state.queues.all()) names.add(queue.name);
  for (const queue of state.side.queues.keys()) names.add(queue);
  return [...names].sort();
}
