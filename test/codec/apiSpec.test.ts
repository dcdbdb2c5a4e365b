import type { MethodDefinition } from "@grpc/grpc-js";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { serviceDefinition } from "../../src/api/grpc/services.ts";
import { JobId, LogTimeMs } from "../../src/base/brands.ts";
import { jobSpecs, jobSpecToWire } from "../../src/codec/api/jobSpec.ts";
import { defaultSizes, limits } from "../../src/codec/api/limits.ts";
import type {
  EnqueueRequest,
  EnqueueRequest__Output,
} from "../../src/generated/conclave/v1/EnqueueRequest.ts";
import type { JobSpec as WireSpec } from "../../src/generated/conclave/v1/JobSpec.ts";
import {
  dedupModes,
  type JobSpec,
  onFailures,
  priorities,
  type RetryPolicy,
} from "../../src/machine/types.ts";

const { Enqueue } = serviceDefinition("Jobs") as Required<{
  readonly Enqueue: MethodDefinition<object, object>;
}>;

/** The request as the server reads it from the wire. */
function received(request: EnqueueRequest): readonly JobSpec[] {
  const bytes = Enqueue.requestSerialize(request);
  const { message } = Enqueue.requestDeserialize(bytes) as { message: EnqueueRequest__Output };
  return jobSpecs(message, bytes.length, defaultSizes);
}

function one(more: WireSpec): JobSpec {
  const [spec] = received({ jobs: [{ id: "a", queue: "q", ...more }] });
  if (spec === undefined) throw new Error("no spec came back");
  return spec;
}

const name = fc.stringMatching(/^[A-Za-z0-9._:/-]{1,128}$/);
const line = (maxLength: number, minLength = 1) =>
  fc.string({ unit: "grapheme", minLength, maxLength: Math.min(maxLength, 30) }).filter((text) => {
    return text.length <= maxLength && !/\p{Cc}/u.test(text);
  });
const ms = (max: number, min = 0) => fc.integer({ min, max });
const plainRetry = fc
  .record({
    maxAttempts: fc.integer({ min: 1, max: limits.maxAttempts }),
    first: ms(limits.maxBackoffMs, 1),
    most: ms(limits.maxBackoffMs, 1),
    multiplier: fc.double({ min: 1, max: limits.maxMultiplier, noNaN: true }),
    jitter: fc.constantFrom("none" as const, "equal" as const, "full" as const, "decorrelated" as const),
  })
  .map(({ first, most, ...rest }) => ({
    ...rest,
    initialBackoffMs: Math.min(first, most),
    maxBackoffMs: Math.max(first, most),
  }));
const retry: fc.Arbitrary<RetryPolicy> = fc.oneof(
  plainRetry,
  fc.tuple(plainRetry, fc.constantFrom("linear" as const, "fixed" as const)).map(([plain, backoff]) => ({
    ...plain,
    backoff,
  })),
  fc
    .tuple(plainRetry, fc.array(ms(limits.maxBackoffMs), { minLength: 1, maxLength: 100 }))
    .map(([plain, delaysMs]) => ({
      ...plain,
      backoff: "list" as const,
      delaysMs,
    })),
);
const timeouts = fc
  .record({ queueMs: ms(2 ** 31), attemptMs: ms(2 ** 31), totalMs: ms(limits.maxDelayMs) })
  .filter(({ queueMs, attemptMs, totalMs }) => queueMs + attemptMs + totalMs > 0);
const features = fc.record(
  {
    tags: fc.uniqueArray(line(limits.maxTagCharacters), { minLength: 1, maxLength: limits.maxTags }),
    key: line(limits.maxKeyCharacters),
    dedup: fc.record({
      key: fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
      mode: fc.constantFrom(...dedupModes),
      windowMs: ms(limits.maxDelayMs),
    }),
    timeouts,
    waitFor: fc.record({
      ids: fc.uniqueArray(
        name.map((id) => JobId(`w${id.slice(1)}x`.slice(0, 128))),
        { minLength: 1, maxLength: 9 },
      ),
      onFailure: fc.constantFrom(...onFailures),
    }),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const spec: fc.Arbitrary<JobSpec> = fc
  .tuple(
    fc.record({
      id: fc.constant(JobId("own")),
      queue: name,
      priority: fc.constantFrom(...priorities),
      payload: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
      agent: line(limits.maxAgentCharacters),
      runAt: ms(Number.MAX_SAFE_INTEGER).map((at) => LogTimeMs(at % limits.maxTimeMs)),
      delayMs: ms(limits.maxDelayMs),
      retry,
      leaseMs: ms(limits.maxLeaseMs, limits.minLeaseMs),
      retentionMs: ms(limits.maxDelayMs, 1),
      deadRetentionMs: ms(limits.maxDelayMs, 1),
    }),
    features,
    fc.option(fc.constant({ rejectWhenOpen: true as const })),
  )
  .map(([plain, more, reject]) => ({ ...plain, ...more, ...reject }));

test("a job's spec comes back from the wire as it was, what says nothing left out", () => {
  fc.assert(
    fc.property(fc.array(spec, { minLength: 1, maxLength: 3 }), (specs) => {
      expect(received({ jobs: specs.map(jobSpecToWire) })).toEqual(specs);
    }),
    { numRuns: 300 },
  );
});

test("the least that a job says gets every default, and nothing that says nothing", () => {
  expect(one({})).toStrictEqual({
    id: "a",
    queue: "q",
    priority: "normal",
    payload: new Uint8Array(0),
    agent: "",
    runAt: 0,
    delayMs: 0,
    retry: {
      maxAttempts: 5,
      initialBackoffMs: 1000,
      multiplier: 2,
      maxBackoffMs: 60_000,
      jitter: "equal",
      byDefault: true,
    },
    leaseMs: 30_000,
    retentionMs: 3_600_000,
    deadRetentionMs: 604_800_000,
  });
  const nothing = one({ tags: [], key: "", timeouts: {}, rejectWhenOpen: false });
  expect({ ...nothing, payload: new Uint8Array(nothing.payload) }).toStrictEqual(one({}));
});

test.each([
  ["a list's cap is its longest delay", { backoff: "BACKOFF_LIST", delaysMs: [100, 300_000] }, 300_000],
  ["a cap of its own holds", { backoff: "BACKOFF_LIST", delaysMs: [100, 300_000], maxBackoffMs: 5000 }, 5000],
  ["a fixed delay may be long", { backoff: "BACKOFF_FIXED", initialBackoffMs: 300_000 }, 300_000],
  ["a short fixed delay leaves the default", { backoff: "BACKOFF_FIXED", initialBackoffMs: 10 }, 60_000],
  ["linear", { backoff: "BACKOFF_LINEAR" }, 60_000],
] as const)("retry: %s", (_name, policy, maxBackoffMs) => {
  expect(
    one({ retry: { ...policy, delaysMs: [...("delaysMs" in policy ? policy.delaysMs : [])] } }).retry,
  ).toMatchObject({
    maxBackoffMs,
  });
});

const many = (count: number) => Array.from({ length: count }, (_, n) => `x${n}`);

test.each<readonly [string, WireSpec, string]>([
  ["17 tags", { tags: many(17) }, "jobs[0].tags holds 17 tags; a job may have at most 16"],
  ["an empty tag", { tags: ["ok", ""] }, "jobs[0].tags[1] is empty; a tag has 1 to 64 characters"],
  ["a tag of 65", { tags: ["x".repeat(65)] }, "jobs[0].tags[0] has 65 characters; at most 64 are allowed"],
  ["a tag of two lines", { tags: ["a\nb"] }, 'jobs[0].tags[0] is "a\\nb"; control characters'],
  ["a key of 129", { key: "x".repeat(129) }, "jobs[0].key has 129 characters; at most 128"],
  ["a dedup without a key", { dedup: { mode: "DEDUP_MODE_REJECT" } }, "jobs[0].dedup.key is empty"],
  [
    "a dedup key of 257",
    { dedup: { key: "x".repeat(257) } },
    "jobs[0].dedup.key has 257 characters; at most 256",
  ],
  ["an unknown dedup mode", { dedup: { key: "k", mode: 9 as never } }, "jobs[0].dedup.mode is 9"],
  [
    "a window of eleven years",
    { dedup: { key: "k", windowMs: 11 * 365 * 86_400_000 } },
    "jobs[0].dedup.window_ms is 346896000000; it must be a whole number from 0 to 315360000000",
  ],
  [
    "an endless queue time",
    { timeouts: { queueMs: 2 ** 50 } },
    "jobs[0].timeouts.queue_ms is 1125899906842624",
  ],
  ["an endless attempt", { timeouts: { attemptMs: 2 ** 50 } }, "jobs[0].timeouts.attempt_ms"],
  ["an endless total", { timeouts: { totalMs: 2 ** 50 } }, "jobs[0].timeouts.total_ms"],
  [
    "a breaker without an agent",
    { rejectWhenOpen: true },
    "jobs[0].reject_when_open is set, but agent is empty",
  ],
  ["nothing to wait for", { waitFor: {} }, "jobs[0].wait_for.ids holds 0 ids; a job waits for 1 to 1000"],
  ["1001 to wait for", { waitFor: { ids: many(1001) } }, "jobs[0].wait_for.ids holds 1001 ids"],
  [
    "itself to wait for",
    { waitFor: { ids: ["b", "a"] } },
    'jobs[0].wait_for.ids[1] is "a", the job\'s own id',
  ],
  [
    "one to wait for twice",
    { waitFor: { ids: ["b", "b"] } },
    'jobs[0].wait_for.ids[1] is "b", which is in it already',
  ],
  ["a bad id to wait for", { waitFor: { ids: ["a b"] } }, 'jobs[0].wait_for.ids[0] is "a b"'],
  [
    "an unknown on_failure",
    { waitFor: { ids: ["b"], onFailure: 9 as never } },
    "jobs[0].wait_for.on_failure is 9",
  ],
  [
    "an empty list of delays",
    { retry: { backoff: "BACKOFF_LIST" } },
    "jobs[0].retry.delays_ms holds 0 delays",
  ],
  [
    "101 delays",
    { retry: { backoff: "BACKOFF_LIST", delaysMs: Array.from({ length: 101 }, () => 1) } },
    "jobs[0].retry.delays_ms holds 101 delays; BACKOFF_LIST needs 1 to 100",
  ],
  [
    "a delay of 31 days",
    { retry: { backoff: "BACKOFF_LIST", delaysMs: [1, 31 * 86_400_000] } },
    "jobs[0].retry.delays_ms[1] is 2678400000",
  ],
  [
    "delays without the list",
    { retry: { delaysMs: [1] } },
    "jobs[0].retry.delays_ms is set, but backoff is not",
  ],
  ["an unknown backoff", { retry: { backoff: 9 as never } }, "jobs[0].retry.backoff is 9"],
])("a job with %s is refused with the number", (_name, more, message) => {
  expect(() => one(more)).toThrowError(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  expect(() => one(more)).toThrowError(message);
});

test("what is just within every bound is taken", () => {
  const spec = one({
    agent: "x".repeat(128),
    tags: many(15).concat("x".repeat(64)),
    key: "k".repeat(128),
    dedup: { key: "d".repeat(256), windowMs: limits.maxDelayMs },
    timeouts: { totalMs: limits.maxDelayMs },
    rejectWhenOpen: true,
    waitFor: { ids: many(1000) },
    retry: { backoff: "BACKOFF_LIST", delaysMs: Array.from({ length: 100 }, () => limits.maxBackoffMs) },
  });
  expect(spec).toMatchObject({
    rejectWhenOpen: true,
    dedup: { mode: "return" },
    waitFor: { onFailure: "fail" },
  });
});

test("an atomic batch has at most 1000 jobs", () => {
  const jobs = (count: number) => many(count).map((id) => ({ id, queue: "q" }));
  expect(received({ jobs: jobs(1000), atomic: true })).toHaveLength(1000);
  expect(received({ jobs: jobs(1001) })).toHaveLength(1001);
  expect(() => received({ jobs: jobs(1001), atomic: true })).toThrowError(
    "jobs (atomic) holds 1001 items; send at most 1000 in one request",
  );
});
