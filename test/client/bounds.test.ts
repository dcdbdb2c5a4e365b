import type { MethodDefinition } from "@grpc/grpc-js";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { serviceDefinition } from "../../src/api/grpc/services.ts";
import { toMs } from "../../src/base/duration.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { loneSurrogate } from "../../src/base/jobBounds.ts";
import type { JobOptions } from "../../src/client/index.ts";
import { jobSpec } from "../../src/client/jobSpec.ts";
import { protocol } from "../../src/client/protocol.ts";
import type { EnqueueAsked } from "../../src/codec/api/enqueueMessages.ts";
import { jobSpecs } from "../../src/codec/api/jobSpec.ts";
import { defaultSizes, limits } from "../../src/codec/api/limits.ts";
import type { JobSpec } from "../../src/generated/conclave/v1/JobSpec.ts";

const { EnqueueStream } = serviceDefinition("Jobs") as Required<{
  readonly EnqueueStream: MethodDefinition<object, object>;
}>;

/** What the nodes refuse the job for; undefined when they take it. */
function refusal(job: JobSpec): string | undefined {
  const bytes = protocol.Jobs.service.EnqueueStream.requestSerialize({ requestId: 1, jobs: [job] });
  const { message } = EnqueueStream.requestDeserialize(bytes) as { message: EnqueueAsked };
  return messageOf(() => jobSpecs(message, bytes.length, defaultSizes));
}

function messageOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof ConclaveError && error.code === "INVALID_ARGUMENT") return error.message;
    throw error;
  }
}

/** About the bounds, and far beyond. */
const edgy = (min: number, max: number) =>
  fc.oneof(
    fc.integer({ min, max }),
    fc.constantFrom(min, max, max + 1, max + 0.4, max * 10, Number.MAX_SAFE_INTEGER, 1e300),
    fc.constantFrom("4000d", "31d", "3650d", "12h", "1.5s"),
  );
const text = (max: number) =>
  fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: Math.min(max, 20) }),
    fc.string({ unit: fc.constantFrom("a", "\n", "\u0085", "\u{1f600}", "\ud800"), maxLength: 3 }),
    fc.constantFrom(max, max + 1).map((length) => "é".repeat(length)),
    fc.constant("\ud800".repeat(max)),
  );
const id = fc.constantFrom("own", "a", "b", "c/1", "no spaces", "");
const duration = edgy(1, limits.maxDelayMs);
const backoff = edgy(1, limits.maxBackoffMs);

const options = fc.record({
  priority: fc.constantFrom("high" as const, "normal" as const, "low" as const),
  agent: text(limits.maxAgentCharacters),
  delay: duration,
  runAt: fc.oneof(
    edgy(0, limits.maxTimeMs).filter((at) => typeof at === "number"),
    fc.date({ min: new Date(0), noInvalidDate: true }),
  ),
  retry: fc.record(
    {
      maxAttempts: fc.constantFrom(1, 7, limits.maxAttempts, limits.maxAttempts + 1),
      initialBackoff: fc.oneof(fc.constantFrom(1, 59_999, "1m", 60_001), backoff),
      multiplier: fc.constantFrom(1, 1.5, limits.maxMultiplier, 100.5, 1e300),
      maxBackoff: fc.oneof(fc.constantFrom(1, 999, 1_000, 1_001), backoff),
      backoff: fc.constantFrom("exponential" as const, "linear" as const, "fixed" as const),
    },
    { requiredKeys: [] },
  ),
  lease: edgy(limits.minLeaseMs, limits.maxLeaseMs),
  retention: duration,
  deadRetention: duration,
  tags: fc.oneof(fc.array(text(limits.maxTagCharacters), { maxLength: 4 }), fc.constant(Array(17).fill("t"))),
  key: text(limits.maxKeyCharacters),
  dedup: fc.record({ key: text(limits.maxDedupKeyCharacters), window: duration }, { requiredKeys: ["key"] }),
  timeouts: fc.record({ queue: duration, attempt: duration, total: duration }, { requiredKeys: [] }),
  rejectWhenOpen: fc.boolean(),
  waitFor: fc.oneof(
    fc.array(id, { maxLength: 3 }),
    fc.constantFrom(1_000, 1_001).map((count) => Array.from({ length: count }, (_, n) => `w${n}`)),
  ),
});
const delays = fc.oneof(
  fc.array(backoff, { maxLength: 4 }),
  fc.constantFrom(100, 101).map((count) => Array<number>(count).fill(7)),
  fc.constant([0, 0]),
);
const all: fc.Arbitrary<JobOptions> = fc.oneof(
  {
    // Of all at once hardly any is ever taken.
    weight: 4,
    arbitrary: fc
      .tuple(options, fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 2 }))
      .map(([some, places]): JobOptions => {
        const entries = Object.entries(some);
        return Object.fromEntries<unknown>(
          places.flatMap((at) => entries.slice(at % entries.length).slice(0, 1)),
        );
      }),
  },
  {
    // Its fields bound each other.
    weight: 2,
    arbitrary: options.map(({ retry }) => ({ retry })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(options, delays)
      .map(([{ retry }, list]) => ({ retry: { ...retry, backoff: "list" as const, delays: list } })),
  },
);

/** What the options say, with no bound looked at. */
function plainly(said: JobOptions): JobSpec {
  const ms = (value: number | string | undefined) => (value === undefined ? 0 : toMs(value));
  const { retry, dedup, timeouts, waitFor } = said;
  return {
    id: "own",
    queue: "q",
    payload: Buffer.from("1"),
    agent: said.agent ?? "",
    delayMs: ms(said.delay),
    runAtMs: Math.ceil(Number(said.runAt ?? 0)),
    leaseMs: ms(said.lease),
    retentionMs: ms(said.retention),
    deadRetentionMs: ms(said.deadRetention),
    tags: [...(said.tags ?? [])],
    key: said.key ?? "",
    rejectWhenOpen: said.rejectWhenOpen ?? false,
    dedup: dedup === undefined ? null : { key: dedup.key, windowMs: ms(dedup.window) },
    timeouts: {
      queueMs: ms(timeouts?.queue),
      attemptMs: ms(timeouts?.attempt),
      totalMs: ms(timeouts?.total),
    },
    waitFor:
      waitFor === undefined
        ? null
        : { ids: [...new Set(waitFor.map((job) => (typeof job === "string" ? job : job.id)))] },
    retry:
      retry === undefined
        ? null
        : {
            maxAttempts: retry.maxAttempts ?? 0,
            initialBackoffMs: ms(retry.initialBackoff),
            multiplier: retry.multiplier ?? 0,
            maxBackoffMs: ms(retry.maxBackoff),
            backoff: `BACKOFF_${(retry.backoff ?? "exponential").toUpperCase()}` as "BACKOFF_LIST",
            delaysMs: (retry.delays ?? []).map(ms),
          },
  };
}

function numbersOf({ retry, timeouts, dedup, ...rest }: JobSpec): number[] {
  const values: unknown[] = Object.values({ ...rest, ...retry, ...timeouts, ...dedup });
  return values.flat().filter((value) => typeof value === "number");
}

function textsOf({ agent, key, dedup, tags }: JobOptions): string[] {
  return [agent, key, dedup?.key, ...(tags ?? [])].filter((text) => text !== undefined);
}

// Put it in: any bound of jobSpec.ts, jobFeatures.ts or retryOptions.ts, one more or left out.
test("the SDK takes what the nodes take, and refuses what they refuse", () => {
  let taken = 0;
  fc.assert(
    fc.property(all, (said) => {
      let spec: JobSpec | undefined;
      const refused = messageOf(() => (spec = jobSpec("q", 1, { id: "own", ...said })));
      // The nodes would see U+FFFD in its place, and have nothing to refuse.
      const hasHalf = textsOf(said).some((each) => loneSurrogate.test(each));
      if (hasHalf) {
        expect(refused).toBeDefined();
        return;
      }
      const asked = spec ?? plainly(said);
      // What is no number of the wire cannot be asked.
      fc.pre(numbersOf(asked).every((value) => value <= 2 ** 63));
      if (spec !== undefined) taken++;
      expect({ said, refused: refusal(asked) !== undefined }).toEqual({
        said,
        refused: refused !== undefined,
      });
    }),
    { numRuns: 2_000 },
  );
  expect(taken).toBeGreaterThan(200);
});
