import { JobId, LogTimeMs } from "../base/brands.ts";
import type { Dedup, JobSpec, RetryPolicy, Timeouts, WaitFor } from "../machine/types.ts";
import { AlikeSpecs } from "./alikeSpecs.ts";
import { storedBackoff, storedDedupMode, storedJitter, storedOnFailure, storedPriority } from "./jobEnums.ts";
import { bytesOf, noRetry } from "./jobSpec.ts";
import { enter, leave, Shared, SharedString } from "./messageReader.ts";
import { NumberReader } from "./proto.ts";

type Draft<T> = { -readonly [Field in keyof T]: T[Field] };

type Rest = Pick<Draft<JobSpec>, "tags" | "key" | "dedup" | "timeouts" | "rejectWhenOpen" | "waitFor">;

const noBytes = new Uint8Array(0);
const queues = new SharedString();
const agents = new SharedString();
const retries = new Shared<RetryPolicy>((from) => readRetry(from));

const alike = new AlikeSpecs((rest) => readFields(new NumberReader(rest)));

/** A `JobSpec` of job.proto. Defaults were filled in before it was written, so what is absent is zero. */
export function readSpec(from: NumberReader): JobSpec {
  const outer = enter(from);
  const { buf, pos, len } = from;
  const known = buf instanceof Buffer ? alike.read(buf, pos, len) : null;
  if (known !== null) from.pos = len;
  const spec = known ?? readFields(from);
  leave(from, outer);
  return spec;
}

function readFields(from: NumberReader): JobSpec {
  let id = "";
  let queue = "";
  let priority: JobSpec["priority"] = "normal";
  let payload: Uint8Array = noBytes;
  let agent = "";
  let runAt = 0;
  let delayMs = 0;
  let retry = noRetry;
  let leaseMs = 0;
  let retentionMs = 0;
  let deadRetentionMs = 0;
  let rest: Rest | null = null;
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) id = from.string();
    else if (field === 2) queue = queues.read(from);
    else if (field === 3) priority = storedPriority.name(from.int32()) ?? "normal";
    else if (field === 4) payload = bytesOf(from.bytes());
    else if (field === 5) agent = agents.read(from);
    else if (field === 6) runAt = from.uint64();
    else if (field === 7) delayMs = from.uint64();
    else if (field === 8) retry = retries.read(from);
    else if (field === 9) leaseMs = from.uint64();
    else if (field === 10) retentionMs = from.uint64();
    else if (field === 11) deadRetentionMs = from.uint64();
    else if (field > 11 && field < 18) readRest(from, field, (rest ??= {}));
    else from.skipType(tag & 7);
  }
  const spec: JobSpec = {
    id: JobId(id),
    queue,
    priority,
    payload,
    agent,
    runAt: LogTimeMs(runAt),
    delayMs,
    retry,
    leaseMs,
    retentionMs,
    deadRetentionMs,
  };
  return rest === null ? spec : { ...spec, ...rest };
}

/** What few jobs have: empty is absent. */
function readRest(from: NumberReader, field: number, spec: Rest): void {
  if (field === 12) spec.tags = [...(spec.tags ?? []), from.string()];
  else if (field === 13) {
    const key = from.string();
    if (key === "") delete spec.key;
    else spec.key = key;
  } else if (field === 14) spec.dedup = readDedup(from);
  else if (field === 15) spec.timeouts = readTimeouts(from);
  else if (field === 16) {
    if (from.bool()) spec.rejectWhenOpen = true;
    else delete spec.rejectWhenOpen;
  } else spec.waitFor = readWaitFor(from);
}

function readRetry(from: NumberReader): RetryPolicy {
  const retry: Draft<RetryPolicy> = {
    maxAttempts: 0,
    initialBackoffMs: 0,
    multiplier: 0,
    maxBackoffMs: 0,
    jitter: "equal",
  };
  const delaysMs: number[] = [];
  const outer = enter(from);
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) retry.maxAttempts = from.uint32();
    else if (field === 2) retry.initialBackoffMs = from.uint64();
    else if (field === 3) retry.multiplier = from.double();
    else if (field === 4) retry.maxBackoffMs = from.uint64();
    else if (field === 5) retry.jitter = storedJitter.name(from.int32()) ?? "equal";
    else if (field === 6) {
      const backoff = storedBackoff.name(from.int32()) ?? "exponential";
      if (backoff === "exponential") delete retry.backoff;
      else retry.backoff = backoff;
    } else if (field === 7) readDelays(from, tag & 7, delaysMs);
    else if (field === 8) {
      if (from.bool()) retry.byDefault = true;
      else delete retry.byDefault;
    } else from.skipType(tag & 7);
  }
  leave(from, outer);
  return delaysMs.length > 0 ? { ...retry, delaysMs } : retry;
}

/** Packed or one by one. */
function readDelays(from: NumberReader, wire: number, to: number[]): void {
  if (wire !== 2) {
    to.push(from.uint64());
    return;
  }
  const outer = enter(from);
  while (from.pos < from.len) to.push(from.uint64());
  leave(from, outer);
}

function readDedup(from: NumberReader): Dedup {
  const dedup: Draft<Dedup> = { key: "", mode: "return", windowMs: 0 };
  const outer = enter(from);
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) dedup.key = from.string();
    else if (field === 2) dedup.mode = storedDedupMode.name(from.int32()) ?? "return";
    else if (field === 3) dedup.windowMs = from.uint64();
    else from.skipType(tag & 7);
  }
  leave(from, outer);
  return dedup;
}

function readTimeouts(from: NumberReader): Timeouts {
  const timeouts: Draft<Timeouts> = { queueMs: 0, attemptMs: 0, totalMs: 0 };
  const outer = enter(from);
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) timeouts.queueMs = from.uint64();
    else if (field === 2) timeouts.attemptMs = from.uint64();
    else if (field === 3) timeouts.totalMs = from.uint64();
    else from.skipType(tag & 7);
  }
  leave(from, outer);
  return timeouts;
}

function readWaitFor(from: NumberReader): WaitFor {
  const ids: JobId[] = [];
  let onFailure: WaitFor["onFailure"] = "fail";
  const outer = enter(from);
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) ids.push(JobId(from.string()));
    else if (field === 2) onFailure = storedOnFailure.name(from.int32()) ?? "fail";
    else from.skipType(tag & 7);
  }
  leave(from, outer);
  return { ids, onFailure };
}
