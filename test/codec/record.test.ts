import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messageType } from "../../src/codec/proto.ts";
import { decodeRecord } from "../../src/codec/record.ts";
import { newestRules } from "../../src/machine/rules.ts";
import { encodeOldRecord } from "../support/oldRecord.ts";
import { jobRecord, metaRecord, sideRecord } from "./arbitraries.ts";

const corrupt = (text: string) =>
  expect.objectContaining({ code: "DATA_CORRUPT", message: expect.stringContaining(text) });

/** A value as another version might have written it: any message, with a checksum that holds. */
function sealed(message: object): Uint8Array {
  const body = messageType("StoredRecord").encode(message).finish();
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32LE(crc32(body));
  return Buffer.concat([body, trailer]);
}

test("what was encoded is what is decoded: jobs in every state, and the machine's own record", () => {
  fc.assert(
    fc.property(fc.oneof(jobRecord, metaRecord, sideRecord), (record) => {
      expect(decodeRecord(new Uint8Array(encodeOldRecord(record)))).toEqual(record);
    }),
    { numRuns: 500 },
  );
});

test("a value is the message and its CRC-32, little-endian, as records.proto says", () => {
  const [record] = fc.sample(metaRecord, 1);
  if (record === undefined) throw new Error("no sample");
  const value = Buffer.from(encodeOldRecord(record));
  expect(value.readUInt32LE(value.length - 4)).toBe(crc32(value.subarray(0, -4)));
});

describe("refuses with DATA_CORRUPT", () => {
  test("any flipped bit", () => {
    fc.assert(
      fc.property(fc.oneof(jobRecord, metaRecord), fc.nat(), (record, at) => {
        const value = new Uint8Array(encodeOldRecord(record));
        const bit = at % (value.length * 8);
        value[bit >> 3] = (value[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => decodeRecord(value)).toThrow(corrupt("does not match its checksum"));
      }),
    );
  });

  test("any truncation", () => {
    fc.assert(
      fc.property(jobRecord, fc.nat(), (record, cut) => {
        const value = encodeOldRecord(record);
        expect(() => decodeRecord(value.subarray(0, cut % value.length))).toThrow(corrupt("data directory"));
      }),
    );
  });

  test("a newer format, naming the way out", () => {
    expect(() => decodeRecord(sealed({ format: 3 }))).toThrow(
      expect.objectContaining({
        code: "FORMAT_UNSUPPORTED",
        message: expect.stringMatching(
          /has format 3, and this release reads formats 1 to 2.*upgrade this node/,
        ),
      }),
    );
  });

  test("a state that follows rules of a newer release", () => {
    const meta = { appliedIndex: 1, stateHash: "00", rules: newestRules + 1 };
    expect(() => decodeRecord(sealed({ format: 1, meta }))).toThrow(
      expect.objectContaining({
        code: "FORMAT_UNSUPPORTED",
        message: expect.stringMatching(/by the rules that it follows.*upgrade this node/),
      }),
    );
  });

  test("no format, no content, or a job without its parts", () => {
    expect(() => decodeRecord(sealed({}))).toThrow(corrupt("neither a job"));
    expect(() => decodeRecord(sealed({ format: 1 }))).toThrow(corrupt("neither a job"));
    expect(() => decodeRecord(sealed({ format: 1, job: { job: { state: 2 } } }))).toThrow(
      corrupt("neither a job"),
    );
    expect(() => decodeRecord(sealed({ format: 1, job: { job: { spec: {}, state: 99 } } }))).toThrow(
      corrupt("job state 99 is not known"),
    );
  });

  test("a sealed value that is no message", () => {
    const body = Buffer.of(0x12, 0xff);
    const trailer = Buffer.alloc(4);
    trailer.writeUInt32LE(crc32(body));
    expect(() => decodeRecord(Buffer.concat([body, trailer]))).toThrow(corrupt("cannot be read"));
  });
});
