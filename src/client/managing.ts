import { ConclaveError } from "../base/errors.ts";
import type { ManageAction } from "../generated/conclave/v1/ManageAction.ts";
import type { ManageJobsReply__Output } from "../generated/conclave/v1/ManageJobsReply.ts";
import type { ManageJobsRequest } from "../generated/conclave/v1/ManageJobsRequest.ts";
import { Budget, defaultTimeoutMs } from "./budget.ts";
import { type ByWhom, byWhom } from "./byWhom.ts";
import { checkName, invalid } from "./checks.ts";
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
  /**
   * After the call; before it, of one that was deleted. Undefined when there is an error, and of one that was to be deleted and
   * is not there when the call is sent again after a lost answer: the earlier try may have deleted it, and it counts as done.
   */
  readonly state: JobState | undefined;
  /**
   * NOT_FOUND, WRONG_STATE, JOB_TERMINAL; OVERLOADED when it may be tried again; OUTCOME_UNKNOWN when `runNow` or `redrive` is
   * sent again after a lost answer and finds nothing to do, which the earlier try may have done.
   */
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
  const ask = (request: ManageJobsRequest): Promise<Managed> => {
    const budget = new Budget(options, defaultTimeoutMs, leader.clock);
    return onLeader(leader, budget, async (node, limits, again) => {
      const reply = await node.call<ManageJobsReply__Output>(
        (metadata, opts, done) => node.manage.ManageJobs(request, metadata, opts, done),
        limits,
      );
      const slice = sliceOf(reply);
      return again && request.ids !== undefined && !common.dryRun ? afterLostAnswer(slice, action) : slice;
    });
  };
  const ids = idsOf(selection);
  return ids === undefined
    ? await byFilter(filterToWire(selection as JobFilter), options, (more) => ask({ ...common, ...more }))
    : await byIds(ids, options, (more) => ask({ ...common, ...more }));
}

type Ask = (more: Pick<ManageJobsRequest, "ids" | "filter" | "cursor">) => Promise<Managed>;

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

function plus(sum: Managed, slice: Managed, shown: number): Managed {
  return {
    matched: sum.matched + slice.matched,
    done: sum.done + slice.done,
    jobs: [...sum.jobs, ...slice.jobs].slice(0, shown),
    cursor: slice.cursor,
  };
}

function sliceOf({ matched, done, jobs, next }: ManageJobsReply__Output): Managed {
  return {
    matched,
    done,
    jobs: jobs.map(({ id, state, error }) => ({
      id,
      state: error === null ? nameOfState(state) : undefined,
      error: error === null ? undefined : fromDetail(error),
    })),
    cursor: next === "" ? undefined : next,
  };
}

/** Ids that were sent again after a lost answer: what the earlier try did, this one finds done. */
function afterLostAnswer(slice: Managed, action: ManageAction): Managed {
  const jobs = slice.jobs.map((job) => reread(job, action));
  const refused = jobs.filter(({ error }) => error !== undefined).length;
  return { ...slice, done: slice.matched - refused, jobs };
}

function reread(job: ManagedJob, action: ManageAction): ManagedJob {
  const { error } = job;
  // Whoever cancels twice hears the same twice.
  if (error === undefined || action === "MANAGE_ACTION_CANCEL") return job;
  if (error.code !== "NOT_FOUND" && error.code !== "WRONG_STATE") return job;
  // What was to go is gone. A job that is there was not deleted by the earlier try either.
  if (action === "MANAGE_ACTION_DELETE")
    return error.code === "NOT_FOUND" ? { ...job, error: undefined } : job;
  const message = `sent again after a lost answer, and the earlier try may have done it; by now: ${error.message}`;
  return { ...job, error: new ConclaveError("OUTCOME_UNKNOWN", message, { cause: error }) };
}

const filterFields: ReadonlySet<string> = new Set<keyof JobFilter>([
  "queue",
  "state",
  "agent",
  "tag",
  "key",
  "since",
  "before",
]);

/** Undefined for a filter. An empty one would mean every job there is, which has to be said. */
function idsOf(selection: JobSelection): readonly string[] | undefined {
  if (typeof selection === "string") return [checkName(selection, "id")];
  if (Array.isArray(selection)) return selection.map((id: string) => checkName(id, "id"));
  const given = Object.entries(selection).filter(([, value]) => value !== undefined);
  for (const [field, value] of given) checkField(field, value);
  if (given.length > 0) return undefined;
  throw new ConclaveError(
    "INVALID_ARGUMENT",
    "the filter is empty and would fit every job: name a queue, states, an agent, a tag, a key or a time",
  );
}

/** What says nothing, such as a variable that is not set, must not come to mean every job. */
function checkField(field: string, value: unknown): void {
  if (!filterFields.has(field)) throw invalid("filter", field, `one of ${[...filterFields].join(", ")}`);
  const isBlank = value === null || value === "" || (Array.isArray(value) && value.length === 0);
  if (isBlank || (typeof value !== "string" && Number(value) === 0))
    throw invalid(field, value, "something that jobs can be told apart by; leave it out to mean all");
}
