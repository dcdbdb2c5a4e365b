import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Clock, processClock } from "../../src/client/clock.ts";
import { ConclaveError, type WorkerHealth, type WorkOptions } from "../../src/client/index.ts";
import { HealthWatch } from "../../src/client/workerHealth.ts";
import { startTestCluster, type TestCluster } from "../../src/testing/index.ts";
import { until } from "../support/until.ts";

const start = Date.UTC(2026, 0, 1);

describe("a worker's health", () => {
  let cluster: TestCluster;
  let told: string[];
  beforeEach(async () => {
    cluster = await startTestCluster({ now: start });
    told = [];
  });
  afterEach(async () => {
    await cluster.close({ drain: 0 });
  });

  const shown = ({ consuming, reason, since }: WorkerHealth): string =>
    `${consuming ? "consuming" : reason?.code} since ${(since.getTime() - start) / 1_000} s`;
  const options: WorkOptions = { onHealth: (health) => told.push(shown(health)) };
  const hang = (): Promise<void> => cluster.sleep("1d");

  it("says that it consumes, and since when", async () => {
    await cluster.advance("3s");
    const worker = cluster.work("q", options, () => 1);
    expect(shown(worker.health)).toBe("connecting since 3 s");
    await cluster.advance("7s");
    expect(worker.health).toMatchObject({ state: "consuming", consuming: true, reason: undefined });
    expect(shown(worker.health)).toBe("consuming since 3 s");
    expect(told).toEqual(["consuming since 3 s"]);
  });

  it("a busy worker is full from job to job, and says so by itself only when that lasts", async () => {
    const worker = cluster.work("q", { ...options, concurrency: 2 }, () => cluster.sleep("8s"));
    await cluster.advance("1s");
    await cluster.jobs.enqueueMany([1, 2, 3, 4].map((data) => ({ queue: "q", data })));
    await cluster.settled();
    expect(worker.health.reason).toEqual({ code: "full", message: "all 2 slots are taken" });
    expect(shown(worker.health)).toBe("full since 1 s");
    await cluster.advance("20s");
    expect(shown(worker.health)).toBe("consuming since 17 s");
    expect(told).toEqual(["consuming since 0 s"]);

    await cluster.jobs.enqueueMany([1, 2].map((data) => ({ queue: "long", data })));
    const other = cluster.work("long", { ...options, concurrency: 2 }, hang);
    await cluster.advance("15s");
    expect(shown(other.health)).toBe("full since 21 s");
    expect(told.slice(1)).toEqual(["consuming since 21 s", "full since 21 s"]);
  });

  it("stuck: a handler that runs too long, or goes on though its signal has aborted", async () => {
    const slow = cluster.work("slow", { ...options, stuckAfter: "5m" }, hang);
    const job = await cluster.jobs.enqueue("slow", 1, { id: "a" });
    await cluster.advance("4m");
    expect(slow.health.reason?.code).toBe("full");
    await cluster.advance("2m");
    expect(slow.health.reason).toEqual({
      code: "stuck",
      message: "the handler of job a has been running for 360 s",
    });
    expect(told.at(-1)).toBe("stuck since 0 s");

    const deaf = cluster.work("deaf", {}, hang);
    await cluster.jobs.enqueue("deaf", 1, { id: "b" });
    await cluster.advance("1s");
    await cluster.jobs.cancel("b");
    await cluster.advance("1m");
    expect(deaf.health.reason?.message).toMatch(
      /^the handler of job b goes on \d+ s after its signal aborted$/,
    );
    expect(job.existing).toBe(false);
  });

  it("connecting: says why, and when it is over", async () => {
    const other = cluster.connect();
    const worker = other.work("q", options, () => 1);
    await cluster.advance("5s");
    other.sever();
    await cluster.advance("5s");
    expect(worker.health).toMatchObject({ state: "connecting", consuming: false });
    expect(worker.health.reason?.message).toMatch(
      /^no leader takes this worker at the moment \(UNAVAILABLE: /,
    );
    expect(told).toEqual(["consuming since 0 s", "connecting since 5 s"]);
  });

  it("draining, then closed", async () => {
    const worker = cluster.work("q", options, () => 1);
    await cluster.settled();
    await worker.stop();
    expect(shown(worker.health)).toBe("closed since 0 s");
    expect(told).toEqual(["consuming since 0 s", "draining since 0 s", "closed since 0 s"]);
  });

  it("a hook that throws does no harm", async () => {
    const worker = cluster.work(
      "q",
      {
        onHealth: () => {
          throw new Error("mine");
        },
      },
      () => 1,
    );
    const job = await cluster.jobs.enqueue("q", 1);
    expect(await job.result()).toBe(1);
    expect(worker.health.consuming).toBe(true);
  });
});

describe("an event loop that stands still", () => {
  /** A clock whose timers fire when the test lets them, however late. */
  function lateClock() {
    let now = 0;
    const timers: (() => void)[] = [];
    let dueAt = 0;
    const clock: Clock = {
      now: () => now,
      wallMs: () => start + now,
      after: (delayMs, callback) => {
        dueAt = now + delayMs;
        timers.push(callback);
        return () => undefined;
      },
    };
    const fire = () => {
      for (const callback of timers.splice(0)) callback();
    };
    return { clock, fire, pass: (ms: number) => (now += ms), due: () => now >= dueAt };
  }

  const facts = {
    concurrency: 1,
    running: () => 0,
    room: () => 1,
    unacknowledged: () => 0,
    lastError: () => new ConclaveError("NO_LEADER", "before"),
    stuck: () => undefined,
  };

  it("is told of afterwards, and seen by who asks meanwhile", () => {
    const { clock, fire, pass } = lateClock();
    const told: WorkerHealth[] = [];
    const watch = new HealthWatch(clock, facts, (health) => told.push(health));
    watch.become("consuming");
    pass(250);
    fire();
    expect(told.map(({ consuming }) => consuming)).toEqual([true]);
    pass(7_500);
    expect(watch.health).toMatchObject({
      consuming: false,
      reason: { code: "stalled" },
      since: new Date(start + 250),
    });
    fire();
    expect(told.slice(1)).toMatchObject([
      { consuming: false, reason: { code: "stalled" }, since: new Date(start + 250) },
      { consuming: true, since: new Date(start + 7_750) },
    ]);
    expect(told[1]?.reason?.message).toContain("stood still for 7.5 s");
    expect(watch.health.consuming).toBe(true);
  });

  // Put it in: workerHealth.ts: look every 2000 ms.
  it("for a second is seen whenever it begins, and a shorter one is not made up", () => {
    for (let begun = 0; begun < 2_000; begun += 10) {
      for (const stoodMs of [700, 1_000, 1_900]) {
        const { clock, fire, pass, due } = lateClock();
        const told: WorkerHealth[] = [];
        const watch = new HealthWatch(clock, facts, (health) => told.push(health));
        watch.become("consuming");
        for (let ms = 0; ms < begun; ms++) {
          pass(1);
          if (due()) fire();
        }
        pass(stoodMs);
        const asked = watch.health.reason?.code;
        fire();
        const stalled = told.filter(({ reason }) => reason?.code === "stalled");
        expect([begun, stoodMs, asked, stalled.length]).toEqual(
          stoodMs < 1_000 ? [begun, stoodMs, undefined, 0] : [begun, stoodMs, "stalled", 1],
        );
        const early = start + begun - (stalled[0]?.since.getTime() ?? start + begun);
        expect(early).toBeGreaterThanOrEqual(0);
        expect(early).toBeLessThan(250);
        expect(watch.health.consuming).toBe(true);
      }
    }
  });

  it("is that of the process, whose clock says so", async () => {
    const told: WorkerHealth[] = [];
    const watch = new HealthWatch(processClock, facts, (health) => told.push(health));
    watch.become("consuming");
    await new Promise((resolve) => setTimeout(resolve, 600));
    const from = Date.now();
    while (Date.now() < from + 1_050);
    await until("it is told", () => told.some(({ reason }) => reason?.code === "stalled"));
    watch.become("closed");
    const [stalled] = told.filter(({ reason }) => reason?.code === "stalled");
    expect(from - (stalled?.since.getTime() ?? 0)).toBeLessThan(500);
  });
});
