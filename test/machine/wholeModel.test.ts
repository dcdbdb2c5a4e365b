import * as fc from "fast-check";
import { test } from "vitest";
import { Bench } from "./naive/bench.ts";
import { wholeHistory } from "./naive/wholeHistory.ts";

/** More of them in a long hunt. */
const numRuns = Number(process.env["MODEL_RUNS"] ?? 150);

test("random histories of every command: the machine does what the model does, restored in the middle or not", {
  timeout: 1_000 * numRuns,
}, () => {
  fc.assert(
    fc.property(wholeHistory, (steps) => {
      const bench = new Bench();
      for (const each of steps) bench.step(each);
    }),
    { numRuns },
  );
});
