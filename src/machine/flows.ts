import type { JobId } from "../base/brands.ts";
import type { JobTable } from "./jobTable.ts";
import { cutText, maxDependencyReason, maxDependencyResults } from "./limits.ts";
import type { JobSlot, SlotView } from "./slot.ts";
import { type HeapItem, SlotHeap } from "./slotHeap.ts";
import type { MachineState } from "./state.ts";
import type { Dependency, WaitFor } from "./types.ts";

/** Jobs that others wait for, looked at between two yields. */
const stepIds = 1_024;

/** A job that has ended and whose dependents are still to be told. */
class Settling implements HeapItem {
  heapKey: number | null = null;
  heapIndex = -1;
  readonly slot: JobSlot;
  /** In the order of enqueueing; made when the telling begins. */
  dependents: readonly JobSlot[] | null = null;
  told = 0;

  constructor(slot: JobSlot) {
    this.slot = slot;
  }

  get sequence(): number {
    return this.slot.sequence;
  }
}

/** Who waits for whom: follows from the waiting jobs' dependencies that have no state yet. */
export class Flows {
  readonly #dependents = new Map<JobId, Set<JobSlot>>();
  readonly #settling = new Map<JobId, Settling>();
  readonly #order = new SlotHeap<Settling>();

  /** Jobs that have ended and whose dependents have not all heard of it. */
  get settling(): number {
    return this.#order.size;
  }

  /** In the order of enqueueing. */
  dependents(id: JobId): readonly JobSlot[] {
    return [...(this.#dependents.get(id) ?? [])].sort((a, b) => a.sequence - b.sequence);
  }

  /** What telling all its dependents costs; Infinity when it is more than `bound`, which is found out quickly. */
  costOfTelling(id: JobId, bound: number): number {
    const dependents = this.#dependents.get(id);
    if (dependents === undefined) return 0;
    if (dependents.size > bound) return Number.POSITIVE_INFINITY;
    let cost = 0;
    for (const each of dependents) cost += costOf(each);
    return cost > bound ? Number.POSITIVE_INFINITY : cost;
  }

  /** The job is about to be forgotten, and all have been told. */
  forget(id: JobId): void {
    const settling = this.#settling.get(id);
    if (settling !== undefined) this.#order.remove(settling);
    this.#settling.delete(id);
  }

  isSettling(id: JobId): boolean {
    return this.#settling.has(id);
  }

  /** A job begins to wait. */
  enter(slot: JobSlot): void {
    for (const { id, state } of slot.rare?.dependencies ?? []) {
      if (state !== null) continue;
      const dependents = this.#dependents.get(id) ?? new Set();
      this.#dependents.set(id, dependents.add(slot));
    }
  }

  leave(slot: JobSlot): void {
    for (const { id, state } of slot.rare?.dependencies ?? []) if (state === null) this.remove(id, slot);
  }

  /** The last one gone, there is nobody to tell: what is known must follow from the jobs, as it does after a restart. */
  remove(id: JobId, slot: JobSlot): void {
    const dependents = this.#dependents.get(id);
    dependents?.delete(slot);
    if (dependents?.size !== 0) return;
    this.#dependents.delete(id);
    this.forget(id);
  }

  ended(slot: JobSlot): void {
    if (this.#dependents.size === 0 || !this.#dependents.has(slot.id) || this.isSettling(slot.id)) return;
    const settling = new Settling(slot);
    this.#settling.set(slot.id, settling);
    this.#order.push(settling, slot.finishedAt ?? 0);
  }

  /** The next one to tell and what it is to be told of; null when all have heard. */
  next(): { readonly dependent: JobSlot; readonly of: JobSlot } | null {
    for (let first = this.#order.first(); first !== undefined; first = this.#order.first()) {
      const { slot } = first;
      const waiting = this.#dependents.get(slot.id);
      first.dependents ??= this.dependents(slot.id);
      while (first.told < first.dependents.length) {
        const dependent = first.dependents[first.told++];
        if (dependent !== undefined && waiting?.has(dependent)) return { dependent, of: slot };
      }
      this.#order.remove(first);
      this.#settling.delete(slot.id);
    }
    return null;
  }

  /** All jobs are there again: what had ended and not all were told of. Yields after every bounded piece of work. */
  *restored(jobs: JobTable): Generator<void, void> {
    let looked = 0;
    for (const id of this.#dependents.keys()) {
      const known = jobs.view(id);
      if (known !== undefined && known.finishedAt !== null) this.ended(jobs.wake(known.row));
      if (++looked % stepIds === 0) yield;
    }
  }
}

/**
 * Tells dependents of the ends of jobs they wait for, until all have heard or it has cost `limit`; returns the cost. What they
 * do then has its turn.
 */
export function settle(state: MachineState, limit: number): number {
  const { flows } = state.aside;
  let cost = 0;
  while (cost < limit && flows.settling > 0) {
    const next = flows.next();
    if (next === null) break;
    cost += costOf(next.dependent);
    tell(state, next.dependent, next.of);
  }
  return Math.min(cost, limit);
}

/** 1 for most jobs. One that waits for hundreds is told of each by going through all of them. */
function costOf({ rare }: JobSlot): number {
  return 1 + Math.floor((rare?.dependencies?.length ?? 0) / 100);
}

/** All dependents of one job, whatever the others: it is about to be forgotten. */
export function settleOne(state: MachineState, ended: JobSlot, dependents: readonly JobSlot[]): void {
  for (const each of dependents) if (each.state === "waiting") tell(state, each, ended);
}

/** As of now, of jobs that are known. */
export function dependenciesOf(state: MachineState, { ids }: WaitFor): readonly Dependency[] {
  const dependencies: Dependency[] = [];
  for (const id of ids) {
    const known = state.jobs.view(id);
    dependencies.push(
      known === undefined || known.finishedAt === null ? pending(id) : ended(known, room(dependencies)),
    );
  }
  return dependencies;
}

/** After it begins to wait: it may have nothing to wait for. */
export function decide(state: MachineState, slot: JobSlot): void {
  const dependencies = slot.rare?.dependencies ?? [];
  const onFailure = slot.own?.waitFor?.onFailure ?? "fail";
  if (onFailure !== "run") {
    const failed = dependencies.find((each) => each.state === "dead" || each.state === "cancelled");
    if (failed !== undefined) {
      const reason = `job ${failed.id}, which it waits for, is ${failed.state}: ${failed.reason}`;
      if (onFailure === "cancel") state.finish(slot, "cancelled", reason, null);
      else state.die(slot, reason);
      return;
    }
  }
  if (dependencies.every((each) => each.state !== null)) state.endWait(slot);
}

function tell(state: MachineState, dependent: JobSlot, of: JobSlot): void {
  const rare = dependent.needRare();
  const before = rare.dependencies ?? [];
  state.touch(dependent, of.sequence);
  state.aside.flows.remove(of.id, dependent);
  rare.dependencies = before.map((each) => (each.id === of.id ? ended(of, room(before)) : each));
  decide(state, dependent);
}

function pending(id: JobId): Dependency {
  return { id, state: null, result: null, resultDropped: false, reason: "" };
}

function room(dependencies: readonly Dependency[]): number {
  return dependencies.reduce((left, each) => left - (each.result?.length ?? 0), maxDependencyResults);
}

function ended({ id, state, result, reason }: SlotView, left: number): Dependency {
  if (state === "completed") {
    const fits = (result?.length ?? 0) <= left;
    return { id, state, result: fits ? result : null, resultDropped: !fits, reason: "" };
  }
  const how = state === "dead" ? "dead" : "cancelled";
  return { id, state: how, result: null, resultDropped: false, reason: cutText(reason, maxDependencyReason) };
}
