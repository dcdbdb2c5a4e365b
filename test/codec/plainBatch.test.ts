import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JobId, LogTimeMs } from "../../src/base/brands.ts";
import { decodeBatch, encodeBatch } from "../../src/codec/batch.ts";
import { messageType, NumberReader } from "../../src/codec/proto.ts";
import { readStoredBatch } from "../../src/codec/storedCommand.ts";
import type { CommandBatch, JobSpec } from "../../src/machine/types.ts";
import { batch, spec } from "./arbitraries.ts";
import { damaged } from "./damaged.ts";

/** Ids as clients make them: those that are read by hand. */
const jobId = fc.stringMatching(/^[A-Za-z0-9._:/-]{1,128}$/).map(JobId);

/** Jobs that mostly agree in all but id and payload, as they come from one producer. */
const alike: fc.Arbitrary<CommandBatch> = fc
  .record({
    kinds: fc.array(spec, { minLength: 1, maxLength: 3 }),
    jobs: fc.array(fc.tuple(jobId, fc.uint8Array({ maxLength: 300 }), fc.nat(2)), { maxLength: 8 }),
    more: batch,
  })
  .map(({ kinds, jobs, more }) => {
    const specs = jobs.flatMap(([id, payload, kind]): JobSpec[] => {
      const of = kinds[kind % kinds.length];
      return of === undefined ? [] : [{ ...of, id, payload }];
    });
    return { now: more.now, commands: [{ type: "enqueue", jobs: specs }, ...more.commands] };
  });

test("jobs that are alike are decoded to what was encoded", () => {
  fc.assert(
    fc.property(alike, (original) => {
      expect(decodeBatch(new Uint8Array(encodeBatch(original)))).toEqual(original);
    }),
    { numRuns: 300 },
  );
});

test("a job that differs from the one before in one field alone is written with it", () => {
  const fields = [
    "queue",
    "priority",
    "agent",
    "runAt",
    "delayMs",
    "retry",
    "leaseMs",
    "retentionMs",
  ] as const;
  const others = [
    "deadRetentionMs",
    "tags",
    "key",
    "dedup",
    "timeouts",
    "rejectWhenOpen",
    "waitFor",
  ] as const;
  fc.assert(
    fc.property(spec, spec, (one, other) => {
      const jobs: JobSpec[] = [one];
      for (const field of [...fields, ...others]) {
        const { [field]: _, ...rest } = one;
        const changed = other[field] === undefined ? rest : { ...one, [field]: other[field] };
        jobs.push(changed as JobSpec, one);
      }
      const original: CommandBatch = { now: LogTimeMs(1), commands: [{ type: "enqueue", jobs }] };
      expect(decodeBatch(new Uint8Array(encodeBatch(original)))).toEqual(original);
    }),
  );
});

describe("read by hand and by protobufjs is the same", () => {
  const outcome = (read: (data: Uint8Array) => CommandBatch, data: Uint8Array): unknown => {
    try {
      return read(data);
    } catch (error) {
      return error instanceof Error && "code" in error ? error.code : error;
    }
  };

  test("of what we write", () => {
    fc.assert(
      fc.property(alike, (original) => {
        const bytes = new Uint8Array(encodeBatch(original));
        expect(decodeBatch(bytes)).toEqual(readStoredBatch(bytes));
      }),
    );
  });

  test("of what protobufjs writes, with unknown fields, zeros and fields in another order", () => {
    const type = messageType("CommandBatch");
    fc.assert(
      fc.property(alike, fc.uint8Array({ maxLength: 20 }), (original, junk) => {
        const message = type.decode(new NumberReader(new Uint8Array(encodeBatch(original))));
        const bytes = Uint8Array.of(...type.encode(message).finish(), ...junk);
        expect(outcome(decodeBatch, bytes)).toEqual(outcome(readStoredBatch, bytes));
      }),
    );
  });

  test("of damaged bytes: the same batch, or refused by both", () => {
    fc.assert(
      fc.property(damaged(alike.map((original) => new Uint8Array(encodeBatch(original)))), (bytes) => {
        expect(outcome(decodeBatch, bytes)).toEqual(outcome(readStoredBatch, bytes));
      }),
      { numRuns: 2_000 },
    );
  });
});
