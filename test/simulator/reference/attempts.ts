import { FencingToken, type JobId, LogTimeMs } from "../../../src/base/brands.ts";
import { hash32 } from "../../../src/base/random.ts";
import type {
  Act,
  ActResult,
  Claim,
  ClaimedJob,
  Command,
  JobSpec,
  WorkerStream,
} from "../../../src/machine/types.ts";
import { priorities } from "../../../src/machine/types.ts";
import type { Cause, ReferenceJob } from "./job.ts";
import type { ReferenceState } from "./state.ts";

type Ask<Type extends Command["type"]> = Extract<Command, { readonly type: Type }>;

export function claim(
  state: ReferenceState,
  { workerId, queues, slots, stream }: Ask<"claim">,
): ClaimedJob[] {
  const claimed: ClaimedJob[] = [];
  for (const level of priorities.keys()) {
    for (const queue of queues) {
      // Claimed and ended in this entry: passed over when it would be next.
      const passed = new Set<ReferenceJob>();
      while (claimed.length < slots) {
        const jobs = { ready: state.inState("ready"), running: state.inState("running") };
        const job = state.limits.next(queue, level, jobs, passed);
        if (job === null) break;
        passed.add(job);
        if (job.lastToken === Number(state.index)) continue;
        claimed.push(run(state, job, workerId, stream ?? null));
        state.limits.handedOut(
          job,
          level,
          [...jobs.ready].filter((each) => !passed.has(each)),
        );
      }
    }
  }
  return claimed;
}

function run(
  state: ReferenceState,
  job: ReferenceJob,
  workerId: string,
  stream: WorkerStream | null,
): ClaimedJob {
  const token = FencingToken(state.index);
  const expiresAt = LogTimeMs(state.now + job.spec.leaseMs);
  job.attempt += 1;
  job.dueAt = LogTimeMs(0);
  job.lastToken = token;
  job.lastEnd = null;
  if (state.rules < 1) job.queuedAt = null;
  job.claim = { token, workerId, stream, claimedAt: state.now, expiresAt };
  state.move(job, "running");
  const { id, queue, priority, payload, agent, leaseMs, retry, tags, key, timeouts } = job.spec;
  const { attempt, checkpoint, dependencies } = job;
  const { maxAttempts } = retry;
  const { attemptMs = 0 } = timeouts ?? {};
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
    ...(attemptMs > 0 && { attemptTimeoutMs: attemptMs }),
  };
}

export function act(state: ReferenceState, request: Act): ActResult {
  const job = state.jobs.get(request.id);
  if (job === undefined) return refused("NOT_FOUND");
  if (job.claim?.token === request.token) return actOnClaim(state, job, job.claim, request);
  if (job.lastToken !== request.token || job.lastEnd === null) return refused("STALE_TOKEN");
  const { type } = request;
  if (type === "complete" && job.lastEnd === "completed") return { ok: true, type };
  if (type === "release" && job.lastEnd === "released") return { ok: true, type };
  if (type === "fail" && job.lastEnd === "failed") return failedBefore(job);
  return refused(job.finishedAt === null ? "STALE_TOKEN" : "JOB_TERMINAL");
}

function actOnClaim(state: ReferenceState, job: ReferenceJob, held: Claim, request: Act): ActResult {
  switch (request.type) {
    case "complete":
      state.endClaim(job, held, "completed");
      job.result = request.result;
      state.finish(job, "completed", "attempt");
      return { ok: true, type: "complete" };
    case "extend": {
      const expiresAt = LogTimeMs(state.now + job.spec.leaseMs);
      job.claim = { ...held, expiresAt };
      state.touch(job);
      return { ok: true, type: "extend", expiresAt, cancelRequested: job.cancelRequested };
    }
    case "checkpoint":
      job.checkpoint = { data: request.data, at: state.now, token: held.token };
      state.touch(job);
      return { ok: true, type: "checkpoint" };
    case "progress":
      job.progress = { percent: request.percent, note: request.note, at: state.now };
      state.touch(job);
      return { ok: true, type: "progress" };
    case "release":
      release(state, job, held, request.delayMs ?? 0);
      return { ok: true, type: "release" };
    case "fail":
      fail(state, job, held, { end: "failed", retryable: request.retryable, wish: request.retryAfterMs });
      return { ok: true, type: "fail", nextDueAt: job.finishedAt === null ? job.dueAt : null };
  }
}

function release(state: ReferenceState, job: ReferenceJob, held: Claim, delayMs: number): void {
  const { queuedAt } = job;
  state.endClaim(job, held, "released");
  if (queuedAt !== null && delayMs === 0) job.queuedAt = queuedAt + (state.now - held.claimedAt);
  if (job.cancelRequested) state.finish(job, "cancelled", "byHand");
  else if (delayMs > 0) {
    job.dueAt = LogTimeMs(state.now + delayMs);
    state.move(job, "scheduled");
  } else state.ready(job, "old");
}

/** Gives back what was claimed for earlier streams of the session and did not arrive; returns how many. */
export function resume(state: ReferenceState, { workerId, stream, held }: Ask<"resumeWorker">): number {
  const lost = [...state.inState("running")].filter(({ spec, claim }) => {
    if (claim?.workerId !== workerId || claim.stream?.session !== stream.session) return false;
    if (claim.stream.number >= stream.number) return false;
    return !held.some(({ id, token }) => id === spec.id && token === claim.token);
  });
  for (const job of lost) if (job.claim !== null) release(state, job, job.claim, 0);
  return lost.length;
}

export function expire(
  state: ReferenceState,
  { id, token }: { readonly id: JobId; readonly token: FencingToken },
): boolean {
  const job = state.jobs.get(id);
  if (job?.claim?.token !== token || job.claim.expiresAt > state.now) return false;
  fail(state, job, job.claim, { end: "expired", retryable: true, wish: null });
  return true;
}

/** A new leader gives every live claim one full lease. */
export function grace(state: ReferenceState): void {
  for (const job of state.inState("running")) {
    if (job.claim === null) continue;
    const expiresAt = LogTimeMs(Math.max(job.claim.expiresAt, state.now + job.spec.leaseMs));
    job.claim = { ...job.claim, expiresAt };
    state.touch(job);
  }
}

export interface Failure {
  readonly end: "failed" | "expired" | "timedOut";
  readonly retryable: boolean;
  readonly wish: number | null;
  readonly cause?: Cause;
}

export function fail(state: ReferenceState, job: ReferenceJob, held: Claim, failure: Failure): void {
  const { attempt, spec } = job;
  const { end, retryable, wish, cause = "attempt" } = failure;
  state.endClaim(job, held, end);
  if (job.cancelRequested) state.finish(job, "cancelled", "byHand");
  else if (!retryable || attempt >= spec.retry.maxAttempts) state.finish(job, "dead", cause);
  else {
    const delayMs = delayAfter(job, wish);
    if (spec.retry.jitter === "decorrelated") job.lastDelayMs = delayMs;
    job.dueAt = LogTimeMs(state.now + delayMs);
    if (delayMs > 0) state.move(job, "scheduled");
    else state.ready(job, end === "expired" ? "old" : "tail");
  }
}

function refused(code: "STALE_TOKEN" | "NOT_FOUND" | "JOB_TERMINAL") {
  return { ok: false, code, message: "" } as const;
}

/** Asked again. The due time is 0 once the job was handed out anew or has ended. */
function failedBefore(job: ReferenceJob): ActResult {
  return { ok: true, type: "fail", nextDueAt: job.dueAt === 0 ? null : job.dueAt };
}

/** docs/jobs.md: what the policy says, at most the cap, with jitter by a hash of (job id, attempt). */
function delayAfter({ spec, attempt, lastDelayMs }: ReferenceJob, wish: number | null): number {
  const { initialBackoffMs, maxBackoffMs, jitter } = spec.retry;
  if (wish !== null && wish > 0) return Math.min(wish, maxBackoffMs);
  const unit = hash32(spec.id, attempt) / 2 ** 32;
  const between = (least: number, most: number): number => least + Math.floor(unit * (most - least + 1));
  if (jitter === "decorrelated") {
    const most = 3 * Math.max(lastDelayMs, initialBackoffMs);
    return between(
      Math.floor(Math.min(initialBackoffMs, maxBackoffMs)),
      Math.floor(Math.min(most, maxBackoffMs)),
    );
  }
  const delay = Math.floor(Math.min(plainDelay(spec, attempt), maxBackoffMs));
  if (jitter === "none") return delay;
  return between(jitter === "equal" ? Math.ceil(delay / 2) : 0, delay);
}

function plainDelay({ retry }: JobSpec, attempt: number): number {
  const { initialBackoffMs, multiplier, maxBackoffMs, backoff, delaysMs = [] } = retry;
  if (backoff === "linear") return initialBackoffMs * attempt;
  if (backoff === "fixed") return initialBackoffMs;
  if (backoff === "list") return delaysMs[Math.min(attempt, delaysMs.length) - 1] ?? 0;
  let delay = initialBackoffMs;
  for (let n = 1; n < attempt && multiplier > 1 && delay > 0 && delay < maxBackoffMs; n++)
    delay *= multiplier;
  return delay;
}
