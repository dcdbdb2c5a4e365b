import type { NodeStatus } from "../../generated/conclave/v1/NodeStatus.ts";

interface Readiness {
  readonly ready: boolean;
  /** Why not; empty when ready. */
  readonly reason: string;
}

/**
 * Whether clients should be sent here: the node takes part in a cluster that has a leader. A follower is ready,
 * since it names the leader; a leader whose lease has run out can neither grant nor confirm anything.
 */
export function readiness(status: NodeStatus): Readiness {
  if (status.leaderId === "") return { ready: false, reason: "no leader is known" };
  if (status.role === "ROLE_LEADER" && status.leaseLeftMs === 0) {
    return { ready: false, reason: "this node leads, but a majority has not answered within its lease" };
  }
  return { ready: true, reason: "" };
}
