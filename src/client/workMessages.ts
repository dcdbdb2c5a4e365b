import { types } from "node:util";
import type { Act } from "../generated/conclave/v1/Act.ts";
import type { ActReply__Output } from "../generated/conclave/v1/ActReply.ts";
import type { ActRequest } from "../generated/conclave/v1/ActRequest.ts";
import type { ActResult__Output } from "../generated/conclave/v1/ActResult.ts";
import type { ClaimedJob__Output } from "../generated/conclave/v1/ClaimedJob.ts";
import type { Priority__Output } from "../generated/conclave/v1/Priority.ts";
import type { WorkMessage__Output } from "../generated/conclave/v1/WorkMessage.ts";
import { notPlain, PlainReader } from "../wire/reader.ts";
import { WireWriter } from "../wire/writer.ts";

const priorities: readonly Priority__Output[] = [
  "PRIORITY_UNSPECIFIED",
  "PRIORITY_HIGH",
  "PRIORITY_NORMAL",
  "PRIORITY_LOW",
];

const writer = new WireWriter();

/** The bytes of a `WorkerMessage` with acts; `serialize` does those that are neither completions nor renewals. */
export function writeActs({ requestId, acts = [] }: ActRequest, serialize: (act: Act) => Buffer): Buffer {
  writer.reset();
  const body = writer.open(3);
  writer.uint(1, Number(requestId ?? 0));
  for (const act of acts) writeAct(act, serialize);
  writer.close(body);
  return writer.take(0);
}

function writeAct(act: Act, serialize: (act: Act) => Buffer): void {
  const { complete, extend } = act;
  const result = complete?.result;
  if (typeof result === "string" || !(complete || extend)) {
    writer.bytes(2, serialize(act));
    return;
  }
  const start = writer.openSmall(2);
  writer.string(1, act.id ?? "");
  writer.uint(2, Number(act.fencingToken ?? 0));
  const ending = writer.openSmall(complete ? 3 : 5);
  if (types.isUint8Array(result)) writer.bytes(1, result);
  writer.closeSmall(ending);
  writer.closeSmall(start);
}

/** Null for anything but jobs that bring nothing from before, and answers that say yes. */
export function readWorkMessage(bytes: Buffer): WorkMessage__Output | null {
  const reader = new PlainReader(bytes);
  const tag = reader.tag();
  if ((tag !== 0x12 && tag !== 0x1a) || reader.section() !== bytes.length) return null;
  if (tag === 0x12) {
    const jobs = readJobs(reader);
    return jobs === null ? null : { jobs: { jobs }, message: "jobs" };
  }
  const acts = readActReply(reader);
  return acts === null ? null : { acts, message: "acts" };
}

function readJobs(reader: PlainReader): ClaimedJob__Output[] | null {
  const inner = new PlainReader(reader.bytes);
  const jobs: ClaimedJob__Output[] = [];
  while (reader.more) {
    const until = reader.tag() === 0x0a ? reader.section() : notPlain;
    const job = until < 0 ? null : readJob(inner.to(reader.at, until));
    if (job === null) return null;
    jobs.push(job);
    reader.at = until;
  }
  return jobs;
}

function readJob(reader: PlainReader): ClaimedJob__Output | null {
  const job: ClaimedJob__Output = {
    id: "",
    queue: "",
    priority: "PRIORITY_UNSPECIFIED",
    payload: noBytes,
    agent: "",
    fencingToken: 0,
    attempt: 0,
    maxAttempts: 0,
    leaseMs: 0,
    expiresAtMs: 0,
    checkpoint: null,
    dependencies: noDependencies,
    attemptTimeoutMs: 0,
    tags: noTags,
    key: "",
  };
  while (reader.more) if (!readField(reader, reader.tag(), job)) return null;
  return reader.plain ? job : null;
}

const noBytes = Buffer.alloc(0);
/** Of all jobs that have none. */
const noDependencies = Object.freeze([]) as unknown as ClaimedJob__Output["dependencies"];
const noTags = Object.freeze([]) as unknown as string[];

function readField(reader: PlainReader, tag: number, job: ClaimedJob__Output): boolean {
  if (tag === 0x0a) job.id = reader.text();
  else if (tag === 0x12) job.queue = reader.text();
  else if (tag === 0x18) job.priority = priorities[reader.uint()] ?? unknownPriority(reader);
  else if (tag === 0x22) job.payload = payloadIn(reader);
  else if (tag === 0x2a) job.agent = reader.text();
  else if (tag === 0x30) job.fencingToken = reader.uint();
  else if (tag === 0x38) job.attempt = reader.uint32();
  else if (tag === 0x40) job.maxAttempts = reader.uint32();
  else if (tag === 0x48) job.leaseMs = reader.uint();
  else if (tag === 0x50) job.expiresAtMs = reader.uint();
  else if (tag === 0x68) job.attemptTimeoutMs = reader.uint();
  else if (tag === 0x72) job.tags = [...job.tags, reader.text()];
  else if (tag === 0x7a) job.key = reader.text();
  else return false;
  return true;
}

function unknownPriority(reader: PlainReader): Priority__Output {
  reader.fail();
  return "PRIORITY_UNSPECIFIED";
}

function payloadIn(reader: PlainReader): Buffer {
  const until = reader.section();
  const { bytes, at } = reader;
  if (until <= at) return noBytes;
  reader.at = until;
  return bytes.subarray(at, until);
}

const accepted: ActResult__Output = {
  error: null,
  expiresAtMs: 0,
  cancelRequested: false,
  nextDueAtMs: 0,
};

function readActReply(reader: PlainReader): ActReply__Output | null {
  const inner = new PlainReader(reader.bytes);
  const results: ActResult__Output[] = [];
  let requestId = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x08) requestId = reader.uint();
    else if (tag === 0x12) {
      const until = reader.section();
      const result = until < 0 ? null : readActResult(inner.to(reader.at, until));
      if (result === null) return null;
      results.push(result);
      reader.at = until;
    } else return null;
  }
  return reader.plain ? { requestId, results, error: null } : null;
}

function readActResult(reader: PlainReader): ActResult__Output | null {
  if (!reader.more) return accepted;
  const result: ActResult__Output = { ...accepted };
  while (reader.more) {
    const tag = reader.tag();
    if (tag === 0x10) result.expiresAtMs = reader.uint();
    else if (tag === 0x18) result.cancelRequested = reader.bool();
    else if (tag === 0x20) result.nextDueAtMs = reader.uint();
    else return null;
  }
  return reader.plain ? result : null;
}
