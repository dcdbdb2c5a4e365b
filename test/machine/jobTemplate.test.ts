import * as fc from "fast-check";
import { expect, test } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import { assembleSpec, JobTemplates, ownOf } from "../../src/machine/jobTemplate.ts";
import { spec } from "./harness.ts";
import { jobSpec } from "./scenario.ts";

const more = fc.record(
  {
    tags: fc.array(fc.string(), { minLength: 1, maxLength: 2 }),
    key: fc.constantFrom("tenant-1", "tenant-2"),
    dedup: fc.record({ key: fc.string(), mode: fc.constant("return" as const), windowMs: fc.nat() }),
    timeouts: fc.record({
      queueMs: fc.nat({ max: 1 }),
      attemptMs: fc.nat({ max: 1 }),
      totalMs: fc.constant(1),
    }),
    rejectWhenOpen: fc.constant(true as const),
    waitFor: fc.constant({ ids: [JobId("another")], onFailure: "run" as const }),
  },
  { requiredKeys: [] },
);
const anySpec = fc.tuple(jobSpec, more).map(([each, rest]) => ({ ...each, ...rest }));

test("a spec that is taken apart and put together is the same", () => {
  fc.assert(
    fc.property(fc.array(anySpec, { maxLength: 60 }), (specs) => {
      const templates = new JobTemplates();
      for (const each of specs) {
        expect(assembleSpec(templates.of(each), ownOf(each), each)).toEqual(each);
      }
    }),
  );
});

test("jobs that agree in all but what is each one's own share one template, in whatever order they come", () => {
  const templates = new JobTemplates();
  const retry = () => ({ ...spec("x").retry });
  const plain = templates.of(spec("1", { retry: retry() }));
  const other = templates.of(spec("2", { agent: "a" }));
  expect(other).not.toBe(plain);
  expect(other.retry, "policies are shared over agents").toBe(plain.retry);
  expect(templates.of(spec("3", { retry: retry(), delayMs: 7 }))).toBe(plain);
  expect(templates.of(spec("4", { retry: { ...retry(), maxAttempts: 9 } }))).not.toBe(plain);
  expect(templates.of(spec("5", { agent: "a" }))).toBe(other);
  expect(ownOf(spec("6"))).toBeNull();
});

test("what it remembers is bounded", () => {
  const templates = new JobTemplates();
  const first = templates.of(spec("0", { agent: "agent-0" }));
  for (let n = 1; n <= 50_000; n++) templates.of(spec("1", { agent: `agent-${n}` }));
  const again = templates.of(spec("2", { agent: "agent-0" }));
  expect(again, "forgotten").not.toBe(first);
  expect(again).toEqual(first);
});
