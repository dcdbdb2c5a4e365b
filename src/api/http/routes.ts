import type { NodeService } from "../../node/service.ts";
import { nodeStatus } from "../nodeStatus.ts";
import { readiness } from "./readiness.ts";

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Where `/metrics` comes from; prom-client's `Registry` fits. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** Every path this server knows. None asks another node or waits for a leader. */
export const routes: Readonly<
  Record<string, (node: NodeService, metrics: MetricsSource) => Answer | Promise<Answer>>
> = {
  "/metrics": async (_node, metrics) => ({
    status: 200,
    contentType: metrics.contentType,
    body: await metrics.metrics(),
  }),

  "/healthz": (node) => json(200, { alive: true, nodeId: node.nodeId, version: node.version }),

  "/readyz": (node) => {
    const status = nodeStatus(node);
    const { ready, reason } = readiness(status);
    const { nodeId, role, standing, term, leaderId, leaderAddress, leaseLeftMs, commitIndex, appliedIndex } =
      status;
    return json(ready ? 200 : 503, {
      ready,
      reason,
      nodeId,
      role,
      standing,
      term,
      leaderId,
      leaderAddress,
      leaseLeftMs,
      commitIndex,
      appliedIndex,
    });
  },

  "/status": (node) => json(200, nodeStatus(node)),
};

export function json(status: number, body: object): Answer {
  return { status, contentType: "application/json; charset=utf-8", body: `${JSON.stringify(body)}\n` };
}
