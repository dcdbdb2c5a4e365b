import { NodeId } from "../../../src/base/brands.ts";
import type { Membership, MembershipChange, MembershipCodec } from "../../../src/raft/types.ts";

/** Configurations as JSON: the core knows no wire format, any will do. */
export const membershipCodec: MembershipCodec = {
  encode: (membership) => new TextEncoder().encode(JSON.stringify(membership)),
  decode: (data) => decodeMembership(data),
};

export function decodeMembership(data: Uint8Array): Membership {
  return JSON.parse(new TextDecoder().decode(data)) as Membership;
}

interface Draft {
  readonly add: MembershipChange["add"][number][];
  readonly promote: NodeId[];
  readonly remove: NodeId[];
}

/**
 * `add n4`, `add n4,n5 voting` (to be promoted by themselves), `add n4 replacing n2`, `promote n4`, `remove n1,n2`, and
 * any of them in one line.
 */
export function parseChange(words: readonly string[]): MembershipChange {
  const draft: Draft = { add: [], promote: [], remove: [] };
  const rest = [...words];
  for (let verb = rest.shift(); verb !== undefined; verb = rest.shift()) {
    const ids = (rest.shift() ?? "")
      .split(",")
      .filter((id) => id !== "")
      .map(NodeId);
    if (verb === "promote") draft.promote.push(...ids);
    else if (verb === "remove") draft.remove.push(...ids);
    else if (verb === "add") draft.add.push(...parseAdded(ids, rest));
    else throw new Error(`a change is made of add, promote and remove, not of ${verb}`);
  }
  return draft;
}

function parseAdded(ids: readonly NodeId[], rest: string[]): MembershipChange["add"] {
  let promote = false;
  let replaces: NodeId | null = null;
  if (rest[0] === "voting") {
    rest.shift();
    promote = true;
  } else if (rest[0] === "replacing") {
    rest.shift();
    promote = true;
    replaces = NodeId(rest.shift() ?? "");
  }
  return ids.map((id) => ({ id, address: `${id}:7101`, incarnation: `${id}-directory`, promote, replaces }));
}
