import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import { backoffDelayMs } from "../../src/machine/index.ts";
import type { RetryPolicy } from "../../src/machine/types.ts";

const usual: RetryPolicy = {
  maxAttempts: 10,
  initialBackoffMs: 1_000,
  multiplier: 2,
  maxBackoffMs: 60_000,
  jitter: "none",
};
const attempts = Array.from({ length: 9 }, (_, n) => n + 1);
const job = JobId("0190a0b0-0000-7000-8000-000000000001");

test("1, 2, 4, ... seconds, at most 60", () => {
  const delays = attempts.map((attempt) => backoffDelayMs(usual, job, attempt, null) / 1_000);
  expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

test("a worker's wish takes the policy's place, without jitter, and is capped by it; 0 is no wish", () => {
  const policy: RetryPolicy = { ...usual, jitter: "full" };
  expect(backoffDelayMs(policy, job, 1, 30_000)).toBe(30_000);
  expect(backoffDelayMs(policy, job, 1, 3_600_000)).toBe(60_000);
  expect(backoffDelayMs(policy, job, 3, 0)).toBe(backoffDelayMs(policy, job, 3, null));
});

describe("jitter (Q9)", () => {
  const policies = fc.record({
    maxAttempts: fc.constant(5),
    initialBackoffMs: fc.nat({ max: 100_000 }),
    multiplier: fc.double({ min: 1, max: 10, noNaN: true }),
    maxBackoffMs: fc.nat({ max: 3_600_000 }),
  });
  const ids = fc.string({ minLength: 1, maxLength: 40 }).map(JobId);
  const attempt = fc.integer({ min: 1, max: 1_000 });

  test("equal stays in [delay/2, delay], full in [0, delay], and all are whole numbers", () => {
    fc.assert(
      fc.property(policies, ids, attempt, (policy, id, n) => {
        const whole = backoffDelayMs({ ...policy, jitter: "none" }, id, n, null);
        const equal = backoffDelayMs({ ...policy, jitter: "equal" }, id, n, null);
        const full = backoffDelayMs({ ...policy, jitter: "full" }, id, n, null);
        for (const delay of [whole, equal, full]) expect(Number.isSafeInteger(delay)).toBe(true);
        expect(whole).toBeGreaterThanOrEqual(Math.min(policy.initialBackoffMs, policy.maxBackoffMs));
        expect(whole).toBeLessThanOrEqual(policy.maxBackoffMs);
        expect(equal).toBeGreaterThanOrEqual(whole / 2);
        expect(equal).toBeLessThanOrEqual(whole);
        expect(full).toBeGreaterThanOrEqual(0);
        expect(full).toBeLessThanOrEqual(whole);
      }),
    );
  });

  test("decorrelated stays in [initial, three times the delay before], within the cap, along a whole life", () => {
    fc.assert(
      fc.property(policies, ids, (policy, id) => {
        let before = 0;
        for (let n = 1; n <= 20; n++) {
          const delay = backoffDelayMs({ ...policy, jitter: "decorrelated" }, id, n, null, before);
          expect(Number.isSafeInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(Math.min(policy.initialBackoffMs, policy.maxBackoffMs));
          expect(delay).toBeLessThanOrEqual(
            Math.min(policy.maxBackoffMs, 3 * Math.max(before, policy.initialBackoffMs)),
          );
          before = delay;
        }
      }),
    );
  });

  test("of every kind: linear, fixed and list are what they say, capped, and jitter only takes away", () => {
    const delaysMs = fc.array(fc.nat({ max: 100_000 }), { minLength: 1, maxLength: 5 });
    const kinds = fc.constantFrom("linear" as const, "fixed" as const, "list" as const);
    fc.assert(
      fc.property(policies, kinds, delaysMs, ids, attempt, (policy, backoff, list, id, n) => {
        const kind = { ...policy, backoff, ...(backoff === "list" && { delaysMs: list }) };
        const { initialBackoffMs: initial, maxBackoffMs: max } = policy;
        const said = { linear: initial * n, fixed: initial, list: list[Math.min(n, list.length) - 1] ?? 0 };
        const whole = backoffDelayMs({ ...kind, jitter: "none" }, id, n, null);
        expect(whole).toBe(Math.min(said[backoff], max));
        for (const jitter of ["equal", "full"] as const) {
          const delay = backoffDelayMs({ ...kind, jitter }, id, n, null);
          expect(delay).toBeGreaterThanOrEqual(jitter === "equal" ? whole / 2 : 0);
          expect(delay).toBeLessThanOrEqual(whole);
        }
      }),
    );
  });

  test("spreads a thousand jobs evenly, and another attempt of a job falls elsewhere", () => {
    const policy: RetryPolicy = { ...usual, jitter: "full" };
    const bins = new Array<number>(10).fill(0);
    let moved = 0;
    for (let n = 0; n < 1_000; n++) {
      const id = JobId(`0190a0b0-0000-7000-8000-${String(n).padStart(12, "0")}`);
      const delay = backoffDelayMs(policy, id, 7, null);
      bins[Math.min(9, Math.floor(delay / 6_000))] = (bins[Math.min(9, Math.floor(delay / 6_000))] ?? 0) + 1;
      if (Math.abs(delay - backoffDelayMs(policy, id, 8, null)) > 600) moved += 1;
    }
    // 100 expected in each; six standard deviations are 57.
    for (const count of bins) expect(Math.abs(count - 100)).toBeLessThan(57);
    expect(moved).toBeGreaterThan(900);
  });
});
