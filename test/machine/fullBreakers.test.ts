import { expect, test } from "vitest";
import type { Breaker } from "../../src/machine/types.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, spec } from "./harness.ts";

const most = 100_000;

/** As many as may be remembered, opened one millisecond after the other in two batches; all half-open by now. */
function fullOfHalfOpen(driver: Driver): Driver {
  for (let at = 0; at < most; at += most / 2) {
    const open = Array.from({ length: most / 2 }, (_, n) => {
      // The later the batch the earlier its names: it is the time that counts.
      const agent = `order-${most - at - n}`;
      return { type: "setBreaker", agent, open: true, openMs: 1, by: "", why: "" } as const;
    });
    driver.apply(...open);
    driver.pass(1);
  }
  driver.pass(10);
  while (driver.fireTimers() > 0) {
    /* to the end */
  }
  expect(driver.machine.breakerCounts).toEqual({ closed: 0, open: 0, halfOpen: most });
  return driver;
}

const breaker = (driver: Driver, agent: string): Breaker | undefined =>
  driver.machine.breakers().find((each) => each.agent === agent);

function failOnce(driver: Driver, agent: string): void {
  driver.enqueue(spec(`of-${agent}`, { agent, retry: { ...spec("x").retry, maxAttempts: 1 } }));
  driver.fail(driver.claimOne());
}

test("with no room left the half-open breaker that opened first is forgotten, not one whose probe is out; and so after a restart", () => {
  const driver = fullOfHalfOpen(new Driver());
  // Of those that opened at the same moment the first by name.
  const [oldest, first, second] = ["order-100000", "order-50001", "order-50002"] as const;
  driver.enqueue(spec("probe", { agent: oldest }));
  const probe = driver.claimOne();
  failOnce(driver, "openai");
  expect(breaker(driver, "openai")).toMatchObject({ state: "closed", failures: 1 });
  expect(breaker(driver, oldest)?.probe).toMatchObject({ id: "probe" });
  expect(breaker(driver, first)).toBeUndefined();
  expect(driver.last.notices).toContainEqual({
    type: "breakerChanged",
    breaker: expect.objectContaining({ agent: first, state: "closed" }) as Breaker,
  });
  // A closed one goes before any that is half-open.
  failOnce(driver, "gemini");
  expect(breaker(driver, "openai")).toBeUndefined();
  expect(breaker(driver, second)).toBeDefined();

  const shelf = new RecordShelf();
  shelf.write(driver.machine.beginCheckpoint());
  const again = new Driver(shelf.restore());
  for (const each of [driver, again]) {
    // Nothing comes of the probe, so its breaker is the oldest again.
    each.release(probe);
    each.cancel("probe");
    for (const agent of ["instead-of-gemini", "instead-of-the-oldest"]) {
      each.apply({ type: "setBreaker", agent, open: true, openMs: 0, by: "", why: "" });
    }
    expect(each.machine.breakerCounts).toEqual({ closed: 0, open: 2, halfOpen: most - 2 });
    expect(breaker(each, oldest)).toBeUndefined();
    expect(breaker(each, second)).toBeDefined();
  }
  expect(again.machine.stateHash).toBe(driver.machine.stateHash);
});

test("by the rules of 0.1.0 none of them makes room: failures of further agents do not count", () => {
  const driver = fullOfHalfOpen(Driver.asBefore());
  failOnce(driver, "openai");
  expect(breaker(driver, "openai")).toBeUndefined();
  expect(driver.machine.breakerCounts).toEqual({ closed: 0, open: 0, halfOpen: most });
});
