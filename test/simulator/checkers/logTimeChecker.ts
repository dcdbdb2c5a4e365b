import type { NodeId } from "../../../src/base/brands.ts";
import { longestRestMs } from "../../../src/node/restingTimer.ts";
import type { RaftStatus } from "../../../src/raft/index.ts";
import type { Life, Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";

/** What the leader's own clock gains on clocks that it has not heard for a while, and what the network adds. */
const toleratedMs = 1_500;
/** A clock is taken to be behind by the time that its message was under way. */
const toleratedBehindMs = 1_500;
/**
 * After a time without entries a clock that was set back by seconds may agree with the log better than a right one, and of
 * two middle clocks it is taken. One that was set back by more does not.
 */
const farMs = 120_000;
/** Two right clocks differ by twice the skew, and log time is no further from one of them; a wrong one must be further. */
const mostApart = 3;
/** A follower has not heard some clocks for longer. */
const toleratedOfFollowersMs = 60_000;

/** Q9: while most clocks are right, a wrong one neither fires a day's timers nor holds them back. */
export class LogTimeChecker {
  readonly #world: World;
  /** At some time most clocks were wrong. */
  #clocksFailed = false;
  /** The most that any right clock was ever ahead of the truth. */
  #mostAheadMs = 0;
  /** And behind it, and any that was set back by no more than clocks may differ. */
  #mostBehindMs = 0;
  /** Some entry told the right time. Of its own clock and one other that a leader heard neither agrees with a log that has none, or that it has not read. */
  #hasToldTime = false;
  /** Whom each process follows, and for how long it has run meanwhile, as of its last tick. */
  readonly #followed = new WeakMap<
    Life,
    { readonly leader: NodeId | null; readonly at: number; readonly ranMs: number }
  >();

  constructor(world: World) {
    this.#world = world;
  }

  /** Log time may be an hour ahead for good: of what a leader takes for the time that has not applied the log yet, too. */
  get clocksFailed(): boolean {
    return this.#clocksFailed;
  }

  /** Of a cluster that was made of another one's data: log time stays where that one's clocks have moved it to. */
  goOnFrom(before: LogTimeChecker): void {
    this.#clocksFailed = before.#clocksFailed;
    this.#mostAheadMs = before.#mostAheadMs;
    this.#mostBehindMs = before.#mostBehindMs;
    this.#hasToldTime = before.#hasToldTime;
  }

  /**
   * Of two clocks a leader takes the one that agrees with log time, which it knows as of what it has applied. What it applies
   * afterwards moves its log time there, and from there on it is steered to the right clock as slowly as ever.
   */
  onElected(known: number, before: number): void {
    if (known < before - toleratedBehindMs) this.#hasToldTime = false;
  }

  /**
   * What an entry's stamp breaks; null when nothing. `proposedAt`: when it got it, in true time. `before`: log time without
   * it. A stamp from long before that is of a leader that has not applied yet what was there when it was elected: it moves nothing,
   * but of two clocks such a leader may have taken the wrong one, and is steered back to the right one as slowly as ever.
   */
  violation(index: number, stamp: number, proposedAt: number, before: number): string | null {
    const aheadMs = this.#aheadMs(stamp);
    if (aheadMs > toleratedMs)
      return `Q9: log time of entry ${index} is ${Math.round(aheadMs)} ms ahead of all right clocks`;
    const behindMs = this.#world.wallStart + proposedAt + this.#mostBehindMs - stamp;
    // Where all clocks are right there is no wrong one to be taken.
    const areRight = !this.#world.members.some(({ clockWasSet }) => clockWasSet);
    if (stamp < before - toleratedBehindMs) this.#hasToldTime = false;
    this.#hasToldTime ||= areRight || behindMs <= toleratedBehindMs;
    if (this.#clocksFailed || !this.#hasToldTime || behindMs <= toleratedBehindMs) return null;
    return `Q9: log time of entry ${index} is ${Math.round(behindMs)} ms behind all right clocks`;
  }

  /**
   * The same of a node that may lead next: one whose own clock was set does not take that for the truth, once it has heard
   * another one. Looked at once a tick.
   */
  violationOf(member: Member, status: RaftStatus): string | null {
    // Counted before its clock is set as well: what it takes for log time is wrong only until it hears somebody again.
    const hasHeard = this.#hasHeard(member, status);
    if (!hasHeard || !member.clockWasSet || member.node === null) return null;
    // It may have heard that one and its leader, and nobody else: two wrong clocks of three. It hears more when it is elected.
    if (this.#members().some((other) => other !== member && isWrong(other))) return null;
    const aheadMs = this.#aheadMs(member.clock.wallMs() + member.node.status().clockOffsetMs);
    if (aheadMs <= toleratedOfFollowersMs) return null;
    return `Q9: ${member.id} takes a time for log time that is ${Math.round(aheadMs)} ms ahead of all right clocks`;
  }

  /**
   * It has followed one leader for longer than any election timeout, and so was told that one's time while it knew it for a
   * member. A learner proves nothing: it never campaigns, and so goes on following a leader that fell silent; nor does a voter
   * of a former directory, which is what a node that was repaired takes itself for until it has all of the log.
   */
  #hasHeard({ id, life }: Member, { role, leader, configuration }: RaftStatus): boolean {
    const { mix, timeline } = this.#world;
    if (life === null) return false;
    const { voters, details } = configuration.membership;
    const { incarnation } = life.running?.data.identity ?? {};
    const named = details?.[id]?.incarnation ?? "";
    const isVoter = voters.includes(id) && (named === "" || named === incarnation);
    const follows = role === "follower" && leader !== null && voters.includes(leader) && isVoter;
    const before = this.#followed.get(life);
    // Of a pause no more counts than a rest may last.
    const ranMs =
      before?.leader === leader ? before.ranMs + Math.min(timeline.now - before.at, longestRestMs) : 0;
    this.#followed.set(life, { leader, at: timeline.now, ranMs: follows ? ranMs : 0 });
    return follows && ranMs > 2.5 * mix.raft.electionTimeoutMs;
  }

  /** By how much this is ahead of all right clocks; 0 when too many of them are wrong. */
  #aheadMs(logTime: number): number {
    const { mix, wallStart, timeline, raftChecker } = this.#world;
    const { voters } = raftChecker.inForce().membership;
    const members = this.#members();
    const truth = wallStart + timeline.now;
    for (const { clock, clockWasSet } of members) {
      const aheadMs = clock.wallMs() - truth;
      // Of two clocks that a leader has heard the right one may be further from log time than this.
      if (!clockWasSet || Math.abs(aheadMs) <= mostApart * mix.skewMs)
        this.#mostAheadMs = Math.max(this.#mostAheadMs, aheadMs);
      if (!clockWasSet || Math.abs(aheadMs) <= farMs)
        this.#mostBehindMs = Math.min(this.#mostBehindMs, aheadMs);
    }
    this.#clocksFailed ||= haveFailed(members, voters.length);
    return this.#clocksFailed ? 0 : logTime - truth - this.#mostAheadMs;
  }

  #members(): readonly Member[] {
    const { voters, outgoing, learners } = this.#world.raftChecker.inForce().membership;
    return [...new Set([...voters, ...outgoing, ...learners])].map((id) => this.#world.member(id));
  }
}

function isWrong({ lost, clockWasSet }: Member): boolean {
  return lost !== null || clockWasSet;
}

function haveFailed(members: readonly Member[], voters: number): boolean {
  const wrong = members.filter(isWrong).length;
  // What it was moved to by then it stays at.
  const most = Math.floor((Math.min(members.length, voters) - 1) / 2);
  // A leader may have heard no more than a quorum; of two middle clocks it takes the one that agrees with the log.
  const heard = Math.floor(voters / 2) + 1;
  return wrong > Math.min(most, Math.floor(heard / 2));
}
