import type { AttemptRecord, Claim, Job, JobRecord, JobSpec } from "../machine/types.ts";
import { storedEnd, storedJitter, storedPriority, storedState } from "./jobEnums.ts";
import type { WireWriter } from "./wireWriter.ts";

/**
 * A job's record, written by hand: `StoredJob` of log.proto, `Job` and `JobSpec` of the API. Half of a node's work for a
 * job used to be this message. The numbers are the fields'; test/codec holds each against what protobufjs reads.
 */
export function writeJobRecord(to: WireWriter, { job, sequence, readyOrder, lastEnd }: JobRecord): void {
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
}

function writeJob(to: WireWriter, job: Job): void {
  const spec = to.open(1);
  writeSpec(to, job.spec);
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
}

function writeSpec(to: WireWriter, spec: JobSpec): void {
  to.string(1, spec.id);
  to.string(2, spec.queue);
  to.uint(3, storedPriority.number(spec.priority));
  to.bytes(4, spec.payload);
  to.string(5, spec.agent);
  to.uint(6, spec.runAt);
  to.uint(7, spec.delayMs);
  const retry = to.open(8);
  to.uint(1, spec.retry.maxAttempts);
  to.uint(2, spec.retry.initialBackoffMs);
  to.double(3, spec.retry.multiplier);
  to.uint(4, spec.retry.maxBackoffMs);
  to.uint(5, storedJitter.number(spec.retry.jitter));
  to.close(retry);
  to.uint(9, spec.leaseMs);
  to.uint(10, spec.retentionMs);
  to.uint(11, spec.deadRetentionMs);
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
