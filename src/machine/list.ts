import type { JobId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { QueueState } from "./queueState.ts";
import { jobOf, type SlotView } from "./slot.ts";
import type { MachineState } from "./state.ts";
import type { Job, JobFilter } from "./types.ts";

/** Jobs that `page` looks at: about a millisecond of work. */
const maxExamined = 2_000;
/** Jobs that it sorts out of an index, which takes a few milliseconds. */
const maxIndexed = 10_000;

export interface JobPage {
  readonly jobs: readonly Job[];
  /** Of each of them: its place in the order of enqueueing. */
  readonly sequences: readonly number[];
  readonly examined: number;
  /** Set when the page ended before its end for the work it was: where to go on, as `after`. It may then be empty. */
  readonly next: { readonly id: JobId; readonly sequence: number } | null;
}

/** All that fit, at most `limit`, whatever work it is. As `page`. */
export function list(state: MachineState, filter: JobFilter): readonly Job[] {
  return page(state, filter, Number.POSITIVE_INFINITY).jobs;
}

/**
 * A page of jobs in the order of enqueueing. It begins right at `after`, without looking for it, and walks until
 * `limit` jobs matched, or it has looked at as many as one page may. Where the filter names a state that an index holds few
 * of (a twentieth of all jobs or less, and no more than are quickly sorted), it looks through that index instead.
 *
 * Throws NOT_FOUND when retention has removed the job that `after` names, and its place is not given: the caller begins anew.
 */
export function page(state: MachineState, filter: JobFilter, bound = maxExamined): JobPage {
  const { after, afterSequence } = filter;
  const cursor = after === undefined ? null : state.jobs.view(after);
  const isGone =
    cursor === undefined || (cursor !== null && cursor.sequence !== (afterSequence ?? cursor.sequence));
  if (isGone && afterSequence === undefined) {
    throw new ConclaveError("NOT_FOUND", `no job ${after} to begin the page after; list from the start`);
  }
  if (filter.queue !== undefined && state.queues.get(filter.queue) === undefined) return pageOf([], 0, null);
  const indexed = candidates(state, filter);
  if (
    indexed !== null &&
    indexed.size * 20 <= state.jobs.size &&
    indexed.size <= Math.max(bound, maxIndexed)
  ) {
    const from = afterSequence ?? cursor?.sequence ?? 0;
    return pageOf(fromIndex(indexed.slots(), filter, from), indexed.size, null);
  }
  const views = isGone ? state.jobs.viewsAt((afterSequence ?? 0) + 1) : state.jobs.views(cursor ?? null);
  return byWalking(views, filter, bound);
}

function byWalking(slots: Iterable<SlotView>, filter: JobFilter, bound: number): JobPage {
  const found: SlotView[] = [];
  let examined = 0;
  if (filter.limit <= 0) return pageOf(found, examined, null);
  for (const slot of slots) {
    examined++;
    if (matches(slot, filter)) found.push(slot);
    if (found.length >= filter.limit) break;
    if (examined >= bound) return pageOf(found, examined, { id: slot.id, sequence: slot.sequence });
  }
  return pageOf(found, examined, null);
}

function pageOf(found: readonly SlotView[], examined: number, next: JobPage["next"]): JobPage {
  return { jobs: found.map(jobOf), sequences: found.map(({ sequence }) => sequence), examined, next };
}

function fromIndex(slots: Iterable<SlotView>, filter: JobFilter, after: number): SlotView[] {
  const found: SlotView[] = [];
  for (const slot of slots) if (slot.sequence > after && matches(slot, filter)) found.push(slot);
  return found.sort((a, b) => a.sequence - b.sequence).slice(0, filter.limit);
}

/** An index that holds every job of the wanted state, and how many it holds; null for no such index. */
function candidates(
  state: MachineState,
  filter: JobFilter,
): { readonly size: number; readonly slots: () => Iterable<SlotView> } | null {
  const wanted = filter.state;
  if (wanted === undefined) return null;
  switch (wanted) {
    case "scheduled":
      return { size: state.due.size, slots: () => state.due.slots() };
    case "running":
      return { size: state.leases.size, slots: () => state.leases.slots() };
    case "dead":
      return { size: state.dead.size, slots: () => state.dead.slots() };
    case "completed":
    case "cancelled":
      return { size: state.finished.size, slots: () => state.finished.slots() };
    case "ready":
      return readyOnes(state, filter.queue);
    case "waiting":
      return { size: state.waiting.size, slots: () => state.waiting.slots() };
  }
}

function readyOnes(state: MachineState, name: string | undefined) {
  const queue = name === undefined ? undefined : state.queues.get(name);
  const queues = queue === undefined ? [...state.queues.all()] : [queue];
  const size = queues.reduce((sum, each) => sum + each.ready, 0);
  return { size, slots: () => readySlots(queues) };
}

function* readySlots(queues: readonly QueueState[]): Iterable<SlotView> {
  for (const queue of queues) for (const lane of queue.lanes) yield* lane.slots();
}

export function matches(slot: SlotView, filter: Omit<JobFilter, "limit" | "after">): boolean {
  return (
    (filter.state === undefined || slot.state === filter.state) &&
    (filter.states === undefined || filter.states.includes(slot.state)) &&
    (filter.queue === undefined || slot.queue.name === filter.queue) &&
    (filter.agent === undefined || slot.template.agent === filter.agent) &&
    (filter.key === undefined || slot.template.key === filter.key) &&
    (filter.tag === undefined || slot.own?.tags?.includes(filter.tag) === true) &&
    (filter.since === undefined || slot.enqueuedAt >= filter.since) &&
    (filter.before === undefined || slot.enqueuedAt < filter.before)
  );
}
