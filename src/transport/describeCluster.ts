import { ConclaveError } from "../base/errors.ts";
import {
  type ClusterDescription,
  decodeClusterDescription,
  encodeDescribeRequest,
} from "../codec/peerJoin.ts";
import { askNode } from "./askNode.ts";

export interface DescribeOptions {
  /** For each address. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Which cluster listens at these peer addresses: the first answer. Rejects with UNAVAILABLE, telling what each address
 * said, and with ABORTED by the signal; CONFIG_INVALID for what is no address.
 */
export async function describeCluster(
  addresses: readonly string[],
  options: DescribeOptions,
): Promise<ClusterDescription> {
  const said: string[] = [];
  for (const address of addresses) {
    try {
      return decodeClusterDescription(await askNode(address, "describe", encodeDescribeRequest(), options));
    } catch (error) {
      if (!(error instanceof ConclaveError) || error.code === "ABORTED" || error.code === "CONFIG_INVALID")
        throw error;
      said.push(`${address}: ${error.message}`);
    }
  }
  throw new ConclaveError(
    "UNAVAILABLE",
    said.length === 0
      ? "no address of a member is given to ask about the cluster"
      : `no member of a cluster answered: ${said.join("; ")}`,
  );
}
