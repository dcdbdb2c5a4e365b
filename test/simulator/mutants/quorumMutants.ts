import type { Edit, Mutant } from "./mutants.ts";

const one = (file: string, from: string, to: string): readonly Edit[] => [{ file, from, to }];

/** Safe, but for one thing: nothing goes on while a single member is away. */
export const quorumMutants: readonly Mutant[] = [
  {
    name: "an entry commits only once every voter has it",
    edits: one(
      "raft/leader.ts",
      "const matched = LogIndex(quorumValue(membership, (id) => this.#matchIndexOf(id)));",
      "const matched = LogIndex(Math.min(...membership.voters.map((id) => this.#matchIndexOf(id))));",
    ),
  },
  {
    name: "a leader takes the votes of all voters",
    edits: one(
      "raft/campaign.ts",
      "return isQuorum(replica.membership, (id) => campaign.granted.has(id));",
      "return replica.membership.voters.every((id) => campaign.granted.has(id));",
    ),
  },
  {
    name: "a round is confirmed only by every voter",
    edits: one(
      "raft/leader.ts",
      "if (!this.#rounds.confirm(quorumValue(membership, ackedRound))) return;",
      "if (!this.#rounds.confirm(Math.min(...membership.voters.map(ackedRound)))) return;",
    ),
  },
];
