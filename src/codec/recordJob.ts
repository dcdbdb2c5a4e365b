import { FencingToken, LogTimeMs } from "../base/brands.ts";
import type { AttemptRecord, Claim, Job, JobRecord } from "../machine/types.ts";
import { storedEnd, storedState } from "./jobEnums.ts";
import { bytesOf, type StoredSpec, specFromStored } from "./jobSpec.ts";
import { streamFromStored } from "./workerStream.ts";

/** `StoredJob` of log.proto as protobufjs decodes it with a `NumberReader`. */
export interface StoredJob {
  readonly job: StoredJobBody | null;
  readonly sequence: number;
  readonly readyOrder: number;
  readonly lastEnd: number;
  /** Undefined is not written, and reads as 0: no stream. */
  readonly claimSession: number | undefined;
  readonly claimStream: number | undefined;
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
  };
  return {
    kind: "job",
    job,
    sequence: stored.sequence,
    readyOrder: stored.readyOrder,
    lastEnd: storedEnd.name(stored.lastEnd),
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
