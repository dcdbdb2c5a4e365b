import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import { isoTime } from "../../src/machine/isoTime.ts";
import { firingDelayMs, firingId } from "../../src/machine/schedules.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, spec } from "./harness.ts";
import { at, fire, minutely, pause, put, scheduleIn } from "./scheduleHarness.ts";

/** Log time begins at 1,000,000: the first three whole minutes after it. */
const [first, second, third] = [1_020_000, 1_080_000, 1_140_000] as const;

function begun(
  overrides: Parameters<typeof minutely>[1] = {},
  job: Parameters<typeof minutely>[2] = {},
  driver = new Driver(),
): Driver {
  put(driver, minutely("m", overrides, job), first);
  driver.now = first;
  return driver;
}

describe("what a schedule does when it is due", () => {
  test("it enqueues one job, named by schedule and due time, and is due next", () => {
    const driver = begun();
    expect(fire(driver, "m", first, second)).toBe("m/1970-01-01T00:17:00.000Z");
    expect(driver.job("m/1970-01-01T00:17:00.000Z")).toMatchObject({
      state: "ready",
      spec: { queue: "mail" },
    });
    expect(scheduleIn(driver, "m")).toMatchObject({
      nextDueAt: second,
      lastDueAt: first,
      fired: 1,
      skipped: 0,
    });
  });

  test("the same firing again does nothing: a new leader may repeat it", () => {
    const driver = begun();
    fire(driver, "m", first, second);
    expect(fire(driver, "m", first, second)).toBeNull();
    expect(driver.machine.jobCount).toBe(1);
    expect(scheduleIn(driver, "m")).toMatchObject({ fired: 1, skipped: 0 });
  });

  test("a firing of another revision, of an unknown schedule and before its time does nothing", () => {
    const driver = begun();
    expect(fire(driver, "m", first, second, { revision: LogIndex(99) })).toBeNull();
    expect(fire(driver, "none", first, second, { revision: LogIndex(1) })).toBeNull();
    driver.now = first - 1;
    const early = new Driver();
    put(early, minutely("m"), first);
    early.now = first - 1;
    expect(fire(early, "m", first, second)).toBeNull();
    expect(driver.machine.jobCount + early.machine.jobCount).toBe(0);
  });

  test("due times that are too old are counted, not made up for", () => {
    const driver = begun();
    expect(fire(driver, "m", first, third, { missed: 2 })).toBeNull();
    expect(scheduleIn(driver, "m")).toMatchObject({ nextDueAt: third, missed: 2, fired: 0, lastSkip: null });
  });

  test("after the last due time it stays, and is never due again", () => {
    const driver = begun();
    fire(driver, "m", first, null);
    expect(scheduleIn(driver, "m").nextDueAt).toBeNull();
  });

  test("jitter puts the job off by a hash of name and due time, the same on every node", () => {
    const driver = begun({ jitterMs: 5_000 });
    const id = fire(driver, "m", first, second) ?? "";
    const delay = firingDelayMs("m", at(first), 5_000);
    expect(delay).toBeGreaterThan(0);
    expect(driver.job(id)).toMatchObject({ state: "scheduled", dueAt: first + delay });
  });

  test("jitter is spread over its whole range", () => {
    const delays = Array.from({ length: 2_000 }, (_, i) => firingDelayMs("m", at(i * 60_000), 9));
    expect([...new Set(delays)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("a job that is refused is left out, with the reason", () => {
    const driver = begun();
    driver.enqueue(spec(firingId("m", at(first))));
    expect(fire(driver, "m", first, second)).toBeNull();
    const id = firingId("m", at(first));
    expect(scheduleIn(driver, "m")).toMatchObject({
      skipped: 1,
      lastSkip: { dueAt: first, reason: `a job ${id} is there already` },
    });
  });
});

describe("overlap", () => {
  test("skip: what falls due while the last job is active is left out; then it goes on", () => {
    const driver = begun();
    fire(driver, "m", first, second);
    driver.now = second;
    expect(fire(driver, "m", second, third)).toBeNull();
    expect(scheduleIn(driver, "m")).toMatchObject({
      skipped: 1,
      lastSkip: { dueAt: second, reason: `job ${firingId("m", at(first))} is still active` },
    });
    driver.complete(driver.claimOne());
    driver.now = third;
    expect(fire(driver, "m", third, null)).toBe(firingId("m", at(third)));
  });

  test("allow: every due time has its job", () => {
    const driver = begun({ overlap: "allow" });
    fire(driver, "m", first, second);
    driver.now = second;
    expect(fire(driver, "m", second, third)).not.toBeNull();
    expect(driver.machine.jobCount).toBe(2);
  });

  test("bufferOne: one firing waits for the end of the job, in the very entry that ends it; a second is left out", () => {
    const driver = begun({ overlap: "bufferOne" });
    fire(driver, "m", first, second);
    driver.now = second;
    fire(driver, "m", second, third);
    driver.now = third;
    fire(driver, "m", third, null);
    expect(scheduleIn(driver, "m")).toMatchObject({ bufferedDueAt: second, fired: 1, skipped: 1 });
    driver.complete(driver.claimOne());
    expect(driver.job(firingId("m", at(second)))).toMatchObject({ state: "ready" });
    expect(scheduleIn(driver, "m")).toMatchObject({ bufferedDueAt: null, lastDueAt: second, fired: 2 });
  });

  test.each(["dead", "cancelled"] as const)(
    "bufferOne: a job that ends %s lets the next begin as well",
    (how) => {
      const driver = begun({ overlap: "bufferOne" });
      const id = fire(driver, "m", first, second) ?? "";
      driver.now = second;
      fire(driver, "m", second, null);
      if (how === "dead") driver.fail(driver.claimOne(), { retryable: false });
      else driver.cancel(id);
      expect(scheduleIn(driver, "m")).toMatchObject({ bufferedDueAt: null, fired: 2 });
    },
  );

  test("bufferOne: a retry is no end", () => {
    const driver = begun({ overlap: "bufferOne" });
    fire(driver, "m", first, second);
    driver.now = second;
    fire(driver, "m", second, null);
    driver.fail(driver.claimOne());
    expect(scheduleIn(driver, "m")).toMatchObject({ bufferedDueAt: second, fired: 1 });
  });

  /** A firing of the old spec waits for a job to end when another spec is put. */
  function putWhileOneWaits(driver: Driver) {
    fire(driver, "m", first, second);
    driver.now = second;
    fire(driver, "m", second, third);
    const other = minutely("m", { overlap: "bufferOne" }, { payload: Uint8Array.of(2) });
    const { schedule } = put(driver, other, third);
    expect(scheduleIn(driver, "m")).toEqual(schedule);
    return schedule;
  }

  test("another spec drops what waits of the old one: it counts as skipped, and is not begun", () => {
    const driver = begun({ overlap: "bufferOne" });
    expect(putWhileOneWaits(driver)).toMatchObject({
      bufferedDueAt: null,
      fired: 1,
      skipped: 1,
      lastSkip: { dueAt: second, reason: "another spec was put by ann" },
    });
    // The same spec again changes nothing, and so drops nothing.
    driver.now = third;
    expect(fire(driver, "m", third, null)).toBeNull();
    const { spec: same } = scheduleIn(driver, "m");
    expect(put(driver, same, null)).toMatchObject({ change: "none", schedule: { bufferedDueAt: third } });
    driver.complete(driver.claimOne());
    expect(driver.machine.job(firingId("m", at(second)))).toBeUndefined();
    expect(driver.job(firingId("m", at(third)))).toMatchObject({ spec: { payload: Uint8Array.of(2) } });
    expect(scheduleIn(driver, "m")).toMatchObject({ fired: 2, skipped: 1 });
  });

  test("by the rules of 0.1.0 it is begun, with the other spec", () => {
    const driver = begun({ overlap: "bufferOne" }, {}, Driver.asBefore());
    expect(putWhileOneWaits(driver)).toMatchObject({ bufferedDueAt: second, skipped: 0, lastSkip: null });
    driver.complete(driver.claimOne());
    expect(driver.job(firingId("m", at(second)))).toMatchObject({ spec: { payload: Uint8Array.of(2) } });
  });

  test("what waits survives a restart", () => {
    const driver = begun({ overlap: "bufferOne" });
    fire(driver, "m", first, second);
    driver.now = second;
    fire(driver, "m", second, third);
    const shelf = new RecordShelf();
    shelf.write(driver.machine.beginCheckpoint());
    const again = new Driver(shelf.restore());
    expect(again.machine.scheduleNames()).toEqual(["m"]);
    again.complete(again.claimOne());
    expect(scheduleIn(again, "m")).toMatchObject({ bufferedDueAt: null, fired: 2 });
  });
});

describe("by hand", () => {
  test("the same spec again changes nothing, not even the next due time", () => {
    const driver = begun({}, { payload: Uint8Array.of(1, 2) });
    const before = scheduleIn(driver, "m");
    const again = put(driver, minutely("m", {}, { payload: Uint8Array.of(1, 2) }), third);
    expect(again).toMatchObject({ change: "none", schedule: before });
    expect(put(driver, minutely("m", {}, { payload: Uint8Array.of(1, 3) }), third).change).toBe("replaced");
  });

  test("another spec is another revision: firings of the old one do nothing, counts and pause stay", () => {
    const driver = begun();
    fire(driver, "m", first, second);
    pause(driver, "m", true);
    const { revision } = scheduleIn(driver, "m");
    put(driver, minutely("m", { overlap: "allow" }), second);
    driver.now = second;
    expect(fire(driver, "m", second, third, { revision })).toBeNull();
    expect(scheduleIn(driver, "m")).toMatchObject({ fired: 1, paused: { by: "bob" }, nextDueAt: second });
  });

  test("it keeps its payload, not the whole entry that brought it", () => {
    const entry = new Uint8Array(100_000).fill(7);
    const { payload } = scheduleIn(begun({}, { payload: entry.subarray(50, 52) }), "m").spec.job;
    expect([...payload]).toEqual([7, 7]);
    expect(payload.buffer.byteLength).toBeLessThan(100);
  });

  test("paused it does not fire; a firing that waits is dropped; resumed it goes on from the time given", () => {
    const driver = begun({ overlap: "bufferOne" });
    fire(driver, "m", first, second);
    driver.now = second;
    fire(driver, "m", second, third);
    expect(pause(driver, "m", true)).toMatchObject({
      paused: { by: "bob", why: "too loud", at: second },
      bufferedDueAt: null,
      lastSkip: { dueAt: second, reason: "paused by bob" },
    });
    driver.complete(driver.claimOne());
    driver.now = third;
    expect(fire(driver, "m", third, null)).toBeNull();
    expect(driver.machine.jobCount).toBe(1);
    pause(driver, "m", false, 1_200_000);
    expect(scheduleIn(driver, "m")).toMatchObject({ paused: null, nextDueAt: 1_200_000 });
  });

  test("paused again it keeps who was first; resumed again its due time; an unknown one is null", () => {
    const driver = begun();
    expect(pause(driver, "m", false, third)).toMatchObject({ nextDueAt: first });
    pause(driver, "m", true);
    const since = scheduleIn(driver, "m").paused;
    driver.pass(5);
    expect(pause(driver, "m", true)?.paused).toEqual(since);
    expect(pause(driver, "none", true)).toBeNull();
  });

  test("it stays paused when it is resumed with the due time of another spec, or by who knew of none", () => {
    const driver = begun();
    const { revision } = scheduleIn(driver, "m");
    pause(driver, "m", true);
    for (const other of [LogIndex(revision + 1), LogIndex(0)]) {
      expect(pause(driver, "m", false, third, other)).toMatchObject({
        paused: { by: "bob" },
        nextDueAt: first,
      });
    }
    expect(pause(driver, "m", false, third, revision)).toMatchObject({ paused: null, nextDueAt: third });
  });

  test("deleted it is gone, its jobs are not, and one of the same name is new", () => {
    const driver = begun({ overlap: "bufferOne" });
    fire(driver, "m", first, second);
    driver.now = second;
    fire(driver, "m", second, third);
    const remove = () => driver.apply({ type: "deleteSchedule", name: "m" })[0];
    expect(remove()).toEqual({ type: "deleteSchedule", found: true });
    expect(remove()).toEqual({ type: "deleteSchedule", found: false });
    driver.complete(driver.claimOne());
    expect(driver.machine.jobCount).toBe(1);
    expect(driver.machine.scheduleNames()).toEqual([]);
    expect(put(driver, minutely("m"), third)).toMatchObject({ change: "created", schedule: { fired: 0 } });
  });
});

test("times are written as ISO 8601 has them", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) }), (time) => {
      expect(isoTime(time)).toBe(new Date(time).toISOString());
    }),
    { numRuns: 2_000 },
  );
});
