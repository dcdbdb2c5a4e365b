import { ConclaveError } from "../base/errors.ts";
import type { Breaker__Output } from "../generated/conclave/v1/Breaker.ts";
import type { BreakerPolicy__Output } from "../generated/conclave/v1/BreakerPolicy.ts";
import type { ByHand__Output } from "../generated/conclave/v1/ByHand.ts";
import type { QueueOverview__Output } from "../generated/conclave/v1/QueueOverview.ts";
import type { QueueSettings__Output } from "../generated/conclave/v1/QueueSettings.ts";
import type { RateLimit__Output } from "../generated/conclave/v1/RateLimit.ts";
import { type QueueCounts, queueCounts } from "./jobView.ts";
import { type RetryView, retryView } from "./retryView.ts";

/** Who did something by hand, why and when. */
export interface ByHand {
  readonly by: string;
  readonly why: string;
  readonly atMs: number;
}

export interface RateView {
  readonly limit: number;
  readonly intervalMs: number;
}

export interface BreakerPolicyView {
  readonly threshold: number;
  readonly initialOpenMs: number;
  readonly maxOpenMs: number;
}

/** 0 and undefined: no limit, or the default. */
export interface QueueSettings {
  readonly queue: string;
  readonly paused: ByHand | undefined;
  readonly closed: ByHand | undefined;
  readonly maxRunning: number;
  readonly maxRunningPerAgent: number;
  readonly maxRunningPerKey: number;
  readonly rate: RateView | undefined;
  readonly ratePerKey: RateView | undefined;
  readonly fair: boolean;
  readonly weights: Readonly<Record<string, number>>;
  readonly ageingMs: number;
  readonly breaker: BreakerPolicyView | undefined;
  readonly maxEnded: number;
  readonly maxEndedBytes: number;
  /** Of jobs that ask for none; undefined: the default. */
  readonly retry: RetryView | undefined;
}

export interface QueueOverview {
  readonly settings: QueueSettings;
  readonly counts: QueueCounts;
}

export type BreakerState = "closed" | "open" | "halfOpen";

/** Of one agent, over all queues. */
export interface Breaker {
  readonly agent: string;
  readonly state: BreakerState;
  /** In a row. */
  readonly failures: number;
  /** Without a success in between. */
  readonly openings: number;
  readonly openedAtMs: number | undefined;
  /** While open; undefined: until it is reset by hand, or it is not open. */
  readonly openUntilMs: number | undefined;
  /** Half-open: the claim that tries. */
  readonly probe: { readonly id: string; readonly token: number } | undefined;
  readonly byHand: ByHand | undefined;
  readonly lastError: string;
  readonly policy: BreakerPolicyView | undefined;
}

export function queueSettings(settings: QueueSettings__Output | null): QueueSettings {
  if (settings === null) throw new ConclaveError("INTERNAL", "the server sent no settings of the queue");
  return {
    queue: settings.queue,
    paused: byHand(settings.paused),
    closed: byHand(settings.closed),
    maxRunning: settings.maxRunning,
    maxRunningPerAgent: settings.maxRunningPerAgent,
    maxRunningPerKey: settings.maxRunningPerKey,
    rate: rate(settings.rate),
    ratePerKey: rate(settings.ratePerKey),
    fair: settings.fair,
    weights: settings.weights?.byKey ?? {},
    ageingMs: settings.ageingMs,
    breaker: policy(settings.breaker),
    maxEnded: settings.maxEnded,
    maxEndedBytes: settings.maxEndedBytes,
    retry: settings.retry === null ? undefined : retryView(settings.retry),
  };
}

export function queueOverview(overview: QueueOverview__Output | null): QueueOverview {
  const { settings = null, stats = null } = overview ?? {};
  if (stats === null) throw new ConclaveError("INTERNAL", "the server sent no counts of the queue");
  return { settings: queueSettings(settings), counts: queueCounts(stats) };
}

const breakerStates: Readonly<Record<string, BreakerState>> = {
  BREAKER_STATE_OPEN: "open",
  BREAKER_STATE_HALF_OPEN: "halfOpen",
};

export function breakerView(breaker: Breaker__Output | null): Breaker {
  if (breaker === null) throw new ConclaveError("INTERNAL", "the server sent no breaker");
  const { probeId, probeToken } = breaker;
  return {
    agent: breaker.agent,
    state: breakerStates[breaker.state] ?? "closed",
    failures: breaker.failures,
    openings: breaker.openings,
    openedAtMs: breaker.openedAtMs === 0 ? undefined : breaker.openedAtMs,
    openUntilMs: breaker.openUntilMs === 0 ? undefined : breaker.openUntilMs,
    probe: probeToken === 0 ? undefined : { id: probeId, token: probeToken },
    byHand: byHand(breaker.byHand),
    lastError: breaker.lastError,
    policy: policy(breaker.policy),
  };
}

function byHand(hand: ByHand__Output | null): ByHand | undefined {
  return hand === null ? undefined : { by: hand.by, why: hand.why, atMs: hand.atMs };
}

function rate(limit: RateLimit__Output | null): RateView | undefined {
  return limit === null ? undefined : { limit: limit.limit, intervalMs: limit.intervalMs };
}

function policy(given: BreakerPolicy__Output | null): BreakerPolicyView | undefined {
  if (given === null) return undefined;
  const { threshold, initialOpenMs, maxOpenMs } = given;
  return { threshold, initialOpenMs, maxOpenMs };
}
