import { describe, expect, test } from "vitest";
import { Term } from "../../src/base/brands.ts";
import type { ConclaveError } from "../../src/base/errors.ts";
import type { ClaimedJob, Command, JobSpec, Outcome, QueuePatch } from "../../src/machine/types.ts";
import { Dispatcher } from "../../src/node/dispatcher.ts";
import { Driver, spec } from "../machine/harness.ts";

interface Submitted {
  readonly command: Command;
  resolve(outcome: Outcome): void;
  reject(error: ConclaveError): void;
}

/** A dispatcher on a real machine: what it submits in a turn is one entry. */
class Leader {
  readonly driver = new Driver();
  readonly got: ClaimedJob[] = [];
  /** Claims that were handed nothing. */
  empty = 0;
  #submitted: Submitted[] = [];
  readonly dispatcher = new Dispatcher({
    readyCount: (queue) => this.driver.machine.readyCount(queue),
    claimRoom: (queue) => this.driver.machine.claimRoom(queue),
    submit: (command, resolve, reject) => this.#submitted.push({ command, resolve, reject }),
    mayHandOut: () => true,
    wake: () => undefined,
    onStarted: () => undefined,
    onReleaseFailed: () => undefined,
    onResumed: () => undefined,
  });

  constructor(patch: QueuePatch, ...jobs: JobSpec[]) {
    this.driver.apply({ type: "setQueue", queue: "mail", patch });
    this.driver.enqueue(...jobs);
    for (const workerId of ["a", "b"]) {
      const subscription = {
        workerId,
        queues: ["mail"],
        credits: 50,
        onJobs: (claimed: readonly ClaimedJob[]) => this.got.push(...claimed),
        onClaimNews: () => undefined,
        onClosed: () => undefined,
      };
      this.dispatcher.open(subscription, Term(1));
    }
  }

  /** Turns until the dispatcher has nothing more to claim; fails when it goes on claiming what it does not get. */
  settle(): void {
    for (let turn = 0; turn < 200; turn++) {
      this.dispatcher.plan();
      const submitted = this.#submitted.splice(0);
      if (submitted.length === 0) return;
      const outcomes = this.driver.apply(...submitted.map(({ command }) => command));
      submitted.forEach((each, i) => {
        const outcome = outcomes[i];
        if (outcome?.type === "claim" && outcome.jobs.length === 0) this.empty += 1;
        if (outcome !== undefined) each.resolve(outcome);
      });
    }
    throw new Error("the leader claims for ever");
  }
}

const jobs = (count: number, of: (n: number) => Partial<JobSpec>) =>
  Array.from({ length: count }, (_, n) => spec(`${n}`, { leaseMs: 1_000_000, ...of(n) }));

describe("a leader whose jobs are held up claims what it can get, then writes nothing", () => {
  const held: [string, QueuePatch, JobSpec[], number][] = [
    ["paused", { paused: { on: true, by: "ann", why: "test" } }, jobs(9, () => ({})), 0],
    ["queue limit", { maxRunning: 3 }, jobs(9, () => ({})), 3],
    ["agent limit", { maxRunningPerAgent: 1 }, jobs(40, (n) => ({ agent: `a${n % 4}`, key: `k${n}` })), 4],
    ["key limit", { maxRunningPerKey: 2 }, jobs(40, (n) => ({ agent: `a${n}`, key: `k${n % 4}` })), 8],
    [
      "both limits",
      { maxRunningPerAgent: 1, maxRunningPerKey: 1 },
      jobs(40, (n) => ({ agent: `a${n % 4}`, key: `k${n % 5}` })),
      4,
    ],
    ["rate", { rate: { limit: 5, intervalMs: 100 } }, jobs(9, () => ({})), 5],
    [
      "rate by key",
      { ratePerKey: { limit: 2, intervalMs: 100 } },
      jobs(20, (n) => ({ key: `k${n % 3}` })),
      6,
    ],
    [
      "fair",
      { fair: true, ratePerKey: { limit: 2, intervalMs: 100 } },
      jobs(20, (n) => ({ key: `k${n % 3}` })),
      6,
    ],
  ];
  test.each(held)("%s", (_name, patch, ready, expected) => {
    const leader = new Leader(patch, ...ready);
    leader.settle();
    expect(leader.got).toHaveLength(expected);
    expect(leader.empty, "claims for nothing").toBeLessThanOrEqual(1);
  });

  test("a breaker: none while it is open, one probe when half-open, the rest when it closes", () => {
    const leader = new Leader({}, ...jobs(9, () => ({ agent: "a" })));
    const { driver } = leader;
    driver.apply({ type: "setBreaker", agent: "a", open: true, openMs: 100, by: "ann", why: "test" });
    leader.settle();
    expect(leader.got).toEqual([]);
    driver.pass(100);
    driver.fireTimers();
    leader.settle();
    const [probe] = leader.got;
    expect(leader.got).toHaveLength(1);
    if (probe !== undefined) driver.complete(probe);
    leader.settle();
    expect(leader.got).toHaveLength(9);
    expect(leader.empty).toBe(0);
  });

  test("enqueues of a paused queue bring no claims with them", () => {
    const leader = new Leader({ paused: { on: true, by: "ann", why: "test" } });
    leader.dispatcher.arriving("mail", 5);
    leader.settle();
    expect(leader.empty).toBe(0);
  });
});

test("workersFor tells of the workers of a queue and their room", () => {
  const { dispatcher } = new Leader({});
  expect(dispatcher.workersFor("mail")).toEqual({ workers: 2, credits: 100 });
  expect(dispatcher.workersFor("other")).toEqual({ workers: 0, credits: 0 });
});
