import type { Random } from "../base/random.ts";
import type { RaftConfig } from "./config.ts";

/**
 * Delay in ms before the campaign after the `failures`-th failed one in a row:
 * min(maxMs, initialMs * multiplier^(failures - 1)), of which jitter leaves between half and all ("equal
 * jitter"): enough to part two nodes that failed together, and never so little that the backoff is none.
 */
export function backoffDelayMs(
  policy: RaftConfig["electionBackoff"],
  failures: number,
  random: Random,
): number {
  if (failures === 0 || policy.initialMs === 0) return 0;
  const delay = Math.min(policy.maxMs, policy.initialMs * policy.multiplier ** (failures - 1));
  return Math.round(delay * (0.5 + random.next() / 2));
}
