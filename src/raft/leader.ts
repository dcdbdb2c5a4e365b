import { assert } from "../base/assert.ts";
import { LogIndex, MonotonicMs, type NodeId } from "../base/brands.ts";
import type { PeerStatus } from "./config.ts";
import type { RejectReason } from "./effects.ts";
import type { Proposal } from "./events.ts";
import type { AppendReply } from "./messages.ts";
import { Progress } from "./progress.ts";
import { isQuorum, isVoter, quorumValue } from "./quorum.ts";
import { Reads } from "./reads.ts";
import type { Replica } from "./replica.ts";
import { heartbeat, onLogRead, replicate } from "./replication.ts";
import { Rounds } from "./rounds.ts";
import { bestSuccessor, Transfer } from "./transfer.ts";
import type { Entry } from "./types.ts";

/**
 * The leader's variant of the role and all the state that only a leader has (Raft figure 2, "leaders"): it
 * comes into being with the term's leadership and is dropped with it, so nothing of it can outlive the term.
 */
export class Leader {
  readonly name = "leader";
  readonly #replica: Replica;
  readonly #since: MonotonicMs;
  readonly #progress = new Map<NodeId, Progress>();
  readonly #rounds = new Rounds();
  readonly #reads = new Reads();
  /** We alone are a quorum: nobody's answer is ever missing. */
  readonly #isAlone: boolean;
  /** The no-op that opens the term; until it commits, our commitIndex may lag behind the cluster's (Raft 8). */
  readonly #noopIndex: LogIndex;
  #nextHeartbeatAt: MonotonicMs;
  #uncommittedBytes = 0;
  #transfer: Transfer | null = null;

  constructor(replica: Replica, now: MonotonicMs) {
    this.#replica = replica;
    this.#since = now;
    this.#nextHeartbeatAt = now;
    this.#isAlone = isQuorum(replica.membership, (id) => id === replica.id);
    this.#noopIndex = LogIndex(replica.log.lastIndex + 1);
    for (const id of replica.peers) this.#progress.set(id, new Progress(this.#noopIndex, replica.config));
  }

  /** Announces the leadership: the no-op of the term goes out with the first round. */
  openTerm(now: MonotonicMs): void {
    const { currentTerm: term } = this.#replica;
    this.#replica.write([{ index: this.#noopIndex, term, kind: "noop", data: new Uint8Array(0) }]);
    this.#beginRound(now);
  }

  get uncommittedBytes(): number {
    return this.#uncommittedBytes;
  }

  /** When `onTick` will next do something. */
  get nextTickAt(): MonotonicMs {
    return MonotonicMs(Math.min(this.#nextHeartbeatAt, this.#transfer?.endsAt ?? Number.POSITIVE_INFINITY));
  }

  /** Counted from the beginning of the last round that a quorum answered; null while there is none yet. */
  leaseUntil(now: MonotonicMs): MonotonicMs | null {
    const since = this.#isAlone ? now : this.#rounds.confirmedSince;
    return since === null ? null : MonotonicMs(since + this.#replica.config.electionTimeoutMs);
  }

  /**
   * CheckQuorum (thesis 6.2): from here on the leader has to assume that it has been replaced. A new leader
   * has one election timeout to hear from a quorum.
   */
  deposedAt(now: MonotonicMs): MonotonicMs {
    return this.leaseUntil(now) ?? MonotonicMs(this.#since + this.#replica.config.electionTimeoutMs);
  }

  /** Proposals are refused for the moment: leadership is being handed over. */
  get isTransferring(): boolean {
    return this.#transfer !== null;
  }

  /** The successor has been asked to campaign: it may lead already, whatever our lease says. */
  get mayBeSucceeded(): boolean {
    return this.#transfer?.hasAsked === true;
  }

  onTick(now: MonotonicMs): void {
    if (this.#transfer !== null && now >= this.#transfer.endsAt) {
      const { to } = this.#transfer;
      this.#transfer = null;
      this.#failTransfer(`${to} has not taken over within an election timeout`);
    }
    if (now >= this.#nextHeartbeatAt) this.#beginRound(now);
  }

  /** A second request while one is under way changes nothing. */
  transfer(to: NodeId | null, now: MonotonicMs): void {
    if (this.#transfer !== null) return;
    const successor = to ?? bestSuccessor(this.#replica, this.#progress);
    const progress = successor === null ? undefined : this.#progress.get(successor);
    if (successor === null || progress === undefined || !isVoter(this.#replica.membership, successor)) {
      this.#failTransfer(successor === null ? "there is no other voter" : `${successor} is no other voter`);
      return;
    }
    this.#transfer = new Transfer(this.#replica, successor, now);
    this.#transfer.proceed(progress);
  }

  /** "The leader appends the command to its log as a new entry, then issues AppendEntries" (Raft 5.3). */
  propose(proposals: readonly Proposal[]): void {
    const { log, currentTerm: term, config } = this.#replica;
    const entries: Entry[] = [];
    for (const { id, kind, data } of proposals) {
      if (this.#transfer !== null) {
        this.#replica.emit({ type: "rejectProposal", id, reason: "transferring" });
        continue;
      }
      assert(kind === "command", "a change of membership is no plain proposal");
      // One that alone is over the bound passes when nothing else waits; else it could never be proposed.
      if (this.#uncommittedBytes > 0 && this.#uncommittedBytes + data.length > config.maxUncommittedBytes) {
        this.#replica.emit({ type: "rejectProposal", id, reason: "overloaded" });
        continue;
      }
      const index = LogIndex(log.lastIndex + entries.length + 1);
      entries.push({ index, term, kind, data });
      this.#uncommittedBytes += data.length;
      this.#replica.emit({ type: "acceptProposal", id, index, term });
    }
    this.#replica.write(entries);
    for (const [id, progress] of this.#progress) this.#replicate(id, progress);
  }

  read(id: number, now: MonotonicMs): void {
    this.#reads.add(id);
    this.#beginReadRound(now);
  }

  onAppendReply(from: NodeId, reply: AppendReply, now: MonotonicMs): void {
    const progress = this.#progress.get(from);
    if (progress === undefined) return;
    progress.lastAckAt = now;
    const { result } = reply;
    if (result.ok) {
      assert(result.matchIndex <= this.#replica.log.lastIndex, `${from} matches beyond our log's end`);
      if (progress.onMatched(result.matchIndex)) this.#advanceCommit(now);
      this.#replicate(from, progress);
      if (this.#transfer?.to === from) this.#transfer.proceed(progress);
    } else if (progress.onRejected(result.rejectedIndex, this.#retryFrom(result))) {
      if (!this.#replicate(from, progress)) heartbeat(this.#replica, this.#rounds.current, from, progress);
    }
    if (reply.round > progress.ackedRound) {
      progress.ackedRound = reply.round;
      this.#confirmRounds(now);
    }
  }

  /** Our own disk has caught up: now the leader counts itself. */
  onPersisted(now: MonotonicMs): void {
    this.#advanceCommit(now);
  }

  onLogRead(peer: NodeId, from: LogIndex, entries: readonly Entry[] | null): void {
    const progress = this.#progress.get(peer);
    if (progress === undefined) return;
    onLogRead(this.#replica, this.#rounds.current, peer, progress, from, entries);
    if (entries !== null) this.#replicate(peer, progress);
  }

  onPeerUnreachable(peer: NodeId): void {
    this.#progress.get(peer)?.onLost();
  }

  onPeerReachable(peer: NodeId): void {
    const progress = this.#progress.get(peer);
    if (progress === undefined) return;
    progress.onLost();
    if (!this.#replicate(peer, progress)) heartbeat(this.#replica, this.#rounds.current, peer, progress);
  }

  /** Refuses the reads that are still pending: this leader can no longer confirm them. */
  resign(reason: RejectReason): void {
    for (const id of this.#reads.takeAll()) this.#replica.emit({ type: "rejectRead", id, reason });
  }

  peers(): readonly PeerStatus[] {
    return [...this.#progress].map(([id, progress]) => ({
      id,
      matchIndex: progress.matchIndex,
      nextIndex: progress.nextIndex,
      progress: progress.state,
      lastAckAt: progress.lastAckAt,
    }));
  }

  #failTransfer(why: string): void {
    this.#replica.emit({ type: "transferFailed", why });
  }

  #replicate(to: NodeId, progress: Progress): boolean {
    return replicate(this.#replica, this.#rounds.current, to, progress);
  }

  #beginRound(now: MonotonicMs): void {
    const round = this.#rounds.begin(now);
    if (this.#hasCommittedInTerm) this.#reads.joinRound(round, this.#replica.commitIndex);
    this.#nextHeartbeatAt = MonotonicMs(now + this.#replica.config.heartbeatIntervalMs);
    for (const [id, progress] of this.#progress) {
      if (!this.#replicate(id, progress)) heartbeat(this.#replica, round, id, progress);
    }
    this.#confirmRounds(now);
  }

  #beginReadRound(now: MonotonicMs): void {
    if (this.#hasCommittedInTerm && this.#reads.wantRound) this.#beginRound(now);
  }

  /** Only an acknowledgement of a round counts, and we ourselves answer every round at once. */
  #confirmRounds(now: MonotonicMs): void {
    const { membership, id: self } = this.#replica;
    const ackedRound = (id: NodeId) =>
      id === self ? this.#rounds.current : (this.#progress.get(id)?.ackedRound ?? 0);
    if (!this.#rounds.confirm(quorumValue(membership, ackedRound))) return;
    for (const read of this.#reads.takeSafe(this.#rounds.confirmed)) {
      this.#replica.emit({ type: "releaseRead", ...read });
    }
    this.#beginReadRound(now);
  }

  /**
   * "If there exists an N such that N > commitIndex, a majority of matchIndex[i] >= N, and log[N].term ==
   * currentTerm: set commitIndex = N" (Raft figure 2, 5.3, 5.4.2). We count for what is on our own disk.
   */
  #advanceCommit(now: MonotonicMs): void {
    const { membership, log, currentTerm, commitIndex } = this.#replica;
    this.#learnMatchedByAll();
    const matched = LogIndex(quorumValue(membership, (id) => this.#matchIndexOf(id)));
    if (matched <= commitIndex || log.termAt(matched) !== currentTerm) return;
    for (const entry of log.slice(LogIndex(commitIndex + 1), matched, Number.POSITIVE_INFINITY)) {
      if (entry.term === currentTerm) this.#uncommittedBytes -= entry.data.length;
    }
    this.#replica.commitTo(matched);
    this.#beginReadRound(now);
  }

  #learnMatchedByAll(): void {
    let lowest = this.#replica.durability.index;
    for (const { matchIndex } of this.#progress.values()) if (matchIndex < lowest) lowest = matchIndex;
    this.#replica.learnMatchedByAll(lowest);
  }

  #matchIndexOf(id: NodeId): LogIndex {
    if (id === this.#replica.id) return this.#replica.durability.index;
    return this.#progress.get(id)?.matchIndex ?? LogIndex(0);
  }

  get #hasCommittedInTerm(): boolean {
    return this.#replica.commitIndex >= this.#noopIndex;
  }

  /**
   * Where to try again after a rejection: behind the last entry of ours that the follower's could equal. Both
   * sides skip whole terms, so it takes one exchange for each term in conflict (Raft 5.3).
   */
  #retryFrom(rejection: Extract<AppendReply["result"], { ok: false }>): LogIndex {
    const through = LogIndex(Math.min(rejection.hintIndex, rejection.rejectedIndex - 1));
    return LogIndex(this.#replica.log.lastIndexAtMost(rejection.conflictTerm, through) + 1);
  }
}
