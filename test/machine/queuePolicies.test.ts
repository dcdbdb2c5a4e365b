import { expect, test } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import type { RetryPolicy } from "../../src/machine/types.ts";
import { checkInvariants } from "../support/machineInvariants.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, spec } from "./harness.ts";
import { fire, minutely, put } from "./scheduleHarness.ts";

const own: RetryPolicy = {
  maxAttempts: 4,
  initialBackoffMs: 10,
  multiplier: 1,
  maxBackoffMs: 10,
  jitter: "none",
};
const ofQueue: RetryPolicy = { ...own, maxAttempts: 2, initialBackoffMs: 700, maxBackoffMs: 5_000 };
const asked = { ...own, maxAttempts: 9 };
const byDefault = { ...asked, byDefault: true } as const;

function set(driver: Driver, retry: RetryPolicy, queue = "mail"): void {
  driver.apply({ type: "setQueue", queue, patch: { retry } });
}

test("a job that asks for no policy has its queue's, one that asks for one keeps it", () => {
  const driver = new Driver();
  set(driver, ofQueue);
  driver.enqueue(spec("none", { retry: byDefault }), spec("own", { retry: own }));
  driver.enqueue(spec("elsewhere", { queue: "post", retry: byDefault }));
  expect(driver.job("none").spec.retry).toEqual(ofQueue);
  expect(driver.job("own").spec.retry).toEqual(own);
  expect(driver.job("elsewhere").spec.retry, "the default, and no word of it").toStrictEqual(asked);
  const first = driver.claimOne();
  expect(first).toMatchObject({ id: "none", maxAttempts: 2 });
  expect(driver.fail(first)).toMatchObject({ nextDueAt: driver.now + 700 });
  driver.pass(700);
  driver.fireTimers();
  const [, second] = driver.claim(2);
  if (second === undefined) throw new Error("both are ready");
  driver.fail(second);
  expect(driver.job("none")).toMatchObject({ state: "dead", reason: expect.stringContaining("2 of 2") });
  checkInvariants(driver.machine);
});

test("a policy holds for what is enqueued from then on, until it is taken away", () => {
  const driver = new Driver();
  driver.enqueue(spec("before", { retry: byDefault }));
  set(driver, ofQueue);
  driver.enqueue(spec("during", { retry: byDefault }));
  set(driver, { ...ofQueue, maxAttempts: 7 });
  driver.enqueue(spec("changed", { retry: byDefault }));
  set(driver, byDefault);
  driver.enqueue(spec("after", { retry: byDefault }));
  const attempts = ["before", "during", "changed", "after"].map(
    (id) => driver.job(id).spec.retry.maxAttempts,
  );
  expect(attempts).toEqual([9, 2, 7, 9]);
  expect(driver.machine.queueNames()).toEqual(["mail"]);
  expect(driver.machine.queueSettings("mail").retry).toBeNull();
  expect(driver.machine.kept.settings, "settings that say nothing are forgotten").toBe(0);
});

test("what a schedule enqueues has the policy that its queue has then", () => {
  const driver = new Driver();
  put(driver, minutely("s", { overlap: "allow" }, { retry: byDefault }), driver.now + 60_000);
  driver.pass(60_000);
  const before = fire(driver, "s", driver.now, driver.now + 60_000);
  set(driver, ofQueue);
  driver.pass(60_000);
  const after = fire(driver, "s", driver.now, driver.now + 60_000);
  expect(driver.job(before ?? "").spec.retry).toStrictEqual(asked);
  expect(driver.job(after ?? "").spec.retry).toEqual(ofQueue);
});

test("policies and what jobs took of them outlive a restart, and a redrive", () => {
  const driver = new Driver();
  const shelf = new RecordShelf();
  set(driver, ofQueue);
  driver.enqueue(spec("1", { retry: byDefault }));
  shelf.write(driver.machine.beginCheckpoint());
  const restored = new Driver(shelf.restore());
  expect(restored.job("1").spec.retry).toEqual(ofQueue);
  restored.fail(restored.claimOne(), { retryable: false });
  set(restored, byDefault);
  restored.apply({ type: "manage", action: "redrive", ids: [JobId("1")], by: "ann", why: "mended" });
  expect(restored.claimOne()).toMatchObject({ id: "1", attempt: 1, maxAttempts: 2 });
  restored.enqueue(spec("2", { retry: byDefault }));
  expect(restored.job("2").spec.retry.maxAttempts).toBe(9);
});
