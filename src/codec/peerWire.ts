import { crc32 } from "node:zlib";
import { ConclaveError } from "../base/errors.ts";
import { messageType, NumberReader } from "./proto.ts";

/** A peer sent what no correct node sends: INVALID_ARGUMENT. */
export function malformed(reason: string, cause?: unknown): ConclaveError {
  return new ConclaveError("INVALID_ARGUMENT", `a peer's frame is malformed: ${reason}`, { cause });
}

/** One message type of peer.proto as bytes. */
export interface WireType<Output> {
  /** Fields that are absent from the object are left out. */
  encode(message: object): Buffer;
  /** Throws INVALID_ARGUMENT for bytes that are no such message. */
  decode(bytes: Uint8Array): Output;
}

export function wireType<Output>(name: string): WireType<Output> {
  const type = messageType(name);
  return {
    // protobufjs writes into Node's Buffers.
    encode: (message) => type.encode(message).finish() as Buffer,
    decode: (bytes) => {
      try {
        return type.decode(new NumberReader(bytes)) as unknown as Output;
      } catch (cause) {
        throw malformed(cause instanceof Error ? cause.message : String(cause), cause);
      }
    },
  };
}

export interface SealedType<Output> extends WireType<Output> {
  /** Throws DATA_CORRUPT as well, when there is a checksum and it does not hold; `holds` when that was looked at already. */
  decode(bytes: Uint8Array, holds?: boolean): Output;
}

/** Of the field `fixed32 checksum = 4`, by which a frame ends. */
const sealTag = (4 << 3) | 5;
const checksumBytes = 4;

/**
 * One message type of peer.proto that ends with the checksum of its bytes: TCP's own are sixteen bits wide, and a number that
 * turned over on the way would be believed, or whole data on a disk taken for damaged since it does not fit what came.
 */
export function sealedType<Output extends { readonly checksum: number }>(name: string): SealedType<Output> {
  const type = messageType(name);
  const wire = wireType<Output>(name);
  return {
    encode: (message) => {
      const bytes = type.encode(message).uint32(sealTag).fixed32(0).finish() as Buffer;
      const end = bytes.length - checksumBytes;
      bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
      return bytes;
    },
    decode: (bytes, holds = isSealed(bytes)) => {
      const message = wire.decode(bytes);
      if (!holds && message.checksum !== 0) throw damagedOnItsWay();
      return message;
    },
  };
}

/** Whether it ends with a checksum that holds. */
export function isSealed(bytes: Uint8Array): boolean {
  const end = bytes.length - checksumBytes;
  if (end < 1 || bytes[end - 1] !== sealTag) return false;
  return (
    new DataView(bytes.buffer, bytes.byteOffset + end).getUint32(0, true) === crc32(bytes.subarray(0, end))
  );
}

/** DATA_CORRUPT of the bytes, which says nothing of anybody's disk. */
export function damagedOnItsWay(): ConclaveError {
  return new ConclaveError(
    "DATA_CORRUPT",
    "a peer's frame was damaged on its way: its checksum does not match its bytes. It is sent again on another stream; if this " +
      "recurs, check the network and the memory of both machines",
  );
}
