import type { Attempt } from "../../generated/conclave/v1/Attempt.ts";
import type { Job } from "../../generated/conclave/v1/Job.ts";
import type * as machine from "../../machine/types.ts";
import { cut } from "./check.ts";
import { wireEnd, wireState } from "./enums.ts";
import { jobSpecToWire } from "./jobSpec.ts";
import { limits } from "./limits.ts";

const empty = new Uint8Array(0);

/** All of a job, as `Get` gives it. */
export function jobToWire(job: machine.Job): Job {
  return {
    spec: jobSpecToWire(job.spec),
    state: wireState[job.state],
    attempt: job.attempt,
    enqueuedAtMs: job.enqueuedAt,
    dueAtMs: job.dueAt,
    finishedAtMs: job.finishedAt ?? 0,
    claim:
      job.claim === null
        ? null
        : {
            token: job.claim.token,
            workerId: job.claim.workerId,
            claimedAtMs: job.claim.claimedAt,
            expiresAtMs: job.claim.expiresAt,
          },
    history: job.history.map(attemptToWire),
    result: job.result ?? empty,
    reason: job.reason,
    cancelRequested: job.cancelRequested,
    lastToken: job.lastToken,
  };
}

/** A job as those get it who wait for its end: they know the payload, or do not want it. */
export function endedJobToWire(job: machine.Job): Job {
  return jobToWire({ ...job, spec: { ...job.spec, payload: empty } });
}

/** An upper bound of `endedJobToWire`'s size: the result, texts at 3 bytes a character, and the numbers. */
export function endedJobBytes(job: machine.Job): number {
  const texts = job.history.reduce((sum, { error }) => sum + error.length + 200, job.reason.length);
  return (job.result?.length ?? 0) + 3 * texts + 4096;
}

/**
 * A job as `List` gives it: no payload, no result, only the last attempt, texts cut. A page of the most jobs at
 * their largest then stays below the 4 MiB that clients accept in one message.
 */
export function listedJobToWire(job: machine.Job): Job {
  const last = job.history.at(-1);
  return jobToWire({
    ...job,
    spec: { ...job.spec, payload: empty },
    result: null,
    reason: cut(job.reason, limits.maxListedCharacters),
    history: last === undefined ? [] : [{ ...last, error: cut(last.error, limits.maxListedCharacters) }],
  });
}

function attemptToWire(attempt: machine.AttemptRecord): Attempt {
  return {
    attempt: attempt.attempt,
    token: attempt.token,
    workerId: attempt.workerId,
    startedAtMs: attempt.startedAt,
    endedAtMs: attempt.endedAt,
    end: wireEnd[attempt.end],
    error: attempt.error,
  };
}
