import { FencingToken, type JobId, LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import { backoffDelayMs } from "../../src/machine/index.ts";
import type {
  Act,
  ActResult,
  AttemptEnd,
  AttemptRecord,
  CancelResult,
  Claim,
  ClaimedJob,
  Command,
  CommandBatch,
  EnqueueResult,
  Job,
  JobSpec,
  JobState,
  Notice,
  Outcome,
  WorkerStream,
} from "../../src/machine/types.ts";
import { priorities } from "../../src/machine/types.ts";
import { NaiveLimits } from "../support/naiveLimits.ts";

/** A job as a plain, mutable object. */
export interface NaiveJob {
  spec: JobSpec;
  state: JobState;
  attempt: number;
  enqueuedAt: LogTimeMs;
  dueAt: LogTimeMs;
  claim: Claim | null;
  lastToken: FencingToken;
  lastEnd: AttemptEnd | null;
  history: AttemptRecord[];
  result: Uint8Array | null;
  finishedAt: LogTimeMs | null;
  reason: string;
  cancelRequested: boolean;
  order: number;
  progress?: NonNullable<Job["progress"]>;
  checkpoint?: NonNullable<Job["checkpoint"]>;
  /** Of a job with decorrelated jitter. */
  lastDelayMs: number;
  /** When it got its `order`. */
  readyAt: number;
}

/**
 * The job machine's rules over one array of jobs in the order of enqueueing, every question answered by filtering and
 * sorting all of it. Error messages and reasons are left out of what it promises.
 */
export class NaiveMachine {
  jobs: NaiveJob[] = [];
  index = LogIndex(0);
  now = LogTimeMs(0);
  notices: Notice[] = [];
  readonly limits = new NaiveLimits();
  #orders = 0;

  apply(index: LogIndex, batch: CommandBatch): Outcome[] {
    this.index = index;
    this.now = LogTimeMs(Math.max(1, this.now, batch.now));
    this.notices = [];
    this.limits.now = this.now;
    this.limits.notices = this.notices;
    return batch.commands.map((command) => this.#command(command));
  }

  find(id: JobId): NaiveJob | undefined {
    return this.jobs.find((job) => job.spec.id === id);
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
        return { type: "cancel", results: command.ids.map((id) => this.#cancel(id, command.reason)) };
      case "expireClaims":
        return { type: "expireClaims", expired: command.claims.filter((each) => this.#expire(each)).length };
      case "fireTimers":
        return { type: "fireTimers", fired: this.limits.fireTimers() + this.#promote() + this.#purge() };
      case "beginTerm":
        for (const job of this.jobs) {
          if (job.claim === null) continue;
          const grace = this.now + job.spec.leaseMs;
          job.claim = { ...job.claim, expiresAt: LogTimeMs(Math.max(job.claim.expiresAt, grace)) };
        }
        this.limits.rules = Math.max(this.limits.rules, command.rules ?? 0);
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
    const known = this.find(spec.id);
    if (known) return { id: spec.id, state: known.state, existing: true };
    const refused = this.limits.refusal(spec);
    if (refused) {
      const refusal = { code: refused, message: "" };
      return { id: spec.id, state: "cancelled", existing: false, refusal };
    }
    const due = Math.max(spec.runAt, this.now + spec.delayMs);
    const isDue = due <= this.now;
    const job: NaiveJob = {
      spec: this.limits.taken(spec),
      state: isDue ? "ready" : "scheduled",
      attempt: 0,
      enqueuedAt: this.now,
      dueAt: LogTimeMs(isDue ? 0 : due),
      claim: null,
      lastToken: FencingToken(0),
      lastEnd: null,
      history: [],
      result: null,
      finishedAt: null,
      reason: "",
      cancelRequested: false,
      order: isDue ? this.#orders++ : -1,
      lastDelayMs: 0,
      readyAt: this.now,
    };
    this.jobs.push(job);
    return { id: spec.id, state: job.state, existing: false };
  }

  #claim({ workerId, queues, slots, stream }: Extract<Command, { type: "claim" }>): ClaimedJob[] {
    const claimed: ClaimedJob[] = [];
    for (const level of priorities.keys()) {
      for (const queue of queues) {
        // Claimed and ended in this entry: passed over when it would be next.
        const passed = new Set<NaiveJob>();
        while (claimed.length < slots) {
          const jobs = { ready: this.#in("ready"), running: this.#in("running") };
          const job = this.limits.next(queue, level, jobs, passed);
          if (job === null) break;
          passed.add(job);
          if (job.lastToken === Number(this.index)) continue;
          claimed.push(this.#run(job, workerId, stream ?? null));
          this.limits.handedOut(
            job,
            level,
            jobs.ready.filter((each) => !passed.has(each)),
          );
        }
      }
    }
    return claimed;
  }

  /** Whether a claim of the queue in a later entry would be handed a job. */
  hasClaimable(queue: string): boolean {
    const running = this.#in("running");
    return this.#in("ready").some((job) => job.spec.queue === queue && this.limits.isUp(job, running));
  }

  #in(state: JobState): NaiveJob[] {
    return this.jobs.filter((job) => job.state === state);
  }

  #run(job: NaiveJob, workerId: string, stream: WorkerStream | null): ClaimedJob {
    const token = FencingToken(this.index);
    const expiresAt = LogTimeMs(this.now + job.spec.leaseMs);
    job.state = "running";
    job.attempt += 1;
    job.dueAt = LogTimeMs(0);
    job.lastToken = token;
    job.lastEnd = null;
    job.claim = { token, workerId, stream, claimedAt: this.now, expiresAt };
    const { id, queue, priority, payload, agent, leaseMs, retry, key } = job.spec;
    const { attempt, checkpoint } = job;
    return {
      id,
      queue,
      priority,
      payload,
      agent,
      token,
      attempt,
      maxAttempts: retry.maxAttempts,
      leaseMs,
      expiresAt,
      ...(key !== undefined && { key }),
      ...(checkpoint !== undefined && { checkpoint }),
    };
  }

  #act(act: Act): ActResult {
    const job = this.find(act.id);
    if (!job) return { ok: false, code: "NOT_FOUND", message: "" };
    if (job.claim?.token === act.token) return this.#actOnClaim(job, job.claim, act);
    if (job.lastToken !== act.token || job.lastEnd === null)
      return { ok: false, code: "STALE_TOKEN", message: "" };
    if (act.type === "complete" && job.lastEnd === "completed") return { ok: true, type: "complete" };
    if (act.type === "release" && job.lastEnd === "released") return { ok: true, type: "release" };
    if (act.type === "fail" && job.lastEnd === "failed") {
      return { ok: true, type: "fail", nextDueAt: job.dueAt === 0 ? null : job.dueAt };
    }
    return { ok: false, code: job.finishedAt === null ? "STALE_TOKEN" : "JOB_TERMINAL", message: "" };
  }

  #actOnClaim(job: NaiveJob, claim: Claim, act: Act): ActResult {
    switch (act.type) {
      case "complete":
        job.claim = null;
        job.lastEnd = "completed";
        this.limits.claimEnded(job, claim, "completed");
        job.result = act.result;
        this.#finish(job, "completed", "");
        return { ok: true, type: "complete" };
      case "extend": {
        const expiresAt = LogTimeMs(this.now + job.spec.leaseMs);
        job.claim = { ...claim, expiresAt };
        return { ok: true, type: "extend", expiresAt, cancelRequested: job.cancelRequested };
      }
      case "checkpoint":
        job.checkpoint = { data: act.data, at: this.now, token: claim.token };
        return { ok: true, type: "checkpoint" };
      case "progress":
        job.progress = { percent: act.percent, note: act.note, at: this.now };
        return { ok: true, type: "progress" };
      case "release":
        this.#release(job, claim, act.delayMs);
        return { ok: true, type: "release" };
      case "fail":
        this.#fail(job, claim, "failed", act.error, act.retryable, act.retryAfterMs);
        return { ok: true, type: "fail", nextDueAt: job.dueAt === 0 ? null : job.dueAt };
    }
  }

  #release(job: NaiveJob, claim: Claim, delayMs = 0): void {
    this.#endClaim(job, claim, "released", "");
    job.attempt -= 1;
    if (job.cancelRequested) this.#finish(job, "cancelled", job.reason);
    else if (delayMs > 0) {
      job.state = "scheduled";
      job.dueAt = LogTimeMs(this.now + delayMs);
    } else job.state = "ready";
  }

  #resume({ workerId, stream, held }: Extract<Command, { type: "resumeWorker" }>): number {
    let released = 0;
    for (const job of this.jobs) {
      const { claim } = job;
      if (claim?.workerId !== workerId || claim.stream?.session !== stream.session) continue;
      if (claim.stream.number >= stream.number) continue;
      if (held.some(({ id, token }) => id === job.spec.id && token === claim.token)) continue;
      this.#release(job, claim);
      released++;
    }
    return released;
  }

  #fail(
    job: NaiveJob,
    claim: Claim,
    end: "failed" | "expired",
    error: string,
    retryable: boolean,
    wish: number | null,
  ): void {
    const { attempt, spec } = job;
    const { id, queue, agent } = spec;
    const { maxAttempts } = spec.retry;
    this.#endClaim(job, claim, end, error);
    if (job.cancelRequested) {
      this.#finish(job, "cancelled", job.reason);
    } else if (!retryable || attempt === maxAttempts) {
      this.#finish(job, "dead", "");
      this.notices.push({
        type: "jobDead",
        id,
        queue,
        agent,
        attempts: attempt,
        reason: "",
        workerId: claim.workerId,
      });
    } else {
      const delayMs = backoffDelayMs(spec.retry, id, attempt, wish, job.lastDelayMs);
      job.lastDelayMs = delayMs;
      const dueAt = LogTimeMs(this.now + delayMs);
      job.dueAt = dueAt;
      job.state = delayMs > 0 ? "scheduled" : "ready";
      if (delayMs === 0 && end === "failed") this.#toTail(job);
      this.notices.push({
        type: "attemptFailed",
        id,
        queue,
        agent,
        attempt,
        maxAttempts,
        end,
        error,
        delayMs,
        dueAt,
      });
    }
  }

  #endClaim(job: NaiveJob, claim: Claim, end: AttemptEnd, error: string): void {
    const { token, workerId, claimedAt } = claim;
    const { attempt } = job;
    job.history.push({ attempt, token, workerId, startedAt: claimedAt, endedAt: this.now, end, error });
    if (job.history.length > 20) job.history.shift();
    job.claim = null;
    job.lastEnd = end;
    this.limits.claimEnded(job, claim, end);
  }

  #finish(job: NaiveJob, state: JobState, reason: string): void {
    job.state = state;
    job.reason = reason;
    job.finishedAt = this.now;
    // Nobody goes on from there any more.
    if (state === "completed") delete job.checkpoint;
  }

  #cancel(id: JobId, reason: string): CancelResult {
    const job = this.find(id);
    if (!job) return { ok: false, code: "NOT_FOUND", message: "" };
    if (job.state === "completed" || job.state === "dead")
      return { ok: false, code: "JOB_TERMINAL", message: "" };
    if (job.state === "running") {
      if (!job.cancelRequested) job.reason = reason;
      job.cancelRequested = true;
    } else if (job.state !== "cancelled") {
      this.#finish(job, "cancelled", reason);
    }
    return { ok: true, state: job.state };
  }

  #expire({ id, token }: { readonly id: JobId; readonly token: FencingToken }): boolean {
    const job = this.find(id);
    const claim = job?.claim;
    if (!job || !claim || claim.token !== token || claim.expiresAt > this.now) return false;
    this.#fail(job, claim, "expired", "", true, null);
    return true;
  }

  #promote(): number {
    const due = this.jobs.filter((job) => job.state === "scheduled" && job.dueAt <= this.now);
    // Sorting is stable, so equal due times stay in the order of enqueueing.
    for (const job of due.sort((a, b) => a.dueAt - b.dueAt)) {
      job.state = "ready";
      this.#toTail(job);
    }
    return due.length;
  }

  #toTail(job: NaiveJob): void {
    job.order = this.#orders++;
    job.readyAt = this.now;
  }

  #purge(): number {
    const before = this.jobs.length;
    this.jobs = this.jobs.filter((job) => {
      const retention = job.state === "dead" ? job.spec.deadRetentionMs : job.spec.retentionMs;
      return job.finishedAt === null || job.finishedAt + retention > this.now;
    });
    for (const queue of this.limits.settings.keys()) {
      if (!this.jobs.some((job) => job.spec.queue === queue)) this.limits.forget(queue);
    }
    return before - this.jobs.length;
  }
}

/** What the machine should show of the job. */
export function expectedJob(naive: NaiveJob): Job {
  const { lastEnd: _end, order: _order, readyAt: _readyAt, lastDelayMs: _delay, ...job } = naive;
  return job;
}
