import * as fc from "fast-check";
import { FencingToken, JobId, LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import type {
  Act,
  AttemptRecord,
  Command,
  CommandBatch,
  Job,
  JobRecord,
  JobSpec,
  MetaRecord,
} from "../../src/machine/types.ts";
import { jobStates, priorities } from "../../src/machine/types.ts";

/** Whole numbers up to 2^53 - 1, small and large alike: what every 64-bit field must carry. */
const whole = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
);
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const time = whole.map(LogTimeMs);
const token = whole.map(FencingToken);
const id = fc.string({ minLength: 1, maxLength: 20 }).map(JobId);
const text = fc.string({ unit: "grapheme", maxLength: 30 });
const bytes = fc.uint8Array({ maxLength: 300 });
const end = fc.constantFrom<AttemptRecord["end"]>("failed", "expired", "released", "completed", "cancelled");

export const spec: fc.Arbitrary<JobSpec> = fc.record({
  id,
  queue: text,
  priority: fc.constantFrom(...priorities),
  payload: bytes,
  agent: text,
  runAt: time,
  delayMs: whole,
  retry: fc.record({
    maxAttempts: uint32,
    initialBackoffMs: whole,
    multiplier: fc.double({ noNaN: true }),
    maxBackoffMs: whole,
    jitter: fc.constantFrom("none" as const, "equal" as const, "full" as const),
  }),
  leaseMs: whole,
  retentionMs: whole,
  deadRetentionMs: whole,
});

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ type: fc.constant("complete" as const), id, token, result: bytes }),
  fc.record({
    type: fc.constant("fail" as const),
    id,
    token,
    error: text,
    retryable: fc.boolean(),
    retryAfterMs: fc.option(whole.filter((ms) => ms > 0)),
  }),
  fc.record({ type: fc.constant("extend" as const), id, token }),
  fc.record({ type: fc.constant("release" as const), id, token }),
);

/** A session of 0 stands for none. */
const stream = fc.record({ session: whole.filter((session) => session > 0), number: uint32 });

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ type: fc.constant("enqueue" as const), jobs: fc.array(spec, { maxLength: 5 }) }),
  fc.record({
    type: fc.constant("claim" as const),
    workerId: text,
    queues: fc.array(text, { maxLength: 4 }),
    slots: uint32,
  }),
  fc.record({
    type: fc.constant("claim" as const),
    workerId: text,
    stream,
    queues: fc.array(text, { maxLength: 4 }),
    slots: uint32,
  }),
  fc.record({
    type: fc.constant("resumeWorker" as const),
    workerId: text,
    stream,
    held: fc.array(fc.record({ id, token }), { maxLength: 4 }),
  }),
  fc.record({ type: fc.constant("act" as const), acts: fc.array(act, { maxLength: 6 }) }),
  fc.record({ type: fc.constant("cancel" as const), ids: fc.array(id, { maxLength: 4 }), reason: text }),
  fc.record({
    type: fc.constant("expireClaims" as const),
    claims: fc.array(fc.record({ id, token }), { maxLength: 4 }),
  }),
  fc.constant({ type: "fireTimers" as const }),
  fc.record({ type: fc.constant("beginTerm" as const), leader: text }),
);

export const batch: fc.Arbitrary<CommandBatch> = fc.record({
  now: time,
  commands: fc.array(command, { maxLength: 6 }),
});

const attemptRecord: fc.Arbitrary<AttemptRecord> = fc.record({
  attempt: uint32,
  token,
  workerId: text,
  startedAt: time,
  endedAt: time,
  end,
  error: text,
});

/** Jobs as the machine makes them: what a state has, and only that. */
const job: fc.Arbitrary<Job> = fc
  .record({
    spec,
    state: fc.constantFrom(...jobStates),
    attempt: uint32,
    enqueuedAt: time,
    dueAt: time,
    claim: fc.record({
      token,
      workerId: text,
      stream: fc.option(stream),
      claimedAt: time,
      expiresAt: time,
    }),
    lastToken: token,
    history: fc.array(attemptRecord, { maxLength: 20 }),
    result: bytes,
    finishedAt: time,
    reason: text,
    cancelRequested: fc.boolean(),
  })
  .map((full) => ({
    ...full,
    claim: full.state === "running" ? full.claim : null,
    result: full.state === "completed" ? full.result : null,
    finishedAt: ["completed", "dead", "cancelled"].includes(full.state) ? full.finishedAt : null,
  }));

export const jobRecord: fc.Arbitrary<JobRecord> = fc.record({
  kind: fc.constant("job" as const),
  job,
  sequence: whole,
  readyOrder: whole,
  lastEnd: fc.option(end),
});

export const metaRecord: fc.Arbitrary<MetaRecord> = fc.record({
  kind: fc.constant("meta" as const),
  appliedIndex: whole.map(LogIndex),
  now: time,
  nextSequence: whole,
  nextReadyOrder: whole,
  stateHash: fc.string({
    unit: fc.constantFrom(..."0123456789abcdef".split("")),
    minLength: 16,
    maxLength: 16,
  }),
  totals: fc.record({ enqueued: whole, purged: whole, attempts: whole, failures: whole, deaths: whole }),
});
