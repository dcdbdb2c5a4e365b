import { describe, expect, test } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import { newestRules } from "../../src/machine/index.ts";
import type { DedupMode, JobSpec } from "../../src/machine/types.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, outcome, spec } from "./harness.ts";

const windowMs = 1_000_000;
const keyed = (id: string, mode: DedupMode = "return", more: Partial<JobSpec> = {}) =>
  spec(id, { dedup: { key: "k", mode, windowMs }, retentionMs: 10, deadRetentionMs: 10, ...more });

/** Job `a` held the key and is gone; its window is not over. */
function heldByGone(driver: Driver): Driver {
  driver.enqueue(keyed("a"));
  driver.complete(driver.claimOne());
  driver.pass(100);
  driver.fireTimers();
  expect(driver.machine.job(JobId("a"))).toBeUndefined();
  return driver;
}

function remove(driver: Driver, id: string): void {
  const command = { type: "manage", action: "delete", ids: [JobId(id)], by: "ann", why: "" } as const;
  expect(outcome(driver.apply(command), "manage").results).toMatchObject([{ ok: true }]);
}

describe("another job that has come to the id of a key's holder that is gone", () => {
  const others: readonly (readonly [string, JobSpec])[] = [
    ["of another queue", keyed("a", "return", { queue: "other" })],
    ["of another key", spec("a", { dedup: { key: "l", mode: "return", windowMs } })],
    ["without a key", spec("a")],
    ["that was forced, and takes no key", keyed("a", "force")],
  ];

  test.each(others)("%s: replace leaves it alone, return does not tell of it", (_what, other) => {
    const driver = heldByGone(new Driver());
    driver.enqueue(other);
    for (const mode of ["replace", "return"] as const) {
      expect(driver.enqueue(keyed("b", mode))).toEqual([{ id: "a", state: "completed", existing: true }]);
      expect(driver.job("a").state).toBe("ready");
    }
    expect(driver.enqueue(keyed("b", "reject"))[0]?.refusal?.code).toBe("DUPLICATE");
  });

  test("so it is within an atomic batch, also when it comes with that batch", () => {
    const driver = heldByGone(new Driver());
    const waitFor = { ids: [JobId("b")], onFailure: "fail" } as const;
    const jobs = [spec("a", { queue: "other" }), keyed("b", "replace"), spec("c", { waitFor })];
    const { results } = outcome(driver.apply({ type: "enqueue", jobs, atomic: true }), "enqueue");
    // Job b is not taken in, so nobody can wait for it, and none is.
    expect(results.map(({ refusal }) => refusal?.code)).toEqual([
      "BATCH_REFUSED",
      "BATCH_REFUSED",
      "NOT_FOUND",
    ]);
    expect(driver.machine.jobCount).toBe(0);
  });

  test("deleted, one that was forced does not free the key", () => {
    const driver = heldByGone(new Driver());
    driver.enqueue(keyed("a", "force"));
    remove(driver, "a");
    expect(driver.enqueue(keyed("b"))).toEqual([{ id: "a", state: "completed", existing: true }]);
  });

  test("by the rules of 0.1.0: replace cancels it, return tells its state, deleted it frees the key", () => {
    const driver = heldByGone(Driver.asBefore());
    driver.enqueue(spec("a", { queue: "other" }));
    expect(driver.enqueue(keyed("b"))).toEqual([{ id: "a", state: "ready", existing: true }]);
    expect(driver.enqueue(keyed("b", "replace"))).toEqual([{ id: "b", state: "ready", existing: false }]);
    expect(driver.job("a")).toMatchObject({ state: "cancelled" });

    const forced = heldByGone(Driver.asBefore());
    forced.enqueue(keyed("a", "force"));
    remove(forced, "a");
    expect(forced.enqueue(keyed("b"))).toEqual([{ id: "b", state: "ready", existing: false }]);
  });
});

test("the holder itself is found after it has ended, was begun anew, and ended again", () => {
  const driver = new Driver();
  const kept = { deadRetentionMs: 100_000 };
  driver.enqueue(keyed("a", "return", kept));
  driver.fail(driver.claimOne(), { retryable: false });
  expect(driver.enqueue(keyed("b"))).toEqual([{ id: "a", state: "dead", existing: true }]);
  driver.apply({ type: "manage", action: "redrive", ids: [JobId("a")], by: "ann", why: "" });
  expect(driver.enqueue(keyed("b"))).toEqual([{ id: "a", state: "ready", existing: true }]);
  driver.cancel("a");
  expect(driver.enqueue(keyed("b"))).toEqual([{ id: "a", state: "cancelled", existing: true }]);
  driver.apply({ type: "manage", action: "redrive", ids: [JobId("a")], by: "ann", why: "" });
  expect(driver.enqueue(keyed("b", "replace"))).toEqual([{ id: "b", state: "ready", existing: false }]);
  expect(driver.job("a").state).toBe("cancelled");
});

describe("a holder that has ended and is gone", () => {
  function endedAs(driver: Driver, end: "completed" | "dead" | "cancelled"): void {
    driver.enqueue(keyed("a"));
    if (end === "cancelled") driver.cancel("a");
    else if (end === "dead") driver.fail(driver.claimOne(), { retryable: false });
    else driver.complete(driver.claimOne());
    driver.pass(100);
    driver.fireTimers();
    expect(driver.machine.jobCount).toBe(0);
  }

  test.each(["completed", "dead", "cancelled"] as const)(
    "%s: that is the answer, also of a restored machine",
    (end) => {
      const driver = new Driver();
      endedAs(driver, end);
      const shelf = new RecordShelf();
      shelf.write(driver.machine.beginCheckpoint());
      for (const each of [driver, new Driver(shelf.restore())]) {
        for (const mode of ["return", "replace"] as const) {
          expect(each.enqueue(keyed("b", mode))).toEqual([{ id: "a", state: end, existing: true }]);
        }
      }
    },
  );

  test("by the rules of 0.1.0 it is said to have completed, also later: nothing of its end was kept", () => {
    const driver = Driver.asBefore();
    endedAs(driver, "dead");
    const completed = [{ id: "a", state: "completed", existing: true }];
    expect(driver.enqueue(keyed("b"))).toEqual(completed);
    const [record] = [...driver.machine.beginCheckpoint().records()];
    expect(record).toEqual({ kind: "dedup", queue: "mail", key: "k", jobId: "a", until: 2_000_000 });
    driver.apply({ type: "beginTerm", leader: "n1", rules: newestRules });
    expect(driver.enqueue(keyed("b"))).toEqual(completed);
  });

  test("one that ended under the rules of 0.1.0 and is kept is told of as it is", () => {
    const driver = Driver.asBefore();
    driver.enqueue(keyed("a", "return", { deadRetentionMs: 100_000 }));
    driver.fail(driver.claimOne(), { retryable: false });
    driver.apply({ type: "beginTerm", leader: "n1", rules: newestRules });
    expect(driver.enqueue(keyed("b"))).toEqual([{ id: "a", state: "dead", existing: true }]);
  });
});
