import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClusterId, LogIndex, NodeId, Term } from "../../src/base/brands.ts";
import { formats } from "../../src/codec/formats.ts";
import { membershipCodec } from "../../src/codec/membership.ts";
import { messageType } from "../../src/codec/proto.ts";
import {
  decodeSnapshotChunk,
  decodeSnapshotHeader,
  decodeSnapshotPull,
  encodeSnapshotChunk,
  encodeSnapshotHeader,
  encodeSnapshotPull,
} from "../../src/codec/snapshot.ts";
import type { SnapshotChunk, SnapshotHeader, SnapshotPull } from "../../src/node/ports.ts";
import type { MemberDetails, Membership } from "../../src/raft/types.ts";

const whole = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 2 ** 32, Number.MAX_SAFE_INTEGER));
const positive = whole.filter((value) => value > 0);
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const bytes = fc.uint8Array({ maxLength: 300 });
/** Names of an object's own machinery among them: details are a record by node id. */
const id = fc
  .oneof(fc.string({ minLength: 1, maxLength: 9 }), fc.constantFrom("toString", "constructor", "n1"))
  .filter((name) => name !== "__proto__")
  .map(NodeId);
const ids = fc.array(id, { maxLength: 5 });

const details: fc.Arbitrary<MemberDetails> = fc.record({
  address: fc.string(),
  incarnation: fc.string(),
  since: whole.map(LogIndex),
  promote: fc.boolean(),
  replaces: fc.option(id),
});

const membership: fc.Arbitrary<Membership> = fc
  .record({
    voters: ids,
    outgoing: ids,
    learners: ids,
    details: fc.array(fc.tuple(id, details), { maxLength: 4 }),
  })
  .map(({ details: some, ...groups }) =>
    some.length === 0 ? groups : { ...groups, details: Object.fromEntries(some) },
  );

const header: fc.Arbitrary<SnapshotHeader> = fc.record({
  format: fc.integer({ min: 1, max: 9 }),
  clusterId: fc.string().map(ClusterId),
  index: positive.map(LogIndex),
  term: positive.map(Term),
  checksum: uint32,
  configuration: fc.record({ index: whole.map(LogIndex), membership }),
  count: whole,
  sum: whole,
  bytes: whole,
});

const chunk: fc.Arbitrary<SnapshotChunk> = fc
  .record({ pairs: bytes, checksum: uint32, lastKey: bytes, same: fc.boolean(), isLast: fc.boolean() })
  .map((full) => (full.same ? { ...full, pairs: new Uint8Array(0) } : full));

const pull: fc.Arbitrary<SnapshotPull> = fc.record({
  afterKey: bytes,
  have: fc.option(
    fc.record({ throughKey: fc.uint8Array({ minLength: 1, maxLength: 90 }), checksum: uint32 }),
  ),
  maxBytes: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
});

/** Buffers as plain bytes, so that they compare with what went in. */
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
};

describe("what was encoded is what is decoded", () => {
  test("memberships, with and without details", () => {
    fc.assert(
      fc.property(membership, (value) => {
        expect(membershipCodec.decode(membershipCodec.encode(value))).toEqual(value);
      }),
    );
  });

  test("headers", () => {
    fc.assert(
      fc.property(header, (value) => {
        expect(decodeSnapshotHeader(encodeSnapshotHeader(value))).toEqual(value);
      }),
    );
  });

  test("chunks", () => {
    fc.assert(
      fc.property(chunk, (value) => {
        expect(plain(decodeSnapshotChunk(encodeSnapshotChunk(value)))).toEqual(value);
      }),
    );
  });

  test("pulls", () => {
    fc.assert(
      fc.property(pull, (value) => {
        expect(plain(decodeSnapshotPull(encodeSnapshotPull(value)))).toEqual(value);
      }),
    );
  });
});

test("equal memberships have equal bytes, in whatever order their details came", () => {
  const member = (address: string): MemberDetails => ({
    address,
    incarnation: "",
    since: LogIndex(7),
    promote: true,
    replaces: NodeId("n1"),
  });
  const groups = { voters: [NodeId("n1")], outgoing: [], learners: [NodeId("n4"), NodeId("n5")] };
  const one = { ...groups, details: { n4: member("a"), n5: member("b") } };
  const other = { ...groups, details: { n5: member("b"), n4: member("a") } };
  expect(membershipCodec.encode(one)).toEqual(membershipCodec.encode(other));
});

describe("refuses", () => {
  const malformed = (text: string) =>
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining(text) });
  const encoded = (type: string, message: object) => messageType(type).encode(message).finish();

  test("bytes that are no membership", () => {
    expect(() => membershipCodec.decode(Buffer.of(0x0a, 0xff))).toThrow(
      expect.objectContaining({ code: "DATA_CORRUPT" }),
    );
  });

  test("a header without configuration, index or format", () => {
    const configuration = { index: 1, membership: { voters: ["n1"] } };
    const valid = { format: 1, index: 5, term: 2, configuration };
    expect(decodeSnapshotHeader(encoded("SnapshotHeader", valid)).index).toBe(5);
    for (const lacking of [{ index: 0 }, { term: 0 }, { format: 0 }])
      expect(() => decodeSnapshotHeader(encoded("SnapshotHeader", { ...valid, ...lacking }))).toThrow(
        malformed("begin at 1"),
      );
    expect(() => decodeSnapshotHeader(encoded("SnapshotHeader", { format: 1, index: 5, term: 2 }))).toThrow(
      malformed("no configuration"),
    );
    expect(() => decodeSnapshotHeader(Buffer.of(0xff))).toThrow(malformed("header is malformed"));
  });

  test("a chunk that is the same and brings records", () => {
    const bytesOfChunk = encoded("SnapshotChunk", { same: true, pairs: Buffer.of(1) });
    expect(() => decodeSnapshotChunk(bytesOfChunk)).toThrow(malformed("brings records"));
  });

  test("a pull of nothing", () => {
    expect(() => decodeSnapshotPull(encoded("SnapshotPull", {}))).toThrow(malformed("chunks of 0 bytes"));
  });
});

test("the formats that this release reads begin with the first", () => {
  expect(formats.min).toBe(1);
  expect(formats.max).toBeGreaterThanOrEqual(formats.min);
});
