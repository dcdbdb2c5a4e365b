import type { JobId } from "../../base/brands.ts";
import { limits } from "../../codec/api/limits.ts";
import {
  cursorToWire,
  type ManageAction,
  type ManageCursor,
  type Managing,
  managedToWire,
  statesFor,
} from "../../codec/api/managing.ts";
import type { ManagedJob } from "../../generated/conclave/v1/ManagedJob.ts";
import type { ManageJobsReply } from "../../generated/conclave/v1/ManageJobsReply.ts";
import type { CancelResult, ManageResult } from "../../machine/types.ts";
import type { NodeService } from "../../node/service.ts";
import type { ServiceContext } from "./context.ts";
import { readable } from "./standing.ts";
import { noSuchJob } from "./wait.ts";

/** Jobs looked at before the event loop gets a turn, and in one call: a filter may fit few of very many. */
const examinedAtOnce = 2_000;
const maxExamined = 100_000;
/** Shown of a slice by filter. */
const maxSample = 10;
const maxRefused = 100;

type Result = CancelResult | ManageResult;

/** `Manage.ManageJobs`: finds a slice, and has the machine act on it, which looks at each job again. */
export async function manageJobs(context: ServiceContext, managing: Managing): Promise<ManageJobsReply> {
  const { node } = context;
  const { what, dryRun } = managing;
  // Also before an act: what was acknowledged before this call is to be found.
  await readable(node, false);
  if ("ids" in what) {
    const results = dryRun ? foreseen(node, managing.action, what.ids) : await act(node, managing, what.ids);
    const done = results.filter(({ ok }) => ok).length;
    return { matched: what.ids.length, done, jobs: jobsToWire(what.ids, results) };
  }
  const found = await slice(node, what.filter, what.cursor);
  const results =
    dryRun || found.ids.length === 0
      ? foreseen(node, managing.action, found.ids)
      : await act(node, managing, found.ids);
  const done = results.filter(({ ok }) => ok).length;
  const jobs = jobsToWire(found.ids, results);
  return {
    matched: found.ids.length,
    done,
    examined: found.examined,
    jobs: [
      ...jobs.slice(0, maxSample),
      ...jobs
        .slice(maxSample)
        .filter(({ error }) => error !== undefined)
        .slice(0, maxRefused),
    ],
    next: found.next === null ? "" : cursorToWire(found.next),
  };
}

interface Slice {
  readonly ids: readonly JobId[];
  readonly examined: number;
  readonly next: ManageCursor | null;
}

async function slice(
  { state }: NodeService,
  filter: Parameters<NodeService["state"]["scan"]>[0]["filter"],
  cursor: ManageCursor | null,
): Promise<Slice> {
  const until = cursor?.until ?? state.nextSequence;
  const ids: JobId[] = [];
  let from = cursor?.from ?? null;
  let examined = 0;
  for (;;) {
    const scanned = state.scan({
      filter,
      from,
      until,
      maxExamined: examinedAtOnce,
      maxMatched: limits.maxManaged - ids.length,
    });
    ids.push(...scanned.ids);
    examined += scanned.examined;
    from = scanned.next;
    if (from === null) return { ids, examined, next: null };
    if (ids.length >= limits.maxManaged || examined >= maxExamined) {
      return { ids, examined, next: { from, until } };
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function act(
  node: NodeService,
  { action, by, why }: Managing,
  ids: readonly JobId[],
): Promise<readonly Result[]> {
  if (action === "cancel") return await node.cancel(ids, why);
  const { results } = await node.operate({ type: "manage", action, ids, by, why });
  return results;
}

/** What an act would come to as things stand. */
function foreseen({ state }: NodeService, action: ManageAction, ids: readonly JobId[]): readonly Result[] {
  const sensible: readonly string[] = statesFor[action];
  return ids.map((id) => {
    const job = state.job(id);
    if (job === undefined) return { ok: false, code: "NOT_FOUND", message: noSuchJob(id).message };
    if (sensible.includes(job.state)) return { ok: true, state: job.state };
    const message = `job ${id} is ${job.state}; ${action} is for jobs that are ${sensible.join(", ")}`;
    return { ok: false, code: "WRONG_STATE", message };
  });
}

function jobsToWire(ids: readonly JobId[], results: readonly Result[]): ManagedJob[] {
  return ids.flatMap((id, index) => {
    const result = results[index];
    return result === undefined ? [] : [managedToWire(id, result)];
  });
}
