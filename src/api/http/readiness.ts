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
  if (status.standing === "STANDING_JOINING") {
    return { ready: false, reason: "this node has not been taken into the cluster yet" };
  }
  if (status.standing === "STANDING_FOUNDING") {
    return {
      ready: false,
      reason:
        "the cluster is not founded yet: this node has not been let in by all its other founding members once. Where the cluster " +
        "works without it, this node has lost its data: its log says how it comes back",
    };
  }
  if (status.standing === "STANDING_REMOVED") {
    return { ready: false, reason: "this node was removed from the cluster" };
  }
  if (status.leaderId === "") return { ready: false, reason: "no leader is known" };
  if (status.role === "ROLE_LEADER" && status.leaseLeftMs === 0) {
    return { ready: false, reason: "this node leads, but a majority has not answered within its lease" };
  }
  return { ready: true, reason: "" };
}
