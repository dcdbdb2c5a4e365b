import { assertNever } from "../../../src/base/assert.ts";
import { FencingToken, LogTimeMs } from "../../../src/base/brands.ts";
import type {
  Act,
  ActError,
  ActResult,
  AttemptEnd,
  Claim,
  ClaimedJob,
  Command,
  HeldClaim,
} from "../../../src/machine/types.ts";
import { priorities } from "../../../src/machine/types.ts";
import { naiveDelayMs } from "./backoff.ts";
import { hasEnded, type NaiveJob } from "./job.ts";
import type { World } from "./world.ts";

type ClaimCommand = Extract<Command, { type: "claim" }>;

export function claim(world: World, command: ClaimCommand): ClaimedJob[] {
  const claimed: ClaimedJob[] = [];
  for (const level of priorities.keys()) {
    for (const queue of command.queues) {
      // Claimed and ended in this entry: passed over when it would be next.
      const passed = new Set<NaiveJob>();
      while (claimed.length < command.slots) {
        const jobs = { ready: world.in("ready"), running: world.in("running") };
        const job = world.limits.next(queue, level, jobs, passed);
        if (job === null) break;
        passed.add(job);
        if (job.lastToken === Number(world.index)) continue;
        claimed.push(run(world, job, command));
        const left = world.in("ready").filter((each) => !passed.has(each));
        world.limits.handedOut(job, level, left);
      }
    }
  }
  return claimed;
}

function run(world: World, job: NaiveJob, { workerId, stream }: ClaimCommand): ClaimedJob {
  const { spec, checkpoint, dependencies } = job;
  const { id, queue, priority, payload, agent, leaseMs, retry, key, tags, timeouts } = spec;
  const token = FencingToken(world.index);
  const expiresAt = LogTimeMs(world.now + leaseMs);
  job.state = "running";
  job.attempt += 1;
  job.dueAt = LogTimeMs(0);
  if (world.rules < 1) job.queuedAt = null;
  job.lastToken = token;
  job.lastEnd = null;
  job.claim = { token, workerId, stream: stream ?? null, claimedAt: world.now, expiresAt };
  world.totals.attempts += 1;
  world.tell(job, "started");
  const { attempt } = job;
  const { maxAttempts } = retry;
  return {
    id,
    queue,
    priority,
    payload,
    agent,
    token,
    attempt,
    maxAttempts,
    leaseMs,
    expiresAt,
    ...(tags !== undefined && { tags }),
    ...(key !== undefined && { key }),
    ...(checkpoint !== null && { checkpoint }),
    ...(dependencies !== null && { dependencies }),
    ...(timeouts !== undefined && timeouts.attemptMs > 0 && { attemptTimeoutMs: timeouts.attemptMs }),
  };
}

export function act(world: World, request: Act): ActResult {
  const job = world.find(request.id);
  if (!job) return refused("NOT_FOUND");
  if (job.claim?.token === request.token) return actOnClaim(world, job, job.claim, request);
  if (job.lastToken !== request.token || job.lastEnd === null) return refused("STALE_TOKEN");
  if (request.type === "complete" && job.lastEnd === "completed") return { ok: true, type: "complete" };
  if (request.type === "release" && job.lastEnd === "released") return { ok: true, type: "release" };
  if (request.type === "fail" && job.lastEnd === "failed") return failAnswer(job);
  return refused(hasEnded(job) ? "JOB_TERMINAL" : "STALE_TOKEN");
}

function actOnClaim(world: World, job: NaiveJob, held: Claim, request: Act): ActResult {
  const { now } = world;
  switch (request.type) {
    case "complete":
      endClaim(world, job, held, "completed");
      world.finish(job, "completed", request.result);
      return { ok: true, type: "complete" };
    case "fail":
      fail(world, job, held, { end: "failed", ...request });
      return failAnswer(job);
    case "extend": {
      const expiresAt = LogTimeMs(now + job.spec.leaseMs);
      job.claim = { ...held, expiresAt };
      return { ok: true, type: "extend", expiresAt, cancelRequested: job.cancelRequested };
    }
    case "release":
      release(world, job, held, request.delayMs);
      return { ok: true, type: "release" };
    case "checkpoint":
      job.checkpoint = { data: request.data, at: now, token: held.token };
      world.tell(job, "checkpoint");
      return { ok: true, type: "checkpoint" };
    case "progress":
      job.progress = { percent: request.percent, note: request.note, at: now };
      world.tell(job, "progress");
      return { ok: true, type: "progress" };
    default:
      return assertNever(request);
  }
}

function failAnswer({ dueAt }: NaiveJob): ActResult {
  return { ok: true, type: "fail", nextDueAt: dueAt === 0 ? null : dueAt };
}

function refused(code: ActError): ActResult {
  return { ok: false, code, message: "" };
}

/** The attempt is over; what becomes of the job is said next. */
function endClaim(world: World, job: NaiveJob, held: Claim, end: AttemptEnd): void {
  const { token, workerId, claimedAt: startedAt } = held;
  if (end !== "completed") {
    const { attempt } = job;
    const record = { attempt, token, workerId, startedAt, endedAt: world.now, end, error: "" };
    job.history = [...job.history, record].slice(-20);
    if (end !== "cancelled") world.tell(job, end);
  }
  job.claim = null;
  job.lastEnd = end;
  job.queuedAt = null;
  world.limits.claimEnded(job, held, end);
}

export interface Failure {
  readonly end: "failed" | "expired" | "timedOut";
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
}

export function fail(world: World, job: NaiveJob, held: Claim, failure: Failure): void {
  const { end, retryable, retryAfterMs } = failure;
  const { id, queue, agent, retry } = job.spec;
  const { attempt } = job;
  const { workerId } = held;
  endClaim(world, job, held, end);
  if (end !== "failed") world.tellHolder(job, held, end);
  world.totals.failures += 1;
  if (job.cancelRequested) return world.finish(job, "cancelled");
  if (!retryable || attempt === retry.maxAttempts) {
    world.finish(job, "dead");
    world.notices.push({ type: "jobDead", id, queue, agent, attempts: attempt, reason: "", workerId });
    return;
  }
  const delayMs = naiveDelayMs(retry, id, attempt, retryAfterMs, job.lastDelayMs);
  job.lastDelayMs = delayMs;
  const dueAt = LogTimeMs(world.now + delayMs);
  job.dueAt = dueAt;
  if (delayMs > 0) job.state = "scheduled";
  else world.ready(job, end !== "expired");
  world.tell(job, delayMs > 0 ? "scheduled" : "ready");
  const { maxAttempts } = retry;
  const error = "";
  world.notices.push({
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

function release(world: World, job: NaiveJob, held: Claim, delayMs = 0): void {
  const waited = job.queuedAt;
  endClaim(world, job, held, "released");
  job.attempt -= 1;
  // Nothing was begun: the time until now was no waiting.
  if (waited !== null && delayMs === 0) job.queuedAt = LogTimeMs(waited + world.now - held.claimedAt);
  if (job.cancelRequested) return world.finish(job, "cancelled");
  if (delayMs > 0) {
    job.state = "scheduled";
    job.dueAt = LogTimeMs(world.now + delayMs);
  } else world.ready(job, false);
  world.tell(job, delayMs > 0 ? "scheduled" : "ready");
}

/** Returns whether it was the current claim, and over. */
export function expire(world: World, { id, token }: HeldClaim): boolean {
  const job = world.find(id);
  if (!job?.claim || job.claim.token !== token || job.claim.expiresAt > world.now) return false;
  fail(world, job, job.claim, { end: "expired", retryable: true, retryAfterMs: null });
  return true;
}

export function grace(world: World): void {
  for (const job of world.jobs) {
    if (job.claim === null) continue;
    const expiresAt = Math.max(job.claim.expiresAt, world.now + job.spec.leaseMs);
    job.claim = { ...job.claim, expiresAt: LogTimeMs(expiresAt) };
  }
}

export function resume(world: World, command: Extract<Command, { type: "resumeWorker" }>): number {
  const { workerId, stream, held } = command;
  const lost = world.jobs.filter(
    ({ spec, claim: of }) =>
      of?.workerId === workerId &&
      of.stream?.session === stream.session &&
      of.stream.number < stream.number &&
      !held.some(({ id, token }) => id === spec.id && token === of.token),
  );
  for (const job of lost) if (job.claim !== null) release(world, job, job.claim);
  return lost.length;
}
