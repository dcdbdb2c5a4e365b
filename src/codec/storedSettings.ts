import { FencingToken, JobId, LogTimeMs } from "../base/brands.ts";
import type {
  Breaker,
  BreakerPolicy,
  ByHand,
  QueuePatch,
  QueueSettings,
  RateLimit,
  Switch,
} from "../machine/settings.ts";
import { storedBreakerState } from "./jobEnums.ts";
import { retryFromStored, retryToStored, type StoredRetry } from "./jobSpec.ts";

/** Settings of queues and breakers as protobufjs reads and writes them (log.proto, records.proto). */

export interface StoredByHand {
  readonly by: string;
  readonly why: string;
  readonly atMs: number;
}

type StoredWeights = { readonly byKey: Readonly<Record<string, number>> };

export interface StoredQueue {
  readonly queue: string;
  readonly paused: StoredByHand | null;
  readonly closed: StoredByHand | null;
  readonly maxRunning: number;
  readonly maxRunningPerAgent: number;
  readonly maxRunningPerKey: number;
  readonly rate: RateLimit | null;
  readonly ratePerKey: RateLimit | null;
  readonly fair: boolean;
  readonly weights: StoredWeights | null;
  readonly ageingMs: number;
  readonly breaker: BreakerPolicy | null;
  readonly maxEnded: number;
  readonly maxEndedBytes: number;
  readonly retry: StoredRetry | null;
}

/** What is not set is absent: null from the decoder, undefined to the encoder. */
export type StoredPatch = {
  readonly [Key in keyof QueuePatch]?:
    | (Key extends keyof StoredAnew ? StoredAnew[Key] : QueuePatch[Key])
    | null;
};

/** What is stored in a shape of its own. */
interface StoredAnew {
  readonly weights: StoredWeights;
  readonly retry: StoredRetry;
}

export interface StoredBreaker {
  readonly agent: string;
  readonly state: number;
  readonly failures: number;
  readonly openings: number;
  readonly openedAtMs: number;
  readonly openUntilMs: number;
  readonly probeId: string;
  readonly probeToken: number;
  readonly byHand: StoredByHand | null;
  readonly lastError: string;
  readonly lastFailedAtMs: number;
  readonly policy: BreakerPolicy | null;
}

export function byHandToStored(hand: ByHand | null): StoredByHand | null {
  return hand === null ? null : { by: hand.by, why: hand.why, atMs: hand.at };
}

export function byHandFromStored(stored: StoredByHand | null): ByHand | null {
  return stored === null ? null : { by: stored.by, why: stored.why, at: LogTimeMs(stored.atMs) };
}

export function queueToStored(settings: QueueSettings): StoredQueue {
  return {
    ...settings,
    paused: byHandToStored(settings.paused),
    closed: byHandToStored(settings.closed),
    weights: weightsToStored(settings.weights),
    retry: settings.retry && retryToStored(settings.retry),
  };
}

export function queueFromStored(stored: StoredQueue): QueueSettings {
  return {
    queue: stored.queue,
    paused: byHandFromStored(stored.paused),
    closed: byHandFromStored(stored.closed),
    maxRunning: stored.maxRunning,
    maxRunningPerAgent: stored.maxRunningPerAgent,
    maxRunningPerKey: stored.maxRunningPerKey,
    rate: stored.rate && rateFromStored(stored.rate),
    ratePerKey: stored.ratePerKey && rateFromStored(stored.ratePerKey),
    fair: stored.fair,
    weights: weightsFromStored(stored.weights),
    ageingMs: stored.ageingMs,
    breaker: stored.breaker && policyFromStored(stored.breaker),
    maxEnded: stored.maxEnded,
    maxEndedBytes: stored.maxEndedBytes,
    retry: stored.retry && retryFromStored(stored.retry),
  };
}

export function patchToStored(patch: QueuePatch): StoredPatch {
  const { weights, retry, ...rest } = patch;
  return {
    ...rest,
    ...(weights !== undefined && { weights: weightsToStored(weights) }),
    ...(retry !== undefined && { retry: retryToStored(retry) }),
  };
}

/** The decoder has every absent field as null. */
export function patchFromStored(stored: StoredPatch): QueuePatch {
  const { paused, closed, rate, ratePerKey, weights, breaker, retry } = stored;
  const numbers = ["maxRunning", "maxRunningPerAgent", "maxRunningPerKey", "ageingMs"] as const;
  const ended = ["maxEnded", "maxEndedBytes"] as const;
  const patch: { -readonly [Key in keyof QueuePatch]: QueuePatch[Key] } = {};
  for (const name of [...numbers, ...ended]) {
    const value = stored[name] ?? null;
    if (value !== null && isOwn(stored, name)) patch[name] = value;
  }
  const { fair = null } = stored;
  if (fair !== null && isOwn(stored, "fair")) patch.fair = fair;
  if (paused) patch.paused = switchFromStored(paused);
  if (closed) patch.closed = switchFromStored(closed);
  if (rate) patch.rate = rateFromStored(rate);
  if (ratePerKey) patch.ratePerKey = rateFromStored(ratePerKey);
  if (weights) patch.weights = weightsFromStored(weights);
  if (breaker) patch.breaker = policyFromStored(breaker);
  if (retry) patch.retry = retryFromStored(retry);
  return patch;
}

/** A field that was not on the wire stands on the prototype only, with its type's default. */
function isOwn(stored: object, name: string): boolean {
  return Object.hasOwn(stored, name);
}

export function switchFromStored({ on, by, why }: Switch): Switch {
  return { on, by, why };
}

function rateFromStored({ limit, intervalMs }: RateLimit): RateLimit {
  return { limit, intervalMs };
}

function policyFromStored({ threshold, initialOpenMs, maxOpenMs }: BreakerPolicy): BreakerPolicy {
  return { threshold, initialOpenMs, maxOpenMs };
}

type Weights = QueueSettings["weights"];

function weightsToStored(weights: Weights): StoredWeights {
  return { byKey: Object.fromEntries(weights) };
}

/** Sorted: the order of a map on the wire is nobody's promise. */
function weightsFromStored(stored: StoredWeights | null): Weights {
  return Object.entries(stored?.byKey ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

export function breakerToStored(breaker: Breaker): StoredBreaker {
  return {
    agent: breaker.agent,
    state: storedBreakerState.number(breaker.state),
    failures: breaker.failures,
    openings: breaker.openings,
    openedAtMs: breaker.openedAt,
    openUntilMs: breaker.openUntil ?? 0,
    probeId: breaker.probe?.id ?? "",
    probeToken: breaker.probe?.token ?? 0,
    byHand: byHandToStored(breaker.byHand),
    lastFailedAtMs: breaker.lastFailedAt,
    lastError: breaker.lastError,
    policy: breaker.policy,
  };
}

export function breakerFromStored(stored: StoredBreaker): Breaker {
  const state = storedBreakerState.name(stored.state) ?? "closed";
  return {
    agent: stored.agent,
    state,
    failures: stored.failures,
    openings: stored.openings,
    openedAt: LogTimeMs(stored.openedAtMs),
    openUntil: state === "open" ? LogTimeMs(stored.openUntilMs) : null,
    probe:
      stored.probeToken === 0 ? null : { id: JobId(stored.probeId), token: FencingToken(stored.probeToken) },
    byHand: byHandFromStored(stored.byHand),
    lastFailedAt: LogTimeMs(stored.lastFailedAtMs),
    lastError: stored.lastError,
    policy: policyFromStored(stored.policy ?? { threshold: 0, initialOpenMs: 0, maxOpenMs: 0 }),
  };
}
