import { assert } from "../base/assert.ts";
import { LogIndex, type NodeId, Term } from "../base/brands.ts";
import type { Newcomer, RaftConfig, Restored } from "./config.ts";
import { Configurations } from "./configurations.ts";
import { Durability } from "./durability.ts";
import type { Effect } from "./effects.ts";
import { RaftLog } from "./log.ts";
import type { Message } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { isMember, isVoter, membersOf } from "./quorum.ts";
import type { Configuration, Entry, EntryId, HardState, Membership, SnapshotId } from "./types.ts";

type After = Extract<Effect, { type: "send" }>["after"];

/**
 * What a server has whatever its role: the "persistent state" and "volatile state on all servers" of Raft
 * figure 2, and the effects of the step under way.
 *
 * Invariant: compacted <= snapshot <= applied <= delivered <= commitIndex <= lastIndex; all but the last only grow.
 */
export class Replica {
  readonly config: RaftConfig;
  readonly configurations: Configurations;
  readonly log: RaftLog;
  readonly durability: Durability;
  readonly outbox = new Outbox();
  #hardState: HardState;
  #commitIndex: LogIndex;
  /** Through here the machine has been given the entries, applied or not. */
  #deliveredIndex: LogIndex;
  #appliedIndex: LogIndex;
  #matchedByAll: LogIndex;
  readonly #newcomer: Newcomer | null;
  #knownCommitted: LogIndex;
  /** The last entry in the machine's state that this node can send to others. */
  #snapshot: EntryId;
  #announced: {
    readonly configuration: Configuration;
    readonly committed: boolean;
    readonly departing: string;
  };

  constructor(config: RaftConfig, restored: Restored) {
    this.config = config;
    const { configuration, entries, newcomer } = restored;
    this.#newcomer = newcomer;
    this.configurations = new Configurations(configuration, entries, config.membershipCodec);
    this.log = new RaftLog(restored, config.cacheBytes);
    this.durability = new Durability(restored.hardState, this.log.lastIndex);
    this.#hardState = restored.hardState;
    this.#commitIndex = restored.appliedIndex;
    this.#deliveredIndex = restored.appliedIndex;
    this.#appliedIndex = restored.appliedIndex;
    this.#matchedByAll = restored.compacted.index;
    this.#knownCommitted = restored.appliedIndex;
    this.#snapshot = this.#entryId(restored.appliedIndex);
    this.#announced = {
      configuration: this.configurations.inForce,
      committed: !this.isChangingMembership,
      departing: "",
    };
    assert(this.log.lastTerm <= this.currentTerm, "restored: the log holds a term above currentTerm");
  }

  get id(): NodeId {
    return this.config.id;
  }

  /** The configuration in force. */
  get membership(): Membership {
    return this.configurations.inForce.membership;
  }

  /** Every other member. */
  get peers(): readonly NodeId[] {
    return membersOf(this.membership).filter((id) => id !== this.id);
  }

  /** The configuration in force is not known to be committed. */
  get isChangingMembership(): boolean {
    return this.configurations.inForce.index > this.#commitIndex;
  }

  /**
   * Voters may, and also one whose removal is not known to be committed: until it is, its log may be the only one that
   * can win (thesis 4.2.2, figure 4.6). Its own vote counts nowhere then. Not one that begins anew as a learner.
   */
  get mayCampaign(): boolean {
    const { membership } = this;
    if (isMember(membership, this.id)) return this.#isVoterIn(membership);
    return this.configurations.live(this.#commitIndex).some((item) => this.#isVoterIn(item.membership));
  }

  get currentTerm(): Term {
    return this.#hardState.currentTerm;
  }

  get votedFor(): NodeId | null {
    return this.#hardState.votedFor;
  }

  get commitIndex(): LogIndex {
    return this.#commitIndex;
  }

  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  /** The highest index known to have been durable on every member; one that came later may hold nothing yet. */
  get matchedByAll(): LogIndex {
    return this.#matchedByAll;
  }

  /** The highest commit index that a leader has told: so much of the cluster's log is committed, wherever ours ends. */
  get knownCommitted(): LogIndex {
    return this.#knownCommitted;
  }

  get snapshot(): EntryId {
    return this.#snapshot;
  }

  /** "If RPC request or response contains term T > currentTerm: set currentTerm = T" (Raft figure 2). */
  enterTerm(term: Term): void {
    assert(term > this.currentTerm, `term ${term} is not above ${this.currentTerm}`);
    this.#setHardState({ currentTerm: term, votedFor: null });
  }

  /** One vote a term (Raft 5.2). Saved in the same write as the term, when both change in one step. */
  voteFor(candidate: NodeId): void {
    assert(this.votedFor === null || this.votedFor === candidate, `term ${this.currentTerm}: voted twice`);
    if (this.votedFor === null) this.#setHardState({ currentTerm: this.currentTerm, votedFor: candidate });
  }

  /** Puts `entries` into the log and onto the disk, in place of whatever it holds from the first of them on. */
  write(entries: readonly Entry[]): void {
    const first = entries[0];
    const last = entries.at(-1);
    if (first === undefined || last === undefined) return;
    const truncateFrom = first.index <= this.log.lastIndex ? first.index : null;
    if (truncateFrom !== null) {
      assert(truncateFrom > this.#commitIndex, `entry ${truncateFrom} is committed and would be overwritten`);
      this.log.truncateFrom(truncateFrom);
      this.configurations.truncateFrom(truncateFrom);
      this.durability.onTruncated(truncateFrom, this.currentTerm);
    }
    this.log.append(entries);
    this.configurations.append(entries);
    this.outbox.persistEntries(truncateFrom, entries);
    // The report of this write must be told from that of an earlier write of the same entry: see Durability.
    if (last.term < this.currentTerm) this.outbox.persistHardState(this.#hardState);
  }

  /** Everything through `index` is committed. */
  commitTo(index: LogIndex): void {
    if (index <= this.#commitIndex) return;
    assert(index <= this.log.lastIndex, `commit ${index} is beyond the log's end ${this.log.lastIndex}`);
    this.#commitIndex = index;
    this.#deliver();
  }

  /**
   * The state as of `snapshot` replaces the machine's, and the log begins after it (Raft 7). Whatever else the log
   * held goes: it has no entry like the snapshot's last, so what lies behind that is in conflict.
   */
  install(snapshot: SnapshotId): void {
    const { index, term } = snapshot;
    assert(index > this.#commitIndex, `a snapshot through ${index} is older than what is committed here`);
    assert(term <= this.currentTerm, `a snapshot of term ${term} comes in term ${this.currentTerm}`);
    // A node that joined does not know the founding configuration: one who does keeps it.
    const told = snapshot.configuration;
    const isUnknown = told.index === 0 && membersOf(told.membership).length === 0;
    const configuration = isUnknown ? this.configurations.at(this.#commitIndex) : told;
    this.configurations.replace(configuration);
    this.log.replaceBy(snapshot);
    this.durability.onReplaced(snapshot, this.currentTerm);
    this.#snapshot = { index, term };
    this.#commitIndex = index;
    this.#deliveredIndex = index;
    this.#appliedIndex = index;
    this.emit({
      type: "installSnapshot",
      snapshot: { index, term, configuration },
      hardState: this.#hardState,
    });
  }

  onApplied(index: LogIndex): void {
    assert(index <= this.#deliveredIndex, `entry ${index} was applied before it was handed out`);
    if (index > this.#appliedIndex) this.#appliedIndex = index;
    this.#spare();
  }

  onPersisted(hardState: HardState | null, lastEntry: { index: LogIndex; term: Term } | null): void {
    this.durability.onPersisted(hardState, lastEntry, this.log);
    this.#deliver();
    this.#spare();
  }

  onCompacted(index: LogIndex): void {
    assert(index <= this.#appliedIndex, `entry ${index} was compacted before it was applied`);
    this.log.compact(index);
    this.configurations.compact(this.log.compacted.index);
    // It was cut below a checkpoint.
    this.onCheckpointed(index);
  }

  /** A late report, of a checkpoint from before a snapshot was installed, says nothing. */
  onCheckpointed(index: LogIndex): void {
    assert(index <= this.#appliedIndex, `entry ${index} is in a checkpoint before it was applied`);
    if (index > this.#snapshot.index) this.#snapshot = this.#entryId(index);
  }

  /** From a leader in whose term this node is, or was: it stays true in all later terms (Raft 5.4.3). */
  learnCommitted(index: LogIndex): void {
    if (index > this.#knownCommitted) this.#knownCommitted = index;
  }

  /**
   * An entry that all members hold is in every later leader's log, so no one can be made to drop it: the highest value
   * ever heard is kept, over terms and leaders. Who joins later gets a snapshot, if need be.
   */
  learnMatchedByAll(index: LogIndex): void {
    if (index > this.#matchedByAll) this.#matchedByAll = index;
  }

  /** Term and vote are on disk as they stand. */
  get isSaved(): boolean {
    return this.durability.has(this.#hardState);
  }

  /** When a message may leave that rests on nothing but the current term. */
  get afterTerm(): After {
    return this.durability.hasTerm(this.currentTerm) ? "now" : "persisted";
  }

  send(to: NodeId, message: Message, after: After): void {
    this.emit({ type: "send", to, message, after });
  }

  /** At the end of a step: tells of the configuration in force what was not told yet. `departing`: see `Followers`. */
  announceMembership(departing: readonly NodeId[]): void {
    const configuration = this.configurations.inForce;
    const committed = !this.isChangingMembership;
    const names = departing.join();
    const told = this.#announced;
    const isTold = configuration === told.configuration && committed === told.committed;
    if (isTold && names === told.departing) return;
    this.#announced = { configuration, committed, departing: names };
    const leaving = this.#leaving(departing);
    this.outbox.announce({ type: "membershipChanged", configuration, committed, leaving });
  }

  emit(effect: Effect): void {
    this.outbox.push(effect);
  }

  /** A newcomer is only what a configuration makes of *its* data directory: its id may have had others before. */
  #isVoterIn(membership: Membership): boolean {
    if (!isVoter(membership, this.id)) return false;
    const newcomer = this.#newcomer;
    return newcomer === null || membership.details?.[this.id]?.incarnation === newcomer.incarnation;
  }

  /** No members any more by the configuration in force; until it is committed it may yet be rolled back. */
  #leaving(departing: readonly NodeId[]): readonly NodeId[] {
    const earlier = this.configurations.live(this.#commitIndex).flatMap((item) => membersOf(item.membership));
    return [...new Set([...earlier, ...departing])].filter(
      (id) => id !== this.id && !isMember(this.membership, id),
    );
  }

  #entryId(index: LogIndex): EntryId {
    const term = this.log.termAt(index);
    assert(term !== undefined, `no term is known for entry ${index}`);
    return { index, term };
  }

  #setHardState(hardState: HardState): void {
    this.#hardState = hardState;
    this.outbox.persistHardState(hardState);
  }

  /**
   * Hands committed entries to the machine, each once. They wait until they are on our own disk as well (a
   * majority may be faster than we are): or a checkpoint of the machine could outlive the log it stems from.
   */
  #deliver(): void {
    const through = LogIndex(Math.min(this.#commitIndex, this.durability.index));
    if (through <= this.#deliveredIndex) return;
    const from = LogIndex(this.#deliveredIndex + 1);
    this.#deliveredIndex = through;
    this.emit({ type: "apply", entries: this.log.slice(from, through, Number.POSITIVE_INFINITY) });
  }

  /** What is not yet on disk cannot be read back from there, so it stays however long it has been applied. */
  #spare(): void {
    this.log.spare(LogIndex(Math.min(this.#appliedIndex, this.durability.index)));
  }
}
