import type { PeerFrame__Output } from "../generated/conclave/v1/PeerFrame.ts";
import type { Message } from "../raft/messages.ts";
import { helloFromWire, helloToWire, type PeerHello, type PeerRefusal } from "./peerHello.ts";
import { messageFromWire, messageToWire } from "./peerMessage.ts";
import { damagedOnItsWay, isSealed, malformed, sealedType } from "./peerWire.ts";

export type { FormatRange, PeerHello, PeerRefusal } from "./peerHello.ts";

/** What a peer stream carries; `wallClockMs` is the sender's clock, ms since the epoch. */
export type PeerFrame =
  | { readonly type: "hello"; readonly hello: PeerHello }
  | { readonly type: "refusal"; readonly refusal: PeerRefusal }
  | { readonly type: "message"; readonly message: Message; readonly wallClockMs: number };

const frameType = sealedType<PeerFrame__Output>("PeerFrame");

export function encodeHello(hello: PeerHello): Buffer {
  return frameType.encode({ hello: helloToWire(hello) });
}

export function encodeRefusal(refusal: PeerRefusal): Buffer {
  return frameType.encode({ refusal });
}

/** Entries go as their frames, byte for byte; each must have been framed (codec/frame.ts). */
export function encodeMessage(message: Message, wallClockMs: number): Buffer {
  return frameType.encode({ message: { wallClockMs, ...messageToWire(message) } });
}

/** Reads what comes on one stream: once a frame of it had a checksum, all must. */
export class FrameReader {
  #areSealed = false;

  /** See `decodePeerFrame`. */
  read(bytes: Uint8Array): PeerFrame {
    const holds = isSealed(bytes);
    if (this.#areSealed && !holds) throw damagedOnItsWay();
    this.#areSealed ||= holds;
    return decodePeerFrame(bytes, holds);
  }
}

/**
 * Entries and their frames are views of `bytes`. Throws INVALID_ARGUMENT for anything that is no frame of
 * this protocol or that no correct node sends, DATA_CORRUPT when its checksum (`holds` when that was looked at already)
 * or the entries' frames do not hold.
 */
export function decodePeerFrame(bytes: Uint8Array, holds: boolean = isSealed(bytes)): PeerFrame {
  const frame = frameType.decode(bytes, holds);
  if (frame.message) {
    const { wallClockMs } = frame.message;
    return { type: "message", wallClockMs, message: messageFromWire(frame.message) };
  }
  if (frame.hello) return { type: "hello", hello: helloFromWire(frame.hello) };
  if (frame.refusal) return { type: "refusal", refusal: frame.refusal };
  throw malformed("it is neither hello, refusal nor message");
}
