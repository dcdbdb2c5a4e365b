import { LogIndex, type NodeId, type Term } from "../base/brands.ts";
import type { RaftLog } from "./log.ts";
import type { EntryId, HardState } from "./types.ts";

/**
 * What of our log and hard state is known to be on disk. Reports of finished writes may be merged, repeated
 * or out of order; a report is believed only as far as it names what the log still holds.
 *
 * An entry's name (index, term) is proof enough, but for one case: an entry of an *earlier* term that was
 * written, cut off, and later written again. A late report of its first write would vouch for the second.
 * So every write that ends in an entry of an earlier term carries the hard state (`Replica.write`), as does the
 * installation of a snapshot, and above the lowest cut such an entry is believed only from a report with a hard
 * state as young as the last cut.
 */
export class Durability {
  #index: LogIndex;
  #hardState: HardState;
  /** The lowest index ever cut, and the term in which the last cut was made. */
  #cut: EntryId | null = null;

  constructor(hardState: HardState, lastIndex: LogIndex) {
    this.#hardState = hardState;
    this.#index = lastIndex;
  }

  /** Our log through this index is on disk. */
  get index(): LogIndex {
    return this.#index;
  }

  hasTerm(term: Term): boolean {
    return this.#hardState.currentTerm >= term;
  }

  hasVote(term: Term, candidate: NodeId): boolean {
    return this.#hardState.currentTerm === term && this.#hardState.votedFor === candidate;
  }

  has({ currentTerm, votedFor }: HardState): boolean {
    return this.#hardState.currentTerm === currentTerm && this.#hardState.votedFor === votedFor;
  }

  onTruncated(from: LogIndex, currentTerm: Term): void {
    this.#index = LogIndex(Math.min(this.#index, from - 1));
    this.#cut = { index: LogIndex(Math.min(from, this.#cut?.index ?? from)), term: currentTerm };
  }

  /**
   * A snapshot takes the place of the whole log: nothing of ours is on disk before that is. An entry of its name may
   * have been in the log before, and cut off: as after any cut, a late report of that one must not count.
   */
  onReplaced(lastIncluded: EntryId, currentTerm: Term): void {
    this.#index = LogIndex(0);
    if (this.#cut === null) return;
    this.#cut = { index: LogIndex(Math.min(this.#cut.index, lastIncluded.index)), term: currentTerm };
  }

  onPersisted(hardState: HardState | null, lastEntry: EntryId | null, log: RaftLog): void {
    if (hardState !== null && isNewer(hardState, this.#hardState)) this.#hardState = hardState;
    if (lastEntry === null || lastEntry.index <= this.#index) return;
    if (log.termAt(lastEntry.index) !== lastEntry.term) return;
    if (this.#mayPredateCut(lastEntry, hardState)) return;
    this.#index = lastEntry.index;
  }

  #mayPredateCut(entry: EntryId, hardState: HardState | null): boolean {
    if (this.#cut === null || entry.index < this.#cut.index || entry.term >= this.#cut.term) return false;
    return hardState === null || hardState.currentTerm < this.#cut.term;
  }
}

/** Hard state only moves forward: to a higher term, or from no vote to a vote within a term. */
function isNewer(candidate: HardState, known: HardState): boolean {
  if (candidate.currentTerm !== known.currentTerm) return candidate.currentTerm > known.currentTerm;
  return known.votedFor === null;
}
