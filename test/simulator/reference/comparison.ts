import type { Dependency, Job, JobSpec, Outcome, Schedule } from "../../../src/machine/types.ts";
import { digest, digestOfBytes } from "../checkers/digest.ts";
import type { Cause, ReferenceJob } from "./job.ts";

/** History keeps so many attempts. */
const maxHistory = 20;
/** A reference job's spec stays one and the same object. */
const digestsOfSpecs = new WeakMap<JobSpec, number>();

/** A job as one line: of the machine's and the reference's the same. */
export function lineOf(job: Job): string {
  const { progress = null, checkpoint = null, dependencies = null, history, result } = job;
  const rare = { progress, checkpoint, dependencies, result, failures: history.length };
  return line({ ...job, ...rare }, digest(job.spec)) + (history.length > 0 ? ` ${history.at(-1)?.end}` : "");
}

export function referenceLineOf(job: ReferenceJob): string {
  const failures = Math.min(job.failures, maxHistory);
  const asked = digestsOfSpecs.get(job.spec) ?? digest(job.spec);
  digestsOfSpecs.set(job.spec, asked);
  return line({ ...job, failures }, asked) + (failures > 0 ? ` ${job.lastFailure}` : "");
}

type Shown = Pick<
  ReferenceJob,
  | "spec"
  | "state"
  | "attempt"
  | "enqueuedAt"
  | "dueAt"
  | "claim"
  | "lastToken"
  | "finishedAt"
  | "cancelRequested"
  | "progress"
  | "checkpoint"
  | "dependencies"
  | "result"
  | "failures"
>;

/** `asked`: all of its spec, payload and tags included. */
function line(job: Shown, asked: number): string {
  const { spec, state, attempt, enqueuedAt, dueAt, claim, lastToken, finishedAt, cancelRequested } = job;
  const { progress, checkpoint, dependencies, result, failures } = job;
  const held =
    claim === null
      ? "-"
      : `${claim.token} ${claim.workerId} ${claim.stream?.number} ${claim.claimedAt} ${claim.expiresAt}`;
  const told = progress === null ? "" : ` at ${progress.percent}% ${progress.note} ${progress.at}`;
  const saved =
    checkpoint === null
      ? ""
      : ` saved ${bytesIn(checkpoint.data)} by ${checkpoint.token} at ${checkpoint.at}`;
  const waits = dependencies === null ? "" : ` for ${dependencies.map(heard).join()}`;
  const came = result === null ? "" : ` = ${bytesIn(result)}`;
  return `${spec.id} #${asked} ${state} ${attempt} ${enqueuedAt} ${dueAt} (${held}) ${lastToken} ${finishedAt} ${cancelRequested}${told}${saved}${waits}${came} ${failures}`;
}

function heard({ id, state, result }: Dependency): string {
  return `${id} ${state}${result === null ? "" : ` ${bytesIn(result)}`}`;
}

export function scheduleLineOf(schedule: Schedule): string {
  const { spec, revision, paused, nextDueAt, lastDueAt, lastJobId, bufferedDueAt, lastSkip } = schedule;
  const { fired, skipped, missed } = schedule;
  return (
    `${spec.name} ${revision} #${digest(spec)} ${spec.overlap} ${paused?.by} ${paused?.at} next ${nextDueAt} last ${lastDueAt} ` +
    `${lastJobId} buffered ${bufferedDueAt} skip ${lastSkip?.dueAt} ${fired} ${skipped} ${missed}`
  );
}

const texts: ReadonlySet<string> = new Set(["message", "reason", "lastError", "why"]);

/** Equal but for texts, at a glance; where it says no, their plain forms may still be the same. */
export function alike(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (one instanceof Uint8Array) return other instanceof Uint8Array && Buffer.compare(one, other) === 0;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every(
    (key) => key in other && (texts.has(key) || alike(Reflect.get(one, key), Reflect.get(other, key))),
  );
}

/** Texts are for people. */
export function plain(outcome: Outcome | undefined): string {
  return JSON.stringify(outcome, function bare(this: Record<string, unknown>, key: string, value: unknown) {
    const given = this[key];
    if (given instanceof Uint8Array) return bytesIn(given);
    if (texts.has(key)) return "";
    if (key === "schedule" && value !== null) return scheduleLineOf(value as Schedule);
    return value;
  });
}

const reasons: Readonly<Record<Cause, RegExp>> = {
  attempt: /^attempt \d+ of \d+ (failed|expired|timed out)/,
  queueTimeout: /^no worker claimed it within/,
  totalTimeout: /^it was not completed within/,
  dependency: /, which it waits for, is (dead|cancelled)/,
  byHand: /^/,
};

/** Whether what people are told of a dead or cancelled job is why it ended. */
export function tellsWhy({ state, reason }: Job, { cause }: ReferenceJob): boolean {
  if (cause === null || (state !== "dead" && state !== "cancelled")) return true;
  return reasons[cause].test(reason);
}

function bytesIn(bytes: Uint8Array): string {
  return bytes.length > 12 ? `${bytes.length} bytes #${digestOfBytes(bytes)}` : `[${bytes.join(" ")}]`;
}
