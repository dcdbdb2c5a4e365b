import { createHash, randomUUID } from "node:crypto";
import { ClusterId, type NodeId } from "../base/brands.ts";

/** `parts` fix it: the same ones give the same id on every node, any other one another id. */
export function derivedClusterId(
  clusterName: string,
  parts: readonly (string | number | NodeId)[],
): ClusterId {
  const digest = createHash("sha256")
    .update(JSON.stringify([clusterName, ...parts]))
    .digest("hex");
  return ClusterId(`${clusterName}-${digest.slice(0, 12)}`);
}

/**
 * Of a cluster that begins with these voters: the same on all of them. Who founds alone agrees with nobody, and when it is
 * wiped and founds again makes *another* cluster: one that has grown must not take it for the member that it was.
 */
export function foundingClusterId(clusterName: string, voters: readonly NodeId[]): ClusterId {
  if (voters.length === 1) return ClusterId(`${clusterName}-${randomUUID().slice(0, 8)}`);
  return derivedClusterId(clusterName, voters);
}
