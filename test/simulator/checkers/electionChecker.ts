import type { MonotonicMs, NodeId, Term } from "../../../src/base/brands.ts";
import type { Effect, Event, Message, RaftStatus, Restored } from "../../../src/raft/index.ts";
import type { VoteReply, VoteRequest } from "../../../src/raft/messages.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";

/** So many ticks with a write that hangs let a leader notice it, however long its process slept before. */
const ticksToNotice = 5;

/**
 * R16 within one life of a core, by its own clock: nobody refuses a vote, stands for election or stays in office where this
 * keeps the others from having a leader. What is left out here shows late or never in a cluster that is mended in the end.
 */
export class ElectionChecker {
  readonly #world: World;
  readonly #member: Member;
  readonly #electionTimeoutMs: number;
  /** Of the last entry of the log. */
  #lastTerm: Term;
  #before: RaftStatus | null = null;
  /** When a leader of the own term spoke last, since this node last campaigned or heard that it is gone. */
  #heardAt = Number.NEGATIVE_INFINITY;
  /** Its data has a term, and no leader has spoken since it began: for an election timeout it may owe one its silence. */
  #mayOwe: boolean;
  readonly #beganAt: number;
  /** The latest round of the own term's leader that this node has heard, or begun as that leader. */
  #round = { term: 0, number: 0 };
  /** When the durable write that is under way began; null while there is none. */
  #writesSince: MonotonicMs | null = null;
  /** The office was offered while it is under way: from then on once an election timeout. */
  #isOffered = false;
  /** Ticks in office with a write that hangs and nothing done about it. */
  #idleTicks = 0;

  constructor(world: World, member: Member, { entries, termStarts, compacted, hardState }: Restored) {
    this.#world = world;
    this.#member = member;
    this.#electionTimeoutMs = world.mix.raft.electionTimeoutMs;
    this.#mayOwe = hardState.currentTerm > 0;
    this.#beganAt = member.clock.monotonicMs();
    this.#lastTerm = (entries.at(-1) ?? termStarts.at(-1) ?? compacted).term;
  }

  /** `handsOverSince` as of the core after the step. */
  onStep(
    event: Event,
    status: RaftStatus,
    effects: readonly Effect[],
    now: MonotonicMs,
    handsOverSince: MonotonicMs | null,
  ): void {
    if (event.type === "receive") {
      this.#checkVote(event.from, event.message, effects, now);
      this.#checkStickiness(event.from, event.message, status, now);
      this.#checkAnswer(event.from, event.message, effects);
    }
    this.#checkCampaign(event, effects, now);
    this.#follow(event, status, effects, now);
    if (event.type === "tick") this.#checkHandover(handsOverSince, now);
    this.#checkDisk(event, status, handsOverSince, now);
    this.#before = status;
  }

  /** A durable write of the log begins. */
  onWrite(now: MonotonicMs): void {
    this.#writesSince = now;
    this.#isOffered = false;
  }

  /** And is over. */
  onWritten(): void {
    this.#writesSince = null;
  }

  /** A vote is refused for the reasons that Raft has (5.2, 5.4.1, 6), not for want of knowing to be a voter (bug 15). */
  #checkVote(from: NodeId, message: Message, effects: readonly Effect[], now: MonotonicMs): void {
    const before = this.#before;
    const request = message as VoteRequest;
    const isDryRun = message.type === "preVoteRequest";
    if (before === null || !(isDryRun || message.type === "voteRequest")) return;
    const isRefused = effects.some(
      (effect) => effect.type === "send" && effect.to === from && isRefusal(effect.message as VoteReply),
    );
    if (!isRefused) return;
    const { term, votedFor, lastIndex, role } = before;
    const hasLeader = role === "leader" || now - this.#heardAt < this.#electionTimeoutMs;
    const isShorter =
      request.lastLogTerm < this.#lastTerm ||
      (request.lastLogTerm === this.#lastTerm && request.lastLogIndex < lastIndex);
    const hasCause =
      (isDryRun ? request.term <= term : request.term < term) ||
      (hasLeader && !this.#isHandedOver(request)) ||
      (this.#mayOwe && now - this.#beganAt < 1.1 * this.#electionTimeoutMs) ||
      isShorter ||
      (!isDryRun && request.term === term && votedFor !== null && votedFor !== from);
    this.#world.coverage.count("election", "vote refused for a cause");
    if (!hasCause)
      this.#world.fail(
        `R16: ${this.#member.id} refuses ${from} its vote in term ${request.term} without cause`,
      );
  }

  /**
   * Whoever hears a leader keeps its term, unless that leader wishes the election or says itself that it is over, or a later
   * one speaks (Raft 6, thesis 3.10): the lease is counted from that.
   */
  #checkStickiness(from: NodeId, message: Message, after: RaftStatus, now: MonotonicMs): void {
    const before = this.#before;
    if (before?.role !== "follower" || after.term === before.term) return;
    const { type } = message;
    if (before.leader === null) {
      const ranMs = now - this.#beganAt;
      if (type !== "voteRequest") return;
      // Whom the leader of a later term asked may come: by that leader's election the time of all others is over.
      const isOwed = message.handedOverUntil === null || message.term === before.term + 1;
      if (isOwed && this.#mayOwe && ranMs < 0.9 * this.#electionTimeoutMs)
        this.#world.fail(
          `R16: ${this.#member.id} goes over to ${from}, ${Math.round(ranMs)} ms after it began`,
        );
      return;
    }
    const heardMs = now - this.#heardAt;
    if (heardMs >= this.#electionTimeoutMs) return;
    if (type === "appendRequest" || type === "installSnapshot" || from === before.leader) return;
    this.#world.coverage.count("election", "who hears a leader goes over");
    if (type !== "voteRequest" || !this.#isHandedOver(message))
      this.#world.fail(
        `R16: ${this.#member.id} goes over by ${from}'s ${type} although its leader spoke ${Math.round(heardMs)} ms ago`,
      );
  }

  /** Its leader wished the election, and nothing was heard of it since it wishes it no more. */
  #isHandedOver({ term, handedOverUntil }: VoteRequest): boolean {
    if (handedOverUntil === null || term <= this.#round.term) return false;
    return term - 1 !== this.#round.term || this.#round.number < handedOverUntil;
  }

  /**
   * A leader of an earlier term hears of the later one. It would not step down without, and whoever is in the later term could
   * neither follow it nor, while the others do, be elected (bug 27).
   */
  #checkAnswer(from: NodeId, { type, term }: Message, effects: readonly Effect[]): void {
    const own = this.#before?.term ?? 0;
    if ((type !== "appendRequest" && type !== "installSnapshot") || term >= own) return;
    if (!effects.some((effect) => effect.type === "send" && effect.to === from && effect.message.term >= own))
      this.#world.fail(
        `R16: ${this.#member.id}, in term ${own}, says nothing to ${from}, which leads term ${term}`,
      );
  }

  /** Whoever has heard its leader within an election timeout does not campaign, whatever it answered (bug 28). */
  #checkCampaign(event: Event, effects: readonly Effect[], now: MonotonicMs): void {
    if (event.type !== "tick") return;
    if (!effects.some((effect) => effect.type === "roleChanged" && effect.role === "preCandidate")) return;
    const heardMs = now - this.#heardAt;
    if (heardMs < this.#electionTimeoutMs)
      this.#world.fail(
        `R16: ${this.#member.id} campaigns although its leader spoke ${Math.round(heardMs)} ms ago`,
      );
  }

  /** A transfer of leadership holds writes up for an election timeout, and no longer (bug 30). */
  #checkHandover(since: MonotonicMs | null, now: MonotonicMs): void {
    if (since === null || now - since <= this.#electionTimeoutMs) return;
    this.#world.fail(
      `R16: ${this.#member.id} has taken no proposals for ${Math.round(now - since)} ms, since it hands over`,
    );
  }

  /** A leader whose disk hangs for longer than an election timeout offers its office to another one (bug 31). */
  #checkDisk(event: Event, { role }: RaftStatus, handsOverSince: MonotonicMs | null, now: MonotonicMs): void {
    const hangsMs = this.#writesSince === null ? 0 : now - this.#writesSince;
    if (event.type === "transferLeadership" || handsOverSince !== null) this.#isOffered = true;
    if (role !== "leader" || hangsMs <= this.#electionTimeoutMs || this.#isOffered) this.#idleTicks = 0;
    else if (event.type === "tick") this.#idleTicks += 1;
    if (this.#idleTicks < ticksToNotice) return;
    this.#world.fail(
      `R16: ${this.#member.id} stays the leader although a write has taken ${Math.round(hangsMs)} ms`,
    );
  }

  #learnRound(message: Message): void {
    if (message.type !== "appendRequest" && message.type !== "installSnapshot") return;
    const { term, round } = message;
    if (term > this.#round.term) this.#round = { term, number: round };
    else if (term === this.#round.term) this.#round.number = Math.max(this.#round.number, round);
  }

  #follow(event: Event, status: RaftStatus, effects: readonly Effect[], now: MonotonicMs): void {
    const before = this.#before;
    if (event.type === "receive") {
      const { type, term } = event.message;
      const speaks = type === "appendRequest" || type === "installSnapshot";
      if (speaks && term >= (before?.term ?? 0)) {
        this.#heardAt = now;
        this.#mayOwe = false;
      }
      this.#learnRound(event.message);
    }
    const isGone = event.type === "peerUnreachable" && event.refused && event.peer === before?.leader;
    if (isGone || status.role !== "follower") this.#heardAt = Number.NEGATIVE_INFINITY;
    for (const effect of effects) {
      if (effect.type === "send") this.#learnRound(effect.message);
      if (effect.type === "installSnapshot") this.#lastTerm = effect.snapshot.term;
      else if (effect.type === "persist") this.#lastTerm = effect.entries.at(-1)?.term ?? this.#lastTerm;
    }
  }
}

function isRefusal({ type, granted }: VoteReply): boolean {
  return (type === "voteReply" || type === "preVoteReply") && !granted;
}
