import { LogIndex, Term } from "../../../src/base/brands.ts";
import type { Random } from "../../../src/base/random.ts";
import type { Configuration, RaftStatus, SnapshotId } from "../../../src/raft/index.ts";
import type { Configurations } from "./configurations.ts";

/** What the checkers know of the cluster's log. */
export interface Truth {
  /** Of each entry that is committed; position 0 is entry 1. */
  readonly committedTerms: readonly number[];
  readonly configurations: Configurations;
}

/** Why this snapshot must not take the place of a log of these terms; null when it may. */
export function wrongInstall(
  { committedTerms, configurations }: Truth,
  terms: readonly number[],
  knownCommitted: number,
  { index, term, configuration }: SnapshotId,
): string | null {
  if (configurations.goOn && index === 0 && knownCommitted === 0 && terms.length === 0) return null;
  if (committedTerms[index - 1] !== term)
    return `R9: installs a snapshot of entry ${index}, which is not committed`;
  if (index <= knownCommitted)
    return `R8: installs a snapshot of entry ${index} and knew ${knownCommitted} committed`;
  if (terms[index - 1] === term) return `R13: a snapshot takes away entries that match, at ${index} (bug 10)`;
  const expected = configurations.in(committedTerms, index);
  return configuration.index === expected.index
    ? null
    : `R13: the snapshot of entry ${index} brings configuration ${configuration.index}, in force is ${expected.index}`;
}

/**
 * A snapshot that a log of these terms has no use for, though it is true: of what is known to be committed here, or
 * of an entry that is here and not known to be. Null while there is none.
 */
export function uselessSnapshot(
  { committedTerms, configurations }: Truth,
  terms: readonly number[],
  { commitIndex }: RaftStatus,
  random: Random,
): SnapshotId | null {
  const between = (after: number, through: number): number =>
    through > after ? after + 1 + random.below(through - after) : 0;
  const known = Math.min(terms.length, committedTerms.length);
  const matching = terms[known - 1] === committedTerms[known - 1] && known > commitIndex;
  const index = matching && random.next() < 0.7 ? between(commitIndex, known) : between(0, commitIndex);
  const term = committedTerms[index - 1];
  // Also when nothing is known to be committed here yet.
  if (term === undefined) return null;
  const configuration: Configuration = configurations.in(committedTerms, index);
  return { index: LogIndex(index), term: Term(term), configuration };
}

/** Why a checkpoint of what is applied through `index` must not hold this configuration; null when it may. */
export function wrongCheckpoint(
  { committedTerms, configurations }: Truth,
  index: number,
  { index: brought }: Configuration,
): string | null {
  const expected = configurations.in(committedTerms, index);
  return brought === expected.index
    ? null
    : `R13: the checkpoint of entry ${index} holds configuration ${brought}, in force is ${expected.index}`;
}

/** Why the log must not be cut through `index`; null when it may. */
export function wrongCut({ role, appliedIndex, neededAbove }: RaftStatus, index: number): string | null {
  if (index > appliedIndex) return `R9: cuts its log through ${index}, applied is ${appliedIndex}`;
  return role === "leader" && neededAbove !== null && index > neededAbove
    ? `R16: cuts its log through ${index}, and who fetches its snapshot will need what follows ${neededAbove}`
    : null;
}
