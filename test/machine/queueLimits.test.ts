import { describe, expect, test } from "vitest";
import type { JobSpec, QueuePatch } from "../../src/machine/types.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, ids, spec } from "./harness.ts";

function limited(patch: QueuePatch, ...jobs: JobSpec[]): Driver {
  const driver = new Driver();
  set(driver, patch);
  driver.enqueue(...jobs);
  return driver;
}

function set(driver: Driver, patch: QueuePatch): void {
  driver.apply({ type: "setQueue", queue: "mail", patch });
}

const jobs = (count: number, more: Partial<JobSpec> = {}, name = "j") =>
  Array.from({ length: count }, (_, n) => spec(`${name}${n}`, { leaseMs: 1_000_000, ...more }));

const hand = (on: boolean) => ({ on, by: "ann", why: "test" });

describe("running jobs", () => {
  test("of a queue: never more than the limit, in one entry either, and lowered while more run", () => {
    const driver = limited({ maxRunning: 2 }, ...jobs(5));
    const claim = { type: "claim", workerId: "w", queues: ["mail"], slots: 2 } as const;
    expect(driver.machine.readyCount("mail")).toBe(2);
    const [first, second] = driver.apply(claim, claim);
    expect([first, second]).toMatchObject([{ jobs: [{ id: "j0" }, { id: "j1" }] }, { jobs: [] }]);
    set(driver, { maxRunning: 1 });
    driver.complete({ id: driver.job("j0").spec.id, token: driver.job("j0").lastToken });
    expect(driver.machine.readyCount("mail"), "one still runs").toBe(0);
    expect(driver.claim()).toEqual([]);
    driver.release({ id: driver.job("j1").spec.id, token: driver.job("j1").lastToken });
    expect(ids(driver.claim(9)), "a released one does not run any more").toEqual(["j1"]);
  });

  test("of an agent, and of a key: others go past, and the next one follows when one ends", () => {
    for (const of of [{ agent: "x" }, { key: "x" }]) {
      const driver = limited(
        { maxRunningPerAgent: 1, maxRunningPerKey: 1 },
        ...jobs(3, of),
        ...jobs(2, {}, "plain"),
      );
      const claimed = driver.claim(9);
      expect(ids(claimed)).toEqual(["j0", "plain0", "plain1"]);
      expect(driver.machine.readyCount("mail")).toBe(0);
      const [j0] = claimed;
      if (j0 !== undefined) driver.complete(j0);
      expect(driver.machine.readyCount("mail")).toBe(1);
      expect(ids(driver.claim(9))).toEqual(["j1"]);
    }
  });

  test("a million-fold head of a blocked agent costs nothing to pass", () => {
    const driver = limited({ maxRunningPerAgent: 1 }, ...jobs(20_000, { agent: "noisy" }));
    driver.enqueue(...jobs(100, { agent: "quiet" }, "q"));
    expect(ids(driver.claim(9))).toEqual(["j0", "q0"]);
  });

  test("counts come back with a restart", () => {
    const driver = limited(
      { maxRunning: 3, maxRunningPerAgent: 1 },
      ...jobs(4, { agent: "x" }),
      ...jobs(4, {}, "p"),
    );
    driver.claim(2);
    const shelf = new RecordShelf();
    shelf.write(driver.machine.beginCheckpoint());
    const again = new Driver(shelf.restore());
    expect(ids(again.claim(9))).toEqual(["p1"]);
  });
});

describe("rates", () => {
  const rate = { limit: 2, intervalMs: 1_000 };

  test("at most limit claims in any span; each comes back exactly an interval later, by a timer", () => {
    const driver = limited({ rate }, ...jobs(9));
    expect(driver.claim()).toHaveLength(1);
    driver.pass(600);
    expect(driver.claim(9)).toHaveLength(1);
    expect(driver.machine.readyCount("mail")).toBe(0);
    driver.pass(399);
    expect(driver.fireTimers()).toBe(0);
    driver.pass(1);
    expect(driver.machine.nextTimerAt()).toBe(driver.now);
    expect(driver.claim(9), "only a committed timer gives it back").toEqual([]);
    driver.fireTimers();
    expect(driver.machine.readyCount("mail")).toBe(1);
    expect(driver.claim(9)).toHaveLength(1);
    driver.pass(600);
    driver.fireTimers();
    expect(driver.claim(9)).toHaveLength(1);
  });

  test("a released claim counts: it was handed out", () => {
    const driver = limited({ rate }, ...jobs(3));
    driver.release(driver.claimOne());
    driver.claimOne();
    expect(driver.claim()).toEqual([]);
  });

  test("by key: keys are apart, and jobs without one are free", () => {
    const driver = limited(
      { ratePerKey: rate },
      ...jobs(3, { key: "k" }),
      ...jobs(3, { key: "l" }, "l"),
      ...jobs(3, {}, "p"),
    );
    expect(ids(driver.claim(20))).toEqual(["j0", "j1", "l0", "l1", "p0", "p1", "p2"]);
    driver.pass(1_000);
    expect(driver.fireTimers()).toBe(2);
    expect(ids(driver.claim(20))).toEqual(["j2", "l2"]);
  });

  test("uses outlive a restart and the queue's last job; a lower limit counts what was used", () => {
    const driver = limited({ rate: { limit: 5, intervalMs: 60_000 } }, ...jobs(4, { retentionMs: 0 }));
    for (const held of driver.claim(4)) driver.complete(held);
    driver.fireTimers();
    expect(driver.machine.jobCount).toBe(0);
    const shelf = new RecordShelf();
    shelf.write(driver.machine.beginCheckpoint());
    const again = new Driver(shelf.restore());
    again.enqueue(...jobs(4, {}, "later"));
    expect(again.machine.readyCount("mail")).toBe(1);
    set(again, { rate: { limit: 4, intervalMs: 60_000 } });
    expect(again.claim(9)).toEqual([]);
    again.pass(60_060);
    again.fireTimers();
    expect(again.claim(9)).toHaveLength(4);
  });
});

describe("a rate whose interval is shortened from a day to a second", () => {
  const dayMs = 86_400_000;

  /** Two claims within one moment of a day's interval, which counts from its end on: 86.4 s later at most. */
  function shortened(driver: Driver, shelf: RecordShelf): Driver {
    driver.now = 100 * dayMs + 1;
    set(driver, { rate: { limit: 2, intervalMs: dayMs } });
    driver.enqueue(...jobs(4));
    driver.claim(1);
    driver.pass(400);
    driver.claim(1);
    shelf.write(driver.machine.beginCheckpoint());
    driver.pass(10);
    set(driver, { rate: { limit: 2, intervalMs: 1_000 } });
    return driver;
  }

  test("what was used counts for a second from then on, also of a machine that was restored", () => {
    const shelf = new RecordShelf();
    const driver = shortened(new Driver(), shelf);
    expect(driver.machine.pendingRecords).toBe(2);
    shelf.write(driver.machine.beginCheckpoint());
    const again = new Driver(shelf.restore());
    for (const each of [driver, again]) {
      expect(each.claim(9), "no more than two a second all the same").toEqual([]);
      expect(each.machine.nextTimerAt()).toBe(each.now + 1_000);
      each.pass(1_000);
      each.fireTimers();
      expect(each.claim(9)).toHaveLength(2);
    }
  });

  test("what was used before that moment keeps its own", () => {
    const driver = limited({ rate: { limit: 2, intervalMs: 5_000 } }, ...jobs(4));
    driver.claim(1);
    driver.pass(300);
    driver.claim(1);
    set(driver, { rate: { limit: 2, intervalMs: 1_000 } });
    expect(driver.machine.nextTimerAt()).toBe(driver.now + 700);
    driver.pass(700);
    driver.fireTimers();
    expect(driver.claim(9)).toHaveLength(1);
    expect(driver.machine.nextTimerAt()).toBe(driver.now + 300);
  });

  test("by the rules of 0.1.0 it counts for a second from the end of a day's moment on", () => {
    const driver = shortened(Driver.asBefore(), new RecordShelf());
    expect(driver.machine.nextTimerAt()).toBe(100 * dayMs + 86_400 + 1_000);
    driver.pass(86_000);
    driver.fireTimers();
    expect(driver.claim(9)).toEqual([]);
  });
});

describe("pause, close", () => {
  test("a paused queue hands out nothing and takes in, a closed one the other way round", () => {
    const driver = limited({ paused: hand(true) }, ...jobs(2));
    expect(driver.machine.readyCount("mail")).toBe(0);
    expect(driver.machine.claimRoom("mail")).toBe(0);
    expect(driver.claim(9)).toEqual([]);
    set(driver, { paused: hand(false), closed: hand(true) });
    expect(driver.claim(9)).toHaveLength(2);
    const since = new Date(driver.now).toISOString();
    const [refused] = driver.enqueue(spec("new"));
    const message = `queue mail is closed since ${since} by ann: test`;
    expect(refused?.refusal).toEqual({ code: "QUEUE_CLOSED", message });
    expect(driver.enqueue(spec("j0"))[0]).toMatchObject({ existing: true });
  });
});

test.each([
  ["", "", ""],
  ["ann", "", " by ann"],
  ["", "migration", ": migration"],
])("closed by %j for %j: the refusal says what is known, and nothing else", (by, why, rest) => {
  const driver = limited({ closed: { on: true, by, why } });
  const since = new Date(driver.now).toISOString();
  const [refused] = driver.enqueue(spec("new"));
  expect(refused?.refusal?.message).toBe(`queue mail is closed since ${since}${rest}`);
});

describe("fairness", () => {
  test("one noisy key does not starve the others: they take turns by weight", () => {
    const driver = limited({ fair: true, weights: [["gold", 2]] }, ...jobs(9, { key: "noisy" }, "n"));
    driver.enqueue(...jobs(4, { key: "gold" }, "g"), ...jobs(2, { key: "silver" }, "s"));
    const order = ids(driver.claim(12)).map((id) => id[0]);
    expect(order.join("")).toBe("ngsgngsgnnnn");
  });

  test("a key that was idle begins at the present, it has saved up nothing", () => {
    const driver = limited({ fair: true }, ...jobs(50, { key: "busy" }, "b"));
    driver.claim(20);
    driver.enqueue(...jobs(10, { key: "late" }, "l"));
    expect(
      ids(driver.claim(6))
        .map((id) => id[0])
        .join(""),
    ).toBe("lblblb");
  });

  test("turns are forgotten when nobody waits any more, however many keys come and go", () => {
    const driver = limited({ fair: true });
    for (let n = 0; n < 500; n++) {
      driver.enqueue(spec(`${n}`, { key: `k${n}` }));
      driver.claim(1);
    }
    const turns = [...driver.machine.beginCheckpoint().records()].find(({ kind }) => kind === "turns");
    expect(turns).toMatchObject({ levels: [{ ahead: [] }, { time: 0, ahead: [] }, { ahead: [] }] });
  });

  test.each(["", "a"])(
    "of more keys than are remembered all begin anew, restored or not; agent %j",
    (agent) => {
      const driver = limited({ fair: true });
      const keyed = (key: string, n: number) => spec(`${key}-${n}`, { key, agent });
      const keys = Array.from({ length: 10_001 }, (_, n) => `k${n}`);
      driver.enqueue(...keys.flatMap((key) => [keyed(key, 1), keyed(key, 2)]));
      driver.claim(9_000);
      const shelf = new RecordShelf();
      shelf.write(driver.machine.beginCheckpoint());
      const other = new Driver(shelf.restore());
      expect(ids(driver.claim(1_000))).toEqual(ids(other.claim(1_000)));
      const next = ids(driver.claim(3));
      expect(next).toEqual(["k10000-1", "k0-2", "k1-2"]);
      expect(ids(other.claim(3))).toEqual(next);
      for (const each of [driver, other]) each.enqueue(keyed("late", 1));
      expect(ids(driver.claim(1))).toEqual(["k2-2"]);
      expect(ids(other.claim(1))).toEqual(["k2-2"]);
      expect(driver.machine.stateHash).toBe(other.machine.stateHash);
    },
  );

  test("turns come back with a restart", () => {
    const driver = limited({ fair: true }, ...jobs(9, { key: "a" }, "a"), ...jobs(9, { key: "b" }, "b"));
    driver.claim(1);
    const shelf = new RecordShelf();
    shelf.write(driver.machine.beginCheckpoint());
    expect(ids(new Driver(shelf.restore()).claim(3))).toEqual(ids(driver.claim(3)));
  });
});

describe("ageing", () => {
  test("ready for long enough a job competes as one priority higher, twice as long as two", () => {
    const driver = limited({ ageingMs: 1_000 }, spec("low", { priority: "low" }));
    driver.pass(999);
    driver.enqueue(spec("normal"));
    expect(ids(driver.claim(1))).toEqual(["normal"]);
    driver.enqueue(spec("normal2"));
    driver.pass(1);
    expect(ids(driver.claim(1))).toEqual(["low"]);
  });

  test("high ones are overtaken after twice the time only", () => {
    const driver = limited({ ageingMs: 1_000 }, spec("low", { priority: "low" }));
    driver.pass(1_999);
    driver.enqueue(spec("high", { priority: "high" }));
    expect(ids(driver.claim(1))).toEqual(["high"]);
    driver.enqueue(spec("high2", { priority: "high" }));
    driver.pass(1);
    expect(ids(driver.claim(1))).toEqual(["low"]);
  });

  test("time before it was due does not count", () => {
    const driver = limited({ ageingMs: 1_000 }, spec("late", { priority: "low", delayMs: 5_000 }));
    driver.pass(5_000);
    driver.fireTimers();
    driver.enqueue(spec("normal"));
    expect(ids(driver.claim(1))).toEqual(["normal"]);
  });
});
