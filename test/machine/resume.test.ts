import { describe, expect, test } from "vitest";
import type { ClaimedJob, WorkerStream } from "../../src/machine/types.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, type Held, ids, outcome, spec } from "./harness.ts";

const once = { maxAttempts: 1, initialBackoffMs: 0, multiplier: 1, maxBackoffMs: 0, jitter: "none" } as const;

/** A worker's stream: claims for it, and its return with what it holds. */
function on(driver: Driver, stream: WorkerStream, workerId = "w1") {
  return {
    claim: (slots: number): readonly ClaimedJob[] =>
      outcome(driver.apply({ type: "claim", workerId, stream, queues: ["mail"], slots }), "claim").jobs,
    resume: (held: readonly Held[] = []): number =>
      outcome(driver.apply({ type: "resumeWorker", workerId, stream, held }), "resumeWorker").released,
  };
}

function threeJobs(): Driver {
  const driver = new Driver();
  driver.enqueue(...["1", "2", "3"].map((id) => spec(id, { retry: once })));
  return driver;
}

const first: WorkerStream = { session: 7, number: 1 };
const second: WorkerStream = { session: 7, number: 2 };

describe("a worker is back on a new stream", () => {
  test("what never reached it is given back: no attempt spent, its old place, the reason in its history", () => {
    const driver = threeJobs();
    const [one, two] = on(driver, first).claim(2);
    if (one === undefined || two === undefined) throw new Error("nothing was claimed");
    expect(on(driver, second).resume([two])).toBe(1);
    expect(driver.last.notices).toEqual([]);
    expect(driver.job("1")).toMatchObject({
      state: "ready",
      attempt: 0,
      claim: null,
      history: [
        { end: "released", attempt: 1, token: one.token, error: expect.stringMatching(/w1 came back/) },
      ],
    });
    expect(driver.job("2")).toMatchObject({ state: "running", claim: { token: two.token } });
    const again = on(driver, second).claim(2);
    expect(ids(again), "ahead of what came after it").toEqual(["1", "3"]);
    expect(again[0]).toMatchObject({ attempt: 1, maxAttempts: 1 });
    expect(driver.complete(two)).toMatchObject({ ok: true });
  });

  test("a present and empty list gives back all, and a repetition changes nothing", () => {
    const driver = threeJobs();
    on(driver, first).claim(3);
    expect(on(driver, second).resume()).toBe(3);
    const given = driver.job("1");
    expect(on(driver, second).resume()).toBe(0);
    expect(driver.job("1")).toEqual(given);
    expect(ids(driver.claim(3))).toEqual(["1", "2", "3"]);
  });

  test("an act on a claim that was given back: release is an old story, complete is too late", () => {
    const driver = threeJobs();
    const [one] = on(driver, first).claim(1);
    if (one === undefined) throw new Error("nothing was claimed");
    on(driver, second).resume();
    expect(driver.release(one)).toEqual({ ok: true, type: "release" });
    expect(driver.complete(one)).toMatchObject({ ok: false, code: "STALE_TOKEN" });
  });

  test("a job that somebody wanted cancelled is cancelled", () => {
    const driver = threeJobs();
    on(driver, first).claim(1);
    driver.cancel("1", "not needed");
    expect(on(driver, second).resume()).toBe(1);
    expect(driver.job("1")).toMatchObject({ state: "cancelled", reason: "not needed" });
  });

  test("a job held under an old token does not cover its new claim, nor the other way round", () => {
    const driver = threeJobs();
    const [old] = on(driver, first).claim(1);
    if (old === undefined) throw new Error("nothing was claimed");
    driver.release(old);
    const [fresh] = on(driver, first).claim(1);
    if (fresh === undefined) throw new Error("nothing was claimed");
    expect(on(driver, second).resume([fresh, old])).toBe(0);
    expect(on(driver, second).resume([old])).toBe(1);
  });

  test("a claim, the return and a claim in one entry: no job twice under one token", () => {
    const driver = threeJobs();
    const queues = ["mail"];
    const [before, resumed, after] = driver.apply(
      { type: "claim", workerId: "w1", stream: first, queues, slots: 2 },
      { type: "resumeWorker", workerId: "w1", stream: second, held: [] },
      { type: "claim", workerId: "w1", stream: second, queues, slots: 3 },
    );
    if (before?.type !== "claim" || after?.type !== "claim") throw new Error("these were claims");
    expect(resumed).toEqual({ type: "resumeWorker", released: 2 });
    expect([ids(before.jobs), ids(after.jobs)]).toEqual([["1", "2"], ["3"]]);
    expect(ids(driver.claim(3))).toEqual(["1", "2"]);
  });
});

describe("a return leaves alone", () => {
  test("what was claimed for its own stream or a later one, wherever in the log it lands", () => {
    const driver = threeJobs();
    on(driver, second).claim(1);
    on(driver, { session: 7, number: 3 }).claim(1);
    expect(on(driver, second).resume()).toBe(0);
    expect(driver.machine.runningClaims).toBe(2);
  });

  test.each<readonly [string, WorkerStream | null, string]>([
    [
      "a session of its own under the same id: a process that crashed and was restarted",
      { session: 8, number: 1 },
      "w1",
    ],
    ["another worker that drew the same number", first, "w2"],
    ["a claim without a stream", null, "w1"],
  ])("%s", (_what, stream, workerId) => {
    const driver = threeJobs();
    const queues = ["mail"];
    const claim = { type: "claim", workerId, queues, slots: 1 } as const;
    driver.apply(stream === null ? claim : { ...claim, stream });
    expect(on(driver, { session: 7, number: 9 }).resume()).toBe(0);
    expect(driver.job("1").state).toBe("running");
    driver.pass(1_000);
    driver.expire();
    expect(driver.job("1"), "it waits for its lease, and counts").toMatchObject({
      state: "dead",
      attempt: 1,
    });
  });
});

test("a node restored from a checkpoint gives back the same claims and arrives at the same hash", () => {
  const driver = new Driver();
  const leases = Array.from({ length: 20 }, (_, n) => 1_000 + ((n * 7) % 20) * 100);
  driver.enqueue(...leases.map((leaseMs, n) => spec(`${n}`, { leaseMs })));
  const claimed = on(driver, first).claim(20);
  // Renewals move leases about in the heap, which a restored node builds anew.
  driver.pass(500);
  for (const held of claimed.slice(0, 9)) driver.extend(held);
  const shelf = new RecordShelf();
  shelf.write(driver.machine.beginCheckpoint());
  const restored = new Driver(shelf.restore());
  const kept = claimed.slice(15);
  expect(on(driver, second).resume(kept)).toBe(15);
  expect(on(restored, second).resume(kept)).toBe(15);
  expect(restored.machine.stateHash).toBe(driver.machine.stateHash);
});
