import type { JobId, LogTimeMs } from "../../src/base/brands.ts";
import type { Applied, Job, JobState, QueueSettings, QueueStats } from "../../src/machine/types.ts";
import type { MachineView } from "../../src/machine/view.ts";
import { LimitChecker } from "./limitInvariants.ts";

const terminalStates: ReadonlySet<JobState> = new Set(["completed", "dead", "cancelled"]);

/**
 * Checks what must hold of a machine at any one moment: Q1, Q2, Q4, Q8, Q9 and that every index and count agrees
 * with the jobs themselves. Costs O(jobs). Throws an Error that names the invariant and the job. `knowsTimers`: false
 * where jobs have timeouts or dedup windows, whose timers only the machine knows.
 */
export function checkInvariants(machine: MachineView, knowsTimers = true): void {
  const jobs = machine.list({ limit: Number.MAX_SAFE_INTEGER });
  const ids = new Set<JobId>();
  for (const job of jobs) {
    check(!ids.has(job.spec.id), "Q1 a job is in exactly one state", job);
    ids.add(job.spec.id);
    checkJob(machine, job);
  }
  checkCounts(machine, jobs);
  checkTimers(machine, jobs, knowsTimers);
}

function checkJob(machine: MachineView, job: Job): void {
  const isTerminal = terminalStates.has(job.state);
  check((job.state === "running") === (job.claim !== null), "Q14 running means claimed", job);
  check(isTerminal === (job.finishedAt !== null), "Q1 ended means finishedAt", job);
  check((job.state === "completed") === (job.result !== null), "Q1 a result means completed", job);
  check(job.claim === null || job.claim.token === job.lastToken, "Q4 the claim has the last token", job);
  check(job.lastToken <= machine.appliedIndex, "Q4 a token is an index of the log", job);
  check(job.attempt >= 0 && job.attempt <= job.spec.retry.maxAttempts, "Q8 attempts within the maximum", job);
  check(job.state !== "running" || job.attempt >= 1, "Q8 a claim counts as an attempt", job);
  check(job.state !== "ready" || job.attempt < job.spec.retry.maxAttempts, "Q8 ready means one left", job);
  check(job.history.length <= 20, "history keeps 20 attempts", job);
  check(job.enqueuedAt <= machine.now, "log time never goes back", job);
}

function checkCounts(machine: MachineView, jobs: readonly Job[]): void {
  const expected = new Map<string, QueueStats>();
  for (const { state, spec } of jobs) {
    const stats = expected.get(spec.queue) ?? emptyStats(spec.queue);
    const counted =
      state === "ready"
        ? { ...stats, ready: { ...stats.ready, [spec.priority]: stats.ready[spec.priority] + 1 } }
        : { ...stats, [state]: stats[state] + 1 };
    expected.set(spec.queue, counted);
  }
  const sorted = [...expected.values()].sort((a, b) => (a.queue < b.queue ? -1 : 1));
  same(machine.queues(), sorted, "queue stats agree with the jobs");
  for (const { queue, ready } of sorted) {
    const count = machine.readyCount(queue);
    check(count <= ready.high + ready.normal + ready.low, `readyCount of ${queue} counts ready jobs`, null);
    check(count <= machine.claimRoom(queue), `readyCount of ${queue} is within its room`, null);
  }
  const { enqueued, purged } = machine.totals;
  same(jobs.length, enqueued - purged, "Q2 jobs in all states = enqueued - purged");
  same(machine.runningClaims, jobs.filter((job) => job.state === "running").length, "runningClaims");
  const retrying = jobs.filter(
    (job) => job.state === "scheduled" && job.attempt > 0 && job.spec.agent !== "",
  );
  const heldUp = machine.breakers().filter(({ state }) => state !== "closed");
  const inBackoff = new Set([...retrying.map((job) => job.spec.agent), ...heldUp.map(({ agent }) => agent)]);
  same(machine.agentsInBackoff, inBackoff.size, "agentsInBackoff");
}

function checkTimers(machine: MachineView, jobs: readonly Job[], knowsTimers: boolean): void {
  const leaseEnds = jobs.flatMap((job) => (job.claim === null ? [] : [job.claim.expiresAt]));
  const timers = jobs.flatMap((job) => [timerOf(job) ?? [], attemptDeadline(job) ?? []].flat());
  same(machine.nextLeaseEnd(), earliest(leaseEnds), "nextLeaseEnd is the earliest lease");
  for (const breaker of machine.breakers()) {
    if (breaker.state === "open" && breaker.openUntil) timers.push(breaker.openUntil);
  }
  const next = machine.nextTimerAt();
  const expected = earliest(timers);
  check(
    expected === null || (next !== null && next <= Math.max(expected, machine.now)),
    "nextTimerAt is no later than a timer",
    null,
  );
  // Rates and breakers that are to be forgotten have timers that only the machine knows.
  const hasOthers =
    !knowsTimers ||
    machine.breakers().length > 0 ||
    machine.queueNames().some((queue) => hasRate(machine.queueSettings(queue)));
  if (!hasOthers) same(next, expected, "nextTimerAt is the earliest timer");
}

/** When `fireTimers` has something to do for the job, or null. */
export function timerOf(job: Job): number | null {
  if (job.state === "scheduled") return job.dueAt;
  if (job.finishedAt === null) return null;
  return job.finishedAt + (job.state === "dead" ? job.spec.deadRetentionMs : job.spec.retentionMs);
}

/** When its attempt has taken too long; null while it does not run, and for no bound. */
function attemptDeadline({ claim, spec: { timeouts } }: Job): number | null {
  const attemptMs = timeouts?.attemptMs ?? 0;
  return claim === null || attemptMs === 0 ? null : claim.claimedAt + attemptMs;
}

/** Watches a machine from entry to entry: what may change and how (Q4, Q6, Q8, Q9, Q11). */
export class TransitionChecker {
  #jobs = new Map<JobId, Job>();
  #now = 0;
  #hash = "";
  readonly #limits = new LimitChecker();
  readonly #deaths = new Map<JobId, number>();

  /** Call after each applied entry. */
  observe(machine: MachineView, applied: Applied): void {
    const next = new Map(machine.list({ limit: Number.MAX_SAFE_INTEGER }).map((job) => [job.spec.id, job]));
    this.#limits.observe(machine, [...next.values()], applied);
    check(machine.now >= this.#now, "log time never goes back", null);
    check(machine.stateHash !== this.#hash, "every entry moves the state hash", null);
    for (const [id, before] of this.#jobs) {
      const after = next.get(id);
      // An id may be purged and enqueued anew in one entry; that is a new job.
      if (after !== undefined && after.lastToken >= before.lastToken && !mayBePurged(before, machine.now)) {
        checkTransition(before, after, machine);
      } else if (!mayBePurged(before, machine.now)) {
        check(
          endedInThisEntry(before, machine),
          "Q2 only ended jobs are purged, after their retention",
          before,
        );
      }
    }
    for (const notice of applied.notices) {
      if (notice.type !== "jobDead") continue;
      const key = notice.id;
      const deaths = (this.#deaths.get(key) ?? 0) + 1;
      this.#deaths.set(key, deaths);
    }
    const noticed = [...this.#deaths.values()].reduce((sum, each) => sum + each, 0);
    same(noticed, machine.totals.deaths, "Q8 dead exactly once: as many notices as deaths");
    this.#jobs = next;
    this.#now = machine.now;
    this.#hash = machine.stateHash;
  }
}

function mayBePurged(job: Job, now: LogTimeMs): boolean {
  const timer = timerOf(job);
  return job.finishedAt !== null && timer !== null && timer <= now;
}

/** A job that was alive before may end and be purged in one entry when it is not kept at all. */
function endedInThisEntry(job: Job, machine: MachineView): boolean {
  return (
    job.finishedAt === null &&
    Math.min(job.spec.retentionMs, job.spec.deadRetentionMs) === 0 &&
    machine.now > 0
  );
}

function checkTransition(before: Job, after: Job, machine: MachineView): void {
  if (before.finishedAt !== null) same(after, before, `Q6 an ended job stays as it is: ${before.spec.id}`);
  check(after.lastToken >= before.lastToken, "Q4 tokens only grow", after);
  if (after.lastToken > before.lastToken) {
    check(Number(after.lastToken) === machine.appliedIndex, "Q4 the token is the claim's index", after);
    check(before.state !== "scheduled" || before.dueAt <= machine.now, "Q9 never before its time", before);
  }
  check(after.attempt <= before.attempt + 1, "Q8 one attempt a claim", after);
  const { claim } = before;
  if (claim !== null && after.claim?.token === claim.token) {
    check(after.claim.expiresAt >= claim.expiresAt, "Q11 a lease never shrinks", after);
  }
  const ended = after.history.find((each) => each.token === claim?.token && each.end === "expired");
  if (claim !== null && ended !== undefined) {
    check(ended.endedAt >= claim.expiresAt, "Q11 a lease never ends before its time", after);
  }
}

function hasRate({ rate, ratePerKey }: QueueSettings): boolean {
  return rate !== null || ratePerKey !== null;
}

function earliest(times: readonly number[]): number | null {
  return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
}

function emptyStats(queue: string): QueueStats {
  const ready = { high: 0, normal: 0, low: 0 };
  return { queue, ready, scheduled: 0, running: 0, completed: 0, dead: 0, cancelled: 0, waiting: 0 };
}

function check(condition: boolean, invariant: string, job: Job | null): void {
  if (condition) return;
  throw new Error(`broken: ${invariant}${job === null ? "" : `\n${shown(job)}`}`);
}

function same(actual: unknown, expected: unknown, invariant: string): void {
  if (shown(actual) !== shown(expected)) {
    throw new Error(`broken: ${invariant}\nis        ${shown(actual)}\nshould be ${shown(expected)}`);
  }
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (each instanceof Uint8Array ? [...each] : each));
}
