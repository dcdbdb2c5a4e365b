import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FencingToken, JobId, LogTimeMs } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { batchCodec, decodeBatch, encodeBatch } from "../../src/codec/batch.ts";
import { messageType } from "../../src/codec/proto.ts";
import { newestRules } from "../../src/machine/rules.ts";
import type { CommandBatch, JobSpec } from "../../src/machine/types.ts";
import type { BatchCodec } from "../../src/node/ports.ts";
import { batch, spec } from "./arbitraries.ts";

const corrupt = (text: string) =>
  expect.objectContaining({ code: "DATA_CORRUPT", message: expect.stringContaining(text) });

test("fits the port that the driver asks for", () => {
  const codec: BatchCodec = batchCodec;
  const empty: CommandBatch = { now: LogTimeMs(5), commands: [] };
  expect(codec.decode(codec.encode(empty))).toEqual(empty);
});

test("what was encoded is what is decoded, every command with every field", () => {
  fc.assert(
    fc.property(batch, (original) => {
      const bytes = new Uint8Array(encodeBatch(original));
      expect(decodeBatch(bytes)).toEqual(original);
    }),
    { numRuns: 500 },
  );
});

test("the same batch gives the same bytes, also after a round", () => {
  fc.assert(
    fc.property(batch, (original) => {
      const bytes = encodeBatch(original);
      expect(encodeBatch(decodeBatch(bytes))).toEqual(bytes);
    }),
  );
});

test("a term that names no rules begins as release 0.1.0 wrote it, in its bytes", () => {
  const began = encodeBatch({ now: LogTimeMs(5), commands: [{ type: "beginTerm", leader: "n1" }] });
  expect(Buffer.from(began).toString("hex")).toBe("080512063a040a026e31");
});

test("retryAfterMs 0 and null are one on the wire, and for the machine", () => {
  const fail = { type: "fail", id: JobId("1"), token: FencingToken(1), error: "", retryable: true } as const;
  const of = (retryAfterMs: number | null): CommandBatch => ({
    now: LogTimeMs(1),
    commands: [{ type: "act", acts: [{ ...fail, retryAfterMs }] }],
  });
  expect(decodeBatch(encodeBatch(of(0)))).toEqual(of(null));
});

test("payloads are windows on the entry, not copies", () => {
  const [job] = fc.sample(spec, 1);
  if (job === undefined) throw new Error("no sample");
  const payload = new Uint8Array(1_000).fill(1);
  const bytes = encodeBatch({
    now: LogTimeMs(1),
    commands: [{ type: "enqueue", jobs: [{ ...job, payload }] }],
  });
  const [command] = decodeBatch(bytes).commands;
  if (command?.type !== "enqueue") throw new Error("not an enqueue");
  expect(command.jobs[0]?.payload.buffer).toBe(bytes.buffer);
});

describe("refuses", () => {
  test("a command, an act or an enum value that only a newer version knows", () => {
    const type = messageType("CommandBatch");
    const newer = "newer version of conclave; upgrade this node";
    // Field 100 of Command: one that this version does not have.
    const unknownCommand = Uint8Array.of(0x12, 0x04, 0xa2, 0x06, 0x01, 0x00);
    expect(() => decodeBatch(unknownCommand)).toThrow(corrupt(newer));
    const unknownAct = type.encode({
      nowMs: 1,
      commands: [{ act: { acts: [{ id: "1", fencingToken: 1 }] } }],
    });
    expect(() => decodeBatch(unknownAct.finish())).toThrow(corrupt(newer));
    const unknownPriority = type.encode({
      nowMs: 1,
      commands: [{ enqueue: { jobs: [{ id: "1", priority: 9 }] } }],
    });
    expect(() => decodeBatch(unknownPriority.finish())).toThrow(corrupt(newer));
    const unknownRules = type.encode({
      nowMs: 1,
      commands: [{ beginTerm: { leader: "n1", rules: newestRules + 1 } }],
    });
    expect(() => decodeBatch(unknownRules.finish())).toThrow(corrupt(newer));
  });

  test("bytes that are no batch, with nothing but DATA_CORRUPT", () => {
    expect(() => decodeBatch(Uint8Array.of(0x12, 0xff))).toThrow(corrupt("no command batch"));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const problem = errorOf(() => decodeBatch(bytes));
        return problem === null || (problem instanceof ConclaveError && problem.code === "DATA_CORRUPT");
      }),
      { numRuns: 1_000 },
    );
  });

  test("a number that no node could read back, before it gets into the log", () => {
    const [sample] = fc.sample(spec, 1);
    if (sample === undefined) throw new Error("no sample");
    const encode = (job: JobSpec) =>
      encodeBatch({ now: LogTimeMs(1), commands: [{ type: "enqueue", jobs: [job] }] });
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => encode({ ...sample, delayMs: bad }), `${bad}`).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining("delayMs") }),
      );
    }
  });
});

function errorOf(run: () => unknown): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
}
