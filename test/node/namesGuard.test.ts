import { describe, expect, test } from "vitest";
import { ConclaveError } from "../../src/base/errors.ts";
import type { QueuePatch } from "../../src/machine/types.ts";
import { NamesGuard } from "../../src/node/namesGuard.ts";
import { Driver, spec } from "../machine/harness.ts";
import { minutely } from "../machine/scheduleHarness.ts";

function guarded() {
  const driver = new Driver();
  const limits = { maxQueues: 2, maxSchedules: 1, maxRateKeys: 2, maxDedupWindows: 2 };
  const guard = new NamesGuard(limits, driver.machine);
  const refused = (check: () => void): string | null => {
    try {
      check();
      return null;
    } catch (error) {
      if (!(error instanceof ConclaveError) || error.code !== "LIMIT_REACHED") throw error;
      return error.message;
    }
  };
  return { driver, guard, refused };
}

const setQueue = (queue: string, patch: QueuePatch) => ({ type: "setQueue", queue, patch }) as const;
const setBreaker = (agent: string, open: boolean) =>
  ({ type: "setBreaker", agent, open, openMs: 0, by: "ann", why: "" }) as const;

describe("names beyond the limit are refused with the number, those that are there go on", () => {
  test("queues with jobs", () => {
    const { driver, guard, refused } = guarded();
    const job = (queue: string) => spec(`of ${queue}`, { queue });
    expect(refused(() => guard.checkJobs([job("a"), job("b"), job("a")]))).toBeNull();
    driver.enqueue(job("a"), job("b"));
    expect(refused(() => guard.checkJobs([job("a"), job("b"), job("b")]))).toBeNull();
    const message = refused(() => guard.checkJobs([job("a"), job("c")]));
    expect(message).toContain("queue c would be new, and 2 have jobs; the most is 2, or raise --max-queues");
  });

  test("queues with settings; set back to all defaults one counts no more", () => {
    const { driver, guard, refused } = guarded();
    driver.apply(setQueue("a", { maxRunning: 1 }), setQueue("b", { fair: true }));
    expect(refused(() => guard.checkCommand(setQueue("a", { maxRunning: 2 })))).toBeNull();
    expect(refused(() => guard.checkCommand(setQueue("c", { fair: true })))).toContain("the most is 2");
    driver.apply(setQueue("a", { maxRunning: 0 }));
    expect(refused(() => guard.checkCommand(setQueue("c", { fair: true })))).toBeNull();
    expect(driver.machine.queueNames()).toEqual(["b"]);
  });

  test("schedules", () => {
    const { driver, guard, refused } = guarded();
    const put = (name: string) =>
      ({ type: "putSchedule", spec: minutely(name), nextDueAt: null, by: "ann" }) as const;
    driver.apply(put("a"));
    expect(refused(() => guard.checkCommand(put("a")))).toBeNull();
    expect(refused(() => guard.checkCommand(put("b")))).toContain("--max-schedules");
    driver.apply({ type: "deleteSchedule", name: "a" });
    expect(refused(() => guard.checkCommand(put("b")))).toBeNull();
  });

  test("keys of which claims count towards a rate, until the interval is over", () => {
    const { driver, guard, refused } = guarded();
    driver.apply(setQueue("mail", { ratePerKey: { limit: 9, intervalMs: 1_000 } }));
    const of = (key: string) => spec(`${driver.index}${key}`, { key });
    driver.enqueue(of("a"), of("b"));
    driver.claim(2);
    expect(driver.machine.kept.rates).toBe(2);
    expect(refused(() => guard.checkJobs([of("a"), of("b"), spec("plain")]))).toBeNull();
    expect(refused(() => guard.checkJobs([spec("else", { queue: "else", key: "c" })]))).toBeNull();
    expect(refused(() => guard.checkJobs([of("c")]))).toContain("of 2 keys");
    const known = of("d");
    driver.enqueue(known);
    expect(refused(() => guard.checkJobs([known]))).toBeNull();
    driver.pass(1_000);
    driver.fireTimers();
    expect(refused(() => guard.checkJobs([of("c")]))).toBeNull();
  });

  test("dedup keys that windows hold beyond their jobs", () => {
    const { driver, guard, refused } = guarded();
    const windowed = { mode: "return", windowMs: 1_000 } as const;
    const of = (key: string, how: object = windowed) =>
      spec(`${driver.index}${key}`, { dedup: { ...windowed, key, ...how } });
    driver.enqueue(of("a"), of("b"), of("c"));
    const known = of("e");
    expect(driver.machine.kept.windows).toBe(0);
    for (const claimed of driver.claim(2)) driver.complete(claimed);
    expect(driver.machine.kept.windows).toBe(2);
    const message = refused(() => guard.checkJobs([of("d")]));
    expect(message).toContain(
      "2 dedup keys are held by their windows, and this one (queue and key mail d) would be new",
    );
    expect(message).toContain("--max-dedup-windows");
    // Held by a window, held by a job that has not ended, without a window, without a key; a job that is known.
    expect(refused(() => guard.checkJobs([of("a"), of("c")]))).toBeNull();
    expect(
      refused(() => guard.checkJobs([of("d", { windowMs: 0 }), of("d", { mode: "force" }), spec("plain")])),
    ).toBeNull();
    driver.enqueue(known);
    expect(refused(() => guard.checkJobs([known]))).toBeNull();
    driver.pass(1_000);
    driver.fireTimers();
    expect(driver.machine.kept.windows).toBe(0);
    expect(refused(() => guard.checkJobs([of("d"), of("f")]))).toBeNull();
  });

  test("breakers opened by hand; a reset always goes", () => {
    const { guard, refused } = guarded();
    expect(refused(() => guard.checkCommand(setBreaker("a", true)))).toBeNull();
    const kept = {
      ...guarded().driver.machine.kept,
      breakers: 100_000,
      hasBreaker: (agent: string) => agent === "a",
    };
    const full = new NamesGuard(
      { maxQueues: 1, maxSchedules: 1, maxRateKeys: 1, maxDedupWindows: 1 },
      { kept, queueSettings: (queue) => guarded().driver.machine.queueSettings(queue) },
    );
    expect(refused(() => full.checkCommand(setBreaker("a", true)))).toBeNull();
    expect(refused(() => full.checkCommand(setBreaker("b", false)))).toBeNull();
    expect(refused(() => full.checkCommand(setBreaker("b", true)))).toContain("the most is 100000");
  });
});
