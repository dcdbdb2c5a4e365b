import type { MethodDefinition } from "@grpc/grpc-js";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { serviceDefinition } from "../../src/api/grpc/services.ts";
import { FencingToken, JobId, LogTimeMs } from "../../src/base/brands.ts";
import { acts } from "../../src/codec/api/acts.ts";
import { claimedJobToWire, fittingJobs } from "../../src/codec/api/claims.ts";
import { endedJobBytes, endedJobToWire, listedJobBytes, listedJobToWire } from "../../src/codec/api/job.ts";
import { enqueueResultToWire } from "../../src/codec/api/jobRequests.ts";
import { defaultSizes, limits } from "../../src/codec/api/limits.ts";
import { messageType } from "../../src/codec/proto.ts";
import type { Act as WireAct } from "../../src/generated/conclave/v1/Act.ts";
import type { ActRequest__Output } from "../../src/generated/conclave/v1/ActRequest.ts";
import type { ClaimedJob, Job } from "../../src/machine/types.ts";
import { spec } from "./arbitraries.ts";

const { Act } = serviceDefinition("Work") as Required<{ readonly Act: MethodDefinition<object, object> }>;

function received(...given: WireAct[]) {
  const bytes = Act.requestSerialize({ acts: given });
  const { message } = Act.requestDeserialize(bytes) as { message: ActRequest__Output };
  return acts(message, bytes.length, defaultSizes);
}

const claim = { id: "a", fencingToken: 7 };
const held = { id: JobId("a"), token: FencingToken(7) };

test("each act is read from the wire, what says nothing left out", () => {
  expect(
    received(
      { ...claim, release: {} },
      { ...claim, release: { delayMs: 5000 } },
      { ...claim, checkpoint: { data: Buffer.from("at 3") } },
      { ...claim, checkpoint: {} },
      { ...claim, progress: { percent: 40, note: "four of ten" } },
      { ...claim, progress: { percent: -1 } },
      { ...claim, progress: {} },
    ),
  ).toEqual([
    { type: "release", ...held },
    { type: "release", ...held, delayMs: 5000 },
    { type: "checkpoint", ...held, data: Buffer.from("at 3") },
    { type: "checkpoint", ...held, data: Buffer.alloc(0) },
    { type: "progress", ...held, percent: 40, note: "four of ten" },
    { type: "progress", ...held, percent: null, note: "" },
    { type: "progress", ...held, percent: 0, note: "" },
  ]);
});

test.each<readonly [string, WireAct, string, string]>([
  ["101 %", { progress: { percent: 101 } }, "INVALID_ARGUMENT", "acts[0].progress.percent is 101"],
  ["-2 %", { progress: { percent: -2 } }, "INVALID_ARGUMENT", "acts[0].progress.percent is -2"],
  [
    "a long note",
    { progress: { note: "x".repeat(1025) } },
    "INVALID_ARGUMENT",
    "acts[0].progress.note has 1025 characters; at most 1024",
  ],
  [
    "a large checkpoint",
    { checkpoint: { data: Buffer.alloc(65_537) } },
    "PAYLOAD_TOO_LARGE",
    "acts[0].checkpoint.data has 65537 bytes; at most 65536",
  ],
  [
    "a large result",
    { complete: { result: Buffer.alloc(262_145) } },
    "PAYLOAD_TOO_LARGE",
    "acts[0].complete.result has 262145 bytes; at most 262144",
  ],
  ["an endless snooze", { release: { delayMs: 2 ** 50 } }, "INVALID_ARGUMENT", "acts[0].release.delay_ms"],
])("an act with %s is refused with the number", (_name, act, code, message) => {
  expect(() => received({ ...claim, ...act })).toThrowError(expect.objectContaining({ code }));
  expect(() => received({ ...claim, ...act })).toThrowError(message);
});

test("a refused job of a batch has its code and no state", () => {
  const refusal = { code: "DUPLICATE" as const, message: "job b has the key" };
  expect(enqueueResultToWire({ id: JobId("a"), state: "ready", existing: false, refusal })).toEqual({
    id: "a",
    error: { code: "DUPLICATE", message: "job b has the key", retryable: false },
  });
});

const token = fc.maxSafeNat().map(FencingToken);
const time = fc.maxSafeNat().map(LogTimeMs);
const wide = (maxLength: number) => fc.string({ unit: fc.constantFrom("a", "€", "\u{1f600}"), maxLength });
const checkpoint = fc.record({ data: fc.uint8Array({ maxLength: 500 }), at: time, token });
const dependency = fc.record({
  id: fc.constant(JobId("d".repeat(128))),
  state: fc.constantFrom("completed" as const, "dead" as const, "cancelled" as const, null),
  result: fc.option(fc.uint8Array({ maxLength: 300 })),
  resultDropped: fc.boolean(),
  reason: wide(300),
});
const inherited = fc.record(
  { checkpoint, dependencies: fc.array(dependency, { maxLength: 5 }) },
  { requiredKeys: [], noNullPrototype: true },
);
const claimed: fc.Arbitrary<ClaimedJob> = fc
  .tuple(spec, inherited, token, time)
  .map(([{ queue, payload, tags, key }, more, at, expiresAt]) => ({
    id: JobId("i".repeat(128)),
    queue: queue.slice(0, 5),
    priority: "low",
    payload,
    agent: "€".repeat(128),
    token: at,
    attempt: 2 ** 32 - 1,
    maxAttempts: 2 ** 32 - 1,
    leaseMs: Number.MAX_SAFE_INTEGER,
    expiresAt,
    ...(tags && { tags }),
    ...(key !== undefined && { key }),
    ...more,
  }));

function encodedBytes(type: string, message: object): number {
  const encoder = messageType(type);
  return encoder.encode(encoder.fromObject(message)).finish().length;
}

test("what is counted for a claimed job is never less than it takes", () => {
  fc.assert(
    fc.property(claimed, (job) => {
      const bytes = encodedBytes("ClaimedJob", claimedJobToWire(job));
      // Two of them fit only where both are counted in full.
      expect(fittingJobs([job, job], 2 * bytes)).toBe(1);
    }),
  );
});

const full: fc.Arbitrary<Job> = fc
  .tuple(spec, inherited, wide(1024), token, time)
  .map(([plain, more, note, lastToken, at]) => ({
    spec: { ...plain, id: JobId("i".repeat(128)), queue: "q".repeat(128) },
    state: "dead",
    attempt: 20,
    enqueuedAt: at,
    dueAt: at,
    claim: null,
    lastToken,
    history: Array.from({ length: 20 }, (_, n) => ({
      attempt: n,
      token: lastToken,
      workerId: "w".repeat(128),
      startedAt: at,
      endedAt: at,
      end: "timedOut" as const,
      error: note.repeat(3),
    })),
    result: plain.payload,
    finishedAt: at,
    reason: note,
    cancelRequested: true,
    progress: { percent: 100, note, at },
    ...more,
  }));

test("what is counted for a listed or ended job is never less than it takes", () => {
  fc.assert(
    fc.property(full, (job) => {
      expect(encodedBytes("Job", listedJobToWire(job))).toBeLessThanOrEqual(listedJobBytes(job));
      expect(encodedBytes("Job", endedJobToWire(job))).toBeLessThanOrEqual(endedJobBytes(job));
    }),
  );
});

test("a listed job tells of its checkpoint without the data", () => {
  fc.assert(
    fc.property(full, (job) => {
      const listed = listedJobToWire(job);
      expect(listed.spec?.payload).toHaveLength(0);
      expect(listed.dependencies).toBeUndefined();
      expect(listed.progress?.note?.length).toBeLessThanOrEqual(limits.maxListedCharacters);
      expect(listed.checkpoint?.data?.length).toBe(job.checkpoint === undefined ? undefined : 0);
    }),
  );
});
