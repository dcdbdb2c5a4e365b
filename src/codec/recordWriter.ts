import type {
  AttemptRecord,
  Claim,
  Dependency,
  Job,
  JobRecord,
  Progress,
  SavedCheckpoint,
} from "../machine/types.ts";
import type { WireWriter } from "../wire/writer.ts";
import { storedEnd, storedState } from "./jobEnums.ts";
import { SpecWriter } from "./specWriter.ts";

const specs = new SpecWriter();

/**
 * A job's record, written by hand: `StoredJob` of records.proto, `Job` and `JobSpec` of the API. Half of a node's work for a
 * job used to be this message. The numbers are the fields'; test/codec holds each against what protobufjs reads.
 */
export function writeJobRecord(to: WireWriter, record: JobRecord): void {
  const { job, sequence, readyOrder, lastEnd } = record;
  const body = to.open(1);
  writeJob(to, job);
  to.close(body);
  to.uint(2, sequence);
  to.uint(3, readyOrder);
  if (lastEnd !== null) to.uint(4, storedEnd.number(lastEnd));
  const stream = job.claim?.stream ?? null;
  if (stream !== null) {
    to.uint(5, stream.session);
    to.uint(6, stream.number);
  }
  to.uint(7, record.queuedAt ?? 0);
  to.uint(8, record.lastDelayMs ?? 0);
  to.uint(9, record.readyAt ?? 0);
  to.uint(10, record.redrivenAt ?? 0);
}

function writeJob(to: WireWriter, job: Job): void {
  const spec = to.open(1);
  specs.write(to, job.spec);
  to.close(spec);
  to.uint(2, storedState.number(job.state));
  to.uint(3, job.attempt);
  to.uint(4, job.enqueuedAt);
  to.uint(5, job.dueAt);
  to.uint(6, job.finishedAt ?? 0);
  if (job.claim !== null) writeClaim(to, job.claim);
  for (const attempt of job.history) writeAttempt(to, attempt);
  if (job.result !== null) to.bytes(9, job.result);
  to.string(10, job.reason);
  to.bool(11, job.cancelRequested);
  to.uint(12, job.lastToken);
  if (job.progress !== undefined) writeProgress(to, job.progress);
  if (job.checkpoint !== undefined) writeCheckpoint(to, job.checkpoint);
  for (const dependency of job.dependencies ?? []) writeDependency(to, dependency);
}

function writeProgress(to: WireWriter, { percent, note, at }: Progress): void {
  const start = to.open(13);
  to.signed(1, percent ?? -1);
  to.string(2, note);
  to.uint(3, at);
  to.close(start);
}

function writeCheckpoint(to: WireWriter, { data, at, token }: SavedCheckpoint): void {
  const start = to.open(14);
  to.bytes(1, data);
  to.uint(2, at);
  to.uint(3, token);
  to.close(start);
}

function writeDependency(to: WireWriter, dependency: Dependency): void {
  const start = to.open(15);
  to.string(1, dependency.id);
  if (dependency.state !== null) to.uint(2, storedState.number(dependency.state));
  if (dependency.result !== null) to.bytes(3, dependency.result);
  to.bool(4, dependency.resultDropped);
  to.string(5, dependency.reason);
  to.close(start);
}

function writeClaim(to: WireWriter, claim: Claim): void {
  const start = to.open(7);
  to.uint(1, claim.token);
  to.string(2, claim.workerId);
  to.uint(3, claim.claimedAt);
  to.uint(4, claim.expiresAt);
  to.close(start);
}

function writeAttempt(to: WireWriter, record: AttemptRecord): void {
  const start = to.open(8);
  to.uint(1, record.attempt);
  to.uint(2, record.token);
  to.string(3, record.workerId);
  to.uint(4, record.startedAt);
  to.uint(5, record.endedAt);
  to.uint(6, storedEnd.number(record.end));
  to.string(7, record.error);
  to.close(start);
}
