import type { JobId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { QueueState } from "./queueState.ts";
import { jobOf, type SlotView } from "./slot.ts";
import type { MachineState } from "./state.ts";
import type { Job, JobFilter } from "./types.ts";

/** Jobs that `page` looks at: some milliseconds of work. */
const maxExamined = 20_000;

export interface JobPage {
  readonly jobs: readonly Job[];
  /** Set when the page ended before its end for the work it was: where to go on, as `after`. It may then be empty. */
  readonly next: JobId | null;
}

/** All that fit, at most `limit`, whatever work it is. As `page`. */
export function list(state: MachineState, filter: JobFilter): readonly Job[] {
  return page(state, filter, Number.POSITIVE_INFINITY).jobs;
}

/**
 * A page of jobs in the order of enqueueing. It begins right at `after`, without looking for it, and walks until
 * `limit` jobs matched, or it has looked at as many as one page may. Where the filter names a state that an index holds few
 * of (a twentieth of all jobs or less, and no more than a page may look at), it looks through that index instead.
 *
 * Throws NOT_FOUND when retention has removed the job that `after` names: the caller begins anew.
 */
export function page(state: MachineState, filter: JobFilter, bound = maxExamined): JobPage {
  const { after } = filter;
  const cursor = after === undefined ? null : state.jobs.view(after);
  if (cursor === undefined) {
    throw new ConclaveError("NOT_FOUND", `no job ${after} to begin the page after; list from the start`);
  }
  if (filter.queue !== undefined && state.queues.get(filter.queue) === undefined) {
    return { jobs: [], next: null };
  }
  const indexed = candidates(state, filter);
  if (indexed !== null && indexed.size * 20 <= state.jobs.size && indexed.size <= bound) {
    const found = fromIndex(indexed.slots(), filter, cursor?.sequence ?? 0);
    return { jobs: found.map(jobOf), next: null };
  }
  return byWalking(state.jobs.views(cursor), filter, bound);
}

function byWalking(slots: Iterable<SlotView>, filter: JobFilter, bound: number): JobPage {
  const jobs: Job[] = [];
  let examined = 0;
  if (filter.limit <= 0) return { jobs, next: null };
  for (const slot of slots) {
    if (matches(slot, filter)) jobs.push(jobOf(slot));
    if (jobs.length >= filter.limit) break;
    if (++examined >= bound) return { jobs, next: slot.id };
  }
  return { jobs, next: null };
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
