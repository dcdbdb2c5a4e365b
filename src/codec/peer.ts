import { LogIndex, Term } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { AppendReply__Output } from "../generated/conclave/v1/AppendReply.ts";
import type { AppendRequest__Output } from "../generated/conclave/v1/AppendRequest.ts";
import type { PeerFrame__Output } from "../generated/conclave/v1/PeerFrame.ts";
import type { PeerMessage__Output } from "../generated/conclave/v1/PeerMessage.ts";
import type { VoteRequest__Output } from "../generated/conclave/v1/VoteRequest.ts";
import type { AppendReply, AppendRequest, Message, VoteRequest } from "../raft/messages.ts";
import type { Entry } from "../raft/types.ts";
import { joinFrames, readFrames } from "./frame.ts";
import { messageType, NumberReader } from "./proto.ts";

/** First message in each direction of a peer stream; fields as in peer.proto. */
export interface PeerHello {
  readonly protocol: number;
  readonly clusterId: string;
  readonly nodeId: string;
  readonly incarnation: string;
  readonly expectedNodeId: string;
  readonly clientAddress: string;
  readonly version: string;
}

/** Why a hello was not accepted; `code` is one of the catalogue, or of a newer release's. */
export interface PeerRefusal {
  readonly code: string;
  readonly message: string;
}

/** What a peer stream carries; `wallClockMs` is the sender's clock, ms since the epoch. */
export type PeerFrame =
  | { readonly type: "hello"; readonly hello: PeerHello }
  | { readonly type: "refusal"; readonly refusal: PeerRefusal }
  | { readonly type: "message"; readonly message: Message; readonly wallClockMs: number };

const frameType = messageType("PeerFrame");
const noBytes = new Uint8Array(0);

export function encodeHello(hello: PeerHello): Buffer {
  return encodeFrame({ hello });
}

export function encodeRefusal(refusal: PeerRefusal): Buffer {
  return encodeFrame({ refusal });
}

/** Entries go as their frames, byte for byte; each must have been framed (codec/frame.ts). */
export function encodeMessage(message: Message, wallClockMs: number): Buffer {
  switch (message.type) {
    case "voteRequest":
    case "preVoteRequest":
      return encodeFrame({
        message: {
          wallClockMs,
          voteRequest: {
            pre: message.type === "preVoteRequest",
            term: message.term,
            lastLogIndex: message.lastLogIndex,
            lastLogTerm: message.lastLogTerm,
            leadershipTransfer: message.leadershipTransfer,
          },
        },
      });
    case "voteReply":
    case "preVoteReply":
      return encodeFrame({
        message: {
          wallClockMs,
          voteReply: {
            pre: message.type === "preVoteReply",
            term: message.term,
            granted: message.granted,
          },
        },
      });
    case "appendRequest":
      return encodeFrame({
        message: {
          wallClockMs,
          appendRequest: {
            term: message.term,
            prevLogIndex: message.prevLogIndex,
            prevLogTerm: message.prevLogTerm,
            entries: message.entries.length === 0 ? noBytes : joinFrames(message.entries),
            leaderCommit: message.leaderCommit,
            round: message.round,
            matchedByAll: message.matchedByAll,
          },
        },
      });
    case "timeoutNow":
      return encodeFrame({ message: { wallClockMs, timeoutNow: { term: message.term } } });
    case "appendReply":
      return encodeFrame({
        message: {
          wallClockMs,
          appendReply: { term: message.term, round: message.round, ...message.result },
        },
      });
  }
}

/** protobufjs writes into Node's Buffers; fields that are absent from the object are left out. */
function encodeFrame(frame: object): Buffer {
  return frameType.encode(frame).finish() as Buffer;
}

/**
 * Entries and their frames are views of `bytes`. Throws INVALID_ARGUMENT for anything that is no frame of
 * this protocol or that no correct node sends, DATA_CORRUPT when the entries' frames do not hold.
 */
export function decodePeerFrame(bytes: Uint8Array): PeerFrame {
  const frame = readFrame(bytes);
  if (frame.message) return decodeMessage(frame.message);
  if (frame.hello) return { type: "hello", hello: frame.hello };
  if (frame.refusal) return { type: "refusal", refusal: frame.refusal };
  throw malformed("it is neither hello, refusal nor message");
}

function readFrame(bytes: Uint8Array): PeerFrame__Output {
  try {
    return frameType.decode(new NumberReader(bytes)) as unknown as PeerFrame__Output;
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function decodeMessage(wire: PeerMessage__Output): PeerFrame {
  const { wallClockMs } = wire;
  if (wire.appendRequest) {
    return { type: "message", wallClockMs, message: decodeAppendRequest(wire.appendRequest) };
  }
  if (wire.appendReply) return { type: "message", wallClockMs, message: decodeAppendReply(wire.appendReply) };
  if (wire.voteRequest) return { type: "message", wallClockMs, message: decodeVoteRequest(wire.voteRequest) };
  if (wire.voteReply) {
    const { pre, term, granted } = wire.voteReply;
    const type = pre ? "preVoteReply" : "voteReply";
    return { type: "message", wallClockMs, message: { type, term: Term(term), granted } };
  }
  if (wire.timeoutNow) {
    if (wire.timeoutNow.term < 1) throw malformed("a request to take over has term 0");
    return {
      type: "message",
      wallClockMs,
      message: { type: "timeoutNow", term: Term(wire.timeoutNow.term) },
    };
  }
  throw malformed("its message is of no known type; the sender may run a newer release");
}

function decodeVoteRequest(wire: VoteRequest__Output): VoteRequest {
  if (wire.term < 1) throw malformed("a vote request has term 0");
  return {
    type: wire.pre ? "preVoteRequest" : "voteRequest",
    term: Term(wire.term),
    lastLogIndex: LogIndex(wire.lastLogIndex),
    lastLogTerm: Term(wire.lastLogTerm),
    leadershipTransfer: wire.leadershipTransfer,
  };
}

function decodeAppendRequest(wire: AppendRequest__Output): AppendRequest {
  if (wire.term < 1) throw malformed("an append request has term 0");
  const entries = wire.entries.length === 0 ? [] : readFrames(wire.entries, null);
  checkEntries(entries, wire);
  return {
    type: "appendRequest",
    term: Term(wire.term),
    prevLogIndex: LogIndex(wire.prevLogIndex),
    prevLogTerm: Term(wire.prevLogTerm),
    entries,
    leaderCommit: LogIndex(wire.leaderCommit),
    round: wire.round,
    matchedByAll: LogIndex(wire.matchedByAll),
  };
}

/** The core takes these for granted; here, at the gateway, they are a peer's mistake and not a bug of ours. */
function checkEntries(entries: readonly Entry[], wire: AppendRequest__Output): void {
  const [first] = entries;
  if (first !== undefined && first.index !== wire.prevLogIndex + 1) {
    throw malformed(`its entries begin at ${first.index}, not after prevLogIndex ${wire.prevLogIndex}`);
  }
  let term = wire.prevLogTerm;
  for (const entry of entries) {
    if (entry.term < term || entry.term > wire.term) {
      throw malformed(`entry ${entry.index} has term ${entry.term}, outside ${term}..${wire.term}`);
    }
    term = entry.term;
  }
}

function decodeAppendReply(wire: AppendReply__Output): AppendReply {
  return {
    type: "appendReply",
    term: Term(wire.term),
    round: wire.round,
    result: wire.ok
      ? { ok: true, matchIndex: LogIndex(wire.matchIndex) }
      : {
          ok: false,
          rejectedIndex: LogIndex(wire.rejectedIndex),
          hintIndex: LogIndex(wire.hintIndex),
          conflictTerm: Term(wire.conflictTerm),
        },
  };
}

function malformed(reason: string, cause?: unknown): ConclaveError {
  return new ConclaveError("INVALID_ARGUMENT", `a peer's frame is malformed: ${reason}`, { cause });
}
