import { createHash } from "node:crypto";
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
