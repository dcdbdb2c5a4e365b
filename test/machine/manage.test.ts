import { describe, expect, test } from "vitest";
import { JobId, LogTimeMs } from "../../src/base/brands.ts";
import type { Manage } from "../../src/machine/types.ts";
import { Driver, outcome, spec } from "./harness.ts";

function manage(driver: Driver, action: Manage["action"], ...names: string[]) {
  const command = { type: "manage", action, ids: names.map(JobId), by: "ann", why: "test" } as const;
  return outcome(driver.apply(command), "manage").results.map((each) => (each.ok ? each.state : each.code));
}

function dead(driver: Driver, more = {}): void {
  driver.enqueue(spec("a", more));
  driver.fail(driver.claimOne(), { retryable: false });
}

test("runNow: what is scheduled becomes ready; each of the others is refused by itself", () => {
  const driver = new Driver();
  driver.enqueue(spec("a", { delayMs: 1_000 }), spec("b"));
  expect(manage(driver, "runNow", "a", "b", "nobody")).toEqual(["ready", "WRONG_STATE", "NOT_FOUND"]);
  expect(driver.machine.nextTimerAt()).toBeNull();
});

describe("redrive", () => {
  test("a dead job begins as new with all its attempts; history and checkpoint stay, retention stops", () => {
    const driver = new Driver();
    driver.enqueue(spec("a"));
    const held = driver.claimOne();
    driver.act({ type: "checkpoint", id: held.id, token: held.token, data: Uint8Array.of(5) });
    driver.fail(held, { retryable: false });
    expect(driver.job("a").checkpoint?.data).toEqual(Uint8Array.of(5));
    expect(manage(driver, "redrive", "a")).toEqual(["ready"]);
    expect(driver.machine.nextTimerAt()).toBeNull();
    const again = driver.claimOne();
    expect(again).toMatchObject({ attempt: 1, checkpoint: { data: Uint8Array.of(5) } });
    expect(again.token).toBeGreaterThan(held.token);
    expect(driver.job("a")).toMatchObject({ reason: "", finishedAt: null, history: [{ end: "failed" }] });
  });

  test("it is ready at once, whatever time or delay it was enqueued with", () => {
    const driver = new Driver();
    const runAt = LogTimeMs(driver.now + 1_000_000);
    driver.enqueue(spec("a", { runAt }), spec("b", { delayMs: 1_000_000 }));
    driver.cancel("a");
    driver.cancel("b");
    expect(manage(driver, "redrive", "a", "b")).toEqual(["ready", "ready"]);
  });

  test("only dead and cancelled ones", () => {
    const driver = new Driver();
    driver.enqueue(spec("a"), spec("b"));
    driver.cancel("b");
    driver.complete(driver.claimOne());
    expect(manage(driver, "redrive", "a", "b")).toEqual(["WRONG_STATE", "ready"]);
  });

  test("its dedup key is taken again, or it is refused", () => {
    const driver = new Driver();
    const dedup = { key: "k", mode: "return", windowMs: 0 } as const;
    dead(driver, { dedup });
    driver.enqueue(spec("b", { dedup }));
    expect(manage(driver, "redrive", "a")).toEqual(["WRONG_STATE"]);
    driver.cancel("b");
    expect(manage(driver, "redrive", "a", "b")).toEqual(["ready", "WRONG_STATE"]);
    expect(driver.enqueue(spec("c", { dedup }))[0]).toMatchObject({ id: "a", existing: true });
  });

  test("one that died of a dependency waits for it again, once that one is redriven", () => {
    const driver = new Driver();
    dead(driver);
    driver.enqueue(spec("b", { waitFor: { ids: [JobId("a")], onFailure: "fail" } }));
    expect(driver.job("b").state).toBe("dead");
    expect(manage(driver, "redrive", "b")).toEqual(["WRONG_STATE"]);
    expect(manage(driver, "redrive", "a", "b")).toEqual(["ready", "waiting"]);
    driver.complete(driver.claimOne());
    expect(driver.job("b").state).toBe("ready");
  });

  test("not one that waited for a job which has ended and gone since: it would wait for ever", () => {
    const driver = new Driver();
    driver.enqueue(spec("a", { retentionMs: 10 }));
    const timeouts = { queueMs: 0, attemptMs: 0, totalMs: 100 };
    driver.enqueue(spec("b", { timeouts, waitFor: { ids: [JobId("a")], onFailure: "run" } }));
    const held = driver.claimOne();
    driver.pass(100);
    driver.apply({ type: "fireTimers" });
    expect(driver.job("b").state).toBe("dead");
    driver.complete(held);
    driver.pass(10);
    driver.apply({ type: "fireTimers" });
    expect(driver.machine.job(JobId("a"))).toBeUndefined();
    expect(manage(driver, "redrive", "b")).toEqual(["WRONG_STATE"]);
    expect(driver.job("b").state).toBe("dead");
  });

  test("its total timeout counts anew", () => {
    const driver = new Driver();
    dead(driver, { timeouts: { queueMs: 0, attemptMs: 0, totalMs: 1_000 } });
    driver.pass(5_000);
    manage(driver, "redrive", "a");
    expect(driver.machine.nextTimerAt()).toBe(driver.now + 1_000);
  });
});

describe("delete", () => {
  test("what does not run is forgotten, a running one refused", () => {
    const driver = new Driver();
    driver.enqueue(spec("r"), spec("a"), spec("s", { delayMs: 9 }));
    driver.claimOne();
    expect(manage(driver, "delete", "r", "a", "s")).toEqual(["WRONG_STATE", "cancelled", "cancelled"]);
    expect(driver.machine.jobCount).toBe(1);
  });

  test("those who wait for it see it as cancelled, and its key is free", () => {
    const driver = new Driver();
    const dedup = { key: "k", mode: "return", windowMs: 60_000 } as const;
    const waitFor = { ids: [JobId("a")], onFailure: "run" } as const;
    driver.enqueue(spec("a", { dedup }), spec("b", { waitFor }));
    expect(manage(driver, "delete", "a")).toEqual(["cancelled"]);
    expect(driver.job("b")).toMatchObject({ state: "ready", dependencies: [{ state: "cancelled" }] });
    expect(driver.enqueue(spec("c", { dedup }))[0]).toMatchObject({ id: "c", existing: false });
  });
});

describe("what hangs on a job bounds what one entry does", () => {
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

  /** Each of `parents` is waited for by `children` jobs. */
  function manyWait(parents: readonly string[], children: number): Driver {
    const driver = new Driver();
    driver.enqueue(...parents.map((id) => spec(id)));
    for (const parent of parents) {
      const waitFor = { ids: [JobId(parent)], onFailure: "run" } as const;
      driver.enqueue(...names(`${parent}-`, children).map((id) => spec(id, { waitFor })));
    }
    return driver;
  }

  test("deletes of an entry tell at most 1000 jobs, however many commands it has; the next entry goes on", () => {
    const driver = manyWait(["a", "b", "c", "d"], 400);
    const one = (id: string) =>
      ({ type: "manage", action: "delete", ids: [JobId(id)], by: "", why: "" }) as const;
    const told = driver
      .apply(one("a"), one("b"), one("c"), one("d"))
      .map((each) => each.type === "manage" && each.results[0]);
    expect(told).toMatchObject([{ ok: true }, { ok: true }, { code: "OVERLOADED" }, { code: "OVERLOADED" }]);
    expect(driver.job("c").state).toBe("ready");
    expect(driver.job("b-399").state).toBe("ready");
    expect(driver.job("c-0").state).toBe("waiting");
    expect(manage(driver, "delete", "c", "d")).toEqual(["cancelled", "cancelled"]);
    expect(driver.job("d-399").state).toBe("ready");
  });

  test("of more than 1000 it is cancelled first; they hear of it by and by", () => {
    const driver = manyWait(["a"], 1_001);
    expect(manage(driver, "delete", "a")).toEqual(["WRONG_STATE"]);
    driver.cancel("a");
    expect(driver.job("a-1000").state).toBe("waiting");
    expect(manage(driver, "delete", "a")).toEqual(["WRONG_STATE"]);
    driver.fireTimers();
    expect(driver.job("a-1000").state).toBe("ready");
    expect(manage(driver, "delete", "a")).toEqual(["cancelled"]);
  });

  test("one that waits for a thousand jobs costs more to be told than one that waits for one", () => {
    const driver = new Driver();
    const parents = names("p", 1_000);
    driver.enqueue(...parents.map((id) => spec(id)));
    const waitFor = { ids: parents.map(JobId), onFailure: "run" } as const;
    driver.enqueue(...names("c", 100).map((id) => spec(id, { waitFor })));
    driver.complete(driver.claimOne());
    const heard = () =>
      names("c", 100).filter((id) => driver.job(id).dependencies?.[0]?.state === "completed").length;
    expect(heard()).toBe(91);
    driver.fireTimers();
    expect(heard()).toBe(100);
    expect(driver.machine.costByHand(JobId("c0"), true)).toBe(101);
    expect(driver.machine.costByHand(JobId("p0"), true)).toBe(1);
    expect(driver.machine.costByHand(JobId("p1"), true)).toBe(1);
    expect(driver.machine.costByHand(JobId("p1"), false)).toBe(1);
    expect(manyWait(["a"], 300).machine.costByHand(JobId("a"), true)).toBe(301);
  });
});

test("retention by number and bytes of a queue: the first to end go first", () => {
  const driver = new Driver();
  driver.apply({ type: "setQueue", queue: "mail", patch: { maxEnded: 2 } });
  for (const id of ["a", "b", "c"]) {
    driver.enqueue(spec(id));
    driver.complete(driver.claimOne());
    driver.pass(1);
  }
  const left = () => driver.machine.list({ limit: 10 }).map((job) => job.spec.id);
  expect(left()).toEqual(["b", "c"]);
  driver.apply({ type: "setQueue", queue: "mail", patch: { maxEnded: 0, maxEndedBytes: 100 } });
  driver.enqueue(spec("d", { payload: new Uint8Array(60) }));
  driver.complete(driver.claimOne(), new Uint8Array(39));
  expect(left()).toEqual(["c", "d"]);
});

test("what happens to a job is told, in order", () => {
  const driver = new Driver();
  const told: string[] = [];
  const note = () => told.push(...driver.last.events.map(({ type, detail }) => `${type}|${detail}`));
  driver.enqueue(spec("a"));
  note();
  const held = driver.claimOne();
  note();
  driver.act({ type: "progress", id: held.id, token: held.token, percent: 40, note: "half" });
  note();
  driver.cancel("a", "enough");
  note();
  driver.fail(held);
  note();
  manage(driver, "delete", "a");
  note();
  expect(told).toEqual([
    "enqueued|",
    "started|w1",
    "progress|40 % half",
    "cancelRequested|enough",
    "failed|boom",
    "cancelled|enough",
    "removed|",
  ]);
});

test("a checkpoint is inherited by the next attempt, and dropped when the job completes", () => {
  const driver = new Driver();
  driver.enqueue(spec("a"));
  const held = driver.claimOne();
  const { id, token } = held;
  expect(driver.act({ type: "checkpoint", id, token, data: Uint8Array.of(1) })).toEqual({
    ok: true,
    type: "checkpoint",
  });
  driver.pass(5_000);
  driver.expire();
  expect(driver.act({ type: "checkpoint", id, token, data: Uint8Array.of(2) })).toMatchObject({
    code: "STALE_TOKEN",
  });
  driver.pass(1_000);
  driver.fireTimers();
  const next = driver.claimOne();
  expect(next.checkpoint).toMatchObject({ data: Uint8Array.of(1), token });
  driver.complete(next);
  expect(driver.job("a").checkpoint).toBeUndefined();
});

test("snooze: released with a delay it is scheduled, and no attempt is spent", () => {
  const driver = new Driver();
  driver.enqueue(spec("a"));
  const { id, token } = driver.claimOne();
  driver.act({ type: "release", id, token, delayMs: 700 });
  expect(driver.job("a")).toMatchObject({ state: "scheduled", attempt: 0, dueAt: driver.now + 700 });
});
