import { FencingToken, type JobId, LogIndex, LogTimeMs } from "../../../src/base/brands.ts";
import { hash32 } from "../../../src/base/random.ts";
import type {
  Act,
  ActResult,
  AttemptEnd,
  CancelResult,
  Claim,
  ClaimedJob,
  Command,
  CommandBatch,
  EnqueueResult,
  JobSpec,
  JobState,
  Outcome,
  WorkerStream,
} from "../../../src/machine/types.ts";
import { priorities } from "../../../src/machine/types.ts";
import { NaiveLimits } from "../../support/naiveLimits.ts";

/** A job as a plain, mutable object. */
export interface ReferenceJob {
  readonly spec: JobSpec;
  state: JobState;
  attempt: number;
  readonly enqueuedAt: LogTimeMs;
  dueAt: LogTimeMs;
  claim: Claim | null;
  lastToken: FencingToken;
  lastEnd: AttemptEnd | null;
  finishedAt: LogTimeMs | null;
  cancelRequested: boolean;
  /** Place in the order of readiness, and in that of enqueueing. */
  order: number;
  readyAt: number;
  readonly sequence: number;
}

/**
 * The job machine's rules as DESIGN.md has them, written a second time and as plainly as may be: every question is
 * answered by looking at all jobs of a state. Texts are left out. The real machine is held against it entry by entry.
 */
export class ReferenceMachine {
  readonly jobs = new Map<JobId, ReferenceJob>();
  index = LogIndex(0);
  now = LogTimeMs(0);
  /** Jobs that this entry has changed. */
  readonly touched = new Set<JobId>();
  purged = 0;
  readonly #in: Readonly<Record<JobState, Set<ReferenceJob>>> = {
    scheduled: new Set(),
    ready: new Set(),
    running: new Set(),
    completed: new Set(),
    dead: new Set(),
    cancelled: new Set(),
    waiting: new Set(),
  };
  readonly limits = new NaiveLimits();
  #orders = 0;
  #sequences = 0;

  countIn(state: JobState): number {
    return this.#in[state].size;
  }

  inState(state: JobState): ReadonlySet<ReferenceJob> {
    return this.#in[state];
  }

  apply(index: LogIndex, batch: CommandBatch): Outcome[] {
    this.index = index;
    this.now = LogTimeMs(Math.max(this.now, batch.now));
    this.touched.clear();
    this.limits.now = this.now;
    this.limits.notices = [];
    return batch.commands.map((command) => this.#command(command));
  }

  #command(command: Command): Outcome {
    switch (command.type) {
      case "enqueue":
        return { type: "enqueue", results: command.jobs.map((spec) => this.#enqueue(spec)) };
      case "claim":
        return { type: "claim", jobs: this.#claim(command) };
      case "act":
        return { type: "act", results: command.acts.map((each) => this.#act(each)) };
      case "cancel":
        return { type: "cancel", results: command.ids.map((id) => this.#cancel(id)) };
      case "expireClaims":
        return { type: "expireClaims", expired: command.claims.filter((each) => this.#expire(each)).length };
      case "fireTimers":
        return { type: "fireTimers", fired: this.limits.fireTimers() + this.#promote() + this.#purge() };
      case "beginTerm":
        for (const job of this.#in.running) this.#grace(job);
        return { type: "beginTerm" };
      case "resumeWorker":
        return { type: "resumeWorker", released: this.#resume(command) };
      case "setQueue":
        return { type: "setQueue", settings: this.limits.setQueue(command) };
      case "setBreaker":
        return { type: "setBreaker", breaker: this.limits.setBreaker(command) };
      case "manage":
      case "putSchedule":
      case "deleteSchedule":
      case "pauseSchedule":
      case "fireSchedule":
        throw new Error(`${command.type} is not modelled`);
    }
  }

  #enqueue(spec: JobSpec): EnqueueResult {
    const known = this.jobs.get(spec.id);
    if (known) return { id: spec.id, state: known.state, existing: true };
    const code = this.limits.refusal(spec);
    if (code) return { id: spec.id, state: "cancelled", existing: false, refusal: { code, message: "" } };
    const due = Math.max(spec.runAt, this.now + spec.delayMs);
    const isDue = due <= this.now;
    const job: ReferenceJob = {
      spec,
      state: isDue ? "ready" : "scheduled",
      attempt: 0,
      enqueuedAt: this.now,
      dueAt: LogTimeMs(isDue ? 0 : due),
      claim: null,
      lastToken: FencingToken(0),
      lastEnd: null,
      finishedAt: null,
      cancelRequested: false,
      order: isDue ? this.#orders++ : -1,
      readyAt: this.now,
      sequence: this.#sequences++,
    };
    this.jobs.set(spec.id, job);
    this.#in[job.state].add(job);
    this.touched.add(spec.id);
    return { id: spec.id, state: job.state, existing: false };
  }

  #claim({ workerId, queues, slots, stream }: Extract<Command, { type: "claim" }>): ClaimedJob[] {
    const claimed: ClaimedJob[] = [];
    for (const level of priorities.keys()) {
      for (const queue of queues) {
        // Claimed and ended in this entry: passed over when it would be next.
        const passed = new Set<ReferenceJob>();
        while (claimed.length < slots) {
          const jobs = { ready: [...this.#in.ready], running: [...this.#in.running] };
          const job = this.limits.next(queue, level, jobs, passed);
          if (job === null) break;
          passed.add(job);
          if (job.lastToken === Number(this.index)) continue;
          claimed.push(this.#run(job, workerId, stream ?? null));
          this.limits.handedOut(job, level);
        }
      }
    }
    return claimed;
  }

  #run(job: ReferenceJob, workerId: string, stream: WorkerStream | null): ClaimedJob {
    const token = FencingToken(this.index);
    const expiresAt = LogTimeMs(this.now + job.spec.leaseMs);
    this.#move(job, "running");
    job.attempt += 1;
    job.dueAt = LogTimeMs(0);
    job.lastToken = token;
    job.lastEnd = null;
    job.claim = { token, workerId, stream, claimedAt: this.now, expiresAt };
    const { id, queue, priority, payload, agent, leaseMs, retry, key } = job.spec;
    const { attempt } = job;
    const { maxAttempts } = retry;
    const claimed = { id, queue, priority, payload, agent, token, attempt, maxAttempts, leaseMs, expiresAt };
    return key === undefined ? claimed : { ...claimed, key };
  }

  #act(act: Act): ActResult {
    const job = this.jobs.get(act.id);
    if (!job) return refused("NOT_FOUND");
    if (job.claim?.token === act.token) return this.#actOnClaim(job, job.claim, act);
    if (job.lastToken !== act.token || job.lastEnd === null) return refused("STALE_TOKEN");
    if (act.type === "complete" && job.lastEnd === "completed") return { ok: true, type: "complete" };
    if (act.type === "release" && job.lastEnd === "released") return { ok: true, type: "release" };
    if (act.type === "fail" && job.lastEnd === "failed") return failed(job);
    return refused(job.finishedAt === null ? "STALE_TOKEN" : "JOB_TERMINAL");
  }

  #actOnClaim(job: ReferenceJob, claim: Claim, act: Act): ActResult {
    switch (act.type) {
      case "complete":
        this.#endClaim(job, claim, "completed");
        this.#finish(job, "completed");
        return { ok: true, type: "complete" };
      case "extend": {
        const expiresAt = LogTimeMs(this.now + job.spec.leaseMs);
        job.claim = { ...claim, expiresAt };
        this.touched.add(job.spec.id);
        return { ok: true, type: "extend", expiresAt, cancelRequested: job.cancelRequested };
      }
      case "checkpoint":
      case "progress":
        throw new Error(`${act.type} is not modelled`);
      case "release":
        this.#release(job, claim);
        return { ok: true, type: "release" };
      case "fail":
        this.#fail(job, claim, "failed", act.retryable, act.retryAfterMs);
        return failed(job);
    }
  }

  #release(job: ReferenceJob, claim: Claim): void {
    this.#endClaim(job, claim, "released");
    job.attempt -= 1;
    if (job.cancelRequested) this.#finish(job, "cancelled");
    else this.#move(job, "ready");
  }

  #resume({ workerId, stream, held }: Extract<Command, { type: "resumeWorker" }>): number {
    const lost = [...this.#in.running].filter(({ spec, claim }) => {
      if (claim?.workerId !== workerId || claim.stream?.session !== stream.session) return false;
      if (claim.stream.number >= stream.number) return false;
      return !held.some(({ id, token }) => id === spec.id && token === claim.token);
    });
    for (const job of lost) if (job.claim !== null) this.#release(job, job.claim);
    return lost.length;
  }

  #fail(
    job: ReferenceJob,
    claim: Claim,
    end: "failed" | "expired",
    retryable: boolean,
    wish: number | null,
  ): void {
    const { attempt, spec } = job;
    this.#endClaim(job, claim, end);
    if (job.cancelRequested) this.#finish(job, "cancelled");
    else if (!retryable || attempt >= spec.retry.maxAttempts) this.#finish(job, "dead");
    else {
      const delayMs = delayAfter(spec, attempt, wish);
      job.dueAt = LogTimeMs(this.now + delayMs);
      this.#move(job, delayMs > 0 ? "scheduled" : "ready");
      if (delayMs === 0 && end === "failed") this.#toTail(job);
    }
  }

  #endClaim(job: ReferenceJob, claim: Claim, end: AttemptEnd): void {
    job.claim = null;
    job.lastEnd = end;
    this.limits.claimEnded(job, claim, end);
  }

  #finish(job: ReferenceJob, state: "completed" | "dead" | "cancelled"): void {
    this.#move(job, state);
    job.finishedAt = this.now;
  }

  #cancel(id: JobId): CancelResult {
    const job = this.jobs.get(id);
    if (!job) return refused("NOT_FOUND");
    if (job.state === "completed" || job.state === "dead") return refused("JOB_TERMINAL");
    if (job.state === "running") {
      job.cancelRequested = true;
      this.touched.add(id);
    } else if (job.state !== "cancelled") this.#finish(job, "cancelled");
    return { ok: true, state: job.state };
  }

  #expire({ id, token }: { readonly id: JobId; readonly token: FencingToken }): boolean {
    const job = this.jobs.get(id);
    if (job?.claim?.token !== token || job.claim.expiresAt > this.now) return false;
    this.#fail(job, job.claim, "expired", true, null);
    return true;
  }

  #grace(job: ReferenceJob): void {
    if (job.claim === null) return;
    const expiresAt = LogTimeMs(Math.max(job.claim.expiresAt, this.now + job.spec.leaseMs));
    job.claim = { ...job.claim, expiresAt };
    this.touched.add(job.spec.id);
  }

  #promote(): number {
    const due = [...this.#in.scheduled].filter((job) => job.dueAt <= this.now);
    for (const job of due.sort((a, b) => a.dueAt - b.dueAt || a.sequence - b.sequence)) {
      this.#move(job, "ready");
      this.#toTail(job);
    }
    return due.length;
  }

  #purge(): number {
    let purged = 0;
    for (const state of ["completed", "cancelled", "dead"] as const) {
      for (const job of this.#in[state]) {
        const { retentionMs, deadRetentionMs } = job.spec;
        if ((job.finishedAt ?? 0) + (state === "dead" ? deadRetentionMs : retentionMs) > this.now) continue;
        this.#in[state].delete(job);
        this.jobs.delete(job.spec.id);
        this.touched.add(job.spec.id);
        purged += 1;
      }
    }
    this.purged += purged;
    return purged;
  }

  #toTail(job: ReferenceJob): void {
    job.order = this.#orders++;
    job.readyAt = this.now;
  }

  #move(job: ReferenceJob, state: JobState): void {
    this.#in[job.state].delete(job);
    job.state = state;
    this.#in[state].add(job);
    this.touched.add(job.spec.id);
  }
}

function refused(code: "STALE_TOKEN" | "NOT_FOUND" | "JOB_TERMINAL") {
  return { ok: false, code, message: "" } as const;
}

function failed(job: ReferenceJob): ActResult {
  return { ok: true, type: "fail", nextDueAt: job.dueAt === 0 ? null : job.dueAt };
}

/** DESIGN.md section 5: 1 s, 2 s, 4 s, ... at most the cap, jitter by a hash of (job id, attempt). */
function delayAfter({ retry, id }: JobSpec, attempt: number, wish: number | null): number {
  const { initialBackoffMs, multiplier, maxBackoffMs, jitter } = retry;
  if (wish !== null && wish > 0) return Math.min(wish, maxBackoffMs);
  let delay = initialBackoffMs;
  for (let n = 1; n < attempt && multiplier > 1 && delay > 0 && delay < maxBackoffMs; n++)
    delay *= multiplier;
  delay = Math.floor(Math.min(delay, maxBackoffMs));
  const unit = hash32(id, attempt) / 2 ** 32;
  if (jitter === "none") return delay;
  const least = jitter === "equal" ? Math.ceil(delay / 2) : 0;
  return least + Math.floor(unit * (delay - least + 1));
}
