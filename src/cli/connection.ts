import { type Cluster, connect } from "../client/index.ts";
import { type ClientFlags, defaultEndpoints } from "./flags.ts";

/** Connects as the flags say, runs `body` and closes. `timeout` bounds each call, not the whole. */
export async function withCluster<T>(
  flags: ClientFlags,
  signal: AbortSignal,
  body: (cluster: Cluster, limits: CallLimits) => Promise<T>,
): Promise<T> {
  const limits = { signal, timeout: flags.timeout };
  await using cluster = await connect(endpointsOf(flags), limits);
  return await body(cluster, limits);
}

/** What every call of the SDK is given. */
export interface CallLimits {
  readonly signal: AbortSignal;
  readonly timeout: string;
}

/** An empty CONCLAVE_ENDPOINTS is how compose files and shells say "not set". */
export function endpointsOf(flags: Pick<ClientFlags, "endpoints">): string {
  return flags.endpoints.trim() === "" ? defaultEndpoints : flags.endpoints;
}
