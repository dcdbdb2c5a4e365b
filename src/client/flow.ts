import { ConclaveError } from "../base/errors.ts";
import type { CallOptions } from "./budget.ts";
import { invalid } from "./checks.ts";
import type { Enqueued } from "./handle.ts";
import { newId } from "./ids.ts";
import type { EnqueueItem, Jobs } from "./jobs.ts";

/** A job and those it waits for, which may wait for others in their turn. */
export interface FlowJob extends EnqueueItem {
  /** It becomes ready when all these have completed, and finds their results in `job.dependencies`. */
  readonly children?: readonly FlowJob[] | undefined;
}

/** What `flow` has enqueued, in the shape that it was given. */
export interface Flow {
  readonly job: Enqueued;
  readonly children: readonly Flow[];
}

const maxDepth = 100;

interface Planned {
  readonly id: string;
  readonly children: readonly Planned[];
}

/** All jobs of the flow or none: children before their parents, in one atomic batch. */
export async function enqueueFlow(jobs: Jobs, root: FlowJob, options: CallOptions): Promise<Flow> {
  const items: EnqueueItem[] = [];
  const drawn = new Set<string>();
  const draw = (): string => {
    const id = newId();
    drawn.add(id);
    return id;
  };
  const plan = planned(root, { items, draw }, 1);
  if (items.length > 1) for (const item of items) checkDedup(item);
  const ids = new Set(items.map(({ id }) => id));
  if (ids.size < items.length)
    throw invalid("id", items.length - ids.size, "right: each job of a flow has its own");
  const enqueued = await jobs.enqueueMany(items, { ...options, atomic: true }, undefined, drawn);
  const byId = new Map(items.map(({ id }, at) => [id, enqueued[at]]));
  return flowOf(plan, byId);
}

/**
 * Answered with another job that holds its key, a child would leave its parent to wait for what is not there, and a parent its
 * children to run for nobody.
 */
function checkDedup({ id, dedupKey, dedup }: EnqueueItem): void {
  const mode = dedup?.mode ?? "return";
  if ((dedupKey === undefined && dedup === undefined) || mode !== "return") return;
  throw invalid(
    "dedup.mode",
    mode,
    `for a job of a flow (${id}): use "reject", which refuses the whole flow, "replace" or "force"; or give the jobs ids of ` +
      "your own, by which the same flow is enqueued once",
  );
}

interface Planning {
  /** Children before their parents. */
  readonly items: EnqueueItem[];
  /** A new id: a parent names those of its children before anything is sent. */
  readonly draw: () => string;
}

function planned({ children = [], ...own }: FlowJob, planning: Planning, depth: number): Planned {
  if (depth > maxDepth) throw invalid("children", depth, `nested at most ${maxDepth} deep`);
  const below = children.map((child) => planned(child, planning, depth + 1));
  const id = own.id ?? planning.draw();
  const waitFor = [...(own.waitFor ?? []), ...below.map((child) => child.id)];
  planning.items.push({ ...own, id, ...(waitFor.length > 0 && { waitFor }) });
  return { id, children: below };
}

function flowOf(
  { id, children }: Planned,
  byId: ReadonlyMap<string | undefined, Enqueued | undefined>,
): Flow {
  const job = byId.get(id);
  if (job === undefined) throw new ConclaveError("INTERNAL", `the server said nothing of job ${id}`);
  return { job, children: children.map((child) => flowOf(child, byId)) };
}
