import fc from "fast-check";
import protobuf from "protobufjs";
import { expect, test } from "vitest";
import { NumberReader } from "../../src/codec/proto.ts";
import { WireWriter } from "../../src/wire/writer.ts";

const { root } = protobuf.parse(`syntax = "proto3";
message Probe {
  uint64 number = 1; bool flag = 2; double real = 3; string text = 4; bytes data = 5; Probe inner = 6;
  uint64 far = 100;
}`);
const probe = root.lookupType("Probe");

interface Fields {
  readonly number: number;
  readonly flag: boolean;
  readonly real: number;
  readonly text: string;
  readonly data: Uint8Array;
  readonly far: number;
}

const fields: fc.Arbitrary<Fields> = fc.record({
  number: fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.constantFrom(0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32)),
  flag: fc.boolean(),
  real: fc.double({ noNaN: true }),
  text: fc.oneof(fc.string(), fc.string({ unit: "grapheme", maxLength: 300 }), fc.constant("x".repeat(500))),
  data: fc.uint8Array({ maxLength: 300 }),
  far: fc.maxSafeNat(),
});

function write(writer: WireWriter, { number, flag, real, text, data, far }: Fields): void {
  writer.uint(1, number);
  writer.bool(2, flag);
  writer.double(3, real);
  writer.string(4, text);
  writer.bytes(5, data);
  writer.uint(100, far);
}

function read(bytes: Uint8Array): Record<string, unknown> {
  return probe.toObject(probe.decode(new NumberReader(bytes)), {
    defaults: true,
    longs: Number,
    bytes: Array,
  });
}

function shown({ data, ...rest }: Fields): object {
  return { ...rest, data: [...data] };
}

test("what is written by hand is what protobufjs reads, nested messages included, again and again", () => {
  const writer = new WireWriter();
  fc.assert(
    fc.property(fields, fields, fc.nat(8), (outer, inner, room) => {
      writer.reset();
      write(writer, outer);
      const start = writer.open(6);
      write(writer, inner);
      writer.close(start);
      const bytes = writer.take(room);
      const message = read(bytes.subarray(0, bytes.length - room));
      expect(message).toMatchObject({ ...shown(outer), inner: shown(inner) });
    }),
  );
});

test("it grows for what does not fit, and keeps what stood there", () => {
  const writer = new WireWriter();
  const data = new Uint8Array(200_000).fill(7);
  writer.string(4, "before");
  const start = writer.open(6);
  writer.bytes(5, data);
  writer.close(start);
  const message = read(writer.take(0));
  expect(message).toMatchObject({ text: "before", inner: { data: [...data] } });
});
