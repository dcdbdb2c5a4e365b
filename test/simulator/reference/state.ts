import { type JobId, LogIndex, LogTimeMs } from "../../../src/base/brands.ts";
import type {
  AttemptEnd,
  Claim,
  Dependency,
  JobEnd,
  JobSpec,
  JobState,
  Schedule,
} from "../../../src/machine/types.ts";
import type { NaiveLimits } from "../../support/naiveLimits.ts";
import { type Cause, newJob, type ReferenceJob } from "./job.ts";

/** A dedup key that stays taken beyond its job's end. */
export interface Window {
  readonly id: JobId;
  readonly until: number;
  /** How the job ended; null where that is not remembered. */
  readonly end: JobEnd | null;
}

/**
 * All jobs and what is kept beside them, in plain sets that are looked through; what a job's change means to those sets is
 * here, which change it is in the files of the commands.
 */
export class ReferenceState {
  readonly jobs = new Map<JobId, ReferenceJob>();
  readonly limits: NaiveLimits;
  readonly windows = new Map<string, Window>();
  readonly schedules = new Map<string, Schedule>();
  /** That are followed: see src/machine/rules.ts. */
  rules = 0;
  index = LogIndex(0);
  now = LogTimeMs(0);
  purged = 0;
  deaths = 0;
  /** Of this entry: jobs that have changed, and those that ended or were forgotten, in that order. */
  readonly touched = new Set<JobId>();
  ended: JobId[] = [];
  /** Ended jobs whose dependents have not all heard of it. */
  readonly settling = new Set<ReferenceJob>();
  /** Active jobs that have timeouts. */
  readonly timed = new Set<ReferenceJob>();
  readonly #in: Readonly<Record<JobState, Set<ReferenceJob>>> = {
    waiting: new Set(),
    scheduled: new Set(),
    ready: new Set(),
    running: new Set(),
    completed: new Set(),
    dead: new Set(),
    cancelled: new Set(),
  };
  /** Active jobs by the dedup key that they hold: never more than one (Q3). */
  readonly #holders = new Map<string, Set<ReferenceJob>>();
  readonly #dependents = new Map<JobId, Set<ReferenceJob>>();
  /** By queue: how many jobs there are, and those that completed or were cancelled. */
  readonly #counts = new Map<string, number>();
  readonly #kept = new Map<string, Set<ReferenceJob>>();
  #orders = 0;
  #sequences = 0;

  constructor(limits: NaiveLimits) {
    this.limits = limits;
  }

  inState(state: JobState): ReadonlySet<ReferenceJob> {
    return this.#in[state];
  }

  /** Active jobs that hold the key. */
  holdersOf(key: string): readonly ReferenceJob[] {
    return [...(this.#holders.get(key) ?? [])];
  }

  /** How many keys are held by more than one active job. */
  get keysHeldTwice(): number {
    let count = 0;
    for (const holders of this.#holders.values()) if (holders.size > 1) count += 1;
    return count;
  }

  /** Jobs that wait for this one and have not heard of its end. */
  dependentsOf(id: JobId): readonly ReferenceJob[] {
    return [...(this.#dependents.get(id) ?? [])];
  }

  /** Completed and cancelled ones. */
  keptIn(queue: string): ReadonlySet<ReferenceJob> {
    return this.#kept.get(queue) ?? new Set();
  }

  add(spec: JobSpec, dependencies: readonly Dependency[] | null): ReferenceJob {
    const job = newJob(spec, this.#sequences++, this.now);
    job.dependencies = dependencies;
    this.jobs.set(spec.id, job);
    this.#counts.set(spec.queue, (this.#counts.get(spec.queue) ?? 0) + 1);
    this.#enter(job);
    return job;
  }

  /** For trying something out: a copy of another state's job. */
  adopt(job: ReferenceJob): void {
    if (this.jobs.has(job.spec.id)) return;
    const copy = { ...job };
    this.jobs.set(job.spec.id, copy);
    this.#enter(copy);
  }

  begin(job: ReferenceJob, due: number): void {
    if (due > this.now) {
      job.dueAt = LogTimeMs(due);
      this.move(job, "scheduled");
      return;
    }
    job.queuedAt = this.now;
    this.toTail(job);
    this.move(job, "ready");
  }

  ready(job: ReferenceJob, place: "tail" | "old"): void {
    if (place === "tail") this.toTail(job);
    if (job.lastToken === 0) job.queuedAt = this.now;
    this.move(job, "ready");
  }

  toTail(job: ReferenceJob): void {
    job.order = this.#orders++;
    job.readyAt = this.now;
  }

  endClaim(job: ReferenceJob, claim: Claim, end: AttemptEnd): void {
    job.claim = null;
    job.lastEnd = end;
    job.queuedAt = null;
    if (end !== "completed") {
      job.failures += 1;
      job.lastFailure = end;
    }
    this.limits.claimEnded(job, claim, end);
    if (end === "released") job.attempt -= 1;
  }

  finish(job: ReferenceJob, state: JobEnd, cause: Cause): void {
    job.finishedAt = this.now;
    job.queuedAt = null;
    job.cause = cause;
    if (state === "completed") job.checkpoint = null;
    if (state === "dead") this.deaths += 1;
    this.move(job, state);
    this.ended.push(job.spec.id);
    this.#keepKey(job, this.rules >= 1 ? state : null);
    if (this.#dependents.has(job.spec.id)) this.settling.add(job);
  }

  /** The job is forgotten, and its id. */
  remove(job: ReferenceJob): void {
    const { id, queue } = job.spec;
    this.#leave(job);
    this.jobs.delete(id);
    this.touched.add(id);
    this.ended.push(id);
    this.purged += 1;
    const left = (this.#counts.get(queue) ?? 0) - 1;
    this.#counts.set(queue, left);
    if (left === 0) this.limits.forget(queue);
  }

  move(job: ReferenceJob, state: JobState): void {
    this.#leave(job);
    job.state = state;
    this.#enter(job);
  }

  touch(job: ReferenceJob): void {
    this.touched.add(job.spec.id);
  }

  /** One of the jobs that it waits for has ended so. */
  hears(job: ReferenceJob, of: Dependency): void {
    this.#leave(job);
    job.dependencies = (job.dependencies ?? []).map((each) => (each.id === of.id ? of : each));
    this.#enter(job);
  }

  #keepKey({ spec, enqueuedAt }: ReferenceJob, end: JobEnd | null): void {
    const { dedup } = spec;
    if (dedup === undefined || dedup.mode === "force") return;
    const until = enqueuedAt + dedup.windowMs;
    if (until > this.now) this.windows.set(keyOf(spec), { id: spec.id, until, end });
  }

  #enter(job: ReferenceJob): void {
    const { spec, state } = job;
    this.touched.add(spec.id);
    this.#in[state].add(job);
    if (state === "completed" || state === "cancelled") put(this.#kept, spec.queue, job);
    if (job.finishedAt !== null) return;
    if (spec.timeouts !== undefined) this.timed.add(job);
    if (spec.dedup !== undefined && spec.dedup.mode !== "force") put(this.#holders, keyOf(spec), job);
    if (state === "waiting") for (const id of pendingOf(job)) this.#await(job, id);
  }

  #leave(job: ReferenceJob): void {
    const { spec, state } = job;
    this.#in[state].delete(job);
    this.timed.delete(job);
    if (state === "completed" || state === "cancelled") drop(this.#kept, spec.queue, job);
    if (spec.dedup !== undefined) drop(this.#holders, keyOf(spec), job);
    if (state === "waiting") for (const id of pendingOf(job)) this.#awaitNoMore(job, id);
  }

  #await(job: ReferenceJob, id: JobId): void {
    put(this.#dependents, id, job);
    const awaited = this.jobs.get(id);
    if (awaited !== undefined && awaited.finishedAt !== null) this.settling.add(awaited);
  }

  /** With nobody left to tell there is nothing to settle. */
  #awaitNoMore(job: ReferenceJob, id: JobId): void {
    drop(this.#dependents, id, job);
    const awaited = this.jobs.get(id);
    if (awaited !== undefined && !this.#dependents.has(id)) this.settling.delete(awaited);
  }
}

export function keyOf({ queue, dedup }: JobSpec): string {
  return `${queue}\0${dedup?.key}`;
}

function pendingOf({ dependencies }: ReferenceJob): JobId[] {
  return (dependencies ?? []).flatMap(({ id, state }) => (state === null ? [id] : []));
}

function put<Key>(map: Map<Key, Set<ReferenceJob>>, key: Key, job: ReferenceJob): void {
  const jobs = map.get(key);
  if (jobs === undefined) map.set(key, new Set([job]));
  else jobs.add(job);
}

function drop<Key>(map: Map<Key, Set<ReferenceJob>>, key: Key, job: ReferenceJob): void {
  const jobs = map.get(key);
  jobs?.delete(job);
  if (jobs?.size === 0) map.delete(key);
}
