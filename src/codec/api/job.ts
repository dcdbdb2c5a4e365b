import type { Attempt } from "../../generated/conclave/v1/Attempt.ts";
import type { Job } from "../../generated/conclave/v1/Job.ts";
import type * as machine from "../../machine/types.ts";
import { cut } from "./check.ts";
import { wireEnd, wireState } from "./enums.ts";
import { checkpointToWire, dependenciesToWire, progressToWire } from "./jobParts.ts";
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
    ...(job.progress !== undefined && { progress: progressToWire(job.progress) }),
    ...(job.checkpoint !== undefined && { checkpoint: checkpointToWire(job.checkpoint) }),
    ...(job.dependencies !== undefined && { dependencies: dependenciesToWire(job.dependencies) }),
  };
}

/** A job as those get it who wait for its end: they know what it began with, or do not want it. */
export function endedJobToWire(job: machine.Job): Job {
  return jobToWire(withoutItsInput(job));
}

function withoutItsInput({ checkpoint: _saved, dependencies: _results, ...job }: machine.Job): machine.Job {
  const { waitFor: _others, ...spec } = job.spec;
  return { ...job, spec: { ...spec, payload: empty } };
}

/** An upper bound of `endedJobToWire`'s size: the result, texts at 3 bytes a character, tags and the numbers. */
export function endedJobBytes(job: machine.Job): number {
  const texts = job.history.reduce((sum, { error }) => sum + error.length + 200, job.reason.length);
  return (job.result?.length ?? 0) + 3 * (texts + (job.progress?.note.length ?? 0)) + 8192;
}

/** A job as `List` gives it: no payload, no result, nothing of other jobs, only the last attempt, texts cut. */
export function listedJobToWire(job: machine.Job): Job {
  const last = job.history.at(-1);
  const { checkpoint, progress } = job;
  return jobToWire({
    ...withoutItsInput(job),
    ...(checkpoint !== undefined && { checkpoint: { ...checkpoint, data: empty } }),
    ...(progress !== undefined && {
      progress: { ...progress, note: cut(progress.note, limits.maxListedCharacters) },
    }),
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

/** An upper bound of `listedJobToWire`'s size: ids of 128 bytes, texts at 3 bytes a character, and the numbers. */
export function listedJobBytes({ spec, reason, history, progress }: machine.Job): number {
  const { tags = [], key = "", dedup, agent, retry } = spec;
  const uncut = [agent, key, dedup?.key ?? "", ...tags].reduce((sum, text) => sum + text.length + 1, 0);
  const texts = [reason, history.at(-1)?.error ?? "", progress?.note ?? ""];
  const cutTexts = texts.reduce((sum, text) => sum + Math.min(text.length, limits.maxListedCharacters), 0);
  return 900 + 3 * (uncut + cutTexts) + 8 * (retry.delaysMs?.length ?? 0);
}
