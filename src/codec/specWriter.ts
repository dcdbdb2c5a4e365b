import type { JobSpec, RetryPolicy } from "../machine/types.ts";
import type { WireWriter } from "../wire/writer.ts";
import { storedBackoff, storedDedupMode, storedJitter, storedOnFailure, storedPriority } from "./jobEnums.ts";
import { whole } from "./jobSpec.ts";

/**
 * `JobSpec` of job.proto, its numbers checked: throws INVALID_ARGUMENT for those that cannot be written. Jobs that come
 * one after the other tend to differ in their ids and payloads only; the rest is then copied from the one before.
 */
export class SpecWriter {
  #last: JobSpec | null = null;
  #head: Uint8Array = new Uint8Array(0);
  #tail: Uint8Array = new Uint8Array(0);

  write(to: WireWriter, spec: JobSpec): void {
    to.string(1, spec.id);
    if (this.#last !== null && areAlike(this.#last, spec)) {
      to.raw(this.#head);
      to.bytes(4, spec.payload);
      to.raw(this.#tail);
      return;
    }
    this.#last = null;
    const headAt = to.length;
    to.string(2, spec.queue);
    to.uint(3, storedPriority.number(spec.priority));
    this.#head = to.copyFrom(headAt);
    to.bytes(4, spec.payload);
    const tailAt = to.length;
    to.string(5, spec.agent);
    to.uint(6, whole("runAt", spec.runAt));
    to.uint(7, whole("delayMs", spec.delayMs));
    writeRetry(to, spec.retry);
    to.uint(9, whole("leaseMs", spec.leaseMs));
    to.uint(10, whole("retentionMs", spec.retentionMs));
    to.uint(11, whole("deadRetentionMs", spec.deadRetentionMs));
    writeFeatures(to, spec);
    this.#tail = to.copyFrom(tailAt);
    // Its payload may be a window on something large.
    this.#last = { ...spec, payload: this.#head };
  }
}

/** In all but id and payload, by their references: equal objects that are not the same are taken for different ones. */
function areAlike(a: JobSpec, b: JobSpec): boolean {
  return (
    a.queue === b.queue &&
    a.retry === b.retry &&
    a.priority === b.priority &&
    a.agent === b.agent &&
    a.runAt === b.runAt &&
    a.delayMs === b.delayMs &&
    a.leaseMs === b.leaseMs &&
    a.retentionMs === b.retentionMs &&
    a.deadRetentionMs === b.deadRetentionMs &&
    a.tags === b.tags &&
    a.key === b.key &&
    a.dedup === b.dedup &&
    a.timeouts === b.timeouts &&
    a.rejectWhenOpen === b.rejectWhenOpen &&
    a.waitFor === b.waitFor
  );
}

function writeRetry(to: WireWriter, retry: RetryPolicy): void {
  const { backoff, delaysMs, byDefault } = retry;
  const start = to.openSmall(8);
  to.uint(1, whole("maxAttempts", retry.maxAttempts));
  to.uint(2, whole("initialBackoffMs", retry.initialBackoffMs));
  to.double(3, retry.multiplier);
  to.uint(4, whole("maxBackoffMs", retry.maxBackoffMs));
  to.uint(5, storedJitter.number(retry.jitter));
  if (backoff !== undefined) to.uint(6, storedBackoff.number(backoff));
  if (delaysMs !== undefined) {
    for (const ms of delaysMs) whole("delaysMs", ms);
    to.packed(7, delaysMs);
  }
  if (byDefault === true) to.bool(8, true);
  to.closeSmall(start);
}

function writeFeatures(
  to: WireWriter,
  { tags, key, dedup, timeouts, rejectWhenOpen, waitFor }: JobSpec,
): void {
  if (tags !== undefined) for (const tag of tags) to.string(12, tag);
  if (key !== undefined) to.string(13, key);
  if (dedup !== undefined) {
    const start = to.open(14);
    to.string(1, dedup.key);
    to.uint(2, storedDedupMode.number(dedup.mode));
    to.uint(3, whole("windowMs", dedup.windowMs));
    to.close(start);
  }
  if (timeouts !== undefined) {
    const start = to.open(15);
    to.uint(1, whole("queueMs", timeouts.queueMs));
    to.uint(2, whole("attemptMs", timeouts.attemptMs));
    to.uint(3, whole("totalMs", timeouts.totalMs));
    to.close(start);
  }
  if (rejectWhenOpen === true) to.bool(16, true);
  if (waitFor !== undefined) {
    const start = to.open(17);
    for (const id of waitFor.ids) to.string(1, id);
    to.uint(2, storedOnFailure.number(waitFor.onFailure));
    to.close(start);
  }
}
