import { SeededRandom } from "../base/random.ts";
import type { NodeOptions } from "../cli/nodeOptions.ts";
import { membershipCodec } from "../codec/membership.ts";
import { processRuntime } from "../node/processRuntime.ts";
import { Raft } from "../raft/index.ts";
import type { DataDirectory } from "../storage/dataDirectory.ts";

/** Bounds of the core; docs/protocol.md says what each one protects. */
const raftLimits = {
  maxAppendBytes: 1024 * 1024,
  maxInflightAppends: 64,
  maxInflightBytes: 8 * 1024 * 1024,
  maxUncommittedBytes: 64 * 1024 * 1024,
  cacheBytes: 16 * 1024 * 1024,
  maxPromotionLag: 1_000,
} as const;

/** The core of a node, as its data directory left it. */
export function makeRaft(options: NodeOptions, data: DataDirectory): Raft {
  const { electionTimeoutMs, heartbeatIntervalMs, electionBackoff } = options;
  const { nodeId, incarnation } = data.identity;
  // A seed of its own for each run: nodes that start together must not draw the same timeouts.
  const random = new SeededRandom(`${incarnation}/${Date.now()}/${process.pid}`);
  const timing = { electionTimeoutMs, heartbeatIntervalMs, electionBackoff };
  const config = { id: nodeId, ...timing, ...raftLimits, membershipCodec };
  return new Raft(config, data.restored, random, processRuntime.monotonicMs());
}
