import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogTimeMs } from "../../src/base/brands.ts";
import { minutely } from "../machine/scheduleHarness.ts";
import { SchedulingCluster } from "./schedulingCluster.ts";

const start = Date.UTC(2026, 9, 25, 0, 59, 50, 7);
const hourMs = 3_600_000;
const secondly = minutely("tick", { timing: { type: "every", everyMs: 1_000 }, overlap: "allow" });

function begun(spec = secondly): SchedulingCluster {
  const cluster = new SchedulingCluster(start);
  cluster.run(100);
  cluster.put(spec);
  cluster.run(100);
  return cluster;
}

/** Due times that got a job, in the order of the log. */
function fired(cluster: SchedulingCluster): number[] {
  const [machine] = cluster.nodes.map((node) => node.machine);
  const jobs = machine?.list({ limit: 100_000 }) ?? [];
  return jobs.map((job) => Date.parse(job.spec.id.slice(job.spec.id.lastIndexOf("/") + 1)));
}

/** Every whole second since the beginning, and no other; the cluster is run on to the middle of a second. */
function expectAll(cluster: SchedulingCluster): void {
  do cluster.tick();
  while (cluster.trueTime % 1_000 < 500);
  const due: number[] = [];
  for (let at = Math.ceil((start + 100) / 1_000) * 1_000; at < cluster.trueTime; at += 1_000) due.push(at);
  expect(fired(cluster)).toEqual(due);
  for (const { machine } of cluster.nodes) expect(machine.stateHash).toBe(cluster.leader.machine.stateHash);
}

function expectNoneEarly(cluster: SchedulingCluster): void {
  for (const job of cluster.leader.machine.list({ limit: 100_000 })) {
    const dueAt = Date.parse(job.spec.id.slice(job.spec.id.lastIndexOf("/") + 1));
    expect(job.enqueuedAt).toBeGreaterThanOrEqual(dueAt);
    expect(job.enqueuedAt).toBeLessThanOrEqual(cluster.trueTime);
  }
}

describe("one job for each due time", () => {
  test("with one leader", () => {
    const cluster = begun();
    cluster.run(10_000);
    expectAll(cluster);
    expect(cluster.leader.machine.schedule("tick")).toMatchObject({ fired: 10, skipped: 0, missed: 0 });
  });

  test("when the leader changes at any moment around a due time, whatever of its log is kept", () => {
    for (let offset = -120; offset <= 120; offset += 20) {
      for (const kept of [0, 1, 2, 3]) {
        const cluster = begun();
        const due = Math.ceil(cluster.trueTime / 1_000) * 1_000 + 1_000;
        while (cluster.trueTime < due + offset) cluster.tick();
        cluster.elect(1, kept);
        cluster.run(2_000);
        expectAll(cluster);
        expectNoneEarly(cluster);
      }
    }
  });

  test("when nobody leads for a while: it is made up for, one by one", () => {
    const cluster = begun();
    cluster.run(3_000);
    cluster.run(20_000, false);
    cluster.elect(2, 0);
    cluster.run(3_000);
    expectAll(cluster);
    expect(cluster.leader.machine.schedule("tick")).toMatchObject({ missed: 0 });
  });

  test("what is older than the schedule wants made up for is counted, and nothing else is lost", () => {
    const cluster = begun({ ...secondly, catchUpMs: 10_000 });
    cluster.run(30_000, false);
    cluster.elect(1, 9);
    cluster.run(3_000);
    const { missed, fired: count } = cluster.leader.machine.schedule("tick") ?? {};
    const due = Math.floor((cluster.trueTime - 200) / 1_000) - Math.ceil((start + 100) / 1_000) + 1;
    expect((missed ?? 0) + (count ?? 0)).toBe(due);
    const back = cluster.trueTime - 3_000;
    expect(fired(cluster).every((at) => at >= back - 10_000)).toBe(true);
    expect(fired(cluster).filter((at) => at < back).length).toBe(10);
  });

  test("an outage of a day by cron: about a thousand are counted, and the rest is passed over", () => {
    const timing = { type: "cron", cron: "* * * * * *", timeZone: "Europe/Berlin" } as const;
    const cluster = begun({ ...secondly, timing, catchUpMs: 10_000 });
    for (const { runtime } of cluster.nodes) runtime.sleep(24 * hourMs);
    cluster.trueTime += 24 * hourMs;
    cluster.tick(false);
    cluster.elect(1, 9);
    cluster.run(5_000);
    const { missed, nextDueAt } = cluster.leader.machine.schedule("tick") ?? {};
    expect(missed).toBeGreaterThanOrEqual(1_000);
    expect(missed).toBeLessThan(1_050);
    expect(nextDueAt).toBeGreaterThan(cluster.trueTime - 100);
  });
});

describe("clocks that jump", () => {
  test.each([hourMs, -hourMs])("the leader's own clock by %d ms: nothing is early, late or twice", (jump) => {
    const cluster = begun();
    cluster.run(2_000);
    cluster.setWall(0, jump);
    cluster.run(5_000);
    expectAll(cluster);
    expectNoneEarly(cluster);
  });

  test.each([hourMs, -hourMs])("a node whose clock is wrong by %d ms is elected", (jump) => {
    const cluster = begun();
    cluster.setWall(1, jump);
    cluster.run(1_500);
    cluster.elect(1, 1);
    cluster.run(3_000);
    expectAll(cluster);
    expectNoneEarly(cluster);
  });

  test("leaders change, entries get lost and one clock at a time jumps, at random", () => {
    const step = fc.record({
      ticks: fc.integer({ min: 1, max: 80 }),
      lag: fc.integer({ min: 0, max: 5 }),
      leaderless: fc.constantFrom(0, 0, 0, 700, 2_500),
      elect: fc.option(
        fc.record({ next: fc.integer({ min: 0, max: 2 }), kept: fc.integer({ min: 0, max: 4 }) }),
      ),
      jump: fc.constantFrom(0, 0, hourMs, -hourMs),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), fc.array(step, { maxLength: 25 }), (wrong, steps) => {
        const cluster = begun();
        for (const { ticks, lag, leaderless, elect, jump } of steps) {
          cluster.commitLag = lag;
          if (jump !== 0) cluster.setWall(wrong, jump);
          cluster.run(ticks * 20);
          if (elect === null) continue;
          cluster.run(leaderless, false);
          cluster.elect(elect.next, elect.kept);
        }
        cluster.commitLag = 1;
        cluster.run(2_000);
        expectAll(cluster);
        expectNoneEarly(cluster);
      }),
      { numRuns: 60 },
    );
  });
});

test("schedules by the hundred in the same second all fire, and a schedule that is far behind holds none up", () => {
  const cluster = new SchedulingCluster(start);
  cluster.run(100);
  const behind = {
    ...secondly,
    timing: { type: "cron", cron: "* * * * * *", timeZone: "UTC" },
    catchUpMs: 10_000,
  } as const;
  for (let i = 0; i < 40; i++) cluster.put({ ...behind, name: `behind-${i}` });
  cluster.run(100);
  cluster.run(30_000, false);
  cluster.elect(1, 9);
  cluster.run(40);
  for (let i = 0; i < 100; i++) cluster.put({ ...secondly, name: `on-time-${i}` });
  cluster.run(2_000);
  for (let i = 0; i < 100; i++)
    expect(cluster.leader.machine.schedule(`on-time-${i}`)?.fired).toBeGreaterThan(0);
});

test("while nothing is due nothing is proposed; paused it is not due; one that cannot be read holds none up", () => {
  const cluster = begun({ ...secondly, timing: { type: "every", everyMs: hourMs }, startAt: LogTimeMs(0) });
  const { machine } = cluster.leader;
  const index = machine.appliedIndex;
  cluster.run(5_000);
  expect(machine.appliedIndex).toBe(index);
  const bad = { type: "cron", cron: "0 0 * * *", timeZone: "Nope/Zone" } as const;
  const settled = (): void => undefined;
  const spec = { ...secondly, name: "bad", timing: bad };
  const nextDueAt = LogTimeMs(cluster.trueTime + 100);
  cluster.leader.waiting.push({
    command: { type: "putSchedule", spec, nextDueAt, by: "" },
    resolve: settled,
    reject: settled,
  });
  cluster.put({ ...secondly, name: "good" });
  cluster.run(3_000);
  expect(machine.schedule("bad")).toMatchObject({ fired: 0, nextDueAt });
  expect(machine.schedule("good")?.fired).toBeGreaterThan(1);
  expect(cluster.leader.failed).toEqual(["fire schedule bad"]);
});
