import type { BreakerPolicy__Output } from "../../generated/conclave/v1/BreakerPolicy.ts";
import type { QueueOverview } from "../../generated/conclave/v1/QueueOverview.ts";
import type { QueuePatch__Output } from "../../generated/conclave/v1/QueuePatch.ts";
import type { QueueSettings } from "../../generated/conclave/v1/QueueSettings.ts";
import type { QueueStats } from "../../generated/conclave/v1/QueueStats.ts";
import type { RateLimit__Output } from "../../generated/conclave/v1/RateLimit.ts";
import type { SwitchPatch__Output } from "../../generated/conclave/v1/SwitchPatch.ts";
import type { Weights__Output } from "../../generated/conclave/v1/Weights.ts";
import type * as machine from "../../machine/types.ts";
import { byWhom, line, refuse, within } from "./check.ts";
import { limits } from "./limits.ts";
import { retryPolicy, retryPolicyToWire } from "./retryPolicy.ts";

const ms = " (milliseconds)";
const counts = ["maxRunning", "maxRunningPerAgent", "maxRunningPerKey"] as const;

/** Throws INVALID_ARGUMENT also for a patch that changes nothing: it can hardly have been meant. */
export function queuePatch(at: string, patch: QueuePatch__Output | null): machine.QueuePatch {
  const wire = patch ?? {};
  const settings: { -readonly [Key in keyof machine.QueuePatch]: machine.QueuePatch[Key] } = {};
  for (const name of counts) {
    const value = wire[name];
    if (value === undefined) continue;
    settings[name] = within(`${at}.${snake(name)}`, value, 0, limits.maxRunning, " (0: no limit)");
  }
  if (wire.paused) settings.paused = switchFrom(`${at}.paused`, wire.paused);
  if (wire.closed) settings.closed = switchFrom(`${at}.closed`, wire.closed);
  if (wire.rate) settings.rate = rateFrom(`${at}.rate`, wire.rate);
  if (wire.ratePerKey) settings.ratePerKey = rateFrom(`${at}.rate_per_key`, wire.ratePerKey);
  if (wire.fair !== undefined) settings.fair = wire.fair;
  if (wire.weights) settings.weights = weightsFrom(`${at}.weights.by_key`, wire.weights);
  if (wire.ageingMs !== undefined) {
    settings.ageingMs = within(`${at}.ageing_ms`, wire.ageingMs, 0, limits.maxBackoffMs, ms);
  }
  if (wire.breaker) settings.breaker = policyFrom(`${at}.breaker`, wire.breaker);
  if (wire.maxEnded !== undefined) {
    settings.maxEnded = within(`${at}.max_ended`, wire.maxEnded, 0, limits.maxEnded, " (0: no bound)");
  }
  if (wire.maxEndedBytes !== undefined) {
    settings.maxEndedBytes = within(`${at}.max_ended_bytes`, wire.maxEndedBytes, 0, Number.MAX_SAFE_INTEGER);
  }
  if (wire.retry) settings.retry = retryPolicy(`${at}.retry`, wire.retry);
  if (Object.keys(settings).length === 0) refuse(at, "names no setting: set at least one");
  return settings;
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function switchFrom(at: string, { on, by, why }: SwitchPatch__Output): machine.Switch {
  return { on, ...byWhom(`${at}.`, { by, why }) };
}

function rateFrom(at: string, { limit, intervalMs }: RateLimit__Output): machine.RateLimit {
  within(`${at}.limit`, limit, 0, limits.maxRate, " (0: no limit)");
  if (limit === 0) return { limit: 0, intervalMs: 0 };
  return { limit, intervalMs: within(`${at}.interval_ms`, intervalMs, 1, limits.maxRateIntervalMs, ms) };
}

/** In the keys' order. */
function weightsFrom(field: string, { byKey }: Weights__Output): machine.QueueSettings["weights"] {
  const entries = Object.entries(byKey);
  if (entries.length > limits.maxWeights) {
    refuse(field, `holds ${entries.length} keys; at most ${limits.maxWeights} can be weighed`);
  }
  for (const [key, weight] of entries) {
    if (key === "") refuse(field, "holds an empty key; jobs without a key have a weight of 1");
    line(`${field}[${JSON.stringify(key.slice(0, 60))}]`, key, limits.maxKeyCharacters);
    within(`${field}[${JSON.stringify(key)}]`, weight, 1, limits.maxWeight);
  }
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

function policyFrom(at: string, policy: BreakerPolicy__Output): machine.BreakerPolicy {
  const threshold = within(`${at}.threshold`, policy.threshold, 0, limits.maxThreshold, " (0: never opens)");
  const most = limits.maxBackoffMs;
  const initialOpenMs = within(`${at}.initial_open_ms`, policy.initialOpenMs, 1, most, ms);
  const maxOpenMs = within(`${at}.max_open_ms`, policy.maxOpenMs, 1, most, ms);
  if (initialOpenMs > maxOpenMs) {
    refuse(`${at}.initial_open_ms`, `is ${initialOpenMs}, above ${at}.max_open_ms (${maxOpenMs})`);
  }
  return { threshold, initialOpenMs, maxOpenMs };
}

export function queueSettingsToWire(settings: machine.QueueSettings): QueueSettings {
  const { paused, closed, weights, rate, ratePerKey, breaker, retry, ...plain } = settings;
  return {
    ...plain,
    paused: byHandToWire(paused),
    closed: byHandToWire(closed),
    rate,
    ratePerKey,
    breaker,
    weights: weights.length === 0 ? null : { byKey: Object.fromEntries(weights) },
    retry: retry === null ? null : retryPolicyToWire(retry),
  };
}

export function byHandToWire(hand: machine.ByHand | null) {
  return hand === null ? null : { by: hand.by, why: hand.why, atMs: hand.at };
}

export function queueStatsToWire(stats: machine.QueueStats): QueueStats {
  return {
    queue: stats.queue,
    readyHigh: stats.ready.high,
    readyNormal: stats.ready.normal,
    readyLow: stats.ready.low,
    scheduled: stats.scheduled,
    running: stats.running,
    completed: stats.completed,
    dead: stats.dead,
    cancelled: stats.cancelled,
    waiting: stats.waiting,
  };
}

export function overviewToWire(
  settings: machine.QueueSettings,
  stats: machine.QueueStats | undefined,
): QueueOverview {
  return {
    settings: queueSettingsToWire(settings),
    stats: stats === undefined ? { queue: settings.queue } : queueStatsToWire(stats),
  };
}
