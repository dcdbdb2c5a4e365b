import { assertNever } from "../base/assert.ts";
import type { JobId } from "../base/brands.ts";
import { takesKey } from "./dedup.ts";
import { decide, dependenciesOf, settleOne } from "./flows.ts";
import { cutText, maxReasonLength, maxToldPerEntry } from "./limits.ts";
import type { SlotView } from "./slot.ts";
import type { MachineState } from "./state.ts";
import type { Dependency, Manage, ManageResult } from "./types.ts";

/** What an operator does to single jobs; each is refused by itself. */
export function manage(state: MachineState, command: Manage): ManageResult[] {
  return command.ids.map((id) => {
    const slot = state.jobs.view(id);
    if (slot === undefined) {
      const message = `no job ${id}: it was never enqueued, or retention has removed it`;
      return { ok: false, code: "NOT_FOUND", message };
    }
    switch (command.action) {
      case "runNow":
        return runNow(state, slot);
      case "redrive":
        return redrive(state, slot, command);
      case "delete":
        return remove(state, slot, command);
      default:
        return assertNever(command.action);
    }
  });
}

function runNow(state: MachineState, slot: SlotView): ManageResult {
  if (slot.state !== "scheduled") return wrong(slot, "only a scheduled job can be made ready");
  const woken = state.jobs.wake(slot.row);
  state.makeReady(woken, "tail");
  return { ok: true, state: woken.state };
}

function redrive(state: MachineState, slot: SlotView, { by, why }: Manage): ManageResult {
  if (slot.state !== "dead" && slot.state !== "cancelled") {
    return wrong(slot, "only a dead or cancelled job can begin anew");
  }
  if (state.aside.flows.isSettling(slot.id)) {
    return wrong(slot, "jobs that wait for it are being told of its end: try again in a moment");
  }
  const dedup = slot.own?.dedup;
  if (dedup !== undefined && dedup.mode !== "force") {
    const holder = state.aside.dedup.holder(slot.queue.name, dedup.key, state.now);
    if (holder !== null && holder.id !== slot.id) {
      return wrong(slot, `job ${holder.id} holds its dedup key "${dedup.key}" by now`);
    }
  }
  const dependencies = anew(state, slot);
  const { waitFor } = slot.own ?? {};
  const lost = dependencies?.find(({ id, state: ended }) => ended === null && !state.jobs.has(id));
  if (lost !== undefined) {
    const why = `job ${lost.id}, which it waited for, has ended since and is not kept any more`;
    return wrong(slot, `${why}: how it ended is not known; enqueue the work anew`);
  }
  const failed = dependencies?.find((each) => each.state === "dead" || each.state === "cancelled");
  if (failed !== undefined && waitFor?.onFailure !== "run") {
    return wrong(slot, `job ${failed.id}, which it waits for, is ${failed.state}: redrive that one first`);
  }
  const woken = state.jobs.wake(slot.row);
  state.redrive(woken, dependencies, byWhom(by, why));
  if (dependencies !== null) decide(state, woken);
  return { ok: true, state: woken.state };
}

/** What it waits for, as of now; what is known no more stays as it was. */
function anew(state: MachineState, slot: SlotView): readonly Dependency[] | null {
  const before = slot.rare?.dependencies ?? null;
  if (before === null) return null;
  const known = before.filter(({ id }) => state.jobs.has(id)).map(({ id }) => id);
  const now = dependenciesOf(state, { ids: known, onFailure: "run" });
  const byId = new Map(now.map((each) => [each.id, each]));
  return before.map((each) => byId.get(each.id) ?? each);
}

function remove(state: MachineState, slot: SlotView, { by, why }: Manage): ManageResult {
  const { id } = slot;
  const { flows, dedup } = state.aside;
  if (slot.state === "running") return wrong(slot, "cancel it first");
  const cost = flows.costOfTelling(id, maxToldPerEntry);
  if (cost > maxToldPerEntry || flows.isSettling(id)) {
    return wrong(slot, "very many jobs wait for it: cancel it, and delete it when they know");
  }
  if (cost > state.toTell) {
    const message = `job ${id}: very many jobs wait for what is deleted with it: try again in a moment`;
    return { ok: false, code: "OVERLOADED", message };
  }
  state.toTell -= cost;
  const dependents = flows.dependents(id);
  const woken = state.jobs.wake(slot.row);
  if (woken.finishedAt === null) state.finish(woken, "cancelled", `deleted ${byWhom(by, why)}`, null);
  settleOne(state, woken, dependents);
  flows.forget(id);
  if (state.rules < 1 || takesKey(woken)) dedup.forget(woken);
  const { state: last } = woken;
  state.purge(woken);
  return { ok: true, state: last };
}

function byWhom(by: string, why: string): string {
  return cutText(why === "" ? `by ${by}` : `by ${by}: ${why}`, maxReasonLength);
}

function wrong({ id, state }: { readonly id: JobId; readonly state: string }, why: string): ManageResult {
  return { ok: false, code: "WRONG_STATE", message: `job ${id} is ${state}: ${why}` };
}
