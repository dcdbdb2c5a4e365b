import { FencingToken, LogTimeMs } from "../base/brands.ts";
import type { QueueState } from "./queueState.ts";
import type {
  AttemptEnd,
  AttemptRecord,
  Claim,
  Job,
  JobRecord,
  JobSpec,
  JobState,
  Priority,
} from "./types.ts";

const priorityLevels = { high: 0, normal: 1, low: 2 } as const satisfies Record<Priority, number>;
export type PriorityLevel = 0 | 1 | 2;

/**
 * The machine's own, mutable record of a job. Only `MachineState` writes its fields; objects that it refers to
 * (spec, claim, history) are replaced and never changed, so a copy of the references is a copy of the job.
 */
export class JobSlot {
  spec: JobSpec;
  readonly queue: QueueState;
  readonly level: PriorityLevel;
  /** Position in the order of enqueueing, over all queues. */
  readonly sequence: number;
  readonly enqueuedAt: LogTimeMs;
  state: JobState = "scheduled";
  attempt = 0;
  dueAt = LogTimeMs(0);
  claim: Claim | null = null;
  lastToken = FencingToken(0);
  lastEnd: AttemptEnd | null = null;
  history: readonly AttemptRecord[] = noHistory;
  result: Uint8Array | null = null;
  finishedAt: LogTimeMs | null = null;
  /** While `cancelRequested` and running: the canceller's reason, should the job come to be cancelled. */
  reason = "";
  cancelRequested = false;
  /** Position in the ready order of its lane; a released job keeps it. */
  readyOrder = 0;

  /** Place in the one heap that the slot's state puts it in: due, lease, retention or given back. */
  heapKey = 0;
  heapIndex = -1;
  /** Neighbours in its ready lane. */
  laneNext: JobSlot | null = null;
  lanePrevious: JobSlot | null = null;
  /** Neighbours in the order of enqueueing. */
  newer: JobSlot | null = null;
  older: JobSlot | null = null;
  /** See `CheckpointTracker`. */
  dirtyEpoch = 0;
  dirtyIndex = -1;
  stored = false;

  constructor(spec: JobSpec, queue: QueueState, sequence: number, enqueuedAt: LogTimeMs) {
    this.spec = spec;
    this.queue = queue;
    this.level = priorityLevels[spec.priority];
    this.sequence = sequence;
    this.enqueuedAt = enqueuedAt;
  }
}

const noHistory: readonly AttemptRecord[] = [];

/** The job as it is now; stays as it is when the slot goes on changing. */
export function jobOf(slot: JobSlot): Job {
  return {
    spec: slot.spec,
    state: slot.state,
    attempt: slot.attempt,
    enqueuedAt: slot.enqueuedAt,
    dueAt: slot.dueAt,
    claim: slot.claim,
    lastToken: slot.lastToken,
    history: slot.history,
    result: slot.result,
    finishedAt: slot.finishedAt,
    reason: slot.reason,
    cancelRequested: slot.cancelRequested,
  };
}

export function recordOf(slot: JobSlot): JobRecord {
  return {
    kind: "job",
    job: jobOf(slot),
    sequence: slot.sequence,
    readyOrder: slot.readyOrder,
    lastEnd: slot.lastEnd,
  };
}
