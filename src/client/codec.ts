import { types } from "node:util";
import { ConclaveError, messageOf } from "../base/errors.ts";

/**
 * Turns payloads or results into bytes and back, at once: neither may be async. What `encode` or `decode` throws reaches the
 * caller as a cause.
 */
export interface Codec<T> {
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** No node can be set to take more for a payload, a result or a checkpoint; most take less, and say so. */
const largestBytes = 2 * 1024 * 1024;

const nothing = new Uint8Array(0);
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The default: JSON, but a `Uint8Array` is sent as it is and `undefined` as no bytes at all. Bytes that are
 * not JSON are handed out as the `Uint8Array` they are; where bytes may look like JSON, use `bytesCodec`.
 */
export const jsonCodec: Codec<unknown> = {
  encode(value) {
    if (types.isUint8Array(value)) return value;
    if (value === undefined) return nothing;
    const json: string | undefined = JSON.stringify(value);
    if (json === undefined) throw new TypeError(`a ${typeof value} has no JSON form`);
    // Small ones share memory, which an encoder would ask for anew each time.
    return Buffer.from(json);
  },
  decode(bytes) {
    if (bytes.length === 0) return undefined;
    try {
      return JSON.parse(decoder.decode(bytes)) as unknown;
    } catch {
      return bytes;
    }
  },
};

/** Bytes in, bytes out. */
export const bytesCodec: Codec<Uint8Array> = { encode: (value) => value, decode: (bytes) => bytes };

/** The one place where the default stands in for a typed codec: JSON carries any T that is plain data. */
export function codecOr<T>(codec: Codec<T> | undefined): Codec<T> {
  return codec ?? (jsonCodec as Codec<T>);
}

/** `what` appears in the error. Throws INVALID_ARGUMENT, or PAYLOAD_TOO_LARGE above 2 MiB. */
export function encodeWith<T>(codec: Codec<T>, value: T, what: string): Uint8Array {
  let bytes: unknown;
  try {
    bytes = codec.encode(value);
  } catch (cause) {
    throw new ConclaveError("INVALID_ARGUMENT", `${what} cannot be encoded: ${messageOf(cause)}`, { cause });
  }
  // Of any realm; protobufjs would take a string for base64, and other arrays for a byte each.
  if (!types.isUint8Array(bytes)) {
    const made = `its codec's encode gave ${kindOf(bytes)}, not a Uint8Array`;
    throw new ConclaveError("INVALID_ARGUMENT", `${what} cannot be encoded: ${made}`);
  }
  if (bytes.length <= largestBytes) return bytes;
  throw new ConclaveError(
    "PAYLOAD_TOO_LARGE",
    `${what} is ${bytes.length} bytes, no node takes more than ${largestBytes}; store it elsewhere and send a reference`,
  );
}

/** Throws INVALID_ARGUMENT when the bytes are none of this codec. */
export function decodeWith<T>(codec: Codec<T>, bytes: Uint8Array, what: string): T {
  let value: T;
  try {
    value = codec.decode(bytes);
  } catch (cause) {
    throw new ConclaveError("INVALID_ARGUMENT", `${what} cannot be decoded: ${messageOf(cause)}`, { cause });
  }
  if (!types.isPromise(value)) return value;
  const made = `its codec's decode gave ${kindOf(value)}, not a value`;
  throw new ConclaveError("INVALID_ARGUMENT", `${what} cannot be decoded: ${made}`);
}

/** For messages. Nobody will await a promise any more: its failure must not end the process. */
function kindOf(value: unknown): string {
  if (types.isPromise(value)) {
    value.catch(() => undefined);
    return "a promise (an async codec)";
  }
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return /^[AEIO]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}
