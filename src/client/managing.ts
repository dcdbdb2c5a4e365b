import { ConclaveError } from "../base/errors.ts";
import type { ManageAction } from "../generated/conclave/v1/ManageAction.ts";
import type { ManageJobsReply__Output } from "../generated/conclave/v1/ManageJobsReply.ts";
import type { ManageJobsRequest } from "../generated/conclave/v1/ManageJobsRequest.ts";
import { Budget, defaultTimeoutMs } from "./budget.ts";
import { type ByWhom, byWhom } from "./byWhom.ts";
import { checkName } from "./checks.ts";
import { filterToWire, type JobFilter } from "./jobFilter.ts";
import type { Leader } from "./leader.ts";
import { type JobState, nameOfState } from "./names.ts";
import { onLeader } from "./onLeader.ts";
import { fromDetail } from "./wireErrors.ts";

/** Jobs by their ids, or all that fit. */
export type JobSelection = string | readonly string[] | JobFilter;

/** `timeout` bounds each slice of up to 1000 jobs, not the whole. */
export interface ManageOptions extends ByWhom {
  /** Does nothing, and says what would be done. */
  readonly dryRun?: boolean | undefined;
  /** Goes on where an earlier call was when it told its `cursor`. */
  readonly cursor?: string | undefined;
  /** After each slice. */
  readonly onProgress?: ((sum: Managed) => void) | undefined;
}

export interface Managed {
  /** Jobs that fit, and those that were (with `dryRun`: would be) acted upon. */
  readonly matched: number;
  readonly done: number;
  /** With ids: one per id, in order. With a filter: some that fit. */
  readonly jobs: readonly ManagedJob[];
  /** Where the next slice begins, to go on from after a failure; undefined at the end. */
  readonly cursor: string | undefined;
}

export interface ManagedJob {
  readonly id: string;
  /** After the call; before it, of one that was deleted. Undefined when there is an error. */
  readonly state: JobState | undefined;
  /** NOT_FOUND, WRONG_STATE, JOB_TERMINAL; OVERLOADED when it may be tried again. */
  readonly error: ConclaveError | undefined;
}

const maxIds = 1_000;
const maxShown = 100;

export async function manageJobs(
  leader: Leader,
  action: ManageAction,
  selection: JobSelection,
  options: ManageOptions,
): Promise<Managed> {
  const common = { action, dryRun: options.dryRun === true, ...byWhom(options) };
  const ask = (request: ManageJobsRequest): Promise<ManageJobsReply__Output> => {
    const budget = new Budget(options, defaultTimeoutMs, leader.clock);
    return onLeader(leader, budget, (node, limits) =>
      node.call<ManageJobsReply__Output>(
        (metadata, opts, done) => node.manage.ManageJobs(request, metadata, opts, done),
        limits,
      ),
    );
  };
  const ids = idsOf(selection);
  return ids === undefined
    ? await byFilter(filterToWire(selection as JobFilter), options, (more) => ask({ ...common, ...more }))
    : await byIds(ids, options, (more) => ask({ ...common, ...more }));
}

type Ask = (more: Pick<ManageJobsRequest, "ids" | "filter" | "cursor">) => Promise<ManageJobsReply__Output>;

async function byIds(ids: readonly string[], options: ManageOptions, ask: Ask): Promise<Managed> {
  let sum = nothing;
  // A reply may be of the first ones only, where very many jobs wait for them.
  for (let from = 0; from < ids.length; from = sum.jobs.length) {
    sum = plus(sum, await ask({ ids: ids.slice(from, from + maxIds) }), Number.POSITIVE_INFINITY);
    if (sum.jobs.length === from) throw new ConclaveError("INTERNAL", "the node answered for no job at all");
    options.onProgress?.(sum);
  }
  return sum;
}

async function byFilter(
  filter: ReturnType<typeof filterToWire>,
  options: ManageOptions,
  ask: Ask,
): Promise<Managed> {
  let sum = nothing;
  let cursor: string | undefined = options.cursor ?? "";
  while (cursor !== undefined) {
    sum = plus(sum, await ask({ filter, cursor }), maxShown);
    options.onProgress?.(sum);
    cursor = sum.cursor;
  }
  return sum;
}

const nothing: Managed = { matched: 0, done: 0, jobs: [], cursor: undefined };

function plus(sum: Managed, reply: ManageJobsReply__Output, shown: number): Managed {
  const jobs = reply.jobs.map(({ id, state, error }) => ({
    id,
    state: error === null ? nameOfState(state) : undefined,
    error: error === null ? undefined : fromDetail(error),
  }));
  return {
    matched: sum.matched + reply.matched,
    done: sum.done + reply.done,
    jobs: [...sum.jobs, ...jobs].slice(0, shown),
    cursor: reply.next === "" ? undefined : reply.next,
  };
}

/** Undefined for a filter. An empty one would mean every job there is, which has to be said. */
function idsOf(selection: JobSelection): readonly string[] | undefined {
  if (typeof selection === "string") return [checkName(selection, "id")];
  if (Array.isArray(selection)) return selection.map((id: string) => checkName(id, "id"));
  const given = Object.values(selection).filter((value) => value !== undefined);
  if (given.length > 0) return undefined;
  throw new ConclaveError(
    "INVALID_ARGUMENT",
    "the filter is empty and would fit every job: name a queue, states, an agent, a tag, a key or a time",
  );
}
