import { describe, expect, it } from "vitest";
import { snooze } from "../../src/client/index.ts";
import { failureOf, RetryAfterError } from "../../src/client/outcome.ts";
import { startTestCluster } from "../../src/testing/index.ts";

const throwing = (field: string): Error =>
  Object.defineProperty(new Error("fine"), field, {
    get: () => {
      throw new TypeError("not to be read");
    },
  });

const odd: readonly (readonly [string, unknown])[] = [
  ["an object without a prototype", Object.create(null)],
  ["a stack that is no text", Object.assign(new Error("structured"), { stack: [{ line: 1 }] })],
  ["a symbol", Symbol("s")],
  ["a message that is a symbol", Object.assign(new Error("m"), { message: Symbol("s") })],
  ["a message that throws", throwing("message")],
  ["a retryable that throws", throwing("retryable")],
  ["a retryAfter that throws", throwing("retryAfter")],
  [
    "a toString that throws",
    {
      toString: () => {
        throw new Error("no");
      },
    },
  ],
  ["nothing", undefined],
];

// Put it in: outcome.ts: `describe` without its catch.
describe("what a handler throws", () => {
  it.each(odd)("fails the attempt and not the worker: %s", async (_, thrown) => {
    expect(failureOf(thrown)).toMatchObject({ error: expect.any(String), notRetryable: false });
    await using cluster = await startTestCluster();
    cluster.work("q", {}, ({ id }) => {
      if (id === "odd") throw thrown;
      return "done";
    });
    const job = await cluster.jobs.enqueue("q", {}, { id: "odd", retry: { maxAttempts: 1 } });
    const [ended] = await Promise.allSettled([job.result()]);
    expect(ended).toMatchObject({ status: "rejected", reason: { code: "JOB_DEAD" } });
    expect((await cluster.jobs.get("odd")).history).toMatchObject([{ end: "failed" }]);
    const next = await cluster.jobs.enqueue("q", {}, { id: "next" });
    expect(await next.result()).toBe("done");
  });

  it("may ask for a longer delay than any policy has: it is the longest then", () => {
    expect(failureOf(new RetryAfterError("later", "5000d")).retryAfterMs).toBe(30 * 86_400_000);
    expect(failureOf(Object.assign(new Error("x"), { retryAfter: Date.now() })).retryAfterMs).toBe(
      30 * 86_400_000,
    );
  });

  it("is no snooze of more than ten years: that is said where it is written", () => {
    expect(() => snooze("5000d")).toThrow(/snooze: "5000d" is not a duration of ten years at most/);
  });
});
