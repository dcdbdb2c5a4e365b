import { FencingToken, type JobId } from "../../src/base/brands.ts";
import { backoffDelayMs } from "../../src/machine/index.ts";
import type { Act, Command, JobSpec, JobState } from "../../src/machine/types.ts";
import { bySequence, deadlineOf, hasEnded, type NaiveJob, newJob, viewOf } from "./naiveJob.ts";

interface Window {
  readonly id: JobId;
  readonly until: number;
}

/** What a command answers: a code or a state for each item, and what else a caller counts on. */
export type Answer = readonly unknown[];

/**
 * The rules of docs/jobs.md over one array of jobs of one queue, every question answered by looking at all of it: dedup,
 * timeouts, waiting for others, retries, checkpoints, what an operator does by hand, retention. Without agents and limits,
 * which naiveMachine.ts has.
 */
export class NaiveLifecycle {
  jobs: NaiveJob[] = [];
  now = 0;
  #index = 0;
  #sequence = 0;
  #order = 0;
  #maxEnded = 0;
  #maxEndedBytes = 0;
  readonly #windows = new Map<string, Window>();

  apply(index: number, now: number, command: Command): Answer {
    this.#index = index;
    this.now = Math.max(this.now, now);
    const answer = this.#command(command);
    this.#settle();
    this.#trim();
    return answer;
  }

  /** What the machine should show of each job, in the order of enqueueing. */
  view(): unknown[] {
    return this.jobs.map(viewOf);
  }

  #command(command: Command): Answer {
    switch (command.type) {
      case "enqueue":
        return command.atomic === true
          ? this.#atomic(command.jobs)
          : command.jobs.map((spec) => this.#enqueue(spec));
      case "claim":
        return this.#claim(command.slots);
      case "act":
        return command.acts.map((act) => this.#act(act));
      case "cancel":
        return command.ids.map((id) => this.#cancel(id));
      case "manage":
        return command.ids.map((id) => this.#manage(command.action, id));
      case "setQueue":
        this.#maxEnded = command.patch.maxEnded ?? this.#maxEnded;
        this.#maxEndedBytes = command.patch.maxEndedBytes ?? this.#maxEndedBytes;
        return [];
      case "expireClaims":
        for (const { id, token } of command.claims) {
          const job = this.#find(id);
          if (job?.claim && job.lastToken === token && job.claim.expiresAt <= this.now) {
            this.#failed(job, "expired", true, null);
          }
        }
        return [];
      case "fireTimers":
        this.#fire();
        return [];
      case "resumeWorker":
      case "beginTerm":
      case "setBreaker":
      case "putSchedule":
      case "deleteSchedule":
      case "pauseSchedule":
      case "fireSchedule":
        throw new Error(`${command.type} is not modelled here`);
    }
  }

  #find(id: JobId): NaiveJob | undefined {
    return this.jobs.find((job) => job.spec.id === id);
  }

  // Enqueueing

  #enqueue(spec: JobSpec): unknown {
    const known = this.#find(spec.id);
    if (known) return { id: spec.id, state: known.state, existing: true };
    if (spec.waitFor?.ids.some((id) => !this.#find(id))) return "NOT_FOUND";
    const holder = this.#holder(spec);
    if (holder !== null) {
      const job = this.#find(holder);
      if (spec.dedup?.mode === "reject") return "DUPLICATE";
      if (!(spec.dedup?.mode === "replace" && job && !hasEnded(job) && job.state !== "running")) {
        return { id: holder, state: job?.state ?? "completed", existing: true };
      }
      this.#end(job, "cancelled");
      this.#forgetWindow(job);
    }
    return { id: spec.id, state: this.#take(spec).state, existing: false };
  }

  /** Tried on a copy: whatever is refused there, nothing is done here. */
  #atomic(specs: readonly JobSpec[]): Answer {
    const trial = this.#copy();
    const known = specs.map(({ id }) => this.#find(id));
    const answers = specs.map((spec) => trial.#enqueue(spec));
    if (!answers.some((answer) => typeof answer === "string"))
      return specs.map((spec) => this.#enqueue(spec));
    return answers.map((answer, i) => {
      const before = known[i];
      if (before) return { id: before.spec.id, state: before.state, existing: true };
      return typeof answer === "string" ? answer : "BATCH_REFUSED";
    });
  }

  #copy(): NaiveLifecycle {
    const copy = new NaiveLifecycle();
    copy.jobs = this.jobs.map((job) => ({ ...job }));
    copy.now = this.now;
    for (const [key, window] of this.#windows) copy.#windows.set(key, window);
    return copy;
  }

  #holder({ dedup }: JobSpec): JobId | null {
    if (dedup === undefined || dedup.mode === "force") return null;
    const active = this.jobs.find(
      (job) => !hasEnded(job) && job.spec.dedup?.key === dedup.key && job.spec.dedup.mode !== "force",
    );
    if (active) return active.spec.id;
    const window = this.#windows.get(dedup.key);
    return window !== undefined && window.until > this.now ? window.id : null;
  }

  #forgetWindow({ spec }: NaiveJob): void {
    const key = spec.dedup?.key ?? "";
    if (this.#windows.get(key)?.id === spec.id) this.#windows.delete(key);
  }

  #take(spec: JobSpec): NaiveJob {
    const job = newJob(spec, this.#sequence++, this.now);
    job.waitsFor = this.#asOfNow(spec.waitFor?.ids ?? null);
    this.jobs.push(job);
    if (job.waitsFor === null) this.#begin(job, Math.max(spec.runAt, this.now + spec.delayMs));
    else this.#decide(job);
    return job;
  }

  #begin(job: NaiveJob, dueAt: number): void {
    if (dueAt > this.now) {
      job.state = "scheduled";
      job.dueAt = dueAt;
    } else {
      job.queuedAt = this.now;
      this.#ready(job, true);
    }
  }

  #ready(job: NaiveJob, atTail: boolean): void {
    job.state = "ready";
    if (atTail) job.order = this.#order++;
    if (job.lastToken === 0) job.queuedAt = this.now;
  }

  // Waiting for others

  #asOfNow(ids: readonly JobId[] | null): NaiveJob["waitsFor"] {
    if (ids === null) return null;
    return ids.map((id) => {
      const job = this.#find(id);
      return { id, state: job && hasEnded(job) ? job.state : null };
    });
  }

  #decide(job: NaiveJob): void {
    const waitsFor = job.waitsFor ?? [];
    const { onFailure = "fail" } = job.spec.waitFor ?? {};
    const isBad = waitsFor.some(({ state }) => state === "dead" || state === "cancelled");
    if (isBad && onFailure !== "run") this.#end(job, onFailure === "cancel" ? "cancelled" : "dead");
    else if (waitsFor.every(({ state }) => state !== null)) {
      this.#begin(
        job,
        job.redrivenAt === null ? Math.max(job.spec.runAt, job.enqueuedAt + job.spec.delayMs) : 0,
      );
    }
  }

  #waitingFor(id: JobId): NaiveJob[] {
    return this.jobs.filter(
      (job) =>
        job.state === "waiting" &&
        job.waitsFor?.some((each) => each.id === id && each.state === null) === true,
    );
  }

  #tell(dependent: NaiveJob, of: NaiveJob): void {
    for (const each of dependent.waitsFor ?? []) if (each.id === of.spec.id) each.state = of.state;
    this.#decide(dependent);
  }

  #settle(): void {
    for (;;) {
      const [first] = this.jobs
        .filter((job) => hasEnded(job) && this.#waitingFor(job.spec.id).length > 0)
        .sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || bySequence(a, b));
      const [dependent] = first === undefined ? [] : this.#waitingFor(first.spec.id);
      if (first === undefined || dependent === undefined) return;
      this.#tell(dependent, first);
    }
  }

  // Attempts

  #claim(slots: number): Answer {
    const ready = this.jobs.filter((job) => job.state === "ready").sort((a, b) => a.order - b.order);
    return ready.slice(0, slots).map((job) => {
      job.state = "running";
      job.attempt += 1;
      job.dueAt = 0;
      job.claim = { claimedAt: this.now, expiresAt: this.now + job.spec.leaseMs };
      job.lastToken = FencingToken(this.#index);
      job.lastEnd = null;
      job.queuedAt = null;
      return { id: job.spec.id, attempt: job.attempt, saved: job.saved };
    });
  }

  #act(act: Act): unknown {
    const job = this.#find(act.id);
    if (!job) return "NOT_FOUND";
    if (job.claim === null || job.lastToken !== act.token) return this.#late(job, act);
    switch (act.type) {
      case "complete":
        job.claim = null;
        job.lastEnd = "completed";
        job.result = act.result;
        job.saved = null;
        this.#end(job, "completed");
        return "ok";
      case "fail":
        this.#failed(job, "failed", act.retryable, act.retryAfterMs);
        return job.dueAt;
      case "extend":
        job.claim.expiresAt = this.now + job.spec.leaseMs;
        return job.claim.expiresAt;
      case "release":
        this.#release(job, act.delayMs ?? 0);
        return "ok";
      case "checkpoint":
        job.saved = act.data;
        return "ok";
      case "progress":
        job.percent = act.percent;
        return "ok";
    }
  }

  #late(job: NaiveJob, act: Act): unknown {
    if (job.lastToken !== act.token || job.lastEnd === null) return "STALE_TOKEN";
    if (act.type === "complete" && job.lastEnd === "completed") return "ok";
    if (act.type === "release" && job.lastEnd === "released") return "ok";
    if (act.type === "fail" && job.lastEnd === "failed") return job.dueAt;
    return hasEnded(job) ? "JOB_TERMINAL" : "STALE_TOKEN";
  }

  #release(job: NaiveJob, delayMs: number): void {
    job.claim = null;
    job.lastEnd = "released";
    job.attempt -= 1;
    if (job.cancelRequested) this.#end(job, "cancelled");
    else if (delayMs > 0) {
      job.state = "scheduled";
      job.dueAt = this.now + delayMs;
    } else this.#ready(job, false);
  }

  #failed(
    job: NaiveJob,
    end: "failed" | "expired" | "timedOut",
    retryable: boolean,
    wish: number | null,
  ): void {
    const { retry, id } = job.spec;
    job.claim = null;
    job.lastEnd = end;
    if (job.cancelRequested) return this.#end(job, "cancelled");
    if (!retryable || job.attempt >= retry.maxAttempts) return this.#end(job, "dead");
    const delayMs = backoffDelayMs(retry, id, job.attempt, wish, job.lastDelayMs);
    if (retry.jitter === "decorrelated") job.lastDelayMs = delayMs;
    job.dueAt = this.now + delayMs;
    if (delayMs > 0) job.state = "scheduled";
    else this.#ready(job, end !== "expired");
  }

  #end(job: NaiveJob, state: "completed" | "dead" | "cancelled"): void {
    const { dedup } = job.spec;
    job.state = state;
    job.finishedAt = this.now;
    job.queuedAt = null;
    if (dedup === undefined || dedup.mode === "force" || job.enqueuedAt + dedup.windowMs <= this.now) return;
    this.#windows.set(dedup.key, { id: job.spec.id, until: job.enqueuedAt + dedup.windowMs });
  }

  // By hand

  #cancel(id: JobId): unknown {
    const job = this.#find(id);
    if (!job) return "NOT_FOUND";
    if (job.state === "completed" || job.state === "dead") return "JOB_TERMINAL";
    if (job.state === "running") job.cancelRequested = true;
    else if (job.state !== "cancelled") this.#end(job, "cancelled");
    return job.state;
  }

  #manage(action: string, id: JobId): unknown {
    const job = this.#find(id);
    if (!job) return "NOT_FOUND";
    if (action === "redrive") return this.#redrive(job);
    if (action === "delete") return this.#delete(job);
    if (job.state !== "scheduled") return "WRONG_STATE";
    this.#ready(job, true);
    return job.state;
  }

  #redrive(job: NaiveJob): unknown {
    if (job.state !== "dead" && job.state !== "cancelled") return "WRONG_STATE";
    // Within one command: whoever waits for it has not heard of its end yet.
    if (this.#waitingFor(job.spec.id).length > 0) return "WRONG_STATE";
    const holder = this.#holder(job.spec);
    if (holder !== null && holder !== job.spec.id) return "WRONG_STATE";
    const waitsFor =
      job.waitsFor?.map((each) =>
        this.#find(each.id) ? { ...each, state: this.#stateOf(each.id) } : each,
      ) ?? null;
    if (waitsFor?.some((each) => each.state === null && !this.#find(each.id))) return "WRONG_STATE";
    const isBad = waitsFor?.some(({ state }) => state === "dead" || state === "cancelled") ?? false;
    if (isBad && job.spec.waitFor?.onFailure !== "run") return "WRONG_STATE";
    Object.assign(job, { attempt: 0, dueAt: 0, finishedAt: null, cancelRequested: false, percent: null });
    Object.assign(job, { redrivenAt: this.now, lastDelayMs: 0, waitsFor, state: "waiting" });
    if (waitsFor === null) this.#begin(job, 0);
    else this.#decide(job);
    return job.state;
  }

  #stateOf(id: JobId): JobState | null {
    return this.#asOfNow([id])?.[0]?.state ?? null;
  }

  #delete(job: NaiveJob): unknown {
    if (job.state === "running") return "WRONG_STATE";
    const dependents = this.#waitingFor(job.spec.id);
    if (hasEnded(job) && dependents.length > 0) return "WRONG_STATE";
    if (!hasEnded(job)) this.#end(job, "cancelled");
    for (const each of dependents) if (each.state === "waiting") this.#tell(each, job);
    this.#forgetWindow(job);
    this.jobs = this.jobs.filter((each) => each !== job);
    return job.state;
  }

  // Time

  #fire(): void {
    for (;;) {
      const [late] = this.jobs
        .filter((job) => !hasEnded(job) && deadlineOf(job).at <= this.now)
        .sort((a, b) => deadlineOf(a).at - deadlineOf(b).at || bySequence(a, b));
      if (late === undefined) break;
      if (deadlineOf(late).kind === "attempt") this.#failed(late, "timedOut", true, null);
      else if (late.claim === null) this.#end(late, "dead");
      else this.#failed(late, "timedOut", false, null);
    }
    const due = this.jobs.filter((job) => job.state === "scheduled" && job.dueAt <= this.now);
    for (const job of due.sort((a, b) => a.dueAt - b.dueAt || bySequence(a, b))) this.#ready(job, true);
    this.#settle();
    for (const [key, { until }] of this.#windows) if (until <= this.now) this.#windows.delete(key);
    this.jobs = this.jobs.filter(({ finishedAt, state, spec }) => {
      const keptMs = state === "dead" ? spec.deadRetentionMs : spec.retentionMs;
      return finishedAt === null || finishedAt + keptMs > this.now;
    });
  }

  /** Completed and cancelled ones, the first to end first. */
  #trim(): void {
    for (;;) {
      const kept = this.jobs.filter((job) => job.state === "completed" || job.state === "cancelled");
      const bytes = kept.reduce((sum, job) => sum + job.spec.payload.length + (job.result?.length ?? 0), 0);
      const tooMany = this.#maxEnded > 0 && kept.length > this.#maxEnded;
      if (!tooMany && !(this.#maxEndedBytes > 0 && bytes > this.#maxEndedBytes)) return;
      const [oldest] = kept.sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || bySequence(a, b));
      this.jobs = this.jobs.filter((job) => job !== oldest);
    }
  }
}
