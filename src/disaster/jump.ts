import { createHash } from "node:crypto";
import { type ClusterId, LogIndex, Term } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { EntryId } from "../raft/types.ts";

/**
 * How far the log of a cluster that is made of old data begins above the last entry in it. Fencing tokens and epochs are
 * log indexes: all that the new cluster gives out are above all that the old one has given out since, or gives out if it
 * is still alive somewhere, for as long as that writes fewer entries than this: three years at 10,000 a second.
 */
export const indexJump = 1_000_000_000_000;

/**
 * Likewise for terms, which an embedding program may use as a fence (`whileLeader`). A term is an election: at one a
 * second, which nothing reaches, eleven days of them.
 */
export const termJump = 1_000_000;

/** Above it a number could no longer be told from the next one; a jump leaves at least this much of the way to go. */
const highestIndex = Number.MAX_SAFE_INTEGER - 1000 * indexJump;

/** Where the new cluster's log begins. Throws INVALID_ARGUMENT when there is no room for it. */
export function jumpedFrom({ index, term }: EntryId, jumps = 1): EntryId {
  const target = index + jumps * indexJump;
  if (!Number.isSafeInteger(jumps) || jumps < 1 || target > highestIndex) {
    throw new ConclaveError(
      "INVALID_ARGUMENT",
      `from entry ${index} the log cannot jump ${jumps} times by ${indexJump}: at least once, and not above ${highestIndex}`,
    );
  }
  return { index: LogIndex(target), term: Term(term + jumps * termJump) };
}

/** What the new log's first entry is chained to: logs of two clusters never fit together, even at equal indexes. */
export function chainSeed(clusterId: ClusterId, { index, term }: EntryId): number {
  return createHash("sha256")
    .update(JSON.stringify([clusterId, index, term]))
    .digest()
    .readUInt32LE(0);
}
