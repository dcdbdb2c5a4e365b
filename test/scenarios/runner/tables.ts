import { columns } from "./output.ts";
import { membershipOf, place } from "./wording.ts";
import type { World } from "./world.ts";

/** One line a node: what it is, and how far its log, its disk and its machine are. */
export function statusTable(world: World): readonly string[] {
  const rows = world.nodes.map((node) => {
    if (node.raft === null) return [node.id, "down"];
    const status = node.raft.status(world.now);
    const last = node.believed.at(-1) ?? node.base;
    return [
      node.id,
      status.role,
      String(status.term),
      status.votedFor ?? "-",
      status.leader ?? "-",
      String(status.commitIndex),
      place(last),
      membershipOf(status.configuration.membership),
    ];
  });
  return columns([["node", "role", "term", "vote", "leader", "commit", "last", "members"], ...rows]);
}
