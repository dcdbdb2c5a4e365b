import { types } from "node:util";
import type { EnqueueReply__Output } from "../generated/conclave/v1/EnqueueReply.ts";
import type { EnqueueRequest } from "../generated/conclave/v1/EnqueueRequest.ts";
import type { EnqueueResult__Output } from "../generated/conclave/v1/EnqueueResult.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import type { JobState__Output } from "../generated/conclave/v1/JobState.ts";
import { PlainReader } from "../wire/reader.ts";
import { WireWriter } from "../wire/writer.ts";

/** By their numbers on the wire. */
const priorities: Readonly<Record<string | number, number>> = {
  PRIORITY_HIGH: 1,
  PRIORITY_NORMAL: 2,
  PRIORITY_LOW: 3,
};
const states: readonly JobState__Output[] = [
  "JOB_STATE_UNSPECIFIED",
  "JOB_STATE_SCHEDULED",
  "JOB_STATE_READY",
  "JOB_STATE_RUNNING",
  "JOB_STATE_COMPLETED",
  "JOB_STATE_DEAD",
  "JOB_STATE_CANCELLED",
  "JOB_STATE_WAITING",
];
const tags = {
  requestId: 0x08,
  result: 0x12,
  id: 0x0a,
  state: 0x10,
  existing: 0x18,
} as const;

const writer = new WireWriter();

/** The request's bytes; `serialize` does those of jobs that say more than most do. */
export function writeEnqueueRequest(
  { requestId, jobs = [], atomic }: EnqueueRequest,
  serialize: (spec: JobSpec) => Buffer,
): Buffer {
  writer.reset();
  writer.uint(1, Number(requestId ?? 0));
  for (const job of jobs) {
    if (!isPlain(job)) {
      writer.bytes(2, serialize(job));
      continue;
    }
    const start = writer.open(2);
    writer.string(1, job.id ?? "");
    writer.string(2, job.queue ?? "");
    writer.uint(3, priorities[job.priority ?? 0] ?? 0);
    writer.bytes(4, job.payload as Uint8Array);
    writer.string(5, job.agent ?? "");
    writer.uint(6, Number(job.runAtMs ?? 0));
    writer.uint(7, Number(job.delayMs ?? 0));
    writer.uint(9, Number(job.leaseMs ?? 0));
    writer.uint(10, Number(job.retentionMs ?? 0));
    writer.uint(11, Number(job.deadRetentionMs ?? 0));
    writer.close(start);
  }
  writer.bool(3, atomic === true);
  return writer.take(0);
}

/** As `jobSpec` makes most: with nothing but what every job has. */
function isPlain(job: JobSpec): boolean {
  return (
    types.isUint8Array(job.payload) &&
    (job.retry ?? null) === null &&
    job.tags === undefined &&
    job.key === undefined &&
    job.dedup === undefined &&
    job.timeouts === undefined &&
    job.rejectWhenOpen === undefined &&
    job.waitFor === undefined
  );
}

/** Null for a reply that says more than that jobs are there. */
export function readEnqueueReply(bytes: Buffer): EnqueueReply__Output | null {
  const reader = new PlainReader(bytes);
  const inner = new PlainReader(bytes);
  const results: EnqueueResult__Output[] = [];
  let requestId = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === tags.requestId) requestId = reader.uint();
    else if (tag === tags.result) {
      const until = reader.section();
      const result = until < 0 ? null : readResult(inner.to(reader.at, until));
      if (result === null) return null;
      results.push(result);
      reader.at = until;
    } else return null;
  }
  return reader.plain ? { requestId, results, error: null } : null;
}

function readResult(reader: PlainReader): EnqueueResult__Output | null {
  let id = "";
  let state = 0;
  let existing = false;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === tags.id) id = reader.text();
    else if (tag === tags.state) state = reader.uint();
    else if (tag === tags.existing) existing = reader.bool();
    else return null;
  }
  const name = states[state];
  return reader.plain && name !== undefined ? { id, state: name, existing, error: null } : null;
}
