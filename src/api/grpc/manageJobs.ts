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
/** What one call may cost the machine (`MachineView.costByHand`), most jobs counting 1. */
const maxCost = 20_000;
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
    const ids = dryRun ? what.ids : affordable(node, managing.action, what.ids);
    const results = dryRun ? foreseen(node, managing.action, ids) : await act(node, managing, ids);
    const done = results.filter(({ ok }) => ok).length;
    return { matched: ids.length, done, jobs: jobsToWire(ids, results) };
  }
  const found = await slice(node, managing.action, what.filter, what.cursor);
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

/** The first of them, as many as one call may do. */
function affordable({ state }: NodeService, action: ManageAction, ids: readonly JobId[]): readonly JobId[] {
  let cost = 0;
  const end = ids.findIndex((id) => {
    const before = cost;
    cost += state.costByHand(id, action === "delete");
    return before >= maxCost;
  });
  return end < 0 ? ids : ids.slice(0, end);
}

async function slice(
  { state }: NodeService,
  action: ManageAction,
  filter: Parameters<NodeService["state"]["scan"]>[0]["filter"],
  cursor: ManageCursor | null,
): Promise<Slice> {
  const until = cursor?.until ?? state.nextSequence;
  const ids: JobId[] = [];
  let from = cursor?.from ?? null;
  let examined = 0;
  let cost = 0;
  const deletes = action === "delete";
  for (;;) {
    const scanned = state.scan({
      filter,
      from,
      until,
      maxExamined: examinedAtOnce,
      maxMatched: limits.maxManaged - ids.length,
      maxCost: { of: maxCost - cost, deletes },
    });
    ids.push(...scanned.ids);
    cost += scanned.cost;
    examined += scanned.examined;
    from = scanned.next;
    if (from === null) return { ids, examined, next: null };
    if (ids.length >= limits.maxManaged || examined >= maxExamined || cost >= maxCost) {
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
  return await node.manage({ type: "manage", action, ids, by, why });
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
