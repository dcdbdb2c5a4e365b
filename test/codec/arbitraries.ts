import * as fc from "fast-check";
import { FencingToken, JobId, LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import { manageActions } from "../../src/machine/commands.ts";
import { newestRules } from "../../src/machine/rules.ts";
import { overlaps, type Schedule, type ScheduleSpec } from "../../src/machine/scheduleTypes.ts";
import {
  type Breaker,
  breakerStates,
  type QueuePatch,
  type QueueSettings,
} from "../../src/machine/settings.ts";
import type {
  Act,
  AttemptRecord,
  Command,
  CommandBatch,
  Dependency,
  Job,
  JobRecord,
  JobSpec,
  MetaRecord,
  SideRecord,
} from "../../src/machine/types.ts";
import { dedupModes, jobStates, onFailures, priorities } from "../../src/machine/types.ts";

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
const end = fc.constantFrom<AttemptRecord["end"]>(
  "failed",
  "expired",
  "released",
  "completed",
  "cancelled",
  "timedOut",
);

const retry: fc.Arbitrary<JobSpec["retry"]> = fc.record(
  {
    maxAttempts: uint32,
    initialBackoffMs: whole,
    multiplier: fc.double({ noNaN: true }),
    maxBackoffMs: whole,
    jitter: fc.constantFrom("none" as const, "equal" as const, "full" as const, "decorrelated" as const),
    backoff: fc.constantFrom("linear" as const, "fixed" as const, "list" as const),
    delaysMs: fc.array(whole, { minLength: 1, maxLength: 5 }),
  },
  { requiredKeys: ["maxAttempts", "initialBackoffMs", "multiplier", "maxBackoffMs", "jitter"] },
);

const plainSpec = {
  id,
  queue: text,
  priority: fc.constantFrom(...priorities),
  payload: bytes,
  agent: text,
  runAt: time,
  delayMs: whole,
  retry,
  leaseMs: whole,
  retentionMs: whole,
  deadRetentionMs: whole,
};

const nonEmpty = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });

/** What follows the fields that every job has: each is there or left out. */
const rest = {
  tags: fc.array(nonEmpty, { minLength: 1, maxLength: 3 }),
  key: nonEmpty,
  dedup: fc.record({ key: text, mode: fc.constantFrom(...dedupModes), windowMs: whole }),
  timeouts: fc.record({ queueMs: whole, attemptMs: whole, totalMs: whole }),
  rejectWhenOpen: fc.constant(true as const),
  waitFor: fc.record({
    ids: fc.array(id, { minLength: 1, maxLength: 3 }),
    onFailure: fc.constantFrom(...onFailures),
  }),
};

export const spec: fc.Arbitrary<JobSpec> = fc
  .tuple(fc.record(plainSpec), fc.option(fc.record(rest, { requiredKeys: [] })))
  .map(([plain, more]) => ({ ...plain, ...more }));

const percent = fc.option(fc.integer({ min: 0, max: 100 }));

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
  fc.record({ type: fc.constant("release" as const), id, token, delayMs: whole.filter((ms) => ms > 0) }),
  fc.record({ type: fc.constant("checkpoint" as const), id, token, data: bytes }),
  fc.record({ type: fc.constant("progress" as const), id, token, percent, note: text }),
);

/** A session of 0 stands for none. */
const stream = fc.record({ session: whole.filter((session) => session > 0), number: uint32 });

const byHand = fc.record({ by: text, why: text, at: time });
const toggle = fc.record({ on: fc.boolean(), by: text, why: text });
const rate = fc.record({ limit: whole, intervalMs: whole });
const policy = fc.record({ threshold: uint32, initialOpenMs: whole, maxOpenMs: whole });
const weights = fc
  .dictionary(nonEmpty, uint32, { maxKeys: 3, noNullPrototype: true })
  .map((byKey) => Object.entries(byKey).sort(([a], [b]) => (a < b ? -1 : 1)));

const limitsOfQueue = {
  maxRunning: whole,
  maxRunningPerAgent: whole,
  maxRunningPerKey: whole,
  fair: fc.boolean(),
  weights,
  ageingMs: whole,
  maxEnded: whole,
  maxEndedBytes: whole,
};

const patch: fc.Arbitrary<QueuePatch> = fc.record(
  { ...limitsOfQueue, paused: toggle, closed: toggle, rate, ratePerKey: rate, breaker: policy, retry },
  { requiredKeys: [] },
);

const queueSettings: fc.Arbitrary<QueueSettings> = fc.record({
  ...limitsOfQueue,
  queue: text,
  paused: fc.option(byHand),
  closed: fc.option(byHand),
  rate: fc.option(rate),
  ratePerKey: fc.option(rate),
  breaker: fc.option(policy),
  retry: fc.option(retry),
});

const breaker: fc.Arbitrary<Breaker> = fc
  .record({
    agent: text,
    state: fc.constantFrom(...breakerStates),
    failures: uint32,
    openings: uint32,
    openedAt: time,
    openUntil: time,
    probe: fc.option(fc.record({ id, token: token.filter((value) => value > 0) })),
    byHand: fc.option(byHand),
    lastFailedAt: time,
    lastError: text,
    policy,
  })
  .map((each) => ({ ...each, openUntil: each.state === "open" ? each.openUntil : null }));

const timing: fc.Arbitrary<ScheduleSpec["timing"]> = fc.oneof(
  fc.record({ type: fc.constant("cron" as const), cron: nonEmpty, timeZone: text }),
  fc.record({ type: fc.constant("every" as const), everyMs: whole }),
);
const timeOrNull = fc.option(time.filter((at) => at > 0));

const scheduleSpec: fc.Arbitrary<ScheduleSpec> = fc.record({
  name: text,
  timing,
  job: spec,
  overlap: fc.constantFrom(...overlaps),
  catchUpMs: whole,
  jitterMs: whole,
  startAt: time,
  endAt: time,
});

const schedule: fc.Arbitrary<Schedule> = fc.record({
  spec: scheduleSpec,
  revision: whole.map(LogIndex),
  put: byHand,
  paused: fc.option(byHand),
  nextDueAt: timeOrNull,
  lastDueAt: time,
  lastJobId: fc.oneof(fc.constant("" as const), id),
  bufferedDueAt: timeOrNull,
  fired: whole,
  skipped: whole,
  missed: whole,
  lastSkip: fc.option(fc.record({ dueAt: time.filter((at) => at > 0), reason: text })),
});

const operatorCommand: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ type: fc.constant("setQueue" as const), queue: text, patch }),
  fc.record({
    type: fc.constant("setBreaker" as const),
    agent: text,
    open: fc.boolean(),
    openMs: whole,
    by: text,
    why: text,
  }),
  fc.record({
    type: fc.constant("manage" as const),
    action: fc.constantFrom(...manageActions),
    ids: fc.array(id, { maxLength: 3 }),
    by: text,
    why: text,
  }),
  fc.record({
    type: fc.constant("putSchedule" as const),
    spec: scheduleSpec,
    nextDueAt: timeOrNull,
    by: text,
  }),
  fc.record({ type: fc.constant("deleteSchedule" as const), name: text }),
  fc.record({
    type: fc.constant("pauseSchedule" as const),
    name: text,
    paused: toggle,
    nextDueAt: timeOrNull,
    revision: whole.map(LogIndex),
  }),
  fc.record({
    type: fc.constant("fireSchedule" as const),
    name: text,
    revision: whole.map(LogIndex),
    dueAt: time,
    nextDueAt: timeOrNull,
    missed: whole,
  }),
);

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
  fc.record({ type: fc.constant("beginTerm" as const), leader: text, rules: fc.constant(newestRules) }),
  fc.record({
    type: fc.constant("enqueue" as const),
    jobs: fc.array(spec, { maxLength: 5 }),
    atomic: fc.constant(true as const),
  }),
  operatorCommand,
);

export const batch: fc.Arbitrary<CommandBatch> = fc.record({
  now: time,
  commands: fc.array(command, { maxLength: 6 }),
});

const window = { kind: fc.constant("dedup" as const), queue: text, key: text, jobId: id, until: time };
export const sideRecord: fc.Arbitrary<SideRecord> = fc.oneof(
  fc.record({ kind: fc.constant("queue" as const), settings: queueSettings }),
  fc.record({ kind: fc.constant("breaker" as const), breaker }),
  fc.record({ kind: fc.constant("schedule" as const), schedule }),
  fc.record(window),
  fc.record({ ...window, end: fc.constantFrom("completed" as const, "dead" as const) }),
  fc.record({
    kind: fc.constant("rate" as const),
    queue: text,
    key: text,
    uses: fc.array(fc.record({ at: time, count: whole }), { maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant("turns" as const),
    queue: text,
    levels: fc.array(fc.record({ time: whole, ahead: fc.array(fc.tuple(text, whole), { maxLength: 3 }) }), {
      maxLength: 3,
    }),
  }),
);

const attemptRecord: fc.Arbitrary<AttemptRecord> = fc.record({
  attempt: uint32,
  token,
  workerId: text,
  startedAt: time,
  endedAt: time,
  end,
  error: text,
});

const dependency: fc.Arbitrary<Dependency> = fc
  .record({
    id,
    state: fc.constantFrom("completed" as const, "dead" as const, "cancelled" as const, null),
    result: bytes,
    resultDropped: fc.boolean(),
    reason: text,
  })
  .map((each) => ({
    ...each,
    result: each.state === "completed" && !each.resultDropped ? each.result : null,
  }));

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
    more: fc.record(
      {
        progress: fc.record({ percent, note: text, at: time }),
        checkpoint: fc.record({ data: bytes, at: time, token }),
        dependencies: fc.array(dependency, { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ more, ...full }) => ({
    ...full,
    ...more,
    claim: full.state === "running" ? full.claim : null,
    result: full.state === "completed" ? full.result : null,
    finishedAt: ["completed", "dead", "cancelled"].includes(full.state) ? full.finishedAt : null,
  }));

export const jobRecord: fc.Arbitrary<JobRecord> = fc.record(
  {
    kind: fc.constant("job" as const),
    job,
    sequence: whole,
    readyOrder: whole,
    lastEnd: fc.option(end),
    queuedAt: time.filter((at) => at > 0),
    readyAt: time.filter((at) => at > 0),
    lastDelayMs: whole.filter((ms) => ms > 0),
  },
  { requiredKeys: ["kind", "job", "sequence", "readyOrder", "lastEnd"] },
);

const scalars = {
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
};

export const metaRecord: fc.Arbitrary<MetaRecord> = fc.oneof(
  fc.record(scalars),
  fc.record({ ...scalars, rules: fc.constant(newestRules) }),
);
