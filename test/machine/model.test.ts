import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Machine } from "../../src/machine/index.ts";
import type { Breaker, Job, Notice, Outcome } from "../../src/machine/types.ts";
import { checkInvariants, TransitionChecker } from "../support/machineInvariants.ts";
import { expectSame } from "../support/sameAs.ts";
import { expectedJob, NaiveMachine } from "./naiveMachine.ts";
import { history, Leader, queueNames } from "./scenario.ts";

test("random histories: the machine does what the naive model does, and Q1 to Q11 hold after each entry", {
  timeout: 300_000,
}, () => {
  fc.assert(
    fc.property(history, (steps) => {
      const machine = new Machine();
      const naive = new NaiveMachine();
      const leader = new Leader();
      const transitions = new TransitionChecker();
      for (const step of steps) {
        const { index, batch } = leader.entry(step, machine);
        const expected = naive.apply(index, batch);
        const applied = machine.apply(index, batch);
        leader.observe(machine);
        expectSame(applied.outcomes.map(withoutTexts), expected);
        expectSame(applied.notices.map(noticeWithoutTexts), naive.notices);
        const jobs = machine.list({ limit: 1_000 });
        expectSame(
          jobs.map(jobWithoutTexts),
          naive.jobs.map((job) => jobWithoutTexts(expectedJob(job))),
        );
        expectSame(
          machine.breakers().map(breakerWithoutTexts),
          [...naive.limits.breakers.values()]
            .map(breakerWithoutTexts)
            .sort((a, b) => (a.agent < b.agent ? -1 : 1)),
        );
        for (const queue of queueNames) {
          expect(machine.readyCount(queue) > 0).toBe(naive.hasClaimable(queue));
        }
        checkInvariants(machine);
        transitions.observe(machine, applied);
      }
    }),
    { numRuns: 200 },
  );
});

test("R5: the same entries give the same state hash", () => {
  fc.assert(
    fc.property(history, (steps) => {
      const [one, two] = [new Machine(), new Machine()];
      const leader = new Leader();
      for (const step of steps) {
        const { index, batch } = leader.entry(step, one);
        one.apply(index, batch);
        two.apply(index, structuredClone(batch));
        leader.observe(one);
        expect(two.stateHash).toBe(one.stateHash);
      }
      expect(one.stateHash).toMatch(/^[0-9a-f]{16}$/);
    }),
    { numRuns: 50 },
  );
});

/** Messages, reasons and the text of an expiry or a release are for people: other tests look at them. */
function withoutTexts(outcome: Outcome): unknown {
  if (outcome.type === "setBreaker") return { ...outcome, breaker: breakerWithoutTexts(outcome.breaker) };
  if (outcome.type === "enqueue") {
    const results = outcome.results.map(({ refusal, ...rest }) =>
      refusal === undefined ? rest : { ...rest, refusal: { ...refusal, message: "" } },
    );
    return { ...outcome, results };
  }
  if (outcome.type !== "act" && outcome.type !== "cancel") return outcome;
  return {
    type: outcome.type,
    results: outcome.results.map((result) => (result.ok ? result : { ...result, message: "" })),
  };
}

function noticeWithoutTexts(notice: Notice): Notice {
  if (notice.type === "jobDead") return { ...notice, reason: "" };
  if (notice.type === "breakerChanged") return { ...notice, breaker: breakerWithoutTexts(notice.breaker) };
  return notice.end === "expired" ? { ...notice, error: "" } : notice;
}

function breakerWithoutTexts(breaker: Breaker): Breaker {
  return { ...breaker, lastError: "" };
}

function jobWithoutTexts(job: Job): Job {
  return {
    ...job,
    reason: job.state === "dead" ? "" : job.reason,
    history: job.history.map((each) => (each.end === "failed" ? each : { ...each, error: "" })),
  };
}
