import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LogIndex } from "../../../src/base/brands.ts";
import { Machine } from "../../../src/machine/index.ts";
import type { CommandBatch } from "../../../src/machine/types.ts";
import { Proposer } from "../../machine/naive/proposer.ts";
import { wholeHistory } from "../../machine/naive/wholeHistory.ts";
import { WholeMachine } from "../../machine/naive/wholeMachine.ts";
import { history, Leader } from "../../machine/scenario.ts";
import { lineOf, plain, referenceLineOf, tellsWhy } from "./comparison.ts";
import { ReferenceMachine } from "./machine.ts";

/** Both apply the entry, and must agree on every answer and every job. */
function expectSame(machine: Machine, reference: ReferenceMachine, index: LogIndex, batch: CommandBatch) {
  const expected = reference.apply(index, batch);
  const { outcomes } = machine.apply(index, batch);
  expect(outcomes.map(plain)).toEqual(expected.map(plain));
  expect(machine.rules).toBe(reference.state.rules);
  const jobs = machine.list({ limit: 1_000 });
  expect(jobs.map(lineOf)).toEqual([...reference.jobs.values()].map(referenceLineOf));
  expect(machine.totals.purged).toBe(reference.purged);
  for (const job of jobs) {
    const known = reference.jobs.get(job.spec.id);
    expect(known === undefined || tellsWhy(job, known), `${job.reason} (${known?.cause})`).toBe(true);
  }
}

test("random histories of every command: the machine does what the reference does", {
  timeout: 300_000,
}, () => {
  fc.assert(
    fc.property(wholeHistory, (steps) => {
      const machine = new Machine();
      const reference = new ReferenceMachine();
      const model = new WholeMachine();
      const proposer = new Proposer(model.world);
      for (const [n, { elapsed, intents }] of steps.entries()) {
        const index = LogIndex(n + 1);
        const now = proposer.timeAfter(elapsed, intents);
        const commands = intents.map((each) => proposer.command(each, index, now));
        model.apply(index, { now, commands });
        expectSame(machine, reference, index, { now, commands });
        proposer.observe();
      }
    }),
    { numRuns: 150 },
  );
});

test("random histories with limits, rates and breakers: the machine does what the reference does", {
  timeout: 300_000,
}, () => {
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
