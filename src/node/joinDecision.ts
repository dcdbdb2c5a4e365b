import type { Incarnation } from "../base/brands.ts";
import type { Membership, MembershipChange } from "../raft/types.ts";
import type { JoinRequest } from "./ports.ts";

export type JoinDecision =
  /** The caller is a member already, with this very data. */
  | { readonly type: "present" }
  | { readonly type: "change"; readonly change: MembershipChange }
  | { readonly type: "refuse"; readonly why: string };

/**
 * Whether the leader takes the caller in. A known id begins anew, as a learner, only when its former data is certainly
 * out of use: the caller found that very data damaged, or an operator says that it is gone. Otherwise a mistyped id
 * would throw a healthy member out of its place. A caller that did vote before cannot be let back in as a voter at
 * once: it has forgotten its votes and entries. So the change is first to a learner, by a committed configuration.
 *
 * `met`: the incarnation that this node remembers of the id, null when it has met none.
 */
export function decideJoin(
  request: JoinRequest,
  membership: Membership,
  met: Incarnation | null,
): JoinDecision {
  const { nodeId, incarnation, replacesIncarnation, rejoin } = request;
  const isVoter = membership.voters.includes(nodeId);
  if (!isVoter && !membership.learners.includes(nodeId)) {
    if (replacesIncarnation === "") return add(request, request.voter, null);
    const why =
      `${nodeId} was a member, and has been removed: repairing its data would bring it back unasked. To take it in again, ` +
      "start it with an empty data directory and --join";
    return { type: "refuse", why };
  }
  const details = membership.details?.[nodeId];
  const named = details?.incarnation ?? "";
  // Announced by an operator, who did not know the directory: it is for the first that comes, and from then on for no
  // other. A member that only some had met could be wiped, and pass for the same one with the rest.
  if (!isVoter && named === "") return add(request, details?.promote === true, details?.replaces ?? null);
  const known = named === "" ? (met ?? "") : named;
  if (known === incarnation) return { type: "present" };
  const isRepaired = replacesIncarnation !== "" && (known === replacesIncarnation || known === "");
  if (isRepaired || rejoin) {
    return add(request, isVoter || details?.promote === true, details?.replaces ?? null);
  }
  const seen = known === "" ? "" : ` (incarnation ${known}; yours is ${incarnation})`;
  return {
    type: "refuse",
    why:
      `${nodeId} is a member already, with other data${seen}. If that data is gone for good, start the node with ` +
      "--join and --rejoin; if it is a machine of its own, choose another id",
  };
}

function add(
  { nodeId, address, incarnation }: JoinRequest,
  promote: boolean,
  replaces: MembershipChange["add"][number]["replaces"],
): JoinDecision {
  const member = { id: nodeId, address, incarnation, promote, replaces };
  return { type: "change", change: { add: [member], promote: [], remove: [] } };
}
