import { type MonotonicMs, type NodeId, Term } from "../base/brands.ts";
import type { Random } from "../base/random.ts";
import { askForVotes, hasWon } from "./campaign.ts";
import type { RaftConfig, Restored } from "./config.ts";
import { ElectionTimer } from "./electionTimer.ts";
import { ForwardedReads } from "./forwardedReads.ts";
import { Leader } from "./leader.ts";
import { votersOf } from "./quorum.ts";
import { rejectReads } from "./reading.ts";
import { Replica } from "./replica.ts";
import type { Campaign, Follower, Role } from "./role.ts";

/** A replica with a role, and the only doors through which the role changes (Raft figure 4). */
export class Server {
  readonly replica: Replica;
  readonly timer: ElectionTimer;
  readonly elections = { started: 0, won: 0, lost: 0 };
  /** Peers to which no connection could be had, or whose connection broke, and that were not heard since. */
  readonly unreachable = new Set<NodeId>();
  /** When this process began, if one before it may have followed a leader with the same data, and none has spoken since. */
  #restartedAt: MonotonicMs | null;
  /** The last campaign failed with its own vote not even on disk. */
  #wasHeldUp = false;
  #role: Role;
  readonly #random: Random;
  #readRequests: number | null = null;

  constructor(config: RaftConfig, restored: Restored, random: Random, now: MonotonicMs) {
    this.replica = new Replica(config, restored);
    this.timer = new ElectionTimer(config, random, now);
    this.#role = follower(null, now);
    this.#random = random;
    this.#restartedAt = restored.hardState.currentTerm > 0 ? now : null;
  }

  /** The process before this one may have answered a leader a moment ago, and that leader counts on it (Raft 6). */
  mayOwe(now: MonotonicMs): boolean {
    return this.#restartedAt !== null && now - this.#restartedAt < this.replica.config.electionTimeoutMs;
  }

  /** Never the same again, not even after a restart: an answer that is late must not pass for a newer one. */
  nextReadRequest(): number {
    this.#readRequests = (this.#readRequests ?? this.#random.below(2 ** 31) * 2 ** 20) + 1;
    return this.#readRequests;
  }

  get role(): Role {
    return this.#role;
  }

  get leader(): NodeId | null {
    if (this.#role.name === "follower") return this.#role.leader;
    return this.#role.name === "leader" ? this.replica.id : null;
  }

  /** Follows `leader` in `term`, or no one yet. A vote given in the current term stays given. */
  becomeFollower(term: Term, leader: NodeId | null, why: string, now: MonotonicMs): Follower {
    const left = this.#role;
    const hasCampaigned = left.name === "preCandidate" || left.name === "candidate";
    if (hasCampaigned) this.#wasHeldUp = !this.replica.isSaved;
    if (term > this.replica.currentTerm) this.replica.enterTerm(term);
    if (left.name === "leader") left.resign("leadershipLost");
    if (hasCampaigned) this.elections.lost += 1;
    // That is the one which counts on us, or its successor, by whose election the other's time is over.
    if (leader !== null) this.#restartedAt = null;
    if (leader !== null || left.name === "leader") this.timer.reset(now);
    else if (hasCampaigned) this.timer.onCampaignFailed(now);
    const role = follower(leader, now);
    this.#become(role, why);
    return role;
  }

  /** A disk that held a campaign up does so no more: the next one need not wait out what failed before. */
  onSaved(now: MonotonicMs): void {
    if (!this.#wasHeldUp || !this.replica.isSaved) return;
    this.#wasHeldUp = false;
    if (this.#role.name === "follower" && this.#role.leader === null) this.timer.onPeerBack(now);
  }

  /** PreVote: find out whether an election could be won before disturbing anyone with a new term. */
  becomePreCandidate(why: string, now: MonotonicMs): void {
    const { replica } = this;
    if (!replica.mayCampaign) return;
    this.elections.started += 1;
    this.timer.onCampaign(now);
    const campaign = this.#campaign("preCandidate", null, now);
    campaign.granted.add(replica.id);
    this.#become(campaign, why);
    if (hasWon(replica, campaign) && replica.isSaved) this.becomeCandidate(now);
    else askForVotes(replica, campaign, now);
  }

  /**
   * "To begin an election, a follower increments its current term, votes for itself and issues RequestVote"
   * (Raft 5.2). Our own vote counts like any other: once it is durable (`onSaved`). Not before term and vote of the
   * *last* campaign are: a node whose disk hangs could go from term to term without ever asking for a vote.
   */
  becomeCandidate(now: MonotonicMs): void {
    this.#campaignInEarnest(null, "a quorum would elect this node", now);
  }

  /** The leader asked for it, and its log is ours: no dry run is needed (thesis 3.10). */
  becomeSuccessor(untilRound: number, now: MonotonicMs): void {
    if (!this.replica.mayCampaign || !this.replica.isSaved) return;
    this.elections.started += 1;
    this.timer.onCampaign(now);
    this.#campaignInEarnest(untilRound, "the leader hands over", now);
  }

  /** So many voted for others that nobody needs to wait for the end of this campaign: the next begins soon. */
  onSplitVote(now: MonotonicMs): void {
    const { id, membership } = this.replica;
    const rivals = votersOf(membership);
    this.elections.lost += 1;
    this.timer.onSplitVote(now, Math.max(0, rivals.indexOf(id)), Math.max(1, rivals.length));
    this.#become(follower(null, now), "the vote is split");
  }

  becomeLeader(now: MonotonicMs): void {
    this.elections.won += 1;
    this.timer.reset(now);
    const leader = new Leader(this.replica, now);
    this.#become(leader, "elected by a quorum");
    leader.openTerm(now);
  }

  #campaignInEarnest(handedOverUntil: number | null, why: string, now: MonotonicMs): void {
    const { replica } = this;
    replica.enterTerm(Term(replica.currentTerm + 1));
    replica.voteFor(replica.id);
    const campaign = this.#campaign("candidate", handedOverUntil, now);
    this.#become(campaign, why);
    askForVotes(replica, campaign, now);
  }

  #campaign(name: Campaign["name"], handedOverUntil: number | null, now: MonotonicMs): Campaign {
    return { name, granted: new Set(), refused: new Set(), askAgainAt: now, handedOverUntil };
  }

  #become(role: Role, why: string): void {
    const left = this.#role;
    this.#role = role;
    // Only the leader that was asked could have confirmed them.
    if (left.name === "follower") rejectReads(this.replica, left.reads.takeAll(), "leadershipLost");
    const { currentTerm: term } = this.replica;
    this.replica.emit({ type: "roleChanged", role: role.name, term, leader: this.leader, why });
  }
}

function follower(leader: NodeId | null, now: MonotonicMs): Follower {
  return {
    name: "follower",
    leader,
    heardAt: now,
    heardRound: 0,
    offeredInRound: 0,
    reads: new ForwardedReads(),
  };
}
