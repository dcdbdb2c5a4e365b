import { type JobId, LogTimeMs } from "../../base/brands.ts";
import type { CancelReply } from "../../generated/conclave/v1/CancelReply.ts";
import type { CancelRequest__Output } from "../../generated/conclave/v1/CancelRequest.ts";
import type { EnqueueResult } from "../../generated/conclave/v1/EnqueueResult.ts";
import type { Job } from "../../generated/conclave/v1/Job.ts";
import type { ListReply } from "../../generated/conclave/v1/ListReply.ts";
import type { ListRequest__Output } from "../../generated/conclave/v1/ListRequest.ts";
import type { StatsReply } from "../../generated/conclave/v1/StatsReply.ts";
import type { WaitRequest__Output } from "../../generated/conclave/v1/WaitRequest.ts";
import type { WaitStreamRequest__Output } from "../../generated/conclave/v1/WaitStreamRequest.ts";
import type { JobPage } from "../../machine/list.ts";
import type * as machine from "../../machine/types.ts";
import { jobStates } from "../../machine/types.ts";
import type { MachineView } from "../../machine/view.ts";
import { batch, line, name, refuse, text, within, withinOr } from "./check.ts";
import { stateFrom, wireState } from "./enums.ts";
import { refusalToWire } from "./errorDetail.ts";
import { listedJobBytes, listedJobToWire } from "./job.ts";
import { tag } from "./jobFeatures.ts";
import { jobId } from "./jobId.ts";
import { defaults, limits, type SizeLimits } from "./limits.ts";
import { queueStatsToWire } from "./queueSettings.ts";

export function listing(request: ListRequest__Output): machine.JobFilter {
  return {
    ...jobFilter("", request),
    ...(request.after !== "" && cursorFrom(request.after)),
    limit: withinOr(defaults.page, "limit", request.limit, 1, limits.maxPage),
  };
}

/** An id, or `next` of a page before: that is good for longer than the job is kept. */
function cursorFrom(after: string): Pick<machine.JobFilter, "after" | "afterSequence"> {
  const [, id, sequence] = /^(.*)@(\d{1,16})$/.exec(after) ?? [];
  if (id === undefined || sequence === undefined) return { after: jobId("after", after) };
  return { after: jobId("after", id), afterSequence: Number(sequence) };
}

function cursorToWire({ id, sequence }: NonNullable<JobPage["next"]>): string {
  return `${id}@${sequence}`;
}

/** Which jobs are meant; what is not set in it means all. */
export function jobFilter(at: string, filter: JobFilterFields): Omit<machine.JobFilter, "limit" | "after"> {
  const state = stateFrom(`${at}state`, filter.state, null);
  const { states, sinceMs, beforeMs } = filter;
  const time = (field: string, value: number): LogTimeMs =>
    LogTimeMs(within(`${at}${field}`, value, 0, limits.maxTimeMs, " (milliseconds)"));
  if (states.length > jobStates.length) {
    refuse(`${at}states`, `holds ${states.length} items; there are ${jobStates.length} states`);
  }
  return {
    ...(filter.queue !== "" && { queue: name(`${at}queue`, filter.queue) }),
    ...(state !== null && { state }),
    ...(states.length > 0 && {
      states: states.map((each, index) => namedState(`${at}states[${index}]`, each)),
    }),
    ...(filter.agent !== "" && { agent: line(`${at}agent`, filter.agent, limits.maxAgentCharacters) }),
    ...(filter.tag !== "" && { tag: tag(`${at}tag`, filter.tag) }),
    ...(filter.key !== "" && { key: line(`${at}key`, filter.key, limits.maxKeyCharacters) }),
    ...(sinceMs !== 0 && { since: time("since_ms", sinceMs) }),
    ...(beforeMs !== 0 && { before: time("before_ms", beforeMs) }),
  };
}

type JobFilterFields = Pick<
  ListRequest__Output,
  "queue" | "state" | "states" | "agent" | "tag" | "key" | "sinceMs" | "beforeMs"
>;

function namedState(field: string, value: JobFilterFields["state"]): machine.JobState {
  return stateFrom(field, value, null) ?? refuse(field, "is unspecified; name a state or leave it out");
}

/** A page of at most `limit` of `jobs`, cut where it would grow beyond what clients accept in one message. */
export function listReply({ jobs, sequences, next }: Omit<JobPage, "examined">, limit: number): ListReply {
  const listed: Job[] = [];
  let bytes = 0;
  for (const job of jobs) {
    bytes += listedJobBytes(job);
    if (listed.length === limit || (listed.length > 0 && bytes > limits.maxReplyBytes)) break;
    listed.push(listedJobToWire(job));
  }
  const last = jobs[listed.length - 1];
  const sequence = sequences[listed.length - 1];
  const after =
    listed.length < jobs.length && last !== undefined && sequence !== undefined
      ? { id: last.spec.id, sequence }
      : next;
  return { jobs: listed, next: after === null ? "" : cursorToWire(after) };
}

export function cancellation(
  request: CancelRequest__Output,
  bytes: number,
  sizes: SizeLimits,
): { readonly ids: readonly JobId[]; readonly reason: string } {
  batch("ids", request.ids.length, limits.maxBatch, bytes, sizes.maxBatchBytes);
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
  sizes: SizeLimits,
): { readonly ids: readonly JobId[]; readonly forget: readonly JobId[] } {
  batch("ids", request.ids.length, limits.maxBatch, bytes, sizes.maxBatchBytes);
  batch("forget", request.forget.length, limits.maxBatch, bytes, sizes.maxBatchBytes);
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
  const { id, state, existing, refusal } = result;
  if (refusal !== undefined) return { id, error: refusalToWire(refusal) };
  return { id, state: wireState[state], existing };
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
    queues: state.queues().map(queueStatsToWire),
    enqueued: state.totals.enqueued,
    purged: state.totals.purged,
  };
}
