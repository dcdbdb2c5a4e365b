import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogTimeMs, NodeId } from "../../src/base/brands.ts";
import { LogClock } from "../../src/node/logClock.ts";
import { VirtualRuntime } from "../support/virtualRuntime.ts";

const day = 86_400_000;
const n2 = NodeId("n2");
const n3 = NodeId("n3");

describe("the log clock", () => {
  test("a leader alone with a clock a day ahead stamps the median of the voters' clocks", () => {
    const runtime = new VirtualRuntime();
    const truth = runtime.wallMs();
    runtime.setWall(truth + day);
    const clock = new LogClock(runtime, LogTimeMs(truth - 5_000));
    clock.heard(n2, truth);
    clock.heard(n3, truth + 3);
    clock.lead();
    expect(clock.now()).toBeGreaterThanOrEqual(truth);
    expect(clock.now()).toBeLessThan(truth + 100);
    expect(clock.offsetMs()).toBe(3 - day);
  });

  test("of two clocks that disagree it takes the one that agrees with the log", () => {
    const runtime = new VirtualRuntime();
    const truth = runtime.wallMs();
    runtime.setWall(truth + day);
    const clock = new LogClock(runtime, LogTimeMs(truth));
    runtime.advance(1_000);
    clock.heard(n2, truth + 1_000);
    clock.lead();
    expect(Math.abs(clock.now() - (truth + 1_000))).toBeLessThan(10);
  });

  test("what was heard of the others stands when the own wall clock jumps afterwards", () => {
    const runtime = new VirtualRuntime();
    const truth = runtime.wallMs();
    const clock = new LogClock(runtime, LogTimeMs(truth));
    clock.heard(n2, truth);
    runtime.advance(2_000);
    runtime.setWall(truth + 2_000 + 3_600_000);
    clock.heard(n3, truth + 2_000);
    clock.lead();
    expect(Math.abs(clock.now() - (truth + 2_000))).toBeLessThan(10);
    expect(Math.abs(clock.offsetMs() + 3_600_000)).toBeLessThan(10);
  });

  test("a wall clock that jumps by an hour while leading moves log time by at most a tenth of real time", () => {
    const runtime = new VirtualRuntime();
    const clock = new LogClock(runtime, LogTimeMs(0));
    clock.lead();
    const before = clock.now();
    runtime.setWall(runtime.wallMs() + 3_600_000);
    runtime.advance(10_000);
    expect(clock.now() - before).toBeLessThanOrEqual(11_000);
    runtime.setWall(runtime.wallMs() - 7_200_000);
    const middle = clock.now();
    runtime.advance(10_000);
    expect(clock.now() - middle).toBeGreaterThanOrEqual(8_900);
  });

  test("a clock at the epoch stamps 1: 0 is no time", () => {
    const clock = new LogClock(new VirtualRuntime(0), LogTimeMs(0));
    clock.lead();
    expect(clock.now()).toBe(1);
  });

  test("stamps never go back, whatever clocks and other leaders' stamps do", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.record({ kind: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 10_000 }) }),
            fc.record({ kind: fc.constant("jump" as const), ms: fc.integer({ min: -day, max: day }) }),
            fc.record({ kind: fc.constant("observe" as const), ms: fc.integer({ min: -5_000, max: 5_000 }) }),
            fc.record({ kind: fc.constant("hear" as const), ms: fc.integer({ min: -day, max: day }) }),
            fc.record({ kind: fc.constant("lead" as const), ms: fc.constant(0) }),
          ),
          { maxLength: 60 },
        ),
        (steps) => {
          const runtime = new VirtualRuntime();
          const clock = new LogClock(runtime, LogTimeMs(runtime.wallMs()));
          let floor = runtime.wallMs();
          for (const { kind, ms } of steps) {
            if (kind === "advance") runtime.advance(ms);
            if (kind === "jump") runtime.setWall(runtime.wallMs() + ms);
            if (kind === "hear") clock.heard(n2, runtime.wallMs() + ms);
            if (kind === "lead") clock.lead();
            if (kind === "observe") {
              const stamp = LogTimeMs(floor + ms);
              clock.observed(stamp);
              floor = Math.max(floor, stamp);
            }
            const now = clock.now();
            expect(now).toBeGreaterThanOrEqual(floor);
            floor = now;
          }
        },
      ),
    );
  });
});
