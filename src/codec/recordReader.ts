import { FencingToken, JobId, LogTimeMs } from "../base/brands.ts";
import type { AttemptRecord, Claim, Dependency, Job, JobRecord } from "../machine/types.ts";
import { storedEnd, storedState } from "./jobEnums.ts";
import { bytesOf } from "./jobSpec.ts";
import { enter, leave, SharedString } from "./messageReader.ts";
import type { NumberReader } from "./proto.ts";
import { readSpec } from "./specReader.ts";
import { streamFromStored } from "./workerStream.ts";

type Draft<T> = { -readonly [Field in keyof T]: T[Field] };

type Times = Pick<Draft<JobRecord>, "queuedAt" | "lastDelayMs" | "readyAt" | "redrivenAt">;

const workerIds = new SharedString();
const noBytes = new Uint8Array(0);

/**
 * A `StoredJob` of records.proto, up to the reader's end, read by hand straight into the machine's record: decoding is most of what a restart with a
 * million jobs costs. Null when a part is missing that every job has. Mirror of `writeJobRecord`.
 */
export function readJobRecord(from: NumberReader): JobRecord | null {
  let job: Job | null = null;
  let session = 0;
  let stream = 0;
  let sequence = 0;
  let readyOrder = 0;
  let lastEnd: JobRecord["lastEnd"] = null;
  const times: Times = {};
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) job = readJob(from);
    else if (field === 2) sequence = from.uint64();
    else if (field === 3) readyOrder = from.uint64();
    else if (field === 4) lastEnd = storedEnd.name(from.int32());
    else if (field === 5) session = from.uint64();
    else if (field === 6) stream = from.uint32();
    else if (!readTimes(from, field, times)) from.skipType(tag & 7);
  }
  if (from.pos !== from.len) throw new RangeError("a field runs over the end of the job");
  if (job === null) return null;
  const of = streamFromStored(session, stream);
  if (job.claim === null || of === null) return { kind: "job", job, sequence, readyOrder, lastEnd, ...times };
  return {
    kind: "job",
    sequence,
    readyOrder,
    lastEnd,
    ...times,
    job: { ...job, claim: { ...job.claim, stream: of } },
  };
}

/** Each is there only when it is not 0. */
function readTimes(from: NumberReader, field: number, times: Times): boolean {
  if (field < 7 || field > 10) return false;
  const value = from.uint64();
  if (field === 7) {
    if (value === 0) delete times.queuedAt;
    else times.queuedAt = LogTimeMs(value);
  } else if (field === 8) {
    if (value === 0) delete times.lastDelayMs;
    else times.lastDelayMs = value;
  } else if (field === 9) {
    if (value === 0) delete times.readyAt;
    else times.readyAt = LogTimeMs(value);
  } else if (value === 0) delete times.redrivenAt;
  else times.redrivenAt = LogTimeMs(value);
  return true;
}

function readJob(from: NumberReader): Job | null {
  let spec: Job["spec"] | null = null;
  let state = 0;
  let finishedAt = 0;
  let result: Uint8Array = noBytes;
  const history: AttemptRecord[] = [];
  const dependencies: Dependency[] = [];
  let attempt = 0;
  let enqueuedAt = 0;
  let dueAt = 0;
  let claim: Claim | null = null;
  let lastToken = 0;
  let reason = "";
  let cancelRequested = false;
  let progress: Job["progress"];
  let checkpoint: Job["checkpoint"];
  const outer = enter(from);
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) spec = readSpec(from);
    else if (field === 2) state = from.int32();
    else if (field === 3) attempt = from.uint32();
    else if (field === 4) enqueuedAt = from.uint64();
    else if (field === 5) dueAt = from.uint64();
    else if (field === 6) finishedAt = from.uint64();
    else if (field === 7) claim = readClaim(from);
    else if (field === 8) history.push(readAttempt(from));
    else if (field === 9) result = from.bytes();
    else if (field === 10) reason = from.string();
    else if (field === 11) cancelRequested = from.bool();
    else if (field === 12) lastToken = from.uint64();
    else if (field === 13) progress = readProgress(from);
    else if (field === 14) checkpoint = readCheckpoint(from);
    else if (field === 15) dependencies.push(readDependency(from));
    else from.skipType(tag & 7);
  }
  leave(from, outer);
  const name = storedState.name(state);
  if (spec === null || name === null) return null;
  const ended = name === "completed" || name === "dead" || name === "cancelled";
  const job: Draft<Job> = {
    spec,
    state: name,
    attempt,
    enqueuedAt: LogTimeMs(enqueuedAt),
    dueAt: LogTimeMs(dueAt),
    claim,
    lastToken: FencingToken(lastToken),
    history,
    result: name === "completed" ? bytesOf(result) : null,
    finishedAt: ended ? LogTimeMs(finishedAt) : null,
    reason,
    cancelRequested,
  };
  if (progress !== undefined) job.progress = progress;
  if (checkpoint !== undefined) job.checkpoint = checkpoint;
  if (dependencies.length > 0) job.dependencies = dependencies;
  return job;
}

function readClaim(from: NumberReader): Claim {
  const claim: Draft<Claim> = {
    token: FencingToken(0),
    workerId: "",
    stream: null,
    claimedAt: LogTimeMs(0),
    expiresAt: LogTimeMs(0),
  };
  const outer = enter(from);
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) claim.token = FencingToken(from.uint64());
    else if (field === 2) claim.workerId = workerIds.read(from);
    else if (field === 3) claim.claimedAt = LogTimeMs(from.uint64());
    else if (field === 4) claim.expiresAt = LogTimeMs(from.uint64());
    else from.skipType(tag & 7);
  }
  leave(from, outer);
  return claim;
}

function readAttempt(from: NumberReader): AttemptRecord {
  const attempt: Draft<AttemptRecord> = {
    attempt: 0,
    token: FencingToken(0),
    workerId: "",
    startedAt: LogTimeMs(0),
    endedAt: LogTimeMs(0),
    end: "failed",
    error: "",
  };
  const outer = enter(from);
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) attempt.attempt = from.uint32();
    else if (field === 2) attempt.token = FencingToken(from.uint64());
    else if (field === 3) attempt.workerId = workerIds.read(from);
    else if (field === 4) attempt.startedAt = LogTimeMs(from.uint64());
    else if (field === 5) attempt.endedAt = LogTimeMs(from.uint64());
    else if (field === 6) attempt.end = storedEnd.name(from.int32()) ?? "failed";
    else if (field === 7) attempt.error = from.string();
    else from.skipType(tag & 7);
  }
  leave(from, outer);
  return attempt;
}

function readProgress(from: NumberReader): NonNullable<Job["progress"]> {
  let percent = 0;
  let note = "";
  let at = 0;
  const outer = enter(from);
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) percent = from.sint32();
    else if (field === 2) note = from.string();
    else if (field === 3) at = from.uint64();
    else from.skipType(tag & 7);
  }
  leave(from, outer);
  return { percent: percent < 0 ? null : percent, note, at: LogTimeMs(at) };
}

function readCheckpoint(from: NumberReader): NonNullable<Job["checkpoint"]> {
  let data: Uint8Array = noBytes;
  let at = 0;
  let token = 0;
  const outer = enter(from);
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) data = from.bytes();
    else if (field === 2) at = from.uint64();
    else if (field === 3) token = from.uint64();
    else from.skipType(tag & 7);
  }
  leave(from, outer);
  return { data: bytesOf(data), at: LogTimeMs(at), token: FencingToken(token) };
}

function readDependency(from: NumberReader): Dependency {
  let id = "";
  let number = 0;
  let result: Uint8Array = noBytes;
  let resultDropped = false;
  let reason = "";
  const outer = enter(from);
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) id = from.string();
    else if (field === 2) number = from.int32();
    else if (field === 3) result = from.bytes();
    else if (field === 4) resultDropped = from.bool();
    else if (field === 5) reason = from.string();
    else from.skipType(tag & 7);
  }
  leave(from, outer);
  const state = storedState.name(number);
  return {
    id: JobId(id),
    state: state === "completed" || state === "dead" || state === "cancelled" ? state : null,
    result: state === "completed" && !resultDropped ? bytesOf(result) : null,
    resultDropped,
    reason,
  };
}
