import { assert } from "../base/assert.ts";
import { LogIndex, type NodeId, Term } from "../base/brands.ts";
import type { RaftConfig, Restored } from "./config.ts";
import { Durability } from "./durability.ts";
import type { Effect } from "./effects.ts";
import { RaftLog } from "./log.ts";
import type { Message } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { membersOf } from "./quorum.ts";
import type { Entry, HardState, Membership } from "./types.ts";

type After = Extract<Effect, { type: "send" }>["after"];

/**
 * What a server has whatever its role: the "persistent state" and "volatile state on all servers" of Raft
 * figure 2, and the effects of the step under way.
 *
 * Invariant: compacted <= applied <= delivered <= commitIndex <= lastIndex; all but the last only grow.
 */
export class Replica {
  readonly config: RaftConfig;
  readonly membership: Membership;
  /** Every other member: all who receive the log. */
  readonly peers: readonly NodeId[];
  readonly log: RaftLog;
  readonly durability: Durability;
  readonly outbox = new Outbox();
  #hardState: HardState;
  #commitIndex: LogIndex;
  /** Through here the machine has been given the entries, applied or not. */
  #deliveredIndex: LogIndex;
  #appliedIndex: LogIndex;
  #matchedByAll: LogIndex;

  constructor(config: RaftConfig, restored: Restored) {
    this.config = config;
    this.membership = restored.membership;
    this.peers = membersOf(restored.membership).filter((id) => id !== config.id);
    this.log = new RaftLog(restored, config.cacheBytes);
    this.durability = new Durability(restored.hardState, this.log.lastIndex);
    this.#hardState = restored.hardState;
    this.#commitIndex = restored.appliedIndex;
    this.#deliveredIndex = restored.appliedIndex;
    this.#appliedIndex = restored.appliedIndex;
    this.#matchedByAll = restored.compacted.index;
    assert(this.log.lastTerm <= this.currentTerm, "restored: the log holds a term above currentTerm");
  }

  get id(): NodeId {
    return this.config.id;
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

  /** The highest index known to be durable on every member: no one will ask for entries at or below it. */
  get matchedByAll(): LogIndex {
    return this.#matchedByAll;
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
      this.durability.onTruncated(truncateFrom, this.currentTerm);
    }
    this.log.append(entries);
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
  }

  /**
   * A fact once true stays true: an entry that all members hold is in every later leader's log, so no one
   * can be made to drop it. So the highest value ever heard is kept, over terms and leaders.
   */
  learnMatchedByAll(index: LogIndex): void {
    if (index > this.#matchedByAll) this.#matchedByAll = index;
  }

  /** When a message may leave that rests on nothing but the current term. */
  get afterTerm(): After {
    return this.durability.hasTerm(this.currentTerm) ? "now" : "persisted";
  }

  send(to: NodeId, message: Message, after: After): void {
    this.emit({ type: "send", to, message, after });
  }

  emit(effect: Effect): void {
    this.outbox.push(effect);
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
