import { JobId } from "../../base/brands.ts";
import type { JobFilter__Output } from "../../generated/conclave/v1/JobFilter.ts";
import type { ManagedJob } from "../../generated/conclave/v1/ManagedJob.ts";
import type { ManageJobsRequest__Output } from "../../generated/conclave/v1/ManageJobsRequest.ts";
import type * as machine from "../../machine/types.ts";
import { byWhom, refuse, shown } from "./check.ts";
import { manageActionFrom, type wireManageAction, wireState } from "./enums.ts";
import { refusalToWire } from "./errorDetail.ts";
import { jobId } from "./jobId.ts";
import { jobFilter } from "./jobRequests.ts";
import { limits } from "./limits.ts";

export type ManageAction = keyof typeof wireManageAction;

/** The states in which an action makes sense; the machine has the last word. */
export const statesFor = {
  runNow: ["scheduled"],
  redrive: ["dead", "cancelled"],
  delete: ["waiting", "scheduled", "ready", "completed", "dead", "cancelled"],
  cancel: ["waiting", "scheduled", "ready", "running"],
} as const satisfies Record<ManageAction, readonly machine.JobState[]>;

/** Where a slice begins, and the end of all slices: what is enqueued later is not meant. */
export interface ManageCursor {
  readonly from: { readonly sequence: number; readonly id: JobId };
  readonly until: number;
}

export interface Managing {
  readonly action: ManageAction;
  readonly what:
    | { readonly ids: readonly JobId[] }
    | { readonly filter: Omit<machine.JobFilter, "limit" | "after">; readonly cursor: ManageCursor | null };
  readonly dryRun: boolean;
  readonly by: string;
  readonly why: string;
}

export function managing(request: ManageJobsRequest__Output): Managing {
  const { ids, filter, cursor } = request;
  const action =
    manageActionFrom("action", request.action, null) ??
    refuse("action", "is not set: say what is to be done");
  const rest = { action, dryRun: request.dryRun, ...byWhom("", request) };
  if (filter === null) {
    if (cursor !== "") refuse("cursor", "is set, but filter is not");
    return { ...rest, what: { ids: idsFrom(ids) } };
  }
  if (ids.length > 0) refuse("ids", "and filter are both set: name jobs, or say which ones fit");
  if (isEmpty(filter)) refuse("filter", "is empty and would fit every job: say which are meant");
  const wanted = jobFilter("filter.", withStates(filter, action));
  return { ...rest, what: { filter: wanted, cursor: cursor === "" ? null : cursorFrom(cursor) } };
}

function idsFrom(ids: readonly string[]): readonly JobId[] {
  if (ids.length === 0 || ids.length > limits.maxManaged) {
    refuse("ids", `holds ${ids.length} items; name 1 to ${limits.maxManaged} jobs, or set filter`);
  }
  return ids.map((id, index) => jobId(`ids[${index}]`, id));
}

function isEmpty({ queue, agent, tag, key, states, sinceMs, beforeMs }: JobFilter__Output): boolean {
  const isTold = [queue, agent, tag, key].some((each) => each !== "") || sinceMs !== 0 || beforeMs !== 0;
  return !isTold && states.length === 0;
}

/** Of the states that are asked for, those for which the action makes sense. */
function withStates(filter: JobFilter__Output, action: ManageAction) {
  const sensible: readonly string[] = statesFor[action].map((state) => wireState[state]);
  const asked = filter.states.length === 0 ? sensible : filter.states;
  const states = asked.filter((state) => sensible.includes(state) || !knownStates.has(state));
  if (states.length === 0) {
    const names = statesFor[action].join(", ");
    refuse("filter.states", `holds ${filter.states.join(", ")}; ${action} is for jobs that are ${names}`);
  }
  return {
    ...filter,
    state: "JOB_STATE_UNSPECIFIED" as const,
    states: states as JobFilter__Output["states"],
  };
}

const knownStates: ReadonlySet<string> = new Set(Object.values(wireState));

function cursorFrom(cursor: string): ManageCursor {
  const [, sequence, until, id] = /^(\d{1,16})\.(\d{1,16})\.(.+)$/.exec(cursor) ?? [];
  if (sequence === undefined || until === undefined || id === undefined) {
    return refuse(
      "cursor",
      `is ${shown(cursor)}; give \`next\` of the slice before, or nothing for the first`,
    );
  }
  return { from: { sequence: Number(sequence), id: jobId("cursor", id) }, until: Number(until) };
}

export function cursorToWire({ from, until }: ManageCursor): string {
  return `${from.sequence}.${until}.${from.id}`;
}

export function managedToWire(id: JobId, result: machine.ManageResult | machine.CancelResult): ManagedJob {
  return result.ok ? { id, state: wireState[result.state] } : { id, error: refusalToWire(result) };
}
