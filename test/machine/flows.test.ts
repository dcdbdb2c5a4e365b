import { describe, expect, test, vi } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import { Machine } from "../../src/machine/index.ts";
import { JobTable } from "../../src/machine/jobTable.ts";
import type { WaitFor } from "../../src/machine/types.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, ids, spec } from "./harness.ts";

const after = (id: string, on: readonly string[], onFailure: WaitFor["onFailure"] = "fail", more = {}) =>
  spec(id, { waitFor: { ids: on.map(JobId), onFailure }, ...more });

describe("a job that waits for others", () => {
  test("is ready when all have completed, and is handed their results", () => {
    const driver = new Driver();
    driver.enqueue(spec("a"), spec("b"), after("c", ["a", "b"]));
    expect(driver.job("c").state).toBe("waiting");
    expect(driver.machine.queues()[0]?.waiting).toBe(1);
    driver.complete(driver.claimOne(), Uint8Array.of(7));
    expect(driver.job("c").state).toBe("waiting");
    driver.complete(driver.claimOne(), Uint8Array.of(8));
    expect(driver.claimOne()).toMatchObject({
      id: "c",
      dependencies: [
        { id: "a", state: "completed", result: Uint8Array.of(7) },
        { id: "b", state: "completed", result: Uint8Array.of(8) },
      ],
    });
  });

  test("one that has ended already counts at once", () => {
    const driver = new Driver();
    driver.enqueue(spec("a"));
    driver.complete(driver.claimOne());
    expect(driver.enqueue(after("b", ["a"]))[0]?.state).toBe("ready");
    driver.enqueue(spec("x"));
    driver.cancel("x", "why not");
    expect(driver.enqueue(after("y", ["x"]))[0]?.state).toBe("dead");
    expect(driver.job("y").reason).toBe("job x, which it waits for, is cancelled: why not");
  });

  test("one that is not known is refused, itself included", () => {
    const driver = new Driver();
    const [result] = driver.enqueue(after("b", ["nobody"]));
    expect(result?.refusal).toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("nobody") as string,
    });
    expect(driver.enqueue(after("c", ["c"]))[0]?.refusal?.code).toBe("NOT_FOUND");
    expect(driver.machine.jobCount).toBe(0);
  });

  test("its delay counts from its enqueueing", () => {
    const driver = new Driver();
    driver.enqueue(spec("a"), after("b", ["a"], "fail", { delayMs: 1_000 }));
    driver.pass(400);
    driver.complete(driver.claimOne());
    expect(driver.job("b")).toMatchObject({ state: "scheduled", dueAt: driver.now + 600 });
  });

  test("can be cancelled", () => {
    const driver = new Driver();
    driver.enqueue(spec("a"), after("b", ["a"]));
    driver.cancel("b");
    expect(driver.job("b").state).toBe("cancelled");
    driver.complete(driver.claimOne());
    expect(driver.job("b").state).toBe("cancelled");
  });
});

describe("when one of them fails", () => {
  function failing(onFailure: WaitFor["onFailure"]) {
    const driver = new Driver();
    driver.enqueue(spec("a"), spec("b"), after("c", ["a", "b"], onFailure));
    driver.fail(driver.claimOne(), { retryable: false });
    return driver;
  }
  test("fail: dead at once", () => expect(failing("fail").job("c").state).toBe("dead"));
  test("cancel: cancelled at once", () => expect(failing("cancel").job("c").state).toBe("cancelled"));
  test("run: it runs once all have ended, and is told", () => {
    const driver = failing("run");
    expect(driver.job("c").state).toBe("waiting");
    driver.complete(driver.claimOne());
    expect(driver.claimOne().dependencies?.map((each) => each.state)).toEqual(["dead", "completed"]);
  });
});

test("results beyond 1 MiB in all are dropped, and said to be", () => {
  const driver = new Driver();
  const parts = ["a", "b", "c", "d", "e"];
  driver.enqueue(...parts.map((id) => spec(id)), after("z", parts));
  for (const held of driver.claim(5)) driver.complete(held, new Uint8Array(250_000));
  const told = driver.claimOne().dependencies ?? [];
  expect(told.map((each) => [each.result?.length, each.resultDropped])).toEqual([
    [250_000, false],
    [250_000, false],
    [250_000, false],
    [250_000, false],
    [undefined, true],
  ]);
});

test("a chain of 10,000 dies link by link, in bounded entries, also over a restart in between", () => {
  let driver = new Driver();
  const chain = Array.from({ length: 10_000 }, (_, n) =>
    n === 0 ? spec("j0") : after(`j${n}`, [`j${n - 1}`]),
  );
  driver.enqueue(...chain);
  driver.cancel("j0");
  expect(driver.last.ended.length).toBeLessThanOrEqual(1_001);
  const shelf = new RecordShelf();
  shelf.write(driver.machine.beginCheckpoint());
  const twin = new Driver(shelf.restore());
  for (let entries = 0; driver.machine.queues()[0]?.waiting !== 0; entries++) {
    expect(entries).toBeLessThan(20);
    expect(driver.machine.nextTimerAt()).toBe(driver.machine.now);
    expect(driver.fireTimers()).toBeLessThanOrEqual(2_000);
    twin.fireTimers();
    expect(twin.machine.stateHash).toBe(driver.machine.stateHash);
  }
  expect(driver.machine.queues()[0]?.dead).toBe(9_999);
  driver = twin;
  expect(driver.job("j9999").reason).toContain("j9998");
});

test("10,000 that wait for one become ready in their order, and a restart forgets none", () => {
  const driver = new Driver();
  driver.enqueue(spec("root"), ...Array.from({ length: 3_000 }, (_, n) => after(`j${n}`, ["root"])));
  driver.complete(driver.claimOne());
  const shelf = new RecordShelf();
  shelf.write(driver.machine.beginCheckpoint());
  const again = new Driver(shelf.restore());
  while (again.machine.queues()[0]?.waiting !== 0) again.fireTimers();
  expect(ids(again.claim(3_000))).toEqual(Array.from({ length: 3_000 }, (_, n) => `j${n}`));
});

test("a dependency may be purged after its end without harm", () => {
  const driver = new Driver();
  driver.enqueue(spec("a", { retentionMs: 0 }), spec("b"), after("c", ["a", "b"]));
  driver.complete(driver.claimOne());
  driver.fireTimers();
  expect(driver.machine.job(JobId("a"))).toBeUndefined();
  const shelf = new RecordShelf();
  shelf.write(driver.machine.beginCheckpoint());
  const again = new Driver(shelf.restore());
  again.complete(again.claimOne());
  expect(again.claimOne().dependencies?.map((each) => each.state)).toEqual(["completed", "completed"]);
});

describe("a job that has ended and whom nobody waits for any more", () => {
  test("can be deleted in the command that deleted the last one who waited for it", () => {
    const driver = new Driver();
    driver.enqueue(spec("a"), after("b", ["a"]), after("c", ["b"]));
    const command = { type: "manage", action: "delete", by: "ann", why: "" } as const;
    const [outcome] = driver.apply({ ...command, ids: ["a", "c", "b"].map(JobId) });
    expect(outcome?.type === "manage" && outcome.results.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(driver.machine.jobCount).toBe(0);
  });

  test("is the same to a node that was restored, when an entry has told just as many as it may", () => {
    const driver = new Driver();
    driver.enqueue(spec("a"));
    driver.enqueue(...Array.from({ length: 1_000 }, (_, n) => after(`b${n}`, ["a"], "run")));
    driver.cancel("a");
    expect(driver.machine.queues()[0]).toMatchObject({ waiting: 0, ready: { normal: 1_000 } });
    const shelf = new RecordShelf();
    shelf.write(driver.machine.beginCheckpoint());
    const restored = new Driver(shelf.restore());
    expect(restored.machine.nextTimerAt()).toBe(driver.machine.nextTimerAt());
    const redrive = { type: "manage", action: "redrive", ids: [JobId("a")], by: "ann", why: "" } as const;
    expect(driver.apply(redrive)).toEqual(restored.apply(redrive));
    expect(driver.machine.stateHash).toBe(restored.machine.stateHash);
    expect(driver.job("a").state).toBe("ready");
  });
});

test("a job whose end not all have heard of is not redriven: those would wait for something else", () => {
  const driver = new Driver();
  driver.enqueue(spec("a"));
  driver.enqueue(...Array.from({ length: 1_001 }, (_, n) => after(`b${n}`, ["a"], "run")));
  driver.cancel("a");
  expect(driver.machine.queues()[0]?.waiting).toBe(1);
  const redrive = { type: "manage", action: "redrive", ids: [JobId("a")], by: "ann", why: "" } as const;
  const codes = (): unknown[] => {
    const [outcome] = driver.apply(redrive);
    return outcome?.type === "manage"
      ? outcome.results.map((each) => (each.ok ? each.state : each.code))
      : [];
  };
  expect(codes()).toEqual(["WRONG_STATE"]);
  expect(codes()).toEqual(["ready"]);
});

test("a job that is redriven while it waits is ready at the end of its wait: its delay was for the first time", () => {
  const driver = new Driver();
  driver.enqueue(spec("a"), after("b", ["a"], "fail", { delayMs: 60_000 }));
  driver.cancel("b");
  driver.apply({ type: "manage", action: "redrive", ids: [JobId("b")], by: "ann", why: "" });
  expect(driver.job("b").state).toBe("waiting");
  driver.complete(driver.claimOne());
  expect(driver.job("b").state).toBe("ready");
});

test("a restore looks at those that others wait for in bounded steps", () => {
  const driver = new Driver();
  const names = Array.from({ length: 5_000 }, (_, n) => `${n}`);
  driver.enqueue(...names.map((name) => spec(name)));
  driver.enqueue(...names.map((name) => after(`after-${name}`, [name])));
  const shelf = new RecordShelf();
  shelf.write(driver.machine.beginCheckpoint());
  const machine = new Machine();
  machine.restore(shelf.all());
  const view = vi.spyOn(JobTable.prototype, "view");
  const looks: number[] = [];
  try {
    for (const _ of machine.finishRestore()) {
      looks.push(view.mock.calls.length);
      view.mockClear();
    }
    looks.push(view.mock.calls.length);
  } finally {
    view.mockRestore();
  }
  expect(looks.reduce((sum, each) => sum + each)).toBe(5_000);
  expect(Math.max(...looks)).toBeLessThanOrEqual(1_024);
});
