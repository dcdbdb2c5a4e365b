import { expect, test } from "vitest";
import { SeededRandom } from "../../../src/base/random.ts";
import { inMacrotask } from "../run/inMacrotask.ts";
import { SkewedClock } from "./clock.ts";
import { installVirtualGlobals } from "./globals.ts";
import { Host } from "./host.ts";
import { Timeline } from "./timeline.ts";

/** All ways in which code can throw with nobody above it that catches. */
const ways: readonly (readonly [string, (fail: () => void) => void])[] = [
  ["in a callback", (fail) => fail()],
  ["in a timer", (fail) => void setTimeout(fail, 5)],
  ["in an immediate", (fail) => void setImmediate(fail)],
  ["in an interval", (fail) => void setInterval(fail, 5)],
  ["in nextTick", (fail) => process.nextTick(fail)],
  ["in a microtask", (fail) => queueMicrotask(fail)],
  ["in a promise", (fail) => void Promise.resolve().then(fail)],
  ["in an async function, after a wait", (fail) => void waitAndFail(fail)],
  [
    "in an abort listener",
    (fail) => {
      const controller = new AbortController();
      controller.signal.addEventListener("abort", fail);
      controller.abort();
    },
  ],
];

async function waitAndFail(fail: () => void): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
  fail();
}

test.each(ways)(
  "what a simulated process throws %s is its run's failure, and no end of the simulator",
  async (_where, how) => {
    const errors: unknown[] = [];
    await inMacrotask(() => {
      installVirtualGlobals();
      const timeline = new Timeline();
      const clock = new SkewedClock(() => timeline.now, 1, 0, 0);
      const random = new SeededRandom("host");
      const onUncaught = (error: unknown): void => void errors.push(error);
      const host = new Host({ name: "n1", timeline, clock, random, turnMs: 0, lookCostMs: 0, onUncaught });
      host.run(() =>
        how(() => {
          host.kill();
          throw new Error("planted");
        }),
      );
      timeline.runUntil(1_000);
    });
    expect(errors.map(String)).toEqual(["Error: planted"]);
  },
);
