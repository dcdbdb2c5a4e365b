import { describe, expect, test } from "vitest";
import { Machine } from "../../src/machine/index.ts";
import type { DedupMode } from "../../src/machine/types.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, outcome, spec } from "./harness.ts";

const keyed = (id: string, mode: DedupMode = "return", windowMs = 0) =>
  spec(id, { dedup: { key: "k", mode, windowMs }, retentionMs: 10_000 });

function restarted(driver: Driver, shelf: RecordShelf): Driver {
  shelf.write(driver.machine.beginCheckpoint());
  const again = new Driver(shelf.restore());
  again.now = driver.now;
  return again;
}

describe("a dedup key that is taken", () => {
  test("return: the job that holds it is the answer, and nothing changes", () => {
    const driver = new Driver();
    driver.enqueue(keyed("a"));
    expect(driver.enqueue(keyed("b"))).toEqual([{ id: "a", state: "ready", existing: true }]);
    expect(driver.machine.jobCount).toBe(1);
  });

  test("reject: refused, and the message names the holder", () => {
    const driver = new Driver();
    driver.enqueue(keyed("a"));
    const [result] = driver.enqueue(keyed("b", "reject"));
    expect(result?.refusal?.code).toBe("DUPLICATE");
    expect(result?.refusal?.message).toContain("job a");
    expect(driver.machine.jobCount).toBe(1);
  });

  test("replace: one that has not begun is cancelled with its successor's name; a running one is the answer", () => {
    const driver = new Driver();
    driver.enqueue(keyed("a"));
    expect(driver.enqueue(keyed("b", "replace"))).toEqual([{ id: "b", state: "ready", existing: false }]);
    expect(driver.job("a")).toMatchObject({
      state: "cancelled",
      reason: expect.stringContaining("job b") as string,
    });
    driver.claimOne();
    expect(driver.enqueue(keyed("c", "replace"))).toEqual([{ id: "b", state: "running", existing: true }]);
  });

  test("replace: one that waits for its next attempt is cancelled as well", () => {
    const driver = new Driver();
    driver.enqueue(keyed("a"));
    driver.fail(driver.claimOne());
    expect(driver.job("a")).toMatchObject({ state: "scheduled", attempt: 1 });
    expect(driver.enqueue(keyed("b", "replace"))).toEqual([{ id: "b", state: "ready", existing: false }]);
    expect(driver.job("a").state).toBe("cancelled");
  });

  test("force: enqueued, and does not take the key", () => {
    const driver = new Driver();
    driver.enqueue(keyed("f", "force"));
    driver.enqueue(keyed("a"));
    driver.enqueue(keyed("g", "force"));
    expect(driver.machine.jobCount).toBe(3);
    driver.cancel("g");
    expect(driver.enqueue(keyed("b"))).toEqual([{ id: "a", state: "ready", existing: true }]);
  });

  test("the same id again is the same job, whatever its dedup says", () => {
    const driver = new Driver();
    driver.enqueue(keyed("a"), keyed("x", "force"));
    expect(driver.enqueue(keyed("x", "reject"))).toEqual([{ id: "x", state: "ready", existing: true }]);
  });

  test("keys belong to their queues", () => {
    const driver = new Driver();
    driver.enqueue(keyed("a"), { ...keyed("b"), queue: "other" });
    expect(driver.machine.jobCount).toBe(2);
  });
});

describe("a key is free again", () => {
  test("once its job has ended", () => {
    const driver = new Driver();
    driver.enqueue(keyed("a"));
    driver.complete(driver.claimOne());
    expect(driver.enqueue(keyed("b"))[0]).toMatchObject({ id: "b", existing: false });
  });

  test("not before its window is over, also when retention has removed the job meanwhile, and over restarts", () => {
    const shelf = new RecordShelf();
    let driver = new Driver();
    driver.enqueue(keyed("a", "return", 60_000));
    driver.complete(driver.claimOne());
    expect(driver.enqueue(keyed("b"))).toEqual([{ id: "a", state: "completed", existing: true }]);
    driver.pass(20_000);
    driver.fireTimers();
    expect(driver.machine.jobCount).toBe(0);
    driver = restarted(driver, shelf);
    expect(driver.enqueue(keyed("b"))).toEqual([{ id: "a", state: "completed", existing: true }]);
    expect(driver.enqueue(keyed("c", "reject"))[0]?.refusal?.code).toBe("DUPLICATE");
    driver.pass(40_000);
    expect(driver.machine.nextTimerAt()).toBe(driver.now);
    expect(driver.fireTimers()).toBe(1);
    expect(driver.enqueue(keyed("b"))[0]).toMatchObject({ id: "b", existing: false });
  });
});

test("who holds a key is known after a restart, in every active state", () => {
  const shelf = new RecordShelf();
  let driver = new Driver();
  driver.enqueue(keyed("a"), spec("w", { dedup: { key: "w", mode: "return", windowMs: 0 }, delayMs: 500 }));
  driver = restarted(driver, shelf);
  expect(driver.enqueue(keyed("b"))[0]).toMatchObject({ id: "a", existing: true });
  driver.claimOne();
  driver = restarted(driver, shelf);
  expect(driver.enqueue(keyed("b"))[0]).toMatchObject({ id: "a", state: "running" });
});

describe("an atomic batch", () => {
  test("is taken in whole, or not at all: the innocent ones are refused with BATCH_REFUSED", () => {
    const driver = new Driver();
    driver.enqueue(keyed("a"), spec("known"));
    const before = driver.machine.jobCount;
    const jobs = [spec("x"), keyed("y", "reject"), spec("known"), spec("x")];
    const [outcome] = driver.apply({ type: "enqueue", atomic: true, jobs });
    const codes =
      outcome?.type === "enqueue" ? outcome.results.map((each) => each.refusal?.code ?? each.existing) : [];
    expect(codes).toEqual(["BATCH_REFUSED", "DUPLICATE", true, "BATCH_REFUSED"]);
    expect(driver.machine.jobCount).toBe(before);
  });

  test("one of it may wait for one before it, and may not clash with it", () => {
    const driver = new Driver();
    const waits = spec("b", { waitFor: { ids: [spec("a").id], onFailure: "fail" } });
    const [good] = driver.apply({ type: "enqueue", atomic: true, jobs: [spec("a"), waits] });
    expect(good?.type === "enqueue" && good.results.map((each) => each.state)).toEqual(["ready", "waiting"]);
    const [bad] = driver.apply({
      type: "enqueue",
      atomic: true,
      jobs: [keyed("c"), keyed("d", "reject")],
    });
    expect(bad?.type === "enqueue" && bad.results.map((each) => each.refusal?.code)).toEqual([
      "BATCH_REFUSED",
      "DUPLICATE",
    ]);
    expect(driver.machine.job(spec("c").id)).toBeUndefined();
  });
});

describe("an atomic batch with a job that ends as it comes, since what it waits for has failed", () => {
  const driver = (): Driver => {
    const made = new Driver();
    made.enqueue(spec("failed"));
    made.cancel("failed");
    return made;
  };
  const stillborn = (id: string, windowMs: number) =>
    spec(id, {
      dedup: { key: "k", mode: "return", windowMs },
      waitFor: { ids: [spec("failed").id], onFailure: "fail" },
    });
  const batch = (of: Driver, ...jobs: ReturnType<typeof spec>[]) =>
    outcome(of.apply({ type: "enqueue", atomic: true, jobs }), "enqueue").results.map(
      ({ refusal, existing, state }) => refusal?.code ?? (existing ? "existing" : state),
    );

  test("that one gives its key back, and the next may have it", () => {
    const answers = batch(driver(), stillborn("a", 0), keyed("b", "reject"));
    expect(answers).toEqual(["dead", "ready"]);
  });

  test("in its window it cannot be replaced, so who waits for its successor is refused, and with it all", () => {
    const waits = spec("c", { waitFor: { ids: [spec("b").id], onFailure: "fail" } });
    const one = driver();
    expect(batch(one, stillborn("a", 5_000), keyed("b", "replace"), waits)).toEqual([
      "BATCH_REFUSED",
      "BATCH_REFUSED",
      "NOT_FOUND",
    ]);
    expect(one.machine.jobCount).toBe(1);
  });
});

test("an empty machine holds no keys", () => {
  expect(new Machine().nextTimerAt()).toBeNull();
});
