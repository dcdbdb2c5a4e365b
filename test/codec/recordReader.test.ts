import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { messageType, NumberReader } from "../../src/codec/proto.ts";
import { decodeRecord } from "../../src/codec/record.ts";
import type { JobRecord } from "../../src/machine/types.ts";
import { encodeOldRecord } from "../support/oldRecord.ts";
import { jobRecord } from "./arbitraries.ts";
import { jobFromStored, type StoredJob } from "./recordJob.ts";

/** The other way to read a job: what protobufjs makes of the message, then each part turned into the machine's. */
function byReflection(body: Uint8Array): JobRecord | null {
  const stored = messageType("StoredRecord").decode(new NumberReader(body));
  const { job } = stored as unknown as { readonly job: StoredJob | null };
  return job === null ? null : jobFromStored(job);
}

function sealed(body: Uint8Array): Uint8Array {
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32LE(crc32(body));
  return new Uint8Array(Buffer.concat([body, trailer]));
}

type Bytes = Uint8Array;
const concat = (parts: readonly Bytes[]): Bytes => new Uint8Array(Buffer.concat(parts));
const written = (write: (to: protobuf.Writer) => unknown): Bytes => {
  const to = protobuf.Writer.create();
  write(to);
  return new Uint8Array(to.finish());
};

const whole = fc.oneof(fc.constant(0), fc.nat(300), fc.maxSafeNat());
const text = fc.oneof(
  fc.constantFrom("", "q", "a".repeat(40)),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);
/** So many names does each enum have in this version: more are refused. */
const namesOf: Record<string, number> = {
  Priority: 3,
  JobState: 7,
  Jitter: 4,
  Backoff: 4,
  DedupMode: 2,
  OnFailure: 2,
  AttemptEnd: 6,
};

/** A field's value without its tag, and the wire type that it is written with. */
function value(field: protobuf.Field): fc.Arbitrary<Bytes> {
  const of = field.resolvedType;
  if (of instanceof protobuf.Type) {
    return message(of).map((bytes) => written((to) => to.bytes(bytes)));
  }
  if (of instanceof protobuf.Enum) {
    const known = Object.values(of.values).filter((each) => each <= (namesOf[of.name] ?? 0));
    return fc.constantFrom(...known).map((each) => written((to) => to.uint32(each)));
  }
  switch (field.type) {
    case "string":
      return text.map((each) => written((to) => to.string(each)));
    case "bytes":
      return fc.uint8Array({ maxLength: 20 }).map((each) => written((to) => to.bytes(each)));
    case "double":
      return fc.double({ noNaN: true }).map((each) => written((to) => to.double(each)));
    case "bool":
      return fc.boolean().map((each) => written((to) => to.bool(each)));
    case "sint32":
      return fc.integer().map((each) => written((to) => to.sint32(each)));
    case "uint64":
      return field.repeated
        ? fc.array(whole, { maxLength: 4 }).map((all) => written((to) => to.bytes(concat(all.map(varint)))))
        : whole.map(varint);
    default:
      return fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((each) => written((to) => to.uint32(each)));
  }
}

function varint(number: number): Bytes {
  return written((to) => to.uint64(number));
}

function wireOf(field: protobuf.Field): number {
  if (field.resolvedType instanceof protobuf.Type || field.type === "string" || field.type === "bytes")
    return 2;
  if (field.type === "double") return 1;
  return field.repeated ? 2 : 0;
}

const tag = (id: number, wire: number): Bytes => written((to) => to.uint32(((id << 3) | wire) >>> 0));

/** Fields of a version to come, of every wire type; a group among them. */
const unknown = fc
  .tuple(
    fc.integer({ min: 40, max: 5000 }),
    fc.constantFrom<readonly [number, readonly number[]]>(
      [0, [0xff, 0x01]],
      [1, [1, 2, 3, 4, 5, 6, 7, 8]],
      [2, [3, 9, 9, 9]],
      [3, [0x08, 0x01, 0x0c]],
      [5, [1, 2, 3, 4]],
    ),
  )
  .map(([id, [wire, bytes]]) => concat([tag(id, wire), Uint8Array.from(bytes)]));

/** Any fields of `type`, in any order and number, unknown ones between them. */
function message(type: protobuf.Type): fc.Arbitrary<Bytes> {
  const fields = type.fieldsArray.map((field) => {
    field.resolve();
    return fc.memo(() => value(field).map((bytes) => concat([tag(field.id, wireOf(field)), bytes])))(1);
  });
  return fc.array(fc.oneof(unknown, ...fields), { maxLength: 14 }).map(concat);
}

const ready = Uint8Array.of(0x12, 0x02, 0x0a, 0x00);

/** A record with a job in it, which has the parts that every job has in half of the cases. */
const anyJob: fc.Arbitrary<Bytes> = fc
  .tuple(message(messageType("Job")), message(messageType("JobSpec")), message(messageType("StoredJob")))
  .chain(([job, spec, around]) =>
    fc.constantFrom(
      concat([around, written((to) => to.uint32(10).bytes(job))]),
      concat([
        written((to) =>
          to.uint32(10).bytes(concat([written((of) => of.uint32(10).bytes(spec).uint32(16).uint32(2)), job])),
        ),
      ]),
      concat([
        written((to) =>
          to.uint32(10).bytes(concat([job, written((of) => of.uint32(16).uint32(5).uint32(10).bytes(spec))])),
        ),
        around,
        written((to) =>
          to.uint32(10).bytes(concat([job, written((of) => of.uint32(16).uint32(3).uint32(10).bytes(spec))])),
        ),
      ]),
    ),
  )
  .map((job) => concat([written((to) => to.uint32(8).uint32(1).uint32(18).bytes(job))]));

const outcome = (read: () => unknown): unknown => {
  try {
    return read() ?? "refused";
  } catch {
    return "refused";
  }
};

describe("a job's record read by hand is what protobufjs reads", () => {
  test("of records as they are written", () => {
    fc.assert(
      fc.property(jobRecord, (record) => {
        const bytes = new Uint8Array(encodeOldRecord(record));
        expect(decodeRecord(bytes)).toEqual(byReflection(bytes.subarray(0, -4)));
      }),
      { numRuns: 300 },
    );
  });

  test("of any message: other orders, fields twice, fields of versions to come", () => {
    let jobs = 0;
    fc.assert(
      fc.property(anyJob, (body) => {
        const expected = outcome(() => byReflection(body));
        if (expected !== "refused") jobs += 1;
        expect(outcome(() => decodeRecord(sealed(body)))).toStrictEqual(expected);
      }),
      { numRuns: 500 },
    );
    expect(jobs).toBeGreaterThan(50);
  });

  test("of bytes that are damaged: refused, or read alike", () => {
    let jobs = 0;
    fc.assert(
      fc.property(jobRecord, fc.nat(), fc.nat(255), (record, at, byte) => {
        const body = new Uint8Array(encodeOldRecord(record).subarray(0, -4));
        const start = 4 + (at % (body.length - 4));
        body[start] = byte;
        const read = outcome(() => decodeRecord(sealed(body)));
        // protobufjs lets a part of a message reach beyond the end of the message.
        if (read === "refused") return;
        jobs += 1;
        expect(read).toEqual(outcome(() => byReflection(body)));
      }),
      { numRuns: 500 },
    );
    expect(jobs).toBeGreaterThan(50);
  });
});

test("a value above 2^53 is refused, not rounded", () => {
  const job = written((to) =>
    to.uint32(10).bytes(written((of) => of.uint32(10).bytes(new Uint8Array(0)).bytes(ready))),
  );
  const big = concat([job, Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)]);
  const body = written((to) => to.uint32(8).uint32(1).uint32(18).bytes(big));
  expect(() => decodeRecord(sealed(body))).toThrow(expect.objectContaining({ code: "DATA_CORRUPT" }));
});

test("one queue, agent or policy after another: what was read before is not what is read now", () => {
  const [one, two] = fc.sample(jobRecord, { numRuns: 2, seed: 7 });
  if (one === undefined || two === undefined) throw new Error("no samples");
  for (const record of [one, two, two, one, one, two])
    expect(decodeRecord(new Uint8Array(encodeOldRecord(record)))).toEqual(record);
});
