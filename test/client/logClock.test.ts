import { expect, test } from "vitest";
import { LogClock } from "../../src/client/logClock.ts";

test("a claim that lay in a buffer began when it was made, as far as the smallest lag tells", () => {
  const clock = new LogClock();
  expect(clock.localTimeOf(1_000, 5_003)).toBe(5_003);
  expect(clock.localTimeOf(2_000, 6_001)).toBe(6_001);
  // Ten seconds late: all but what log time may have fallen behind meanwhile is seen.
  const began = clock.localTimeOf(3_000, 17_001);
  expect(began).toBeGreaterThanOrEqual(7_001);
  expect(began).toBeLessThan(7_001 + 0.2 * 11_000);
});

test("log time that runs slower than this clock does not make fresh claims look old", () => {
  const clock = new LogClock();
  for (let local = 0; local < 3_600_000; local += 1_000) {
    // Slewed by a tenth for an hour: six minutes behind in the end.
    expect(local - clock.localTimeOf(0.9 * local, local)).toBe(0);
  }
});

test("a log time is never placed after the message that named it, and the quickest message sets the measure", () => {
  const clock = new LogClock();
  expect(clock.localTimeOf(1_000_000, 50)).toBe(50);
  // Made 100 ms later, arrives 140 ms later: it lay 40 ms on the way, less what log time may have lost in 140 ms.
  expect(clock.localTimeOf(1_000_100, 190)).toBe(171);
  expect(clock.localTimeOf(1_000_200, 240)).toBe(240);
  expect(clock.localTimeOf(1_000_300, 400)).toBe(364);
});

test("another stream begins anew", () => {
  const clock = new LogClock();
  clock.localTimeOf(1_000, 1_001);
  clock.reset();
  expect(clock.localTimeOf(1_000, 9_000)).toBe(9_000);
});
