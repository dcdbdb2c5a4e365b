import * as fc from "fast-check";
import { FencingToken, JobId, LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import { newestRules } from "../../src/machine/index.ts";
import type {
  Act,
  Command,
  CommandBatch,
  JobSpec,
  QueuePatch,
  RateLimit,
  RetryPolicy,
  WorkerStream,
} from "../../src/machine/types.ts";
import type { MachineView } from "../../src/machine/view.ts";

/**
 * A random history is a list of steps that name jobs and claims by number; `concrete` turns a step into an entry
 * by what the machine holds at that moment, as a leader would, so that most acts meet a job they fit.
 */
export interface Step {
  /** Log time that passes before the entry, ms. */
  readonly elapsed: number;
  readonly intents: readonly Intent[];
}

export type Intent =
  | { readonly do: "enqueue"; readonly specs: readonly JobSpec[] }
  | {
      readonly do: "claim";
      readonly worker: number;
      readonly stream: WorkerStream | null;
      readonly queues: readonly string[];
      readonly slots: number;
    }
  | {
      readonly do: "act";
      readonly kind: Act["type"];
      readonly pick: number;
      readonly aim: "running" | "old" | "thisEntry";
      readonly retryable: boolean;
      readonly retryAfterMs: number | null;
    }
  | { readonly do: "cancel"; readonly pick: number }
  | { readonly do: "expire"; readonly pick: number; readonly early: boolean }
  | { readonly do: "fireTimers" }
  | { readonly do: "beginTerm"; readonly rules: number }
  | { readonly do: "setQueue"; readonly queue: string; readonly patch: QueuePatch }
  | { readonly do: "setBreaker"; readonly agent: string; readonly open: boolean; readonly openMs: number }
  | {
      readonly do: "resume";
      readonly worker: number;
      readonly stream: WorkerStream;
      /** Bit n: the n-th running claim is held. */
      readonly keep: number;
    };

export const queueNames = ["a", "b", "c"] as const;

export const retryPolicy: fc.Arbitrary<RetryPolicy> = fc
  .tuple(
    fc.record({
      maxAttempts: fc.integer({ min: 1, max: 4 }),
      initialBackoffMs: fc.constantFrom(0, 10, 100, 1_000),
      multiplier: fc.constantFrom(1, 1.5, 2, 3),
      maxBackoffMs: fc.constantFrom(0, 50, 1_000, 60_000),
      jitter: fc.constantFrom("none" as const, "equal" as const, "full" as const, "decorrelated" as const),
    }),
    fc.constantFrom(
      {},
      {},
      { backoff: "linear" as const },
      { backoff: "fixed" as const },
      { backoff: "list" as const, delaysMs: [0, 40] },
    ),
  )
  .map(([policy, kind]) => ({ ...policy, ...kind }));

/** One that the job asks for, or none. */
export const askedPolicy: fc.Arbitrary<RetryPolicy> = fc
  .tuple(retryPolicy, fc.constantFrom(true, false, false))
  .map(([policy, byDefault]) => ({ ...policy, ...(byDefault && { byDefault }) }));

const plainSpec: fc.Arbitrary<JobSpec> = fc.record({
  id: fc.nat({ max: 40 }).map((n) => JobId(`job-${n}`)),
  queue: fc.constantFrom(...queueNames),
  priority: fc.constantFrom("high" as const, "normal" as const, "low" as const),
  payload: fc.uint8Array({ maxLength: 4 }),
  agent: fc.constantFrom("", "agent-1", "agent-2"),
  runAt: fc.constantFrom(0, 0, 1_500, 100_000).map(LogTimeMs),
  delayMs: fc.constantFrom(0, 0, 0, 1, 300),
  retry: askedPolicy,
  leaseMs: fc.constantFrom(1, 100, 1_000),
  retentionMs: fc.constantFrom(0, 50, 2_000, 1_000_000),
  deadRetentionMs: fc.constantFrom(0, 500, 1_000_000),
});

/** Half of the jobs are for no key. */
export const jobSpec: fc.Arbitrary<JobSpec> = fc
  .tuple(plainSpec, fc.constantFrom("", "", "k1", "k2"), fc.nat({ max: 3 }))
  .map(([spec, key, n]) => ({
    ...spec,
    ...(key !== "" && { key }),
    ...(n === 0 && { rejectWhenOpen: true as const }),
  }));

const hand = fc.record({ on: fc.boolean(), by: fc.constant("ann"), why: fc.constant("test") });
const runningLimit = fc.constantFrom(0, 1, 1, 2);
const rateLimit: fc.Arbitrary<RateLimit> = fc.record({
  limit: fc.constantFrom(0, 1, 2, 3),
  intervalMs: fc.constantFrom(1, 50, 1_000, 1_000, 5_000),
});

export const queuePatch: fc.Arbitrary<QueuePatch> = fc.record(
  {
    paused: fc.oneof({ weight: 2, arbitrary: fc.constant({ on: false, by: "", why: "" }) }, hand),
    closed: fc.oneof({ weight: 4, arbitrary: fc.constant({ on: false, by: "", why: "" }) }, hand),
    maxRunning: fc.constantFrom(0, 0, 2, 3),
    maxRunningPerAgent: runningLimit,
    maxRunningPerKey: runningLimit,
    rate: rateLimit,
    ratePerKey: rateLimit,
    fair: fc.constantFrom(true, true, false),
    weights: fc.constantFrom([], [["k1", 2] as const], [["", 3] as const, ["k2", 7] as const]),
    ageingMs: fc.constantFrom(0, 10, 100, 1_000),
    breaker: fc.record({
      threshold: fc.constantFrom(0, 1, 2, 3),
      initialOpenMs: fc.constantFrom(1, 100),
      maxOpenMs: fc.constantFrom(100, 350),
    }),
    retry: askedPolicy,
  },
  { requiredKeys: [] },
);

/** That a leader names: those of release 0.1.0, as it does while it does not know of all members, or the newest. */
export const rules = fc.constantFrom(0, newestRules);

export const workerStream: fc.Arbitrary<WorkerStream> = fc.record({
  session: fc.constantFrom(1, 1, 1, 2),
  number: fc.integer({ min: 1, max: 3 }),
});

const beginTerm = fc.record({ do: fc.constant("beginTerm" as const), rules });

const intent: fc.Arbitrary<Intent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("enqueue" as const),
      specs: fc.array(jobSpec, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("claim" as const),
      worker: fc.nat({ max: 3 }),
      stream: fc.option(workerStream),
      queues: fc.shuffledSubarray([...queueNames], { minLength: 1 }),
      slots: fc.nat({ max: 4 }),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant("act" as const),
      kind: fc.constantFrom<Act["type"]>(
        "complete",
        "fail",
        "fail",
        "extend",
        "release",
        "checkpoint",
        "progress",
      ),
      pick: fc.nat({ max: 1_000 }),
      aim: fc.constantFrom("running" as const, "running" as const, "old" as const, "thisEntry" as const),
      retryable: fc.boolean(),
      retryAfterMs: fc.constantFrom(null, null, 0, 7, 100_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), pick: fc.nat({ max: 1_000 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("expire" as const),
      pick: fc.nat({ max: 1_000 }),
      early: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ do: "fireTimers" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("setQueue" as const),
      queue: fc.constantFrom(...queueNames),
      patch: queuePatch,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("setBreaker" as const),
      agent: fc.constantFrom("agent-1", "agent-2"),
      open: fc.boolean(),
      openMs: fc.constantFrom(0, 5, 500),
    }),
  },
  { weight: 1, arbitrary: beginTerm },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("resume" as const),
      worker: fc.nat({ max: 3 }),
      stream: workerStream,
      keep: fc.nat({ max: 255 }),
    }),
  },
);

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    elapsed: fc.constantFrom(0, 1, 10, 100, 1_000, 70_000),
    intents: fc.array(intent, { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 60, size: "max" },
);

/** With the newest rules from the beginning on, or from a `beginTerm` in the middle, or not at all. */
export const history: fc.Arbitrary<readonly Step[]> = fc
  .tuple(beginTerm, steps)
  .map(([begin, following]) => [{ elapsed: 0, intents: [begin] }, ...following]);

/** Turns steps into entries, and remembers every claim ever made so that old tokens can be tried. */
export class Leader {
  #index = 0;
  #now = 1_000;
  readonly #claims: { readonly id: JobId; readonly token: FencingToken }[] = [];

  entry(step: Step, machine: MachineView): { readonly index: LogIndex; readonly batch: CommandBatch } {
    // Indexes have gaps: no-ops and membership changes take some.
    this.#index += 1 + (step.elapsed % 3);
    this.#now += step.elapsed;
    const index = LogIndex(this.#index);
    const commands = step.intents.map((each) => this.#concrete(each, machine, index));
    return { index, batch: { now: LogTimeMs(this.#now), commands } };
  }

  /** Call with the machine after the entry was applied. */
  observe(machine: MachineView): void {
    for (const { spec, lastToken } of machine.list({ limit: 1_000 })) {
      if (lastToken === FencingToken(this.#index)) this.#claims.push({ id: spec.id, token: lastToken });
    }
  }

  #concrete(intent: Intent, machine: MachineView, index: LogIndex): Command {
    switch (intent.do) {
      case "enqueue":
        return { type: "enqueue", jobs: intent.specs };
      case "claim":
        return {
          type: "claim",
          workerId: `worker-${intent.worker}`,
          ...(intent.stream === null ? {} : { stream: intent.stream }),
          queues: intent.queues,
          slots: intent.slots,
        };
      case "act":
        return { type: "act", acts: [this.#act(intent, machine, index)] };
      case "cancel":
        return {
          type: "cancel",
          ids: [pickFrom(allIds(machine), intent.pick) ?? JobId("none")],
          reason: "by test",
        };
      case "expire":
        return { type: "expireClaims", claims: this.#expired(intent, machine) };
      case "fireTimers":
        return { type: "fireTimers" };
      case "beginTerm":
        return { type: "beginTerm", leader: "n1", ...(intent.rules > 0 && { rules: intent.rules }) };
      case "setQueue":
        return { type: "setQueue", queue: intent.queue, patch: intent.patch };
      case "setBreaker": {
        const { agent, open, openMs } = intent;
        return { type: "setBreaker", agent, open, openMs, by: "ann", why: "test" };
      }
      case "resume":
        return {
          type: "resumeWorker",
          workerId: `worker-${intent.worker}`,
          stream: intent.stream,
          held: this.#heldBy(intent.keep, machine),
        };
    }
  }

  /** Some of the running claims, whoever has them, and an old one that may be over. */
  #heldBy(keep: number, machine: MachineView) {
    const running = machine.list({ state: "running", limit: 1_000 });
    const held = running.filter((_job, n) => (keep & (1 << (n % 8))) !== 0);
    const old = pickFrom(this.#claims, keep);
    return [
      ...held.map(({ spec: { id }, lastToken: token }) => ({ id, token })),
      ...(old === undefined ? [] : [old]),
    ];
  }

  #act(intent: Extract<Intent, { do: "act" }>, machine: MachineView, index: LogIndex): Act {
    const { id, token } = this.#target(intent, machine, index);
    switch (intent.kind) {
      case "complete":
        return { type: "complete", id, token, result: Uint8Array.of(intent.pick & 0xff) };
      case "fail": {
        const { retryable, retryAfterMs } = intent;
        return { type: "fail", id, token, error: `error ${intent.pick}`, retryable, retryAfterMs };
      }
      case "extend":
        return { type: "extend", id, token };
      case "release":
        return {
          type: "release",
          id,
          token,
          ...(intent.pick % 2 === 0 && { delayMs: 1 + (intent.pick % 300) }),
        };
      case "checkpoint":
        return { type: "checkpoint", id, token, data: Uint8Array.of(intent.pick & 0xff) };
      case "progress":
        return { type: "progress", id, token, percent: intent.pick % 101, note: `note ${intent.pick}` };
    }
  }

  #target(intent: Extract<Intent, { do: "act" }>, machine: MachineView, index: LogIndex) {
    const none = { id: JobId("none"), token: FencingToken(1) };
    if (intent.aim === "old") return pickFrom(this.#claims, intent.pick) ?? none;
    if (intent.aim === "running") {
      const job = pickFrom(machine.list({ state: "running", limit: 1_000 }), intent.pick);
      return job === undefined ? none : { id: job.spec.id, token: job.lastToken };
    }
    const ready = pickFrom(machine.list({ state: "ready", limit: 1_000 }), intent.pick);
    return ready === undefined ? none : { id: ready.spec.id, token: FencingToken(index) };
  }

  /** What the leader believes to have run out: rightly, or (`early`) any claim at all. */
  #expired(intent: Extract<Intent, { do: "expire" }>, machine: MachineView) {
    if (!intent.early) return machine.expiredClaims(LogTimeMs(this.#now), 1 + (intent.pick % 3));
    const claim = pickFrom(this.#claims, intent.pick);
    return claim === undefined ? [] : [claim];
  }
}

function allIds(machine: MachineView): JobId[] {
  return machine.list({ limit: 1_000 }).map((job) => job.spec.id);
}

function pickFrom<T>(items: readonly T[], pick: number): T | undefined {
  return items[pick % Math.max(1, items.length)];
}
