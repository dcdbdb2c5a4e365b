import { LogTimeMs } from "../base/brands.ts";
import { ownBytes } from "./jobSlabs.ts";
import type { JobSlot } from "./slot.ts";
import type { HeapItem } from "./slotHeap.ts";
import type { AttemptEnd, Claim, Dependency, Job, JobRecord, Progress, SavedCheckpoint } from "./types.ts";

/**
 * What few jobs have: timeouts, dependencies, what an attempt saved or said. Also the job's place among the deadlines
 * (`MachineState.deadlines`), since its own is taken by the heap of its state.
 */
export class RareState implements HeapItem {
  readonly slot: JobSlot;
  heapKey: number | null = null;
  heapIndex = -1;
  progress: Progress | null = null;
  saved: SavedCheckpoint | null = null;
  /** Replaced as a whole, never changed. */
  dependencies: readonly Dependency[] | null = null;
  /**
   * Since when it waits for its first attempt; only of a job with a queue timeout, and until that attempt has begun for good:
   * while it is claimed it may yet be given back. Time under such a claim is no waiting.
   */
  queuedAt: LogTimeMs | null = null;
  lastDelayMs = 0;
  /** When it last began anew. */
  redrivenAt: LogTimeMs | null = null;

  constructor(slot: JobSlot) {
    this.slot = slot;
  }

  get sequence(): number {
    return this.slot.sequence;
  }

  claimEnded({ claimedAt }: Claim, end: AttemptEnd, now: LogTimeMs): void {
    if (this.queuedAt === null) return;
    this.queuedAt = end === "released" ? LogTimeMs(this.queuedAt + now - claimedAt) : null;
  }

  shown(): Pick<Job, "progress" | "checkpoint" | "dependencies"> {
    const { progress, saved, dependencies } = this;
    return {
      ...(progress !== null && { progress }),
      ...(saved !== null && { checkpoint: saved }),
      ...(dependencies !== null && { dependencies }),
    };
  }

  recorded(): Pick<JobRecord, "queuedAt" | "lastDelayMs" | "redrivenAt"> {
    const { queuedAt, lastDelayMs, redrivenAt } = this;
    return {
      ...(queuedAt !== null && { queuedAt }),
      ...(lastDelayMs > 0 && { lastDelayMs }),
      ...(redrivenAt !== null && { redrivenAt }),
    };
  }

  restore({ job, queuedAt, lastDelayMs, redrivenAt }: JobRecord): void {
    this.progress = job.progress ?? null;
    this.saved = job.checkpoint ?? null;
    this.dependencies = job.dependencies ?? null;
    this.queuedAt = queuedAt ?? null;
    this.lastDelayMs = lastDelayMs ?? 0;
    this.redrivenAt = redrivenAt ?? null;
  }

  /** Bytes that are windows on a large message become its own. */
  ownAll(): void {
    if (this.saved !== null) this.saved = { ...this.saved, data: ownBytes(this.saved.data) };
    this.dependencies =
      this.dependencies?.map((each) =>
        each.result === null ? each : { ...each, result: ownBytes(each.result) },
      ) ?? null;
  }
}

/** Whether a record says anything that a `RareState` keeps. */
export function hasRare({ job, queuedAt, lastDelayMs, redrivenAt }: JobRecord): boolean {
  return (
    job.progress !== undefined ||
    job.checkpoint !== undefined ||
    job.dependencies !== undefined ||
    queuedAt !== undefined ||
    lastDelayMs !== undefined ||
    redrivenAt !== undefined
  );
}
