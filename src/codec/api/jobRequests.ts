import { JobId } from "../../base/brands.ts";
import type { CancelReply } from "../../generated/conclave/v1/CancelReply.ts";
import type { CancelRequest__Output } from "../../generated/conclave/v1/CancelRequest.ts";
import type { EnqueueResult } from "../../generated/conclave/v1/EnqueueResult.ts";
import type { ListRequest__Output } from "../../generated/conclave/v1/ListRequest.ts";
import type { StatsReply } from "../../generated/conclave/v1/StatsReply.ts";
import type { WaitRequest__Output } from "../../generated/conclave/v1/WaitRequest.ts";
import type { WaitStreamRequest__Output } from "../../generated/conclave/v1/WaitStreamRequest.ts";
import type * as machine from "../../machine/types.ts";
import type { MachineView } from "../../machine/view.ts";
import { batch, line, name, refuse, text, within, withinOr } from "./check.ts";
import { stateFrom, wireState } from "./enums.ts";
import { refusalToWire } from "./errorDetail.ts";
import { defaults, limits } from "./limits.ts";

/** Throws INVALID_ARGUMENT unless `id` can be a job's. */
export function jobId(field: string, id: string): JobId {
  return JobId(name(field, id));
}

export function jobFilter(request: ListRequest__Output): machine.JobFilter {
  const state = stateFrom("state", request.state, null);
  return {
    ...(request.queue !== "" && { queue: name("queue", request.queue) }),
    ...(state !== null && { state }),
    ...(request.agent !== "" && { agent: line("agent", request.agent, limits.maxAgentCharacters) }),
    ...(request.after !== "" && { after: jobId("after", request.after) }),
    limit: withinOr(defaults.page, "limit", request.limit, 1, limits.maxPage),
  };
}

export function cancellation(
  request: CancelRequest__Output,
  bytes: number,
): { readonly ids: readonly JobId[]; readonly reason: string } {
  batch("ids", request.ids.length, limits.maxBatch, bytes, limits.maxRequestBytes);
  return {
    ids: request.ids.map((id, index) => jobId(`ids[${index}]`, id)),
    reason: text("reason", request.reason, limits.maxReasonCharacters),
  };
}

export function waiting(request: WaitRequest__Output): { readonly id: JobId; readonly waitMs: number } {
  return {
    id: jobId("id", request.id),
    waitMs: within("wait_ms", request.waitMs, 0, limits.maxWaitMs, " (milliseconds)"),
  };
}

/** More jobs to wait for, `watched` being waited for already, and those to forget. */
export function moreWaiting(
  request: WaitStreamRequest__Output,
  bytes: number,
  watched: number,
): { readonly ids: readonly JobId[]; readonly forget: readonly JobId[] } {
  batch("ids", request.ids.length, limits.maxBatch, bytes, limits.maxRequestBytes);
  batch("forget", request.forget.length, limits.maxBatch, bytes, limits.maxRequestBytes);
  if (watched + request.ids.length > limits.maxWatched) {
    refuse(
      "ids",
      `holds ${request.ids.length} items beside ${watched}; a stream may wait for ${limits.maxWatched} jobs at a time`,
    );
  }
  return {
    ids: request.ids.map((id, index) => jobId(`ids[${index}]`, id)),
    forget: request.forget.map((id, index) => jobId(`forget[${index}]`, id)),
  };
}

export function enqueueResultToWire(result: machine.EnqueueResult): EnqueueResult {
  return { id: result.id, state: wireState[result.state], existing: result.existing };
}

export function cancelReply(results: readonly machine.CancelResult[]): CancelReply {
  return {
    results: results.map((result) =>
      result.ok ? { state: wireState[result.state] } : { error: refusalToWire(result) },
    ),
  };
}

export function statsReply(state: MachineView): StatsReply {
  return {
    queues: state.queues().map((stats) => ({
      queue: stats.queue,
      readyHigh: stats.ready.high,
      readyNormal: stats.ready.normal,
      readyLow: stats.ready.low,
      scheduled: stats.scheduled,
      running: stats.running,
      completed: stats.completed,
      dead: stats.dead,
      cancelled: stats.cancelled,
      waiting: stats.waiting,
    })),
    enqueued: state.totals.enqueued,
    purged: state.totals.purged,
  };
}
