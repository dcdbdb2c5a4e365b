import type { MemberStatus } from "../client/index.ts";

/** Who leads, as the leader itself says. */
export interface Leadership {
  readonly id: string;
  readonly term: number;
}

/** The node that leads with a live lease; the highest term wins while an older leader has not yet noticed. */
export function leadershipIn(members: readonly MemberStatus[]): Leadership | undefined {
  const latest = members
    .flatMap(({ status }) => (status?.role === "leader" && status.leaseLeftMs > 0 ? [status] : []))
    .toSorted((a, b) => b.term - a.term)[0];
  return latest === undefined ? undefined : { id: latest.nodeId, term: latest.term };
}
