import { describe, expect, it } from "vitest";
import type { Random } from "../../src/base/random.ts";
import { RedialBackoff } from "../../src/transport/backoff.ts";
import { LoggedReasons } from "../../src/transport/loggedReasons.ts";

const highest: Random = { next: () => 0.999_999, below: () => 0 };
const lowest: Random = { next: () => 0, below: () => 0 };

function delays(random: Random, count: number): number[] {
  const backoff = new RedialBackoff(20, 2_000, random, 0);
  return Array.from({ length: count }, () => Math.round(backoff.afterFailure()));
}

describe("the delay before a redial", () => {
  it("doubles from 20 ms to the cap, with jitter over its upper half", () => {
    expect(delays(highest, 9)).toEqual([20, 40, 80, 160, 320, 640, 1_280, 2_000, 2_000]);
    expect(delays(lowest, 9)).toEqual([10, 20, 40, 80, 160, 320, 640, 1_000, 1_000]);
  });

  it("is none when a connection broke, and the delays begin anew", () => {
    const backoff = new RedialBackoff(20, 2_000, highest, 0);
    for (let i = 0; i < 8; i++) backoff.afterFailure();
    expect(backoff.afterBreak(5_000)).toBe(0);
    expect(Math.round(backoff.afterFailure())).toBe(20);
  });

  it("grows when connections break as soon as they are made, and is forgiven at one a second", () => {
    const backoff = new RedialBackoff(20, 2_000, highest, 0);
    const breaks = Array.from({ length: 14 }, () => Math.round(backoff.afterBreak(10)));
    expect(breaks).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 40, 80, 160]);
    expect(backoff.afterBreak(1_010)).toBe(0);
    expect(Math.round(backoff.afterBreak(1_011))).toBe(20);
  });
});

describe("the delay before a redial to who says that this node was removed", () => {
  it("is the cap at once", () => {
    expect(Math.round(new RedialBackoff(20, 2_000, highest, 0).afterRemoval())).toBe(2_000);
    expect(Math.round(new RedialBackoff(20, 2_000, lowest, 0).afterRemoval())).toBe(1_000);
  });
});

describe("reasons that were logged", () => {
  it("are new once, and again after all was well", () => {
    const reasons = new LoggedReasons();
    expect([reasons.isNew("b", "x"), reasons.isNew("b", "x")]).toEqual([true, false]);
    expect([reasons.isNew("b", "y"), reasons.isNew("c", "x")]).toEqual([true, true]);
    reasons.forget("b");
    expect([reasons.isNew("b", "x"), reasons.isNew("c", "x")]).toEqual([true, false]);
  });

  it("are bounded, whatever strangers make up: those that have not come for longest are forgotten", () => {
    const reasons = new LoggedReasons();
    expect(reasons.isNew("a member", "refused")).toBe(true);
    for (let i = 0; i < 10_000; i++) {
      expect(reasons.isNew(`stranger ${i}`, "no member")).toBe(true);
      if (i % 100 === 0) expect(reasons.isNew("a member", "refused")).toBe(false);
    }
    expect(reasons.isNew("stranger 9999", "no member")).toBe(false);
    expect(reasons.isNew("stranger 0", "no member")).toBe(true);
    expect(reasons.isNew("a member", "another trouble")).toBe(true);
  });
});
