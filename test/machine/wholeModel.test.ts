import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Bench } from "./naive/bench.ts";
import { Census } from "./naive/census.ts";
import { wholeHistory } from "./naive/wholeHistory.ts";

/** More of them in a long hunt. */
const numRuns = Number(process.env["MODEL_RUNS"] ?? 150);

test("random histories of every command: the machine does what the model does, restored in the middle or not", {
  timeout: 2_000 * numRuns,
}, () => {
  fc.assert(
    fc.property(wholeHistory, (steps) => {
      const bench = new Bench();
      for (const each of steps) bench.step(each);
    }),
    { numRuns },
  );
});

test("every command of commands.ts is drawn, with every outcome, event and setting that the model answers for", {
  timeout: 300_000,
}, () => {
  const census = new Census();
  for (const steps of fc.sample(wholeHistory, { seed: 1, numRuns: 200 })) {
    const bench = new Bench();
    census.begin();
    for (const each of steps) {
      const { batch, applied } = bench.step(each);
      census.count(batch, applied, bench.machine);
    }
  }
  expect(census.missing).toEqual([]);
});
