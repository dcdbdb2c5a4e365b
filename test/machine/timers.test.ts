import { expect, test } from "vitest";
import { JobId, LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import { Machine, maxFinishedJobs, maxFiredPerCommand } from "../../src/machine/index.ts";
import { checkInvariants } from "../support/machineInvariants.ts";
import { Driver, spec } from "./harness.ts";

test("retention forgets ended jobs in their time, the dead later than the others, and counts them (Q2)", () => {
  const driver = new Driver();
  const kept = { retentionMs: 100, deadRetentionMs: 500 };
  driver.enqueue(spec("done", kept), spec("dead", kept), spec("cancelled", kept), spec("alive", kept));
  driver.complete(driver.claimOne());
  driver.fail(driver.claimOne(), { retryable: false });
  driver.cancel("cancelled");
  const ended = driver.now;
  expect(driver.machine.nextTimerAt()).toBe(ended + 100);
  driver.pass(99);
  expect(driver.fireTimers()).toBe(0);
  driver.pass(1);
  expect(driver.fireTimers()).toBe(2);
  expect(driver.machine.job(JobId("done"))).toBeUndefined();
  expect(driver.machine.nextTimerAt()).toBe(ended + 500);
  driver.pass(400);
  expect(driver.fireTimers()).toBe(1);
  expect(driver.machine.totals).toMatchObject({ enqueued: 4, purged: 3 });
  expect(driver.machine.list({ limit: 9 }).map((job) => job.spec.id)).toEqual(["alive"]);
  checkInvariants(driver.machine);
  expect(driver.enqueue(spec("done")), "a forgotten id is new again").toMatchObject([{ existing: false }]);
});

test("at most maxFinishedJobs ended jobs are kept, whatever their retention: the first to end go first", () => {
  const driver = new Driver();
  const batch = 1_000;
  for (let from = 0; from <= maxFinishedJobs; from += batch) {
    const ids = Array.from({ length: batch }, (_, i) => `j${from + i}`);
    driver.enqueue(...ids.map((id) => spec(id)));
    for (const id of ids) driver.cancel(id);
    driver.pass(1);
  }
  expect(driver.machine.jobCount).toBe(maxFinishedJobs);
  expect(driver.machine.totals).toMatchObject({ enqueued: maxFinishedJobs + batch, purged: batch });
  expect(driver.machine.job(JobId("j0"))).toBeUndefined();
  expect(driver.machine.job(JobId(`j${batch}`))).toBeDefined();
  checkInvariants(driver.machine);
});

test("a queue whose last job is forgotten is forgotten too", () => {
  const driver = new Driver();
  driver.enqueue(spec("1", { retentionMs: 0 }));
  driver.cancel("1");
  expect(driver.machine.queues()).toHaveLength(1);
  driver.fireTimers();
  expect(driver.machine.queues()).toEqual([]);
  expect(driver.machine.nextTimerAt()).toBeNull();
});

test("an entry fires a bounded number, and what is left stays due", () => {
  const driver = new Driver();
  const count = maxFiredPerCommand + 10;
  driver.enqueue(...Array.from({ length: count }, (_, n) => spec(`${n}`, { delayMs: 5 })));
  driver.pass(5);
  expect(driver.fireTimers()).toBe(maxFiredPerCommand);
  expect(driver.machine.nextTimerAt()).toBe(driver.now);
  expect(driver.fireTimers()).toBe(10);
  expect(driver.machine.nextTimerAt()).toBeNull();
  expect(driver.machine.readyCount("mail")).toBe(count);
});

test("log time never goes back, whatever an entry says", () => {
  const driver = new Driver();
  driver.enqueue(spec("1"));
  driver.pass(-500);
  driver.enqueue(spec("2"));
  expect(driver.job("2").enqueuedAt).toBe(driver.job("1").enqueuedAt);
});

test("entries are applied once and in order; those of others only move the index", () => {
  const machine = new Machine();
  const batch = { now: LogTimeMs(1), commands: [] };
  machine.apply(LogIndex(3), batch);
  const { stateHash } = machine;
  machine.skip(LogIndex(4));
  expect(machine.appliedIndex).toBe(4);
  expect(machine.stateHash).toBe(stateHash);
  expect(() => machine.apply(LogIndex(4), batch)).toThrow("in the order of the log");
});

test("the state hash tells apart what differs in a job, a time or an index", () => {
  const hashes = new Set<string>();
  const apply = (index: number, now: number, id: string, delayMs = 0) => {
    const machine = new Machine();
    const jobs = [spec(id, { delayMs })];
    machine.apply(LogIndex(index), { now: LogTimeMs(now), commands: [{ type: "enqueue", jobs }] });
    hashes.add(machine.stateHash);
  };
  apply(1, 1, "a");
  apply(1, 1, "a");
  expect(hashes.size).toBe(1);
  apply(2, 1, "a");
  apply(1, 2, "a");
  apply(1, 1 + 2 ** 32, "a");
  apply(1, 1, "b");
  apply(1, 1, "a", 1);
  expect(hashes.size).toBe(6);
});

test("what is about to be ready is counted by queue, and stays as it was", () => {
  const driver = new Driver();
  const delayed = (id: string, queue: string, delayMs: number) => spec(id, { queue, delayMs });
  driver.enqueue(
    delayed("a", "q1", 100),
    delayed("b", "q2", 100),
    delayed("c", "q1", 50),
    delayed("d", "q1", 101),
  );
  const at = (ms: number, limit = 10) =>
    Object.fromEntries(driver.machine.dueByQueue(LogTimeMs(driver.now + ms), limit));
  expect(at(49)).toEqual({});
  expect(at(50)).toEqual({ q1: 1 });
  expect(at(100)).toEqual({ q1: 2, q2: 1 });
  expect(at(101, 2)).toEqual(at(100, 2));
  driver.pass(100);
  expect(driver.fireTimers()).toBe(3);
  expect(at(0)).toEqual({});
  checkInvariants(driver.machine);
});
