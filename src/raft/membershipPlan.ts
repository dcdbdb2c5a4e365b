import type { LogIndex, NodeId } from "../base/brands.ts";
import { isMember, membersOf } from "./quorum.ts";
import type { MemberDetails, Membership, MembershipChange } from "./types.ts";

/** The configuration that a change leads to, or why there is none. */
export type Plan = { readonly membership: Membership } | { readonly why: string };

/** Two majorities decide, until the second entry of the change leaves it (Raft 6, "joint consensus"). */
export function isJoint(membership: Membership): boolean {
  return membership.outgoing.length > 0;
}

/**
 * What `change` makes of a configuration that is not joint. A single voter more or less needs no joint configuration:
 * majorities before and after it overlap (thesis 4.1). Several at once go through one. `index` will be its entry's.
 */
export function planChange(before: Membership, change: MembershipChange, index: LogIndex): Plan {
  const why = whyNot(before, change);
  if (why !== null) return { why };
  const added = change.add.map(({ id }) => id);
  const gone = new Set([...change.remove, ...replacedBy(before, change)]);
  const stays = (id: NodeId) => !gone.has(id) && !added.includes(id) && !change.promote.includes(id);
  const voters = [...before.voters.filter(stays), ...change.promote];
  const learners = [...before.learners.filter(stays), ...added];
  if (voters.length === 0) return { why: "no voter would be left" };
  const changed = [...before.voters, ...voters].filter(
    (id) => before.voters.includes(id) !== voters.includes(id),
  );
  const outgoing = changed.length > 1 ? before.voters : [];
  // Its data is lost, and with it what it voted for and acknowledged: it must not count as the old voter any more.
  const begunAnew = added.find((id) => outgoing.includes(id));
  if (begunAnew !== undefined) {
    return { why: `${begunAnew} is a voter that begins anew: that has to be a change of its own` };
  }
  const details = newDetails(before, change, index);
  // Whose place somebody was to take is gone, or is another one under the same id.
  const vanished = new Set([...gone, ...added]);
  for (const [id, learner] of Object.entries(details) as [NodeId, MemberDetails][]) {
    const isMoot = learner.replaces !== null && learner.since < index && vanished.has(learner.replaces);
    if (isMoot) details[id] = { ...learner, replaces: null };
  }
  return { membership: withDetails({ voters, outgoing, learners }, details) };
}

/** The second entry of a joint change: the new voters decide alone. */
export function leaveJoint({ voters, learners, details }: Membership): Membership {
  return withDetails({ voters, outgoing: [], learners }, details ?? {});
}

/** Learners that are to become voters by themselves. */
export function waitingForPromotion({ learners, details }: Membership): readonly NodeId[] {
  return details === undefined ? [] : learners.filter((id) => details[id]?.promote === true);
}

function whyNot(before: Membership, change: MembershipChange): string | null {
  const named = [...change.add.map(({ id }) => id), ...change.promote, ...change.remove];
  if (named.length === 0) return "the change names no member";
  const twice = named.find((id, position) => named.indexOf(id) !== position);
  if (twice !== undefined) return `${twice} is named twice`;
  for (const id of change.remove) if (!isMember(before, id)) return `${id} is no member`;
  for (const id of change.promote) {
    if (before.voters.includes(id)) return `${id} is a voter already`;
    if (!before.learners.includes(id)) return `${id} is no member: add it first`;
    const replaced = before.details?.[id]?.replaces ?? null;
    if (replaced !== null && change.promote.includes(replaced)) {
      return `${id} takes the place of ${replaced}, which cannot be promoted in the same change`;
    }
  }
  return whyNotAdd(before, change);
}

function whyNotAdd(before: Membership, change: MembershipChange): string | null {
  for (const { id, incarnation, replaces } of change.add) {
    // An announcement names no data directory: it takes no place of one that has come meanwhile, by itself.
    const isNothingNew = incarnation === "" || (before.details?.[id]?.incarnation ?? "") === incarnation;
    if (isMember(before, id) && isNothingNew) return `${id} is a member already`;
    if (replaces === null) continue;
    if (replaces === id) return `${id} cannot take its own place`;
    if (!isMember(before, replaces)) return `${id} cannot take the place of ${replaces}, which is no member`;
    if (change.remove.includes(replaces)) {
      return `${id} cannot take the place of ${replaces}, which is removed by the same change`;
    }
  }
  return null;
}

/** A learner may have come to take somebody's place, if that one is still there. */
function replacedBy(before: Membership, change: MembershipChange): readonly NodeId[] {
  return change.promote.flatMap((id) => before.details?.[id]?.replaces ?? []);
}

function newDetails(
  before: Membership,
  change: MembershipChange,
  index: LogIndex,
): Record<NodeId, MemberDetails> {
  const details: Record<NodeId, MemberDetails> = { ...before.details };
  for (const id of change.promote) {
    const learner = details[id];
    if (learner !== undefined) details[id] = { ...learner, promote: false, replaces: null };
  }
  for (const { id, address, incarnation, promote, replaces } of change.add) {
    details[id] = { address, incarnation, since: index, promote, replaces };
  }
  return details;
}

/** Keeps the details of members only. */
function withDetails(
  membership: Pick<Membership, "voters" | "outgoing" | "learners">,
  details: Readonly<Record<NodeId, MemberDetails>>,
): Membership {
  const kept = membersOf(membership).flatMap((id): [NodeId, MemberDetails][] => {
    const of = details[id];
    return of === undefined ? [] : [[id, of]];
  });
  return kept.length === 0 ? membership : { ...membership, details: Object.fromEntries(kept) };
}
