import type { NodeId } from "../../../src/base/brands.ts";
import type { AppendReply, Message } from "../../../src/raft/index.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import type { Configurations } from "./configurations.ts";
import type { Directories } from "./directories.ts";

/** R8, R10 and R15: what leaves a node, held against what its disk really holds and against whose disk it is. */
export class Promises {
  readonly #world: World;
  readonly #directories: Directories;
  readonly #configurations: Configurations;
  /** Of each entry that is committed. */
  readonly #committedTerms: readonly number[];
  readonly #votes = new Map<string, NodeId>();
  /** The term of the entry at an acknowledgement's matchIndex, when it was made. */
  readonly #ackedTerms = new WeakMap<AppendReply, number>();

  constructor(
    world: World,
    directories: Directories,
    configurations: Configurations,
    committedTerms: readonly number[],
  ) {
    this.#world = world;
    this.#directories = directories;
    this.#configurations = configurations;
    this.#committedTerms = committedTerms;
  }

  /** An acknowledgement is handed out; `term` is that of the entry through which it goes. */
  acknowledges(reply: AppendReply, term: number): void {
    this.#ackedTerms.set(reply, term);
  }

  clear(): void {
    this.#votes.clear();
  }

  /** R10 and R15: a message leaves. What it rests on has to be on the sender's disk. */
  onDeparture(member: Member, to: NodeId, message: Message): void {
    const { id } = member;
    const { hardState } = this.#directories.current(id).log;
    switch (message.type) {
      case "voteReply": {
        if (!message.granted) return;
        this.#checkVoter(member, `votes for ${to} in term ${message.term}`);
        this.#check(
          hardState.currentTerm >= message.term,
          `R10 ${id}: votes before term ${message.term} is synced`,
        );
        const synced = hardState.currentTerm > message.term || hardState.votedFor === to;
        this.#check(synced, `R10 ${id}: votes for ${to} in term ${message.term} before that is synced`);
        return this.#onVote(member, message.term, to);
      }
      case "voteRequest": {
        const synced = hardState.currentTerm > message.term || hardState.votedFor === id;
        this.#checkVoter(member, `campaigns in term ${message.term}`);
        this.#check(
          hardState.currentTerm >= message.term && synced,
          `R10 ${id}: campaigns in term ${message.term} before its own vote is synced`,
        );
        return this.#onVote(member, message.term, id);
      }
      case "appendReply":
        if (message.result.ok) this.#checkMemory(member, to, message.term);
        if (message.result.ok && message.result.matchIndex > 0) {
          this.#checkPromise(member, `acknowledges entries through ${message.result.matchIndex}`);
        }
        this.#check(
          hardState.currentTerm >= message.term,
          `R10 ${id}: answers in term ${message.term} before it is synced`,
        );
        return this.#checkAck(member, message);
      case "snapshotReply":
        if (message.matchIndex === 0) return;
        this.#checkPromise(member, `acknowledges a snapshot through ${message.matchIndex}`);
        return this.#check(
          this.#directories
            .current(id)
            .log.has(message.matchIndex, this.#committedTerms[message.matchIndex - 1] ?? 0),
          `R10 ${id}: acknowledges entry ${message.matchIndex} of a snapshot before it is synced`,
        );
      case "installSnapshot":
        return this.#check(
          this.#committedTerms[message.lastIncluded.index - 1] === message.lastIncluded.term ||
            (this.#world.base > 0 && message.lastIncluded.index === 0),
          `R9 ${id}: offers a snapshot of entry ${message.lastIncluded.index}, which is not committed`,
        );
      case "readIndexRequest":
        return this.#world.coverage.count("read", "asked of the leader");
      case "readIndexReply":
        return this.#world.coverage.count(
          "read",
          message.index === null ? "leader cannot say" : "leader answered",
        );
      case "appendRequest":
      case "preVoteRequest":
      case "preVoteReply":
      case "timeoutNow":
        return;
    }
  }

  #onVote(member: Member, term: number, candidate: NodeId): void {
    // A wiped node is another voter: that it does not vote at all is R15's affair.
    const key = `${member.id}/${this.#directories.current(member.id).incarnation}:${term}`;
    const earlier = this.#votes.get(key);
    this.#check(
      earlier === undefined || earlier === candidate,
      `R8: ${member.id} votes for ${earlier} and ${candidate} in term ${term}`,
    );
    this.#votes.set(key, candidate);
  }

  /** Once a later term is synced, a later leader may have cut what was acknowledged: then it says nothing. */
  #checkAck({ id }: Member, message: AppendReply): void {
    const { term, result } = message;
    const durable = this.#directories.current(id).log;
    if (!result.ok || durable.hardState.currentTerm !== term) return;
    const synced = durable.has(result.matchIndex, this.#ackedTerms.get(message) ?? 0);
    this.#check(synced, `R10 ${id}: acknowledges entry ${result.matchIndex} before it is synced`);
  }

  /** A leader that has its word for more says so: an older copy gives it no other (docs/operations.md). */
  #checkMemory({ id, forgot }: Member, to: NodeId, term: number): void {
    const hasWord =
      forgot !== null &&
      forgot.term === term &&
      forgot.leader.id === to &&
      forgot.leader.lives === forgot.life;
    this.#check(!hasWord, `R15 ${id}: an older copy acknowledges to ${to}, which has its word for more`);
  }

  /** R15: a directory votes only as the founder that it always was, or once a committed configuration names it. */
  #checkVoter(member: Member, what: string): void {
    const now = this.#directories.current(member.id);
    const named = this.#configurations.everNamed(member.id, now.incarnation ?? "");
    const isCommitted = named !== null && named <= this.#committedTerms.length;
    const isFounder = now.isFounding && !this.#directories.hasFormerFounder(member.id);
    this.#check(
      isFounder || isCommitted,
      `R15 ${member.id} (${member.lost ?? "never a member"}): it ${what}`,
    );
    now.hasPromised = true;
  }

  /** R15: and acknowledges only as the founder, or once a configuration names it or nobody in particular. */
  #checkPromise(member: Member, what: string): void {
    const now = this.#directories.current(member.id);
    const isNamed =
      this.#configurations.everNamed(member.id, now.incarnation ?? "") !== null ||
      this.#configurations.everNamed(member.id, "") !== null;
    const isFounder = now.isFounding && !this.#directories.hasFormerFounder(member.id);
    this.#check(isFounder || isNamed, `R15 ${member.id} (${member.lost ?? "never a member"}): it ${what}`);
    now.hasPromised = true;
  }

  #check(holds: boolean, violation: string): void {
    if (!holds) this.#world.fail(violation);
  }
}
