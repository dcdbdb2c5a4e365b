import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LogIndex, LogTimeMs } from "../../../src/base/brands.ts";
import { Machine } from "../../../src/machine/index.ts";
import type { CommandBatch } from "../../../src/machine/types.ts";
import { concrete, step } from "../../machine/lifecycleHistory.ts";
import { history, Leader } from "../../machine/scenario.ts";
import { lineOf, plain, referenceLineOf, tellsWhy } from "./comparison.ts";
import { ReferenceMachine } from "./machine.ts";

/** Both apply the entry, and must agree on every answer and every job. */
function expectSame(machine: Machine, reference: ReferenceMachine, index: LogIndex, batch: CommandBatch) {
  const expected = reference.apply(index, batch);
  const { outcomes } = machine.apply(index, batch);
  expect(outcomes.map(plain)).toEqual(expected.map(plain));
  const jobs = machine.list({ limit: 1_000 });
  expect(jobs.map(lineOf)).toEqual([...reference.jobs.values()].map(referenceLineOf));
  expect(machine.totals.purged).toBe(reference.purged);
  for (const job of jobs) {
    const known = reference.jobs.get(job.spec.id);
    expect(known === undefined || tellsWhy(job, known), `${job.reason} (${known?.cause})`).toBe(true);
  }
}

test("random lives of jobs: the machine does what the reference does", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: "max" }), (steps) => {
      const machine = new Machine();
      const reference = new ReferenceMachine();
      let now = 1_000;
      for (const [n, { elapsed, intent }] of steps.entries()) {
        now += elapsed;
        const commands = [concrete(intent, machine, now)];
        expectSame(machine, reference, LogIndex(n + 1), { now: LogTimeMs(now), commands });
      }
    }),
    { numRuns: 300 },
  );
});

test("random histories with limits, rates and breakers: the machine does what the reference does", () => {
  fc.assert(
    fc.property(history, (steps) => {
      const machine = new Machine();
      const reference = new ReferenceMachine();
      const leader = new Leader();
      for (const each of steps) {
        const { index, batch } = leader.entry(each, machine);
        expectSame(machine, reference, index, batch);
        leader.observe(machine);
      }
    }),
    { numRuns: 200 },
  );
});
