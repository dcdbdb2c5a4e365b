import { assertNever } from "../base/assert.ts";
import { LogIndex, Term } from "../base/brands.ts";
import type { AppendReply__Output } from "../generated/conclave/v1/AppendReply.ts";
import type { AppendRequest__Output } from "../generated/conclave/v1/AppendRequest.ts";
import type { InstallSnapshot__Output } from "../generated/conclave/v1/InstallSnapshot.ts";
import type { PeerMessage__Output } from "../generated/conclave/v1/PeerMessage.ts";
import type { ReadIndexReply__Output } from "../generated/conclave/v1/ReadIndexReply.ts";
import type { ReadIndexRequest__Output } from "../generated/conclave/v1/ReadIndexRequest.ts";
import type { SnapshotReply__Output } from "../generated/conclave/v1/SnapshotReply.ts";
import type { VoteRequest__Output } from "../generated/conclave/v1/VoteRequest.ts";
import type {
  AppendReply,
  AppendRequest,
  InstallSnapshot,
  Message,
  ReadIndexReply,
  ReadIndexRequest,
  SnapshotReply,
  VoteRequest,
} from "../raft/messages.ts";
import type { Entry } from "../raft/types.ts";
import { joinFrames, readFrames } from "./frame.ts";
import { malformed } from "./peerWire.ts";

const noBytes = new Uint8Array(0);

/** The one field of PeerMessage that holds the message. */
export function messageToWire(message: Message): object {
  switch (message.type) {
    case "voteRequest":
    case "preVoteRequest": {
      const { type, handedOverUntil, ...fields } = message;
      const handOver = {
        leadershipTransfer: handedOverUntil !== null,
        handedOverUntil: handedOverUntil ?? 0,
      };
      return { voteRequest: { pre: type === "preVoteRequest", ...fields, ...handOver } };
    }
    case "voteReply":
    case "preVoteReply": {
      const { type, ...fields } = message;
      return { voteReply: { pre: type === "preVoteReply", ...fields } };
    }
    case "appendRequest": {
      const entries = message.entries.length === 0 ? noBytes : joinFrames(message.entries);
      return { appendRequest: { ...message, entries } };
    }
    case "appendReply":
      return { appendReply: { term: message.term, round: message.round, ...message.result } };
    case "timeoutNow":
      return { timeoutNow: { term: message.term, untilRound: message.untilRound } };
    case "installSnapshot": {
      const { term, lastIncluded, round, acknowledged } = message;
      const last = { lastIncludedIndex: lastIncluded.index, lastIncludedTerm: lastIncluded.term };
      return { installSnapshot: { term, ...last, round, acknowledged } };
    }
    case "snapshotReply":
      return { snapshotReply: message };
    case "readIndexRequest":
      return { readIndexRequest: message };
    case "readIndexReply": {
      const { term, id, index } = message;
      return { readIndexReply: { term, id, ok: index !== null, index: index ?? 0 } };
    }
    default:
      return assertNever(message);
  }
}

/** Throws INVALID_ARGUMENT for what no correct node sends, DATA_CORRUPT when the entries' frames do not hold. */
export function messageFromWire(wire: PeerMessage__Output): Message {
  if (wire.appendRequest) return appendRequest(wire.appendRequest);
  if (wire.appendReply) return appendReply(wire.appendReply);
  if (wire.voteRequest) return voteRequest(wire.voteRequest);
  if (wire.voteReply) {
    const { pre, term, granted } = wire.voteReply;
    return { type: pre ? "preVoteReply" : "voteReply", term: Term(term), granted };
  }
  if (wire.timeoutNow) {
    const term = openTerm(wire.timeoutNow.term, "a request to take over");
    return { type: "timeoutNow", term, untilRound: untilRound(wire.timeoutNow.untilRound) };
  }
  if (wire.installSnapshot) return installSnapshot(wire.installSnapshot);
  if (wire.snapshotReply) return snapshotReply(wire.snapshotReply);
  if (wire.readIndexRequest) return readIndexRequest(wire.readIndexRequest);
  if (wire.readIndexReply) return readIndexReply(wire.readIndexReply);
  throw malformed("its message is of no known type; the sender may run a newer release");
}

/** Requests are of a term that somebody campaigned for: 1 at least. */
function openTerm(term: number, what: string): Term {
  if (term < 1) throw malformed(`${what} has term 0`);
  return Term(term);
}

/** Release 0.1.0 does not say until when a request to take over holds, and means for ever. */
function untilRound(wire: number): number {
  return wire === 0 ? Number.MAX_SAFE_INTEGER : wire;
}

function voteRequest(wire: VoteRequest__Output): VoteRequest {
  return {
    type: wire.pre ? "preVoteRequest" : "voteRequest",
    term: openTerm(wire.term, "a vote request"),
    lastLogIndex: LogIndex(wire.lastLogIndex),
    lastLogTerm: Term(wire.lastLogTerm),
    handedOverUntil: wire.leadershipTransfer ? untilRound(wire.handedOverUntil) : null,
  };
}

function appendRequest(wire: AppendRequest__Output): AppendRequest {
  const term = openTerm(wire.term, "an append request");
  const entries = wire.entries.length === 0 ? [] : readFrames(wire.entries, null);
  checkEntries(entries, wire);
  return {
    type: "appendRequest",
    term,
    prevLogIndex: LogIndex(wire.prevLogIndex),
    prevLogTerm: Term(wire.prevLogTerm),
    entries,
    leaderCommit: LogIndex(wire.leaderCommit),
    round: wire.round,
    matchedByAll: LogIndex(wire.matchedByAll),
    acknowledged: LogIndex(wire.acknowledged),
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

function appendReply(wire: AppendReply__Output): AppendReply {
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

function installSnapshot(wire: InstallSnapshot__Output): InstallSnapshot {
  const term = openTerm(wire.term, "an offer of a snapshot");
  const { lastIncludedIndex: index, lastIncludedTerm } = wire;
  if (index < 1) throw malformed("a snapshot is offered that includes nothing");
  if (lastIncludedTerm < 1 || lastIncludedTerm > wire.term) {
    throw malformed(`a snapshot through ${index} is of term ${lastIncludedTerm}, outside 1..${wire.term}`);
  }
  return {
    type: "installSnapshot",
    term,
    lastIncluded: { index: LogIndex(index), term: Term(lastIncludedTerm) },
    round: wire.round,
    acknowledged: LogIndex(wire.acknowledged),
  };
}

function snapshotReply(wire: SnapshotReply__Output): SnapshotReply {
  return {
    type: "snapshotReply",
    term: Term(wire.term),
    round: wire.round,
    matchIndex: LogIndex(wire.matchIndex),
  };
}

function readIndexRequest(wire: ReadIndexRequest__Output): ReadIndexRequest {
  return { type: "readIndexRequest", term: openTerm(wire.term, "a request for a read index"), id: wire.id };
}

function readIndexReply(wire: ReadIndexReply__Output): ReadIndexReply {
  if (!wire.ok && wire.index !== 0) throw malformed(`a read index of ${wire.index} is told and withheld`);
  const index = wire.ok ? LogIndex(wire.index) : null;
  return { type: "readIndexReply", term: Term(wire.term), id: wire.id, index };
}
