import type { ChangeMembershipReply__Output } from "../generated/conclave/v1/ChangeMembershipReply.ts";
import { Budget, type CallOptions } from "./budget.ts";
import type { Leader } from "./leader.ts";
import { leadersMembers, type Members } from "./members.ts";
import { mayHaveArrived, onLeader } from "./onLeader.ts";
import { asConclaveError } from "./wireErrors.ts";

export interface NewMember {
  readonly id: string;
  /** `host:port` at which it listens for its peers. */
  readonly address: string;
  /** Become a voter by itself once it has caught up. Default: it stays a learner until it is promoted. */
  readonly voter?: boolean | undefined;
  /** Id of the member whose place it takes, in one step, when it becomes a voter. Only with `voter`. */
  readonly replaces?: string | undefined;
}

/** What is to change, in one step. At least one member; no id twice. */
export interface MembershipChange extends CallOptions {
  /** Taken in as learners, which get all data and do not vote. */
  readonly add?: readonly NewMember[] | undefined;
  /** Ids of learners that become voters. */
  readonly promote?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
  /** Even if too few voters of the new membership answer at the moment: it may then be unable to commit anything. */
  readonly force?: boolean | undefined;
}

export interface MembershipChanged {
  /** Index of the entry that brought the membership now in force. */
  readonly configurationIndex: number;
}

/** Longer than the leader itself waits for another change to be finished. */
const oneTryMs = 15_000;

/**
 * Sends the change to the leader, and again when it broke under way: but before that it looks whether it has been made,
 * since a member that was removed cannot be removed again. What is there already is left as it is by the leader.
 */
export async function changeMembership(leader: Leader, change: MembershipChange): Promise<MembershipChanged> {
  const { add = [], promote = [], remove = [], force = false } = change;
  const request = {
    add: add.map(({ id, address, voter = false, replaces = "" }) => ({
      nodeId: id,
      address,
      promote: voter,
      replaces,
    })),
    promote: [...promote],
    remove: [...remove],
    force,
  };
  let mayBeMade = false;
  return await onLeader(
    leader,
    new Budget(change),
    async (node, limits) => {
      if (mayBeMade) {
        const members = await leadersMembers(node, limits);
        if (isMade(change, members)) return { configurationIndex: members.configurationIndex };
      }
      try {
        return await node.call<ChangeMembershipReply__Output>(
          (metadata, opts, done) => node.cluster.ChangeMembership(request, metadata, opts, done),
          limits,
        );
      } catch (error) {
        mayBeMade ||= mayHaveArrived(asConclaveError(error));
        throw error;
      }
    },
    oneTryMs,
  );
}

function isMade(
  { add = [], promote = [], remove = [] }: MembershipChange,
  { committed, joint, members }: Members,
): boolean {
  const find = (id: string) => members.find((member) => member.id === id);
  const votes = (id: string) => ["leader", "voter"].includes(find(id)?.standing ?? "");
  const isAdded = ({ id, address, voter = false }: NewMember): boolean => {
    const member = find(id);
    if (member?.peerAddress !== address) return false;
    return voter ? member.promotes || votes(id) : member.standing === "learner";
  };
  return (
    committed &&
    !joint &&
    add.every(isAdded) &&
    promote.every(votes) &&
    remove.every((id) => find(id) === undefined)
  );
}
