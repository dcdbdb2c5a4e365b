import { jobBounds, retryDefaults } from "../../base/jobBounds.ts";

/** Bounds that each node's configuration sets; all nodes should agree on them, since any of them may come to lead. */
export interface SizeLimits {
  readonly maxPayloadBytes: number;
  readonly maxResultBytes: number;
  readonly maxCheckpointBytes: number;
  /** One encoded request. */
  readonly maxBatchBytes: number;
}

export const defaultSizes: SizeLimits = {
  maxPayloadBytes: 256 * 1024,
  maxResultBytes: 256 * 1024,
  maxCheckpointBytes: 64 * 1024,
  maxBatchBytes: 4 * 1024 * 1024,
};

/** Bounds and defaults of the public contract, as the comments of proto/conclave/v1 state them. */
export const limits = {
  ...jobBounds,
  /** One encoded reply: what clients of any language accept by default. */
  maxReplyBytes: 4 * 1024 * 1024,
  maxBatch: 10_000,
  maxReasonCharacters: 1024,
  maxNoteCharacters: 1024,
  maxErrorCharacters: 8192,
  maxQueues: 64,
  maxRunning: 1_000_000,
  maxRate: 1_000_000,
  maxRateIntervalMs: 86_400_000,
  maxWeights: 1000,
  maxWeight: 1000,
  maxThreshold: 1000,
  maxEnded: 100_000,
  /** Jobs in one slice of `ManageJobs`. */
  maxManaged: 1000,
  maxCredits: 10_000,
  maxHeld: 10_000,
  maxClaimSlots: 1000,
  maxWaitMs: 60_000,
  maxPage: 1000,
  /** Jobs that one stream waits for. */
  maxWatched: 100_000,
  /** Members that one change adds, promotes and removes together. */
  maxMemberChanges: 32,
  /** In lists, texts that a job carries are cut here; `Get` has them whole. */
  maxListedCharacters: 256,
} as const;

export const defaults = {
  ...retryDefaults,
  leaseMs: 30_000,
  retentionMs: 3_600_000,
  deadRetentionMs: 7 * 86_400_000,
  page: 100,
  claimSlots: 1,
} as const;
