import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";

/** Folder of the .proto files: the same relative place from `src/codec` and from `dist/codec`. */
export const protoDir = fileURLToPath(new URL("../../proto/", import.meta.url));

/**
 * Decodes 64-bit fields straight to numbers: indexes, terms and times stay below 2^53, and a Long object for
 * each would cost more than the rest of the message. Values above 2^53 are refused, never rounded.
 */
export class NumberReader extends protobuf.Reader {
  override uint64(): number & protobuf.Long {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.pos >= this.len) throw new RangeError("varint runs over the end of the message");
      const byte = this.buf[this.pos++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) throw new RangeError("a 64-bit field is above 2^53");
        return value as number & protobuf.Long;
      }
      scale *= 128;
    }
    throw new RangeError("varint is longer than 10 bytes");
  }
}

const root = new protobuf.Root();
root.resolvePath = (_origin, target) => protoDir + target;
root.loadSync(
  ["log", "records", "peer", "jobs", "work", "errors", "manage"].map((name) => `conclave/v1/${name}.proto`),
);
root.resolveAll();
useNumbersAsDefaults(root);

/** An absent 64-bit field reads as 0, not as a Long of 0. */
function useNumbersAsDefaults(namespace: protobuf.NamespaceBase): void {
  for (const nested of namespace.nestedArray) {
    if (nested instanceof protobuf.Type) {
      const prototype: Record<string, unknown> = nested.ctor.prototype;
      for (const field of nested.fieldsArray) {
        if (!field.repeated && /^(?:u|s)?int64$|^s?fixed64$/.test(field.type)) prototype[field.name] = 0;
      }
    }
    if (nested instanceof protobuf.Namespace) useNumbersAsDefaults(nested);
  }
}

/** A message type of package conclave.v1; `decode` it with a `NumberReader`. */
export function messageType(name: string): protobuf.Type {
  return root.lookupType(`conclave.v1.${name}`);
}
