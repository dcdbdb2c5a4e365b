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
