import type { NodeId } from "../../../src/base/brands.ts";
import type { Configuration, Entry, Membership, RaftStatus } from "../../../src/raft/index.ts";
import type { World } from "../cluster/world.ts";
import { type Configurations, doOverlap, groupsOf } from "./configurations.ts";
import type { Directories, Directory } from "./directories.ts";

/** R11, and that no two majorities can pass each other by: a leader appends a configuration. */
export function checkNewConfiguration(
  world: World,
  directories: Directories,
  {
    terms,
    configuration: before,
  }: { readonly terms: readonly number[]; readonly configuration: Configuration },
  { index, term }: Entry,
  { id, commitIndex }: RaftStatus,
  next: Membership,
): void {
  const check = (holds: boolean, violation: string): void => {
    if (!holds) world.fail(violation);
  };
  const { voters, outgoing, learners } = next;
  world.coverage.count("membership", outgoing.length > 0 ? "joint" : "not joint");
  world.note(
    id,
    `configuration ${index}: ${voters.join(" ")} | ${outgoing.join(" ")} | ${learners.join(" ")}`,
  );
  const begin = terms.indexOf(term) + 1;
  check(
    begin > 0 && commitIndex >= begin,
    `R11 ${id}: changes the members in entry ${index} before its term's own no-op ${begin} has committed`,
  );
  check(
    before.index <= commitIndex,
    `R11 ${id}: changes the members in entry ${index} while the change of entry ${before.index} is not committed`,
  );
  for (const voter of voters) {
    if (before.membership.voters.includes(voter) || outgoing.includes(voter)) continue;
    const lag = index - 1 - directories.reach(next, voter);
    check(
      lag <= world.mix.raft.maxPromotionLag,
      `R11 ${id}: entry ${index} makes a voter of ${voter}, which lacks ${lag} entries`,
    );
  }
  for (const each of displaced(before.membership, next)) {
    const { lost, startsBy } = world.member(each);
    check(
      startsBy === "rejoin" || lost?.startsWith("damaged") === true,
      `R15 ${id}: entry ${index} gives ${each}'s place to another directory, and nobody has said that its own is gone`,
    );
  }
  check(
    doOverlap(before.membership, next),
    `R7 ${id}: entries ${before.index} and ${index} bring configurations of which two majorities have no common member`,
  );
}

/** Null: of each group that has to agree a majority has the entry on disk. */
export function lacksMajority(
  directories: Directories,
  membership: Membership,
  index: number,
  term: number,
): string | null {
  for (const group of groupsOf(membership)) {
    const holders = group.filter((voter) => directories.has(membership, voter, index, term));
    if (holders.length * 2 <= group.length)
      return `of ${group.join(", ")} is synced only on ${holders.join(", ") || "nobody"}`;
  }
  return null;
}

/** Members whose directory is another one from now on. */
function displaced(before: Membership, next: Membership): NodeId[] {
  const known = Object.keys(before.details ?? {}) as NodeId[];
  return known.filter((id) => {
    const was = before.details?.[id]?.incarnation ?? "";
    const is = next.details?.[id]?.incarnation ?? was;
    return was !== "" && is !== was;
  });
}

/** R15: who came after the founding campaigns only when its log makes a voter of this very directory. */
export function isToVote(
  { isFounding, incarnation }: Directory,
  configurations: Configurations,
  id: NodeId,
  terms: readonly number[],
): boolean {
  return isFounding || configurations.makesVoter(id, incarnation ?? "", terms);
}

/** A leader outside of the configuration leads until that is committed in its own term, and no longer (bug 16). */
export function maySitIn({ id, configuration, commitIndex }: RaftStatus): boolean {
  const { voters, outgoing } = configuration.membership;
  return configuration.index > commitIndex || voters.includes(id) || outgoing.includes(id);
}

/** In force is what the log says last, be it committed or not; and what is cut off is rolled back (bug 24). */
export function wrongConfiguration(is: Configuration, inLog: Configuration): string | null {
  if (is.index !== inLog.index)
    return `R11: takes configuration ${is.index} for the one in force, its log says ${inLog.index}`;
  const [voters, should] = [is, inLog].map(({ membership }) =>
    [...membership.voters, "|", ...membership.outgoing].join(" "),
  );
  return is.index === 0 || voters === should
    ? null
    : `R11: takes ${voters} for the voters, entry ${is.index} says ${should}`;
}
