import { depth } from "./depth.ts";
import { e2e } from "./e2e.ts";
import { enqueue } from "./enqueue.ts";
import { failover } from "./failover.ts";
import { idle } from "./idle.ts";
import { latency } from "./latency.ts";
import type { Measurement } from "./measurement.ts";
import { nodes } from "./nodes.ts";
import { pauses } from "./pauses.ts";
import { payload } from "./payload.ts";

export const measurements: readonly Measurement[] = [
  enqueue,
  e2e,
  latency,
  failover,
  depth,
  idle,
  payload,
  nodes,
  pauses,
];

/** What runs when nothing is named: what every change should be held against, within some minutes. */
export const usual: readonly Measurement[] = [enqueue, e2e, latency, failover, idle];
