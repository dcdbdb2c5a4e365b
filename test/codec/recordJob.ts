import { FencingToken, JobId, LogTimeMs } from "../../src/base/brands.ts";
import { storedEnd, storedState } from "../../src/codec/jobEnums.ts";
import { bytesOf, type StoredSpec, specFromStored } from "../../src/codec/jobSpec.ts";
import { streamFromStored } from "../../src/codec/workerStream.ts";
import type { AttemptRecord, Claim, Dependency, Job, JobRecord } from "../../src/machine/types.ts";

/** `StoredJob` of records.proto as protobufjs decodes it with a `NumberReader`. */
export interface StoredJob {
  readonly job: StoredJobBody | null;
  readonly sequence: number;
  readonly readyOrder: number;
  readonly lastEnd: number;
  /** Undefined is not written, and reads as 0: no stream. */
  readonly claimSession: number | undefined;
  readonly claimStream: number | undefined;
  readonly queuedAtMs: number;
  readonly lastDelayMs: number;
  readonly readyAtMs: number;
  readonly redrivenAtMs: number;
}

interface StoredJobBody {
  readonly spec: StoredSpec | null;
  readonly state: number;
  readonly attempt: number;
  readonly enqueuedAtMs: number;
  readonly dueAtMs: number;
  readonly finishedAtMs: number;
  readonly claim: StoredClaim | null;
  readonly history: readonly StoredAttempt[];
  /** Undefined is not written: a job without a result. Decoded, an absent one is no own property. */
  readonly result: Uint8Array | undefined;
  readonly reason: string;
  readonly cancelRequested: boolean;
  readonly lastToken: number;
  readonly progress: { readonly percent: number; readonly note: string; readonly atMs: number } | null;
  readonly checkpoint: { readonly data: Uint8Array; readonly atMs: number; readonly token: number } | null;
  readonly dependencies: readonly StoredDependency[];
}

interface StoredDependency {
  readonly id: string;
  readonly state: number;
  readonly result: Uint8Array;
  readonly resultDropped: boolean;
  readonly reason: string;
}

interface StoredClaim {
  readonly token: number;
  readonly workerId: string;
  readonly claimedAtMs: number;
  readonly expiresAtMs: number;
}

interface StoredAttempt {
  readonly attempt: number;
  readonly token: number;
  readonly workerId: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly end: number;
  readonly error: string;
}

/** Null when a part is missing that every job has. */
export function jobFromStored(stored: StoredJob): JobRecord | null {
  const body = stored.job;
  const state = body === null ? null : storedState.name(body.state);
  if (body === null || body.spec === null || state === null) return null;
  const job: Job = {
    spec: specFromStored(body.spec),
    state,
    attempt: body.attempt,
    enqueuedAt: LogTimeMs(body.enqueuedAtMs),
    dueAt: LogTimeMs(body.dueAtMs),
    claim: body.claim === null ? null : claimFromStored(body.claim, stored),
    lastToken: FencingToken(body.lastToken),
    history: body.history.map(attemptFromStored),
    result: state === "completed" ? bytesOf(body.result ?? noBytes) : null,
    finishedAt: isTerminal(state) ? LogTimeMs(body.finishedAtMs) : null,
    reason: body.reason,
    cancelRequested: body.cancelRequested,
    ...restFromStored(body),
  };
  return {
    kind: "job",
    job,
    sequence: stored.sequence,
    readyOrder: stored.readyOrder,
    lastEnd: storedEnd.name(stored.lastEnd),
    ...(stored.queuedAtMs !== 0 && { queuedAt: LogTimeMs(stored.queuedAtMs) }),
    ...(stored.readyAtMs !== 0 && { readyAt: LogTimeMs(stored.readyAtMs) }),
    ...(stored.lastDelayMs !== 0 && { lastDelayMs: stored.lastDelayMs }),
    ...(stored.redrivenAtMs !== 0 && { redrivenAt: LogTimeMs(stored.redrivenAtMs) }),
  };
}

function restFromStored(body: StoredJobBody): Pick<Job, "progress" | "checkpoint" | "dependencies"> {
  const { progress, checkpoint, dependencies } = body;
  return {
    ...(progress !== null && {
      progress: {
        percent: progress.percent < 0 ? null : progress.percent,
        note: progress.note,
        at: LogTimeMs(progress.atMs),
      },
    }),
    ...(checkpoint !== null && {
      checkpoint: {
        data: bytesOf(checkpoint.data),
        at: LogTimeMs(checkpoint.atMs),
        token: FencingToken(checkpoint.token),
      },
    }),
    ...(dependencies.length > 0 && { dependencies: dependencies.map(dependencyFromStored) }),
  };
}

function dependencyFromStored(stored: StoredDependency): Dependency {
  const state = storedState.name(stored.state);
  return {
    id: JobId(stored.id),
    state: state === "completed" || state === "dead" || state === "cancelled" ? state : null,
    result: state === "completed" && !stored.resultDropped ? bytesOf(stored.result) : null,
    resultDropped: stored.resultDropped,
    reason: stored.reason,
  };
}

const noBytes = new Uint8Array(0);

function isTerminal(state: Job["state"]): boolean {
  return state === "completed" || state === "dead" || state === "cancelled";
}

function claimFromStored(stored: StoredClaim, { claimSession, claimStream }: StoredJob): Claim {
  return {
    token: FencingToken(stored.token),
    workerId: stored.workerId,
    stream: streamFromStored(claimSession, claimStream),
    claimedAt: LogTimeMs(stored.claimedAtMs),
    expiresAt: LogTimeMs(stored.expiresAtMs),
  };
}

function attemptFromStored(stored: StoredAttempt): AttemptRecord {
  return {
    attempt: stored.attempt,
    token: FencingToken(stored.token),
    workerId: stored.workerId,
    startedAt: LogTimeMs(stored.startedAtMs),
    endedAt: LogTimeMs(stored.endedAtMs),
    end: storedEnd.name(stored.end) ?? "failed",
    error: stored.error,
  };
}
