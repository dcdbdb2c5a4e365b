import { expect, test } from "vitest";
import type { Command } from "../../src/machine/types.ts";
import { Driver, spec } from "./harness.ts";

const count = 9_000;
const claim = { type: "claim", workerId: "w", queues: ["mail"], slots: 1 } as const;

function bounded(maxEnded: number): Command {
  return { type: "setQueue", queue: "mail", patch: { maxEnded } };
}

/** So many cancelled jobs, of a queue that keeps them all so far. */
function withEnded(driver: Driver): Driver {
  const specs = Array.from({ length: count }, (_, n) => spec(`j${n}`));
  driver.enqueue(...specs);
  driver.apply({ type: "cancel", ids: specs.map(({ id }) => id), reason: "" });
  return driver;
}

test("a bound that is far below what there is: an entry forgets 2,000, however many commands it has, and timers the rest", () => {
  const driver = withEnded(new Driver());
  driver.apply(bounded(1), claim, claim, claim);
  expect(driver.machine.jobCount).toBe(7_000);
  expect(driver.machine.nextTimerAt()).toBe(driver.now);
  driver.apply(claim, { type: "fireTimers" }, claim);
  expect(driver.machine.jobCount).toBe(5_000);
  while (driver.fireTimers() > 0) {
    /* to the end */
  }
  expect(driver.machine.jobCount).toBe(1);
});

test("what an entry ends itself is forgotten with it, beside the 2,000", () => {
  const driver = new Driver();
  driver.apply(bounded(1));
  withEnded(driver);
  expect(driver.machine.jobCount).toBe(1);
});

test("by the rules of 0.1.0 an entry with several commands forgets twice as many with each", () => {
  const driver = withEnded(Driver.asBefore());
  driver.apply(bounded(1), claim);
  expect(driver.machine.jobCount).toBe(3_000);
  driver.apply(claim, claim, claim);
  expect(driver.machine.jobCount).toBe(1);
});
