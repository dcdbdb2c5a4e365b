import type { FencingToken, JobId, LogTimeMs } from "../base/brands.ts";
import type { RetryPolicy } from "./types.ts";

/** Who did something by hand, why and when. */
export interface ByHand {
  readonly by: string;
  readonly why: string;
  readonly at: LogTimeMs;
}

export interface Switch {
  readonly on: boolean;
  readonly by: string;
  readonly why: string;
}

/** At most `limit` claims in any span of `intervalMs` of log time. */
export interface RateLimit {
  readonly limit: number;
  readonly intervalMs: number;
}

export interface BreakerPolicy {
  /** Failures in a row that open it; 0 for never. */
  readonly threshold: number;
  /** Open for so long at first, doubling with each opening in a row up to `maxOpenMs`. */
  readonly initialOpenMs: number;
  readonly maxOpenMs: number;
}

/** Of one queue. 0 and null: no limit, or the default. */
export interface QueueSettings {
  readonly queue: string;
  /** Nothing is handed out. */
  readonly paused: ByHand | null;
  /** Nothing is taken in: what is there is worked off. */
  readonly closed: ByHand | null;
  readonly maxRunning: number;
  /** Running jobs of one agent, and of one key, in this queue. */
  readonly maxRunningPerAgent: number;
  readonly maxRunningPerKey: number;
  readonly rate: RateLimit | null;
  readonly ratePerKey: RateLimit | null;
  /** Within a priority keys take turns by weight; else first in, first out over all keys. */
  readonly fair: boolean;
  /** By key, in the keys' order; a key that is not named weighs 1. */
  readonly weights: readonly (readonly [key: string, weight: number])[];
  /** A job that has been ready this long counts as one priority higher, twice as long as two; 0 for never. */
  readonly ageingMs: number;
  /** For failures of this queue's jobs; null for the default. */
  readonly breaker: BreakerPolicy | null;
  /** Completed and cancelled jobs kept in this queue, by number and by bytes of payload and result; 0 for no bound. */
  readonly maxEnded: number;
  readonly maxEndedBytes: number;
  /** Of jobs that are enqueued from then on and ask for none. */
  readonly retry: RetryPolicy | null;
}

/** What is left out stays as it is. A rate with limit 0, and a policy that is there by default, take them away. */
export interface QueuePatch {
  readonly paused?: Switch;
  readonly closed?: Switch;
  readonly maxRunning?: number;
  readonly maxRunningPerAgent?: number;
  readonly maxRunningPerKey?: number;
  readonly rate?: RateLimit;
  readonly ratePerKey?: RateLimit;
  readonly fair?: boolean;
  readonly weights?: readonly (readonly [key: string, weight: number])[];
  readonly ageingMs?: number;
  readonly breaker?: BreakerPolicy;
  readonly maxEnded?: number;
  readonly maxEndedBytes?: number;
  readonly retry?: RetryPolicy;
}

export const breakerStates = ["closed", "open", "halfOpen"] as const;

/** Of one agent, over all queues; see breakerRules.ts. */
export interface Breaker {
  readonly agent: string;
  readonly state: (typeof breakerStates)[number];
  /** Failures in a row. */
  readonly failures: number;
  /** Openings without a success in between: the n-th one lasts min(initialOpenMs * 2^(n-1), maxOpenMs). */
  readonly openings: number;
  readonly openedAt: LogTimeMs;
  /** Null unless open; 0: until it is reset by hand. */
  readonly openUntil: LogTimeMs | null;
  /** Half-open: the one claim that may try. */
  readonly probe: { readonly id: JobId; readonly token: FencingToken } | null;
  readonly byHand: ByHand | null;
  readonly lastFailedAt: LogTimeMs;
  readonly lastError: string;
  /** In force since its last failure: the policy of that job's queue. */
  readonly policy: BreakerPolicy;
}
