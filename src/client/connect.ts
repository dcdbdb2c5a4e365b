import { type Duration, toMs } from "../base/duration.ts";
import type { Logger } from "../base/logger.ts";
import { Cluster } from "./cluster.ts";

export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to look for a node that answers; default 10 s. */
  readonly timeout?: Duration | undefined;
  /** `pino` fits as it is. Default: silent. */
  readonly logger?: Logger | undefined;
}

const connectTimeoutMs = 10_000;

/**
 * Connects to a cluster by the addresses (`host:port`) of some or all of its nodes; the others and the leader are
 * found from there. Resolves as soon as one node answers, be there a leader or not. Rejects with UNAVAILABLE when
 * none does within the timeout, ABORTED, or INVALID_ARGUMENT.
 */
export async function connect(
  endpoints: string | readonly string[],
  options: ConnectOptions = {},
): Promise<Cluster> {
  const timeoutMs = options.timeout === undefined ? connectTimeoutMs : toMs(options.timeout, "timeout");
  const cluster = new Cluster(endpoints, options.logger);
  try {
    await cluster.reach(timeoutMs, options.signal);
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}
