import * as fc from "fast-check";

type Damage = readonly [what: "set" | "cut" | "insert" | "remove", at: number, byte: number];

const damage: fc.Arbitrary<Damage> = fc.tuple(
  fc.constantFrom("set", "cut", "insert", "remove"),
  fc.nat(),
  fc.oneof(fc.nat(255), fc.constantFrom(0, 0x0a, 0x12, 0x1a, 0x22, 0x7f, 0x80, 0xff)),
);

/** Bytes of one to three changes: to the front of a message as often as to what lies deep in it. */
export function damaged(messages: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(messages, fc.array(damage, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([message, changes, front]) =>
      changes.reduce((bytes, change) => changed(bytes, change, front), message),
    );
}

function changed(bytes: Uint8Array, [what, where, byte]: Damage, front: boolean): Uint8Array {
  const at = where % Math.max(1, front ? Math.min(60, bytes.length) : bytes.length);
  switch (what) {
    case "set":
      return bytes.length === 0 ? bytes : bytes.with(at, byte);
    case "cut":
      return bytes.slice(0, at);
    case "insert":
      return Uint8Array.of(...bytes.subarray(0, at), byte, ...bytes.subarray(at));
    case "remove":
      return Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + 1));
  }
}
