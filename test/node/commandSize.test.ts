import { describe, expect, test } from "vitest";
import { FencingToken, JobId } from "../../src/base/brands.ts";
import type { Act, Command, JobSpec } from "../../src/machine/types.ts";
import { sizeOf } from "../../src/node/commandSize.ts";
import { spec } from "../machine/harness.ts";

const claim = { id: JobId("a"), token: FencingToken(1) };
const act = (one: Act): Command => ({ type: "act", acts: [one] });
const enqueue = (more: Partial<JobSpec>): Command => ({ type: "enqueue", jobs: [spec("a", more)] });
const bytes = (n: number) => new Uint8Array(n);

describe("what users send is counted, so that what waits for the log is bounded", () => {
  test.each<readonly [string, Command, Command, number]>([
    ["a payload", enqueue({ payload: bytes(5000) }), enqueue({}), 5000],
    [
      "whom a job waits for",
      enqueue({ waitFor: { ids: [JobId("x".repeat(128))], onFailure: "fail" } }),
      enqueue({}),
      128,
    ],
    ["tags", enqueue({ tags: ["x".repeat(60)] }), enqueue({}), 60],
    [
      "a result",
      act({ type: "complete", ...claim, result: bytes(5000) }),
      act({ type: "complete", ...claim, result: bytes(0) }),
      5000,
    ],
    [
      "a checkpoint",
      act({ type: "checkpoint", ...claim, data: bytes(5000) }),
      act({ type: "extend", ...claim }),
      5000,
    ],
    [
      "a note",
      act({ type: "progress", ...claim, percent: 1, note: "x".repeat(500) }),
      act({ type: "extend", ...claim }),
      500,
    ],
    [
      "an error",
      act({ type: "fail", ...claim, error: "x".repeat(500), retryable: true, retryAfterMs: null }),
      act({ type: "extend", ...claim }),
      500,
    ],
  ])("%s", (_name, command, without, more) => {
    expect(sizeOf(command).bytes - sizeOf(without).bytes).toBe(more);
  });

  test("a job that waits for many counts as many", () => {
    const ids = Array.from({ length: 1000 }, (_, n) => JobId(`p${n}`));
    expect(sizeOf(enqueue({})).items).toBe(1);
    expect(sizeOf(enqueue({ waitFor: { ids, onFailure: "run" } })).items).toBe(101);
  });

  test("weights of keys", () => {
    const weights = Array.from({ length: 1000 }, (_, n) => [`k${n}`, 1] as const);
    const settings = (patch: object): Command => ({ type: "setQueue", queue: "q", patch });
    expect(sizeOf(settings({ weights })).bytes - sizeOf(settings({})).bytes).toBeGreaterThanOrEqual(100_000);
  });
});
