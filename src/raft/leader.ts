import { assert } from "../base/assert.ts";
import { LogIndex, MonotonicMs, type NodeId } from "../base/brands.ts";
import type { PeerStatus } from "./config.ts";
import type { RejectReason } from "./effects.ts";
import type { Proposal } from "./events.ts";
import { Followers } from "./followers.ts";
import { dueChange, judge, type Situation } from "./memberChange.ts";
import type { AppendReply, SnapshotReply } from "./messages.ts";
import type { Progress } from "./progress.ts";
import { isQuorum, isVoter, quorumValue } from "./quorum.ts";
import { type Read, Reads, type SafeRead } from "./reads.ts";
import type { Replica } from "./replica.ts";
import { heartbeat, onLogRead, replicate } from "./replication.ts";
import { Rounds } from "./rounds.ts";
import { bestSuccessor, nameSuccessor, Transfer } from "./transfer.ts";
import type { Entry, Membership, MembershipChange } from "./types.ts";

/**
 * The leader's variant of the role and all the state that only a leader has (Raft figure 2, "leaders"): it
 * comes into being with the term's leadership and is dropped with it, so nothing of it can outlive the term.
 */
export class Leader {
  readonly name = "leader";
  readonly #replica: Replica;
  readonly #since: MonotonicMs;
  readonly #followers: Followers;
  readonly #rounds: Rounds;
  readonly #reads = new Reads();
  /** We alone are a quorum: nobody's answer is ever missing. */
  #isAlone: boolean;
  /** The no-op that opens the term; until it commits, our commitIndex may lag behind the cluster's (Raft 8). */
  readonly #noopIndex: LogIndex;
  #nextHeartbeatAt: MonotonicMs;
  #uncommittedBytes = 0;
  #transfer: Transfer | null = null;
  /** Rounds before this one say nothing of a successor that was asked: who answered them may have elected it since. */
  #sureFromRound = 0;

  constructor(replica: Replica, now: MonotonicMs) {
    this.#replica = replica;
    this.#since = now;
    this.#nextHeartbeatAt = now;
    this.#noopIndex = LogIndex(replica.log.lastIndex + 1);
    this.#isAlone = isAlone(replica);
    this.#rounds = new Rounds(replica.config.electionTimeoutMs);
    this.#followers = new Followers(replica, this.#noopIndex);
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

  /** Removed, and still told so. */
  get departing(): readonly NodeId[] {
    return this.#followers.departing;
  }

  /** See `RaftStatus`. */
  neededAbove(now: MonotonicMs): LogIndex | null {
    return this.#followers.neededAbove(this.#rounds.firstRecent(now));
  }

  /**
   * A committed configuration decides without us: we led until it was committed, which is all that a leader outside of
   * the configuration is for (Raft 6).
   */
  get isDismissed(): boolean {
    const { membership, isChangingMembership, id } = this.#replica;
    return this.#isOpen && !isChangingMembership && !isVoter(membership, id);
  }

  /** The others need not wait for an election timeout: the one that has most is asked to campaign (thesis 4.2.2). */
  askSuccessor(): void {
    if (!this.mayBeSucceeded) nameSuccessor(this.#replica, this.#followers, this.#rounds.current);
  }

  /** Proposals are refused for the moment: leadership is being handed over. */
  get isTransferring(): boolean {
    return this.#transfer !== null;
  }

  /** Has begun `round`, or a later one. */
  hasBegun(round: number): boolean {
    return this.#rounds.current >= round;
  }

  /**
   * A successor has been asked to campaign, which voters grant however lately they heard of us: it may lead already, whatever
   * our lease says. Once it is given up that holds until a quorum has answered a round that began after: those do not
   * go over any more.
   */
  get mayBeSucceeded(): boolean {
    return this.#transfer?.hasAsked === true || this.#rounds.confirmed < this.#sureFromRound;
  }

  onTick(now: MonotonicMs): void {
    if (this.#transfer !== null && now >= this.#transfer.endsAt) {
      const { to, hasAsked, untilRound } = this.#transfer;
      this.#transfer = null;
      if (hasAsked) {
        this.#rounds.leapTo(untilRound);
        this.#sureFromRound = untilRound;
        this.#nextHeartbeatAt = now;
      }
      this.#failTransfer(`${to} has not taken over within an election timeout`);
    }
    if (now < this.#nextHeartbeatAt) return;
    this.#beginRound(now);
  }

  /** A second request while one is under way changes nothing. */
  transfer(to: NodeId | null, now: MonotonicMs): void {
    if (this.#transfer !== null) return;
    const successor = to ?? bestSuccessor(this.#replica, this.#followers);
    const progress = successor === null ? undefined : this.#followers.of(successor);
    if (
      successor === null ||
      progress === undefined ||
      !this.#replica.membership.voters.includes(successor)
    ) {
      this.#failTransfer(this.#whyNot(successor));
      return;
    }
    this.#transfer = new Transfer(this.#replica, successor, this.#rounds.current, now);
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
    for (const [id, progress] of this.#followers) this.#replicate(id, progress);
  }

  /** In force from its append on (Raft 6). */
  changeMembership(id: number, change: MembershipChange, force: boolean, now: MonotonicMs): void {
    const verdict = judge(this.#situation(now), change, force);
    if ("reason" in verdict) {
      this.#replica.emit({ type: "rejectMembershipChange", id, ...verdict });
      return;
    }
    const { log, currentTerm: term } = this.#replica;
    this.#replica.emit({ type: "acceptProposal", id, index: LogIndex(log.lastIndex + 1), term });
    this.#appendMembership(verdict.membership, now);
  }

  read(read: Read, now: MonotonicMs): void {
    this.#reads.add(read);
    this.#beginReadRound(now);
  }

  onAppendReply(from: NodeId, reply: AppendReply, now: MonotonicMs): void {
    const progress = this.#answeredBy(from, reply.round, now);
    if (progress === null) return;
    const { result } = reply;
    if (result.ok) {
      this.#onMatched(from, progress, result.matchIndex, now);
      this.#replicate(from, progress);
    } else if (progress.onRejected(result.rejectedIndex, this.#retryFrom(result))) {
      this.#goOn(from, progress);
    }
    this.#onRoundAnswered(from, progress, reply.round, now);
  }

  onSnapshotReply(from: NodeId, reply: SnapshotReply, now: MonotonicMs): void {
    const progress = this.#answeredBy(from, reply.round, now);
    if (progress === null) return;
    // What the follower has was news to us: it asks for our snapshot once it knows that we know.
    if (this.#onMatched(from, progress, reply.matchIndex, now)) this.#goOn(from, progress);
    this.#onRoundAnswered(from, progress, reply.round, now);
  }

  /** Our own disk has caught up: now the leader counts itself. */
  onPersisted(now: MonotonicMs): void {
    this.#advanceCommit(now);
  }

  onLogRead(peer: NodeId, from: LogIndex, entries: readonly Entry[] | null): void {
    const progress = this.#followers.of(peer);
    if (progress === undefined) return;
    onLogRead(this.#replica, this.#rounds.current, peer, progress, from, entries);
    if (entries !== null) this.#replicate(peer, progress);
  }

  onPeerUnreachable(peer: NodeId): void {
    this.#followers.of(peer)?.onLost();
  }

  onPeerReachable(peer: NodeId): void {
    const progress = this.#followers.of(peer);
    if (progress === undefined) return;
    progress.onLost();
    this.#goOn(peer, progress);
  }

  /** Refuses the reads that are still pending: this leader can no longer confirm them. */
  resign(reason: RejectReason): void {
    const { currentTerm: term, afterTerm } = this.#replica;
    for (const { id, from } of this.#reads.takeAll()) {
      if (from === null) this.#replica.emit({ type: "rejectRead", id, reason });
      else this.#replica.send(from, { type: "readIndexReply", term, id, index: null }, afterTerm);
    }
  }

  peers(): readonly PeerStatus[] {
    return this.#followers.status();
  }

  /** Null when the answer says nothing about the follower that we send to: see `Progress.sinceRound`. */
  #answeredBy(from: NodeId, round: number, now: MonotonicMs): Progress | null {
    const progress = this.#followers.of(from);
    if (progress === undefined || round < progress.sinceRound) return null;
    progress.lastAckAt = now;
    return progress;
  }

  #onMatched(from: NodeId, progress: Progress, matchIndex: LogIndex, now: MonotonicMs): boolean {
    const { log } = this.#replica;
    assert(matchIndex <= log.lastIndex, `${from} matches beyond our log's end`);
    const isNews = progress.onMatched(matchIndex, log.compacted.index);
    if (isNews) this.#advanceCommit(now);
    if (this.#transfer?.to === from) this.#transfer.proceed(progress);
    return isNews;
  }

  #onRoundAnswered(from: NodeId, progress: Progress, round: number, now: MonotonicMs): void {
    this.#followers.onAnswered(from, progress, round);
    if (round <= progress.ackedRound) return;
    progress.ackedRound = round;
    this.#confirmRounds(now);
  }

  #situation(now: MonotonicMs): Situation {
    return {
      replica: this.#replica,
      followers: this.#followers,
      isOpen: this.#isOpen,
      isTransferring: this.isTransferring,
      recentRound: this.#rounds.firstRecent(now),
    };
  }

  #appendMembership(membership: Membership, now: MonotonicMs): void {
    const { log, currentTerm: term, config } = this.#replica;
    const data = config.membershipCodec.encode(membership);
    this.#uncommittedBytes += data.length;
    this.#replica.write([{ index: LogIndex(log.lastIndex + 1), term, kind: "membership", data }]);
    this.#isAlone = isAlone(this.#replica);
    this.#followers.onMembership(this.#rounds.current + 1);
    this.#beginRound(now);
  }

  /** Once a round, and when something has committed. */
  #tendMembership(now: MonotonicMs): void {
    const due = dueChange(this.#situation(now));
    if (due !== null) this.#appendMembership(due, now);
  }

  #whyNot(successor: NodeId | null): string {
    if (successor === null) return "there is no other voter";
    if (successor === this.#replica.id) return `${successor} leads already`;
    return `${successor} is no voter of this cluster`;
  }

  #failTransfer(why: string): void {
    this.#replica.emit({ type: "transferFailed", why });
  }

  #replicate(to: NodeId, progress: Progress): boolean {
    return replicate(this.#replica, this.#rounds.current, to, progress);
  }

  /** Sends what is due, or else tells the follower where it stands. */
  #goOn(to: NodeId, progress: Progress): void {
    if (!this.#replicate(to, progress)) heartbeat(this.#replica, this.#rounds.current, to, progress);
  }

  /** Whatever is the leader's to do once a round is done here: rounds for reads put the next heartbeat off for ever. */
  #beginRound(now: MonotonicMs): void {
    this.#followers.letGo(now);
    const round = this.#rounds.begin(now);
    if (this.#isOpen) this.#reads.joinRound(round, this.#replica.commitIndex);
    this.#nextHeartbeatAt = MonotonicMs(now + this.#replica.config.heartbeatIntervalMs);
    for (const [id, progress] of this.#followers) this.#goOn(id, progress);
    this.#confirmRounds(now);
    this.#tendMembership(now);
  }

  #beginReadRound(now: MonotonicMs): void {
    if (this.#isOpen && this.#reads.wantRound) this.#beginRound(now);
  }

  /** Only an acknowledgement of a round counts, and we ourselves answer every round at once. */
  #confirmRounds(now: MonotonicMs): void {
    const { membership, id: self } = this.#replica;
    const ackedRound = (id: NodeId) =>
      id === self ? this.#rounds.current : (this.#followers.of(id)?.ackedRound ?? 0);
    if (!this.#rounds.confirm(quorumValue(membership, ackedRound))) return;
    for (const read of this.#reads.takeSafe(this.#rounds.confirmed)) this.#release(read);
    this.#beginReadRound(now);
  }

  #release({ id, from, index }: SafeRead): void {
    const { currentTerm: term, afterTerm } = this.#replica;
    if (from === null) this.#replica.emit({ type: "releaseRead", id, index });
    else this.#replica.send(from, { type: "readIndexReply", term, id, index }, afterTerm);
  }

  /**
   * "If there exists an N such that N > commitIndex, a majority of matchIndex[i] >= N, and log[N].term ==
   * currentTerm: set commitIndex = N" (Raft figure 2, 5.3, 5.4.2). We count for what is on our own disk.
   */
  #advanceCommit(now: MonotonicMs): void {
    const { membership, log, currentTerm, commitIndex } = this.#replica;
    this.#replica.learnMatchedByAll(this.#followers.matchedByAll(this.#replica.durability.index));
    const matched = LogIndex(quorumValue(membership, (id) => this.#matchIndexOf(id)));
    if (matched <= commitIndex || log.termAt(matched) !== currentTerm) return;
    for (const entry of log.slice(LogIndex(commitIndex + 1), matched, Number.POSITIVE_INFINITY)) {
      if (entry.term === currentTerm) this.#uncommittedBytes -= entry.data.length;
    }
    this.#replica.commitTo(matched);
    this.#followers.onCommitted(this.#rounds.current, now);
    this.#beginReadRound(now);
    this.#tendMembership(now);
  }

  #matchIndexOf(id: NodeId): LogIndex {
    if (id === this.#replica.id) return this.#replica.durability.index;
    return this.#followers.of(id)?.matchIndex ?? LogIndex(0);
  }

  /** The term's no-op is committed: all that was committed before the term is known to be (Raft 5.4.2, 8). */
  get #isOpen(): boolean {
    return this.#replica.commitIndex >= this.#noopIndex;
  }

  /**
   * Where to try again after a rejection: behind the last entry of ours that the follower's could equal. Both
   * sides skip whole terms, so it takes one exchange for each term in conflict (Raft 5.3). Where our log does not
   * reach back so far, it is the follower's word that counts: what it needs from there on is compacted away.
   */
  #retryFrom(rejection: Extract<AppendReply["result"], { ok: false }>): LogIndex {
    const through = LogIndex(Math.min(rejection.hintIndex, rejection.rejectedIndex - 1));
    const { log } = this.#replica;
    if (through < log.compacted.index) return LogIndex(through + 1);
    return LogIndex(log.lastIndexAtMost(rejection.conflictTerm, through) + 1);
  }
}

function isAlone({ membership, id: self }: Replica): boolean {
  return isQuorum(membership, (id) => id === self);
}
