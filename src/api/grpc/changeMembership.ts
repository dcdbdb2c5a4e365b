import { ConclaveError } from "../../base/errors.ts";
import { membershipChange } from "../../codec/api/membership.ts";
import type { ChangeMembershipReply } from "../../generated/conclave/v1/ChangeMembershipReply.ts";
import type { ChangeMembershipRequest__Output } from "../../generated/conclave/v1/ChangeMembershipRequest.ts";
import type { NodeService, NodeView } from "../../node/service.ts";

type MembershipChange = Parameters<NodeService["changeMembership"]>[0];
type NewMember = MembershipChange["add"][number];

/**
 * `Cluster.ChangeMembership`. What is as it was asked already is left out, so that a repeated request changes nothing:
 * to the core, the addition of a member means that its data was lost, and would make a learner of a voter.
 */
export async function changeMembership(
  node: NodeService,
  request: ChangeMembershipRequest__Output,
): Promise<ChangeMembershipReply> {
  const asked = membershipChange(request);
  const view = node.status();
  // Elsewhere the node refuses, and names the leader.
  const change = view.raft.role === "leader" ? stillToDo(asked, view) : asked;
  if (change.add.length + change.promote.length + change.remove.length > 0) {
    const { index } = await node.changeMembership(change, request.force);
    return { configurationIndex: index };
  }
  // That it is so already is true only of the cluster's present leader, and once it has committed.
  await node.readBarrier();
  const { configuration, committedConfiguration } = node.status().raft;
  if (committedConfiguration.index < configuration.index || configuration.membership.outgoing.length > 0) {
    throw new ConclaveError(
      "MEMBERSHIP_REFUSED",
      `this change is under way already, by the entry ${configuration.index}, which has not committed yet`,
      { retryAfterMs: 100 },
    );
  }
  return { configurationIndex: configuration.index };
}

function stillToDo(asked: MembershipChange, view: NodeView): MembershipChange {
  const { voters } = view.raft.configuration.membership;
  const add = asked.add.filter((member) => !isThere(member, view));
  for (const member of add) checkAddress(member, asked, view);
  return {
    ...asked,
    add,
    promote: asked.promote.filter((id) => !voters.includes(id)),
  };
}

/** Two members at one address: each would be taken for the other, and the newcomer never be reached. */
function checkAddress(
  { id, address, replaces }: NewMember,
  { remove }: MembershipChange,
  view: NodeView,
): void {
  const stay = view.members.filter((each) => each.id !== replaces && !remove.includes(each.id));
  const other = stay.find((each) => each.id !== id && each.peerAddress === address);
  if (other === undefined) return;
  throw new ConclaveError(
    "MEMBERSHIP_REFUSED",
    `${other.id} is at ${address}: give ${id} a peer address of its own, at which it listens`,
  );
}

/** True for a member that is as it was asked for, false for none; throws MEMBERSHIP_REFUSED for one that is otherwise. */
function isThere(asked: NewMember, view: NodeView): boolean {
  const { membership } = view.raft.configuration;
  const learner = membership.learners.includes(asked.id);
  const voter = membership.voters.includes(asked.id);
  if (!learner && !voter && !membership.outgoing.includes(asked.id)) return false;
  const details = membership.details?.[asked.id];
  const address = details?.address ?? view.members.find(({ id }) => id === asked.id)?.peerAddress ?? "";
  const promotes = learner && details?.promote === true;
  const replaced = asked.replaces === null || !isMember(asked.replaces, membership);
  const asAsked = learner
    ? promotes === asked.promote && (details?.replaces ?? null) === asked.replaces
    : voter && asked.promote && replaced;
  if (address === asked.address && asAsked) return true;
  const standing = learner ? `a learner${promotes ? " that becomes a voter by itself" : ""}` : "a voter";
  throw new ConclaveError(
    "MEMBERSHIP_REFUSED",
    `${asked.id} is a member already: ${standing} at ${address === "" ? "an address not known here" : address}; ` +
      `promote it or remove it first. A node that lost its data is started with --join and --rejoin instead`,
  );
}

function isMember(id: string, membership: NodeView["raft"]["configuration"]["membership"]): boolean {
  const { voters, outgoing, learners } = membership;
  return [...voters, ...outgoing, ...learners].some((member) => member === id);
}
