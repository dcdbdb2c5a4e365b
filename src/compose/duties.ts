import { localEnqueue } from "../api/localEnqueue.ts";
import { DutyMetrics } from "../api/metrics/dutyMetrics.ts";
import type { Metrics } from "../api/metrics.ts";
import type { Logger } from "../base/logger.ts";
import { SeededRandom } from "../base/random.ts";
import { LeaderDuties } from "../duties/leaderDuties.ts";
import type { ClusterNode } from "../node/node.ts";
import { processRuntime } from "../node/processRuntime.ts";

/** The duties of a node in this process. */
export function makeDuties(node: ClusterNode, metrics: Metrics, logger: Logger): LeaderDuties {
  return new LeaderDuties({
    nodeId: node.nodeId,
    leading: node.leading,
    monotonicMs: () => processRuntime.monotonicMs(),
    logTime: () => node.status().logTime,
    enqueue: localEnqueue(node),
    random: new SeededRandom(`${node.nodeId}/${Date.now()}/${process.pid}`),
    logger: logger.child({ part: "duties" }),
    telemetry: new DutyMetrics(metrics.registry),
  });
}
