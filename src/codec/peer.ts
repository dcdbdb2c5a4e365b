import type { PeerFrame__Output } from "../generated/conclave/v1/PeerFrame.ts";
import type { Message } from "../raft/messages.ts";
import { helloFromWire, helloToWire, type PeerHello, type PeerRefusal } from "./peerHello.ts";
import { messageFromWire, messageToWire } from "./peerMessage.ts";
import { malformed, wireType } from "./peerWire.ts";

export type { FormatRange, PeerHello, PeerRefusal } from "./peerHello.ts";

/** What a peer stream carries; `wallClockMs` is the sender's clock, ms since the epoch. */
export type PeerFrame =
  | { readonly type: "hello"; readonly hello: PeerHello }
  | { readonly type: "refusal"; readonly refusal: PeerRefusal }
  | { readonly type: "message"; readonly message: Message; readonly wallClockMs: number };

const frameType = wireType<PeerFrame__Output>("PeerFrame");

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

/**
 * Entries and their frames are views of `bytes`. Throws INVALID_ARGUMENT for anything that is no frame of
 * this protocol or that no correct node sends, DATA_CORRUPT when the entries' frames do not hold.
 */
export function decodePeerFrame(bytes: Uint8Array): PeerFrame {
  const frame = frameType.decode(bytes);
  if (frame.message) {
    const { wallClockMs } = frame.message;
    return { type: "message", wallClockMs, message: messageFromWire(frame.message) };
  }
  if (frame.hello) return { type: "hello", hello: helloFromWire(frame.hello) };
  if (frame.refusal) return { type: "refusal", refusal: frame.refusal };
  throw malformed("it is neither hello, refusal nor message");
}
