import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { processClock } from "../../src/client/clock.ts";
import { HeldClaim } from "../../src/client/heldClaim.ts";
import { LeaseKeeper } from "../../src/client/leaseKeeper.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function claim(id: string, leaseMs = 30_000): HeldClaim {
  const job = { id, queue: "q", priority: "PRIORITY_NORMAL" as const, payload: Buffer.alloc(0), agent: "" };
  const rest = { fencingToken: 1, attempt: 1, maxAttempts: 1, leaseMs, expiresAtMs: 0 };
  const more = { checkpoint: null, dependencies: [], attemptTimeoutMs: 0, tags: [], key: "" };
  return new HeldClaim({ ...job, ...rest, ...more }, performance.now(), performance.now(), processClock);
}

function keeper(answer: (claim: HeldClaim) => void = () => undefined) {
  const renewed: string[][] = [];
  const lost: string[] = [];
  const made = new LeaseKeeper<HeldClaim>(
    (claims) => {
      renewed.push(claims.map(({ job }) => job.id));
      for (const one of claims) answer(one);
    },
    ({ job }) => lost.push(job.id),
  );
  return { made, renewed, lost };
}

describe("a lease keeper", () => {
  it("renews each third of a lease, for as long as it is held", () => {
    const { made, renewed, lost } = keeper((one) => one.renewed(performance.now()));
    const held = claim("a");
    made.add(held);
    vi.advanceTimersByTime(9_999);
    expect(renewed).toEqual([]);
    vi.advanceTimersByTime(90_001);
    expect(renewed).toHaveLength(10);
    made.remove(held);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(100_000);
    expect(renewed).toHaveLength(10);
    expect(lost).toEqual([]);
  });

  it("takes along what is nearly due", () => {
    const { made, renewed } = keeper((one) => one.renewed(performance.now()));
    made.add(claim("a"));
    vi.advanceTimersByTime(2_000);
    made.add(claim("b"));
    vi.advanceTimersByTime(2_000);
    made.add(claim("c"));
    vi.advanceTimersByTime(6_000);
    expect(renewed).toEqual([["a", "b"]]);
  });

  it("counts the lease from the sending of the renewal that was answered, and keeps a share back", () => {
    const { made, renewed, lost } = keeper();
    const held = claim("a");
    made.add(held);
    vi.advanceTimersByTime(10_000);
    expect(renewed).toHaveLength(1);
    // The answer takes five seconds: they are the lease's, not the worker's.
    vi.advanceTimersByTime(5_000);
    held.renewed(performance.now() - 5_000);
    vi.advanceTimersByTime(10_000 + 30_000 * 0.95 - 15_000 - 1);
    expect(lost).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(lost).toEqual(["a"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("goes on renewing until the lease is lost, and not after", () => {
    const { made, renewed, lost } = keeper();
    made.add(claim("a"));
    vi.advanceTimersByTime(60_000);
    expect(renewed).toHaveLength(2);
    expect(lost).toEqual(["a"]);
  });

  it("tries soon after a refusal that will pass", () => {
    const { made, renewed } = keeper();
    const held = claim("a", 12_000);
    made.add(held);
    vi.advanceTimersByTime(4_000);
    made.renewSoon(held);
    vi.advanceTimersByTime(1_000);
    expect(renewed).toHaveLength(2);
  });

  it("keeps leases of different lengths apart", () => {
    const { made, renewed } = keeper((one) => one.renewed(performance.now()));
    made.add(claim("long", 60_000));
    made.add(claim("short", 3_000));
    vi.advanceTimersByTime(10_000);
    expect(renewed).toEqual(Array.from({ length: 10 }, () => ["short"]));
  });
});
