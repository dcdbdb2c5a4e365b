import { FencingToken, JobId, LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import { Machine, newestRules } from "../../src/machine/index.ts";
import type {
  Act,
  ActResult,
  Applied,
  ClaimedJob,
  Command,
  CommandBatch,
  Job,
  JobSpec,
  Outcome,
} from "../../src/machine/types.ts";

/** A job for tests: retried 3 times without jitter, 1 s of lease, kept for an hour. */
export function spec(id: string, overrides: Partial<JobSpec> = {}): JobSpec {
  return {
    id: JobId(id),
    queue: "mail",
    priority: "normal",
    payload: new Uint8Array(0),
    agent: "",
    runAt: LogTimeMs(0),
    delayMs: 0,
    retry: { maxAttempts: 3, initialBackoffMs: 1_000, multiplier: 2, maxBackoffMs: 60_000, jitter: "none" },
    leaseMs: 1_000,
    retentionMs: 3_600_000,
    deadRetentionMs: 604_800_000,
    ...overrides,
  };
}

/** What the first entry of a cluster has, whose members all know these rules. */
export function beginningWith(rules: number): CommandBatch {
  const beginTerm = { type: "beginTerm", leader: "n1", ...(rules > 0 && { rules }) } as const;
  return { now: LogTimeMs(0), commands: [beginTerm] };
}

/**
 * Drives a machine entry by entry with one command each; log time moves only by `pass`. A new machine follows `rules` from the
 * first entry on; one that was restored goes on with its own.
 */
export class Driver {
  readonly machine: Machine;
  index = 0;
  now = 1_000_000;
  last: Applied = { outcomes: [], notices: [], ended: [], claimNews: [], events: [] };

  constructor(machine = new Machine(), rules = newestRules) {
    this.machine = machine;
    this.index = machine.appliedIndex;
    this.now = Math.max(this.now, machine.now);
    if (this.index > 0) return;
    this.index = 1;
    this.machine.apply(LogIndex(1), beginningWith(rules));
  }

  /** With the rules of release 0.1.0. */
  static asBefore(): Driver {
    return new Driver(new Machine(), 0);
  }

  pass(ms: number): void {
    this.now += ms;
  }

  apply(...commands: Command[]): readonly Outcome[] {
    this.index += 1;
    this.last = this.machine.apply(LogIndex(this.index), { now: LogTimeMs(this.now), commands });
    return this.last.outcomes;
  }

  enqueue(...jobs: JobSpec[]) {
    return outcome(this.apply({ type: "enqueue", jobs }), "enqueue").results;
  }

  claim(slots = 1, queues: readonly string[] = ["mail"], workerId = "w1"): readonly ClaimedJob[] {
    return outcome(this.apply({ type: "claim", workerId, queues, slots }), "claim").jobs;
  }

  /** Claims exactly one job; fails the test when there is none. */
  claimOne(workerId = "w1"): ClaimedJob {
    const [job] = this.claim(1, ["mail"], workerId);
    if (job === undefined) throw new Error("nothing to claim");
    return job;
  }

  act(act: Act): ActResult {
    const [result] = outcome(this.apply({ type: "act", acts: [act] }), "act").results;
    if (result === undefined) throw new Error("an act without a result");
    return result;
  }

  complete({ id, token }: Held, result = Uint8Array.of(1)): ActResult {
    return this.act({ type: "complete", id, token, result });
  }

  fail({ id, token }: Held, options: Partial<Extract<Act, { type: "fail" }>> = {}): ActResult {
    const failure = { error: "boom", retryable: true, retryAfterMs: null, ...options };
    return this.act({ ...failure, type: "fail", id, token });
  }

  extend({ id, token }: Held): ActResult {
    return this.act({ type: "extend", id, token });
  }

  release({ id, token }: Held): ActResult {
    return this.act({ type: "release", id, token });
  }

  cancel(id: string, reason = "no longer wanted") {
    return outcome(this.apply({ type: "cancel", ids: [JobId(id)], reason }), "cancel").results[0];
  }

  /** What a leader does at this time: ends the leases it sees run out. */
  expire(limit = 100): number {
    const claims = this.machine.expiredClaims(LogTimeMs(this.now), limit);
    return outcome(this.apply({ type: "expireClaims", claims }), "expireClaims").expired;
  }

  fireTimers(): number {
    return outcome(this.apply({ type: "fireTimers" }), "fireTimers").fired;
  }

  job(id: string): Job {
    const job = this.machine.job(JobId(id));
    if (job === undefined) throw new Error(`no job ${id}`);
    return job;
  }
}

export interface Held {
  readonly id: JobId;
  readonly token: FencingToken;
}

export const ids = (jobs: readonly { readonly id: JobId }[]): string[] => jobs.map((job) => job.id);

export function outcome<Type extends Outcome["type"]>(
  outcomes: readonly Outcome[],
  type: Type,
): Extract<Outcome, { type: Type }> {
  const [first] = outcomes;
  if (first?.type !== type) throw new Error(`the outcome is ${first?.type}, not ${type}`);
  return first as Extract<Outcome, { type: Type }>;
}
