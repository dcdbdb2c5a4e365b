import { assert } from "../base/assert.ts";
import { FencingToken, type JobId, LogTimeMs } from "../base/brands.ts";
import { none } from "./jobRows.ts";
import type { JobTable } from "./jobTable.ts";
import { assembleSpec, type JobTemplate, type OwnSpec } from "./jobTemplate.ts";
import type { QueueState } from "./queueState.ts";
import { hasRare, RareState } from "./rareState.ts";
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

/** What a slot is made of; the rest is as of a job that has just come. */
export interface NewSlot {
  readonly id: JobId;
  readonly template: JobTemplate;
  readonly own: OwnSpec | null;
  readonly queue: QueueState;
  /** Null for one that is packed. */
  readonly payload?: Uint8Array;
  readonly sequence: number;
  readonly enqueuedAt: LogTimeMs;
}

/**
 * The machine's own, mutable record of a job. Only `MachineState` writes its fields; objects that it refers to
 * (template, claim, history) are replaced and never changed, so a copy of the references is a copy of the job.
 *
 * There may be millions that only wait, so size matters. What all jobs of a kind share is in `template`. What few jobs
 * are enqueued with is in `own`, what a job has only once it was claimed, cancelled or ended in `course`: properties of the
 * slot read and write it. A job that has neither and is ready comes to rest (`JobTable`): then it has no slot, and a
 * field that is added here and that `onlyWaits` does not know of is forgotten. What is a number above 2^31 costs 16 bytes
 * beside its field, and a field that ever held one costs them for a 0 as well: hence null for none.
 */
export class JobSlot {
  readonly id: JobId;
  readonly template: JobTemplate;
  readonly own: OwnSpec | null;
  readonly queue: QueueState;
  /** The payload, until it is packed. */
  unpacked: Uint8Array | null;
  /** Position in the order of enqueueing, over all queues. */
  readonly sequence: number;
  readonly enqueuedAt: LogTimeMs;
  state: JobState = "scheduled";
  attempt = 0;
  /** Position in the ready order of its lane; a released job keeps it. */
  readyOrder = 0;
  /** From `enqueuedAt` to when it got that position: a small number takes no room of its own. */
  readyAfterMs = 0;
  #dueAt: LogTimeMs | null = null;
  #course: Course | null = null;
  /** See `RareState`. */
  rare: RareState | null = null;

  /** Place in the one heap that the slot's state puts it in: due, lease, retention or given back. See `SlotHeap`. */
  heapKey: number | null = null;
  heapIndex = -1;
  /** Its row there; -1 once it is gone or at rest. */
  row = none;
  #jobs: JobTable | null = null;
  /** See `CheckpointTracker`. */
  dirtyEpoch = 0;
  dirtyIndex = -1;
  dirtyBytes = 0;
  stored = false;

  constructor({ id, template, own, queue, payload, sequence, enqueuedAt }: NewSlot) {
    this.id = id;
    this.template = template;
    this.own = own;
    this.queue = queue;
    this.unpacked = payload ?? null;
    this.sequence = sequence;
    this.enqueuedAt = enqueuedAt;
  }

  get level(): PriorityLevel {
    return levelOf(this.template);
  }

  get payload(): Uint8Array {
    return this.unpacked ?? this.jobs.payloadAt(this.row);
  }

  /** What a record of it has beside some hundred bytes. */
  get heldBytes(): number {
    const payload = this.unpacked?.length ?? this.jobs.payloadLengthAt(this.row);
    return payload + (this.#course?.result?.length ?? 0) + (this.rare?.saved?.data.length ?? 0);
  }

  /** Where its row is. */
  get jobs(): JobTable {
    assert(this.#jobs !== null, "a slot is in a table");
    return this.#jobs;
  }

  set jobs(jobs: JobTable) {
    this.#jobs = jobs;
  }

  /** Ready as it came and nothing more: all that is known of it is in its row and its template. */
  get onlyWaits(): boolean {
    return (
      this.state === "ready" &&
      this.#course === null &&
      this.own === null &&
      this.rare === null &&
      this.#dueAt === null &&
      this.readyAfterMs === 0 &&
      this.heapIndex < 0 &&
      this.template.timeouts === undefined
    );
  }

  needRare(): RareState {
    this.rare ??= new RareState(this);
    return this.rare;
  }

  /** A job at rest as it was. */
  wakeAs(jobs: JobTable, row: number, order: number): void {
    this.#jobs = jobs;
    this.row = row;
    this.state = "ready";
    this.readyOrder = order;
    this.stored = true;
  }

  /** When it got its place in the ready order: a released job keeps that, too. */
  get readyAt(): LogTimeMs {
    return LogTimeMs(this.enqueuedAt + this.readyAfterMs);
  }

  get dueAt(): LogTimeMs {
    return this.#dueAt ?? LogTimeMs(0);
  }

  set dueAt(at: LogTimeMs) {
    this.#dueAt = at === 0 ? null : at;
  }

  get claim(): Claim | null {
    return this.#course?.claim ?? null;
  }

  set claim(claim: Claim | null) {
    (this.#course ??= new Course()).claim = claim;
  }

  /** The token of the last claim, 0 before the first. */
  get lastToken(): FencingToken {
    return this.#course?.lastToken ?? FencingToken(0);
  }

  set lastToken(token: FencingToken) {
    (this.#course ??= new Course()).lastToken = token;
  }

  get lastEnd(): AttemptEnd | null {
    return this.#course?.lastEnd ?? null;
  }

  set lastEnd(end: AttemptEnd | null) {
    (this.#course ??= new Course()).lastEnd = end;
  }

  get history(): readonly AttemptRecord[] {
    return this.#course?.history ?? noHistory;
  }

  set history(history: readonly AttemptRecord[]) {
    (this.#course ??= new Course()).history = history;
  }

  get result(): Uint8Array | null {
    return this.#course?.result ?? null;
  }

  set result(result: Uint8Array | null) {
    (this.#course ??= new Course()).result = result;
  }

  get finishedAt(): LogTimeMs | null {
    return this.#course?.finishedAt ?? null;
  }

  set finishedAt(at: LogTimeMs | null) {
    (this.#course ??= new Course()).finishedAt = at;
  }

  /** While `cancelRequested` and running: the canceller's reason, should the job come to be cancelled. */
  get reason(): string {
    return this.#course?.reason ?? "";
  }

  set reason(reason: string) {
    (this.#course ??= new Course()).reason = reason;
  }

  get cancelRequested(): boolean {
    return this.#course?.cancelRequested ?? false;
  }

  set cancelRequested(requested: boolean) {
    (this.#course ??= new Course()).cancelRequested = requested;
  }

  /** Takes what a record says of the job; one that it says nothing of stays as small as it was. */
  restore(record: JobRecord): void {
    const { job, readyOrder, lastEnd } = record;
    const readyAt = record.readyAt ?? job.enqueuedAt;
    this.state = job.state;
    this.attempt = job.attempt;
    this.dueAt = job.dueAt;
    this.readyOrder = readyOrder;
    this.readyAfterMs = readyAt - job.enqueuedAt;
    this.stored = true;
    if (hasRare(record)) this.needRare().restore(record);
    if (job.lastToken === 0 && job.finishedAt === null) return;
    const course = new Course();
    this.#course = course;
    course.claim = job.claim;
    course.lastToken = job.lastToken;
    course.lastEnd = lastEnd;
    if (job.history.length > 0) course.history = job.history;
    course.result = job.result;
    course.finishedAt = job.finishedAt;
    course.reason = job.reason;
    course.cancelRequested = job.cancelRequested;
  }
}

export function levelOf({ priority }: JobTemplate): PriorityLevel {
  return priorityLevels[priority];
}

/** What says where a ready job stands. */
export type Standing = Pick<SlotView, "jobs" | "row" | "readyOrder" | "queue" | "template" | "level">;

/** A slot to look at; it may be one that is made for the look, and forgotten. */
export type SlotView = { readonly [Key in keyof JobSlot]: JobSlot[Key] };

const noHistory: readonly AttemptRecord[] = [];

/** See `JobSlot`: what a job has that was claimed, cancelled or has ended. */
class Course {
  claim: Claim | null = null;
  lastToken = FencingToken(0);
  lastEnd: AttemptEnd | null = null;
  history: readonly AttemptRecord[] = noHistory;
  result: Uint8Array | null = null;
  finishedAt: LogTimeMs | null = null;
  reason = "";
  cancelRequested = false;
}

/** The spec as it was enqueued, put together anew. */
export function specOf(slot: SlotView): JobSpec {
  return assembleSpec(slot.template, slot.own, slot);
}

/** The job as it is now; stays as it is when the slot goes on changing. */
export function jobOf(slot: SlotView): Job {
  const job: Job = {
    spec: specOf(slot),
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
  return slot.rare === null ? job : { ...job, ...slot.rare.shown() };
}

export function recordOf(slot: JobSlot): JobRecord {
  const { sequence, readyOrder, lastEnd } = slot;
  const record: JobRecord = { kind: "job", job: jobOf(slot), sequence, readyOrder, lastEnd };
  if (slot.readyAfterMs === 0 && slot.rare === null) return record;
  return { ...record, ...(slot.readyAfterMs !== 0 && { readyAt: slot.readyAt }), ...slot.rare?.recorded() };
}
