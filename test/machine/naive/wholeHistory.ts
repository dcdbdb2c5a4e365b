import * as fc from "fast-check";
import { JobId, LogTimeMs } from "../../../src/base/brands.ts";
import { manageActions } from "../../../src/machine/commands.ts";
import { overlaps } from "../../../src/machine/scheduleTypes.ts";
import {
  type Act,
  dedupModes,
  type JobFilter,
  type JobSpec,
  jobStates,
  onFailures,
  priorities,
} from "../../../src/machine/types.ts";
import { askedPolicy, queuePatch, rules, workerStream } from "../scenario.ts";

/** Random histories of everything at once. Jobs, queues, agents and keys are few, so that they meet. */

export const queues = ["mail", "post"] as const;
export const agents = ["a1", "a2"] as const;
const agent = fc.constantFrom("", "", ...agents);
const key = fc.constantFrom("", "", "k1", "k2");
const tag = fc.constantFrom("red", "blue");
const name = fc.nat({ max: 10 }).map((n) => JobId(`j${n}`));
const pick = fc.nat({ max: 1_000 });
/** One of four, or one of two. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, arbitrary);
const halves = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.constant(null), arbitrary);

const dedup = fc.record({
  key: fc.constantFrom("k", "l"),
  mode: fc.constantFrom(...dedupModes),
  windowMs: fc.constantFrom(0, 200, 5_000),
});

const someTimeouts = fc
  .record({
    queueMs: fc.constantFrom(0, 0, 30, 300),
    attemptMs: fc.constantFrom(0, 0, 20, 300),
    totalMs: fc.constantFrom(0, 0, 300, 3_000),
  })
  .filter(({ queueMs, attemptMs, totalMs }) => queueMs + attemptMs + totalMs > 0);

/** Those of an attempt and of it all may end at one and the same time. */
const timeouts = fc.oneof(
  { weight: 3, arbitrary: someTimeouts },
  fc.constant({ queueMs: 0, attemptMs: 300, totalMs: 300 }),
);

const waitFor = fc.record({
  ids: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
  onFailure: fc.constantFrom(...onFailures),
});

const plain = fc.record({
  id: name,
  queue: fc.constantFrom(...queues),
  priority: fc.constantFrom(...priorities),
  payload: fc.uint8Array({ maxLength: 20 }),
  agent,
  runAt: fc.constantFrom(0, 0, 0, 0, 0, 1_500).map(LogTimeMs),
  delayMs: fc.constantFrom(0, 0, 0, 0, 50, 2_000),
  retry: askedPolicy,
  leaseMs: fc.constantFrom(50, 10_000),
  retentionMs: fc.constantFrom(0, 100, 100_000),
  deadRetentionMs: fc.constantFrom(100, 100_000),
});

const spec: fc.Arbitrary<JobSpec> = fc
  .record({
    plain,
    key,
    isRejected: fc.constantFrom(false, false, true),
    tags: halves(fc.uniqueArray(tag, { minLength: 1 })),
    dedup: halves(dedup),
    /** A key outlives its job. */
    isBrief: fc.boolean(),
    timeouts: halves(timeouts),
    waitFor: halves(waitFor),
  })
  .map((drawn) => ({
    ...drawn.plain,
    ...(drawn.key !== "" && { key: drawn.key }),
    ...(drawn.isRejected && { rejectWhenOpen: true as const }),
    ...(drawn.tags !== null && { tags: drawn.tags }),
    ...(drawn.dedup !== null && { dedup: drawn.dedup }),
    ...(drawn.dedup !== null && drawn.isBrief && { retentionMs: 0, deadRetentionMs: 0 }),
    ...(drawn.timeouts !== null && { timeouts: drawn.timeouts }),
    ...(drawn.waitFor !== null && { waitFor: drawn.waitFor }),
  }));

const who = { by: fc.constant("ann"), why: fc.constant("test") };
const switched = fc.record({ on: fc.boolean(), ...who });
const scheduleName = fc.constantFrom("s", "t/u");
const actType = fc.constantFrom<Act["type"]>(
  ...([
    "complete",
    "complete",
    "fail",
    "fail",
    "fail",
    "release",
    "checkpoint",
    "progress",
    "extend",
  ] as const),
);

/** A claim that is; an old one of a job that is; any old one; one that would be made in this very entry. */
export type Aim = "held" | "old" | "any" | "thisEntry";

const intents = {
  enqueue: {
    weight: 8,
    intent: {
      specs: fc.array(spec, { minLength: 1, maxLength: 5 }),
      atomic: fc.boolean(),
      /** Waits for jobs whether or not there are any. */
      isBlind: fc.constantFrom(false, false, false, true),
      /** The first one asks for a key that is in its window, if any is. */
      asksForKept: fc.boolean(),
      /** The first one has the id of a job that is gone and whose key is in its window, the second one asks for that key. */
      comesToGone: fc.boolean(),
      /** All ask for the key of the first one. */
      areTwins: fc.boolean(),
      pick,
    },
  },
  claim: {
    weight: 8,
    intent: {
      worker: fc.constantFrom("w", "v"),
      stream: fc.option(workerStream, { freq: 4 }),
      queues: fc.shuffledSubarray([...queues], { minLength: 1 }),
      slots: fc.constantFrom(0, 1, 2, 4, 4),
    },
  },
  act: {
    weight: 14,
    intent: {
      kind: actType,
      pick,
      aim: fc.constantFrom<Aim>("held", "held", "held", "held", "held", "held", "old", "any", "thisEntry"),
      retryable: fc.constantFrom(true, true, true, false),
      wishMs: fc.constantFrom(null, null, 0, 7, 100_000),
      delayMs: fc.constantFrom(0, 40),
    },
  },
  cancel: { weight: 3, intent: { pick, isOfKeys: fc.constantFrom(false, false, true) } },
  expire: { weight: 4, intent: { isEarly: fc.constantFrom(false, false, true), pick } },
  fire: { weight: 9, intent: {} },
  beginTerm: { weight: 1, intent: { rules } },
  resume: {
    weight: 2,
    intent: {
      isMade: fc.constantFrom(false, false, false, true),
      pick,
      worker: fc.constantFrom("w", "v"),
      stream: workerStream,
      keep: fc.constantFrom(0, 0, 1, 2, 255),
    },
  },
  setQueue: {
    weight: 3,
    intent: {
      queue: fc.constantFrom(...queues),
      patch: queuePatch,
      /** How many of its fields count, and from which on. */
      fields: fc.constantFrom(1, 1, 2, 3),
      pick,
      closed: rarely(switched),
      breaker: rarely(
        fc.record({
          threshold: fc.constantFrom(1, 2, 3),
          initialOpenMs: fc.constantFrom(1, 100),
          maxOpenMs: fc.constantFrom(100, 350),
        }),
      ),
      maxEnded: rarely(fc.constantFrom(0, 1, 3)),
      maxEndedBytes: rarely(fc.constantFrom(0, 10, 30)),
    },
  },
  setBreaker: {
    weight: 2,
    intent: {
      agent: fc.constantFrom(...agents),
      open: fc.boolean(),
      openMs: fc.constantFrom(0, 5, 5, 50, 500),
    },
  },
  manage: {
    weight: 5,
    intent: {
      action: fc.constantFrom(...manageActions),
      /** Jobs that it fits, or any. */
      isFitting: fc.constantFrom(true, true, false),
      picks: fc.array(pick, { minLength: 1, maxLength: 3 }),
    },
  },
  putSchedule: {
    weight: 3,
    intent: {
      name: scheduleName,
      overlap: fc.constantFrom(...overlaps),
      jitterMs: fc.constantFrom(0, 0, 400),
      job: spec,
      isAgain: fc.boolean(),
    },
  },
  deleteSchedule: { weight: 1, intent: { name: fc.constantFrom("s", "t/u", "none", "none", "none") } },
  pauseSchedule: {
    weight: 2,
    intent: {
      name: scheduleName,
      paused: fc.record({ ...who, on: fc.constantFrom(false, false, true) }),
      knows: fc.constantFrom("it", "it", "nothing", "another"),
    },
  },
  fireSchedule: {
    weight: 7,
    intent: {
      name: scheduleName,
      off: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1_000, -1_000),
      missed: fc.constantFrom(0, 0, 0, 0, 0, 0, 3),
      isOld: fc.constantFrom(false, false, false, false, false, true),
    },
  },
} as const;

type Intents = {
  [Kind in keyof typeof intents]: {
    readonly kind: Kind;
    readonly with: Drawn<(typeof intents)[Kind]["intent"]>;
  };
};
type Drawn<Shape> = { readonly [Key in keyof Shape]: Shape[Key] extends fc.Arbitrary<infer T> ? T : never };
export type Intent = Intents[keyof Intents];

const intent = fc.oneof(
  ...Object.entries(intents).map(([kind, { weight, intent: shape }]) => ({
    weight,
    arbitrary: fc.record({ kind: fc.constant(kind), with: fc.record<Record<string, unknown>>(shape) }),
  })),
) as fc.Arbitrary<Intent>;

/** What to ask for when the entry is applied. */
const filter: fc.Arbitrary<JobFilter & { readonly pick: number }> = fc
  .record({
    pick,
    limit: fc.constantFrom(0, 1, 3, 1_000),
    queue: rarely(fc.constantFrom(...queues, "none")),
    state: rarely(fc.constantFrom(...jobStates)),
    states: rarely(fc.subarray([...jobStates])),
    agent: rarely(agent),
    tag: rarely(tag),
    key: rarely(fc.constantFrom("k1", "k2")),
    since: rarely(fc.constantFrom(0, 1_000, 1_500, 3_000).map(LogTimeMs)),
    before: rarely(fc.constantFrom(1_001, 1_500, 3_000).map(LogTimeMs)),
  })
  .map(
    (drawn) => Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)) as never,
  );

/** How long it takes until the entry: some time, or up to the moment (or just before or after it) at which something is due. */
const elapsed = fc.oneof(fc.record({ ms: fc.constantFrom(0, 0, 1, 10, 50, 500) }), {
  weight: 2,
  arbitrary: fc.record({ moment: pick, off: fc.constantFrom(0, 0, 0, -1, 1) }),
});
export type Elapsed = typeof elapsed extends fc.Arbitrary<infer T> ? T : never;

const kindOf = <Kind extends keyof typeof intents>(kind: Kind) =>
  fc.record({ kind: fc.constant(kind), with: fc.record<Record<string, unknown>>(intents[kind].intent) });

/** What was handed out ends, and is asked for again, all in one entry. */
const churn = fc
  .tuple(kindOf("claim"), kindOf("act"), fc.constantFrom("fail", "release"), kindOf("claim"))
  .map(([first, act, end, again]) => [
    { ...first, with: { ...first.with, slots: 4 } },
    { ...act, with: { ...act.with, aim: "thisEntry", kind: end, wishMs: null, delayMs: 0 } },
    again,
  ]) as fc.Arbitrary<Intent[]>;

export const step = fc.record({
  elapsed,
  intents: fc.oneof({ weight: 15, arbitrary: fc.array(intent, { minLength: 1, maxLength: 3 }) }, churn),
  filter,
  then: fc.constantFrom("goOn" as const, "goOn" as const, "checkpoint" as const, "restart" as const),
});
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const steps = fc.array(step, { minLength: 1, maxLength: 60, size: "max" });

/** With the newest rules from the beginning on, or from a `beginTerm` in the middle, or not at all. */
export const wholeHistory: fc.Arbitrary<readonly Step[]> = fc
  .tuple(kindOf("beginTerm"), steps)
  .map(([begin, following]) => {
    const first = { elapsed: { ms: 0 }, intents: [begin], filter: { pick: 0, limit: 0 }, then: "goOn" };
    return [first as Step, ...following];
  });
