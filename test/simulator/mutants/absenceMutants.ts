import { type Mutant, one } from "./edits.ts";

/** Safe, all of them: somebody has to be there who need not be. Seen while a minority stays away. */
export const absenceMutants: readonly Mutant[] = [
  {
    name: "a change may leave too few who answer",
    edits: one(
      "raft/memberChange.ts",
      "  return (force ? null : unanswered(situation, plan.membership)) ?? plan;",
      "  return plan;",
    ),
  },
  {
    name: "a candidate needs every vote",
    edits: one(
      "raft/campaign.ts",
      "  return isQuorum(replica.membership, (id) => campaign.granted.has(id));",
      "  const { voters, outgoing } = replica.membership;\n  return [...voters, ...outgoing].every((id) => campaign.granted.has(id));",
    ),
  },
  {
    name: "an entry commits only once every voter has it",
    edits: one(
      "raft/leader.ts",
      "const matched = LogIndex(quorumValue(membership, (id) => this.#matchIndexOf(id)));",
      "const matched = LogIndex(Math.min(...membership.voters.map((id) => this.#matchIndexOf(id)), ...membership.outgoing.map((id) => this.#matchIndexOf(id))));",
    ),
  },
  {
    name: "a read waits for every voter",
    edits: one(
      "raft/leader.ts",
      "this.#reads.takeSafe(this.#rounds.confirmed)) this",
      "this.#reads.takeSafe(Math.min(this.#rounds.confirmed, ...membership.voters.map(ackedRound)))) this",
    ),
  },
  {
    name: "a leader stays only while every voter answers",
    edits: one(
      "raft/leader.ts",
      "if (!this.#rounds.confirm(quorumValue(membership, ackedRound))) return;",
      "if (!this.#rounds.confirm(Math.min(...membership.voters.map(ackedRound)))) return;",
    ),
  },
  {
    name: "the joint configuration is left only while every voter answers",
    bug: 14,
    edits: one(
      "raft/memberChange.ts",
      "  if (isJoint(membership)) return leaveJoint(membership);",
      "  const { replica, followers, recentRound } = situation;\n  const isThere = (id: NodeId) => id === replica.id || followers.answers(id, recentRound);\n  if (isJoint(membership)) return [...membership.voters, ...membership.outgoing].every(isThere) ? leaveJoint(membership) : null;",
    ),
  },
  {
    name: "the members change only while every voter answers",
    edits: one(
      "raft/memberChange.ts",
      "  if (isQuorum(planned, answers)) return null;",
      "  if (planned.voters.every(answers)) return null;",
    ),
  },
  {
    name: "the SDK keeps to a leader that it cannot reach",
    edits: one(
      "client/leader.ts",
      "    this.#trouble = error;\n    this.#leave(current);\n    return current;",
      "    this.#trouble = error;\n    return current;",
    ),
  },
];
