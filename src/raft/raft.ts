import { assertNever } from "../base/assert.ts";
import type { LogIndex, MonotonicMs, NodeId } from "../base/brands.ts";
import type { Random } from "../base/random.ts";
import type { RaftConfig, RaftStatus, Restored } from "./config.ts";
import type { Effect } from "./effects.ts";
import type { Event, Proposal } from "./events.ts";
import { onAppendRequest } from "./following.ts";
import { onInstallSnapshot, onSnapshotFetched } from "./installing.ts";
import type { Leader } from "./leader.ts";
import type { AppendReply, Message, ReadIndexReply, SnapshotReply, VoteReply } from "./messages.ts";
import { onRead, onReadIndexReply, onReadIndexRequest } from "./reading.ts";
import { Server } from "./server.ts";
import { statusOf } from "./status.ts";
import { nextDeadline, onLeaderGone, onTick, onTimeoutNow } from "./timing.ts";
import type { Configuration } from "./types.ts";
import { onSaved, onVoteReply, onVoteRequest, staysWithLeader } from "./voting.ts";

/**
 * The consensus core: events in, effects out, and nothing else. It does no I/O, reads no clock and draws no
 * randomness of its own, so a run is a function of its events.
 *
 *     tick, receive, propose, read, persisted, ...  ->  step  ->  persist, send, apply, releaseRead, ...
 *
 * What orders the effects: see `effects.ts`. What has to be durable before what leaves (Raft 5, thesis 3.8):
 * 1. term, vote and entries before any vote or acknowledgement that rests on them;
 * 2. the leader counts itself for an entry only once its own disk has it.
 */
export class Raft {
  readonly #server: Server;

  constructor(config: RaftConfig, restored: Restored, random: Random, now: MonotonicMs) {
    this.#server = new Server(config, restored, random, now);
  }

  /** `now` never goes back. It may leap (a stopped process, a suspended machine): timeouts then fall due at once. */
  step(event: Event, now: MonotonicMs): readonly Effect[] {
    this.#enforceLease(now);
    this.#on(event, now);
    this.#dismissLeader(now);
    this.#server.replica.announceMembership(this.#leader?.departing ?? []);
    return this.#server.replica.outbox.drain();
  }

  /**
   * This node leads, and a quorum has answered a round that began less than an election timeout ago. Nothing
   * that must be safe rests on it (reads are confirmed by rounds of their own): it tells a leader that may have
   * been replaced from one that has not, without a message.
   */
  hasLease(now: MonotonicMs): boolean {
    const leader = this.#leader;
    if (leader === null || leader.mayBeSucceeded) return false;
    const until = leader.leaseUntil(now);
    return until !== null && now < until;
  }

  /** This node leads and is handing over: proposals would be refused until it has succeeded or failed. */
  get isTransferring(): boolean {
    return this.#leader?.isTransferring === true;
  }

  /** The next moment at which a `tick` will do something; null when only an event can (a learner). */
  nextDeadline(now: MonotonicMs): MonotonicMs | null {
    return nextDeadline(this.#server, now);
  }

  /** In force as of the entry `index`, which is applied and not compacted: what belongs to a checkpoint there. */
  configurationAt(index: LogIndex): Configuration {
    return this.#server.replica.configurations.at(index);
  }

  /** Of `status`, what is asked with each message. */
  get position(): Pick<RaftStatus, "term" | "leader" | "lastIndex"> {
    const { replica, leader } = this.#server;
    return { term: replica.currentTerm, leader, lastIndex: replica.log.lastIndex };
  }

  status(now: MonotonicMs): RaftStatus {
    return statusOf(this.#server, now);
  }

  get #leader(): Leader | null {
    const { role } = this.#server;
    return role.name === "leader" ? role : null;
  }

  /** First of all in every step: a leader that slept past its lease must not act on what it believed before. */
  #enforceLease(now: MonotonicMs): void {
    const leader = this.#leader;
    if (leader === null || now < leader.deposedAt(now)) return;
    const why = "no quorum has answered within an election timeout";
    this.#server.becomeFollower(this.#server.replica.currentTerm, null, why, now);
  }

  /** Last of all: a leader that a committed configuration has no seat for steps down, and asks for a successor. */
  #dismissLeader(now: MonotonicMs): void {
    const leader = this.#leader;
    if (leader === null || !leader.isDismissed) return;
    leader.askSuccessor();
    const why = "the configuration that is committed has no vote for this node";
    this.#server.becomeFollower(this.#server.replica.currentTerm, null, why, now);
  }

  #on(event: Event, now: MonotonicMs): void {
    const { replica } = this.#server;
    switch (event.type) {
      case "tick":
        return onTick(this.#server, now);
      case "receive":
        return this.#onMessage(event.from, event.message, now);
      case "propose":
        return this.#onPropose(event.proposals);
      case "changeMembership":
        return this.#onChangeMembership(event, now);
      case "read":
        return onRead(this.#server, event.id, now);
      case "transferLeadership":
        return this.#leader?.transfer(event.to, now);
      case "persisted":
        replica.onPersisted(event.hardState, event.lastEntry);
        this.#leader?.onPersisted(now);
        return onSaved(this.#server, now);
      case "applied":
        return replica.onApplied(event.index);
      case "checkpointed":
        return replica.onCheckpointed(event.index);
      case "snapshotFetched":
        return onSnapshotFetched(this.#server, event.snapshot, now);
      case "compacted":
        return replica.onCompacted(event.index);
      case "logRead":
        return this.#leader?.onLogRead(event.peer, event.from, event.entries);
      case "peerUnreachable":
        return this.#onPeerUnreachable(event.peer, event.refused, now);
      case "peerReachable":
        this.#server.unreachable.delete(event.peer);
        this.#server.timer.onPeerBack(now);
        return this.#leader?.onPeerReachable(event.peer);
      default:
        return assertNever(event);
    }
  }

  #onMessage(from: NodeId, message: Message, now: MonotonicMs): void {
    if (this.#server.unreachable.delete(from)) this.#server.timer.onPeerBack(now);
    switch (message.type) {
      case "voteRequest":
      case "preVoteRequest":
        return onVoteRequest(this.#server, from, message, now);
      case "appendRequest":
        return onAppendRequest(this.#server, from, message, now);
      case "installSnapshot":
        return onInstallSnapshot(this.#server, from, message, now);
      case "readIndexRequest":
        return onReadIndexRequest(this.#server, from, message, now);
      case "timeoutNow":
        return onTimeoutNow(this.#server, from, message, now);
      case "voteReply":
      case "preVoteReply":
      case "appendReply":
      case "snapshotReply":
      case "readIndexReply":
        return this.#onReply(from, message, now);
      default:
        return assertNever(message);
    }
  }

  #onReply(
    from: NodeId,
    reply: VoteReply | AppendReply | SnapshotReply | ReadIndexReply,
    now: MonotonicMs,
  ): void {
    const { currentTerm } = this.#server.replica;
    // A granted PreVote names the term that we proposed; nobody is in it yet.
    const isPromise = reply.type === "preVoteReply" && reply.granted;
    if (reply.term > currentTerm && !isPromise) {
      if (staysWithLeader(this.#server, from, now)) return;
      this.#server.becomeFollower(reply.term, null, `${from} is in a later term`, now);
      return;
    }
    switch (reply.type) {
      case "voteReply":
      case "preVoteReply":
        return onVoteReply(this.#server, from, reply, now);
      case "readIndexReply":
        return onReadIndexReply(this.#server, from, reply, now);
      case "appendReply":
        return reply.term === currentTerm ? this.#leader?.onAppendReply(from, reply, now) : undefined;
      case "snapshotReply":
        return reply.term === currentTerm ? this.#leader?.onSnapshotReply(from, reply, now) : undefined;
      default:
        return assertNever(reply);
    }
  }

  #onChangeMembership(event: Extract<Event, { type: "changeMembership" }>, now: MonotonicMs): void {
    const { id, change, force } = event;
    const leader = this.#leader;
    if (leader !== null) return leader.changeMembership(id, change, force, now);
    const { leader: known, replica } = this.#server;
    const why = `${replica.id} does not lead; ${known === null ? "nobody is known to" : `${known} does`}`;
    replica.emit({ type: "rejectMembershipChange", id, reason: "notLeader", why });
  }

  #onPropose(proposals: readonly Proposal[]): void {
    const leader = this.#leader;
    if (leader !== null) return leader.propose(proposals);
    for (const { id } of proposals) {
      this.#server.replica.emit({ type: "rejectProposal", id, reason: "notLeader" });
    }
  }

  #onPeerUnreachable(peer: NodeId, refused: boolean, now: MonotonicMs): void {
    this.#server.unreachable.add(peer);
    this.#leader?.onPeerUnreachable(peer);
    if (refused && this.#server.leader === peer) onLeaderGone(this.#server, peer, now);
  }
}
