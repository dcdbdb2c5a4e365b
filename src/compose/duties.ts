import { localEnqueue } from "../api/localEnqueue.ts";
import { DutyMetrics } from "../api/metrics/dutyMetrics.ts";
import { PollMetrics } from "../api/metrics/pollMetrics.ts";
import type { Metrics } from "../api/metrics.ts";
import { JobId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { SeededRandom } from "../base/random.ts";
import { readSources } from "../cli/config/polledSources.ts";
import type { NodeOptions } from "../cli/nodeOptions.ts";
import type { SizeLimits } from "../codec/api/limits.ts";
import { headersOf } from "../duties/headers.ts";
import { LeaderDuties } from "../duties/leaderDuties.ts";
import { describe } from "../duties/pollFailure.ts";
import { pollWhileLeader } from "../duties/sources.ts";
import { itemOutcomes, pollOutcomes, type SourceSettings } from "../duties/sourceTypes.ts";
import { readAuthorities } from "../duties/trustingFetch.ts";
import type { ClusterNode } from "../node/node.ts";
import { processRuntime } from "../node/processRuntime.ts";

export interface DutiesOptions {
  readonly node: ClusterNode;
  readonly sources: readonly SourceSettings[];
  readonly version: string;
  readonly sizes: SizeLimits;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** The duties of a node in this process, its sources among them. */
export function makeDuties({
  node,
  sources,
  version,
  sizes,
  metrics,
  logger: parent,
}: DutiesOptions): LeaderDuties {
  const logger = parent.child({ part: "duties" });
  const shared = {
    monotonicMs: () => processRuntime.monotonicMs(),
    enqueue: localEnqueue(node, sizes),
    random: new SeededRandom(`${node.nodeId}/${Date.now()}/${process.pid}`),
    logger,
  };
  const duties = new LeaderDuties({
    ...shared,
    nodeId: node.nodeId,
    leading: node.leading,
    logTime: () => node.status().logTime,
    telemetry: new DutyMetrics(metrics.registry),
  });
  pollWhileLeader(duties, sources, {
    ...shared,
    jobExists: (id) => node.state.job(JobId(id)) !== undefined,
    telemetry: new PollMetrics(metrics.registry, pollOutcomes, itemOutcomes),
    env: process.env,
    userAgent: `conclave/${version}`,
    wallMs: () => processRuntime.wallMs(),
  });
  return duties;
}

/**
 * The sources of a node's options, checked before anything is opened: any node may come to lead, so each must find the
 * variables and files that its headers need. Rejects with CONFIG_INVALID.
 */
export async function checkedSources({
  sources,
}: Pick<NodeOptions, "sources">): Promise<readonly SourceSettings[]> {
  const problems: string[] = [];
  const settings = readSources(sources, "sources", problems);
  for (const { name, origin } of settings) {
    if (origin.type !== "http") continue;
    const complain = (error: unknown) => problems.push(`sources: "${name}": ${describe(error)}`);
    await headersOf(origin.headers, process.env).catch(complain);
    if (origin.ca !== "") await readAuthorities(origin.ca).catch(complain);
  }
  if (problems.length === 0) return settings;
  throw new ConclaveError("CONFIG_INVALID", problems.join("; "));
}
