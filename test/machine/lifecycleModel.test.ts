import * as fc from "fast-check";
import { test } from "vitest";
import { LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import { Machine } from "../../src/machine/index.ts";
import type { Job, Outcome } from "../../src/machine/types.ts";
import { expectSame } from "../support/sameAs.ts";
import { concrete, step } from "./lifecycleHistory.ts";
import { type Answer, NaiveLifecycle } from "./naiveLifecycle.ts";

test("random lives of jobs: the machine does what docs/jobs.md says, as the naive model has it", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: "max" }), (steps) => {
      const machine = new Machine();
      const naive = new NaiveLifecycle();
      let now = 1_000;
      for (const [n, { elapsed, intent }] of steps.entries()) {
        now += elapsed;
        const command = concrete(intent, machine, now);
        const { outcomes } = machine.apply(LogIndex(n + 1), { now: LogTimeMs(now), commands: [command] });
        const expected = naive.apply(n + 1, now, command);
        expectSame(outcomes.flatMap(answersOf), expected, command.type);
        expectSame(machine.list({ limit: 1_000 }).map(viewOf), naive.view(), `after ${command.type}`);
      }
    }),
    { numRuns: 300 },
  );
});

function answersOf(outcome: Outcome): Answer {
  if (outcome.type === "enqueue") {
    return outcome.results.map(({ id, state, existing, refusal }) =>
      refusal === undefined ? { id, state, existing } : refusal.code,
    );
  }
  if (outcome.type === "claim") {
    return outcome.jobs.map(({ id, attempt, checkpoint }) => ({
      id,
      attempt,
      saved: checkpoint?.data ?? null,
    }));
  }
  if (outcome.type === "act") {
    return outcome.results.map((result) => {
      if (!result.ok) return result.code;
      if (result.type === "fail") return result.nextDueAt ?? 0;
      return result.type === "extend" ? result.expiresAt : "ok";
    });
  }
  if (outcome.type === "cancel" || outcome.type === "manage") {
    return outcome.results.map((result) => (result.ok ? result.state : result.code));
  }
  return [];
}

function viewOf(job: Job): unknown {
  return {
    id: job.spec.id,
    state: job.state,
    attempt: job.attempt,
    dueAt: job.state === "scheduled" ? job.dueAt : 0,
    token: job.lastToken,
    expiresAt: job.claim?.expiresAt ?? null,
    finishedAt: job.finishedAt,
    cancelRequested: job.cancelRequested,
    saved: job.checkpoint?.data ?? null,
    percent: job.progress?.percent ?? null,
    waitsFor: (job.dependencies ?? []).map(({ id, state }) => ({ id, state })),
  };
}
