import { JobId, LogIndex, LogTimeMs } from "../base/brands.ts";
import type { Command, FireSchedule, Manage, SetBreaker } from "../machine/types.ts";
import { storedManage } from "./jobEnums.ts";
import {
  type StoredScheduleSpec,
  scheduleSpecFromStored,
  scheduleSpecToStored,
  timeOrNull,
} from "./storedSchedule.ts";
import { patchFromStored, patchToStored, type StoredPatch, switchFromStored } from "./storedSettings.ts";

/** Commands that do not come from producers and workers: settings, breakers, managing, schedules (log.proto). */
export interface StoredOperatorCommand {
  readonly setQueue?: { readonly queue: string; readonly patch: StoredPatch | null } | null;
  readonly setBreaker?: Omit<SetBreaker, "type"> | null;
  readonly manage?: StoredManage | null;
  readonly putSchedule?: StoredPut | null;
  readonly deleteSchedule?: { readonly name: string } | null;
  readonly pauseSchedule?: StoredPause | null;
  readonly fireSchedule?: StoredFire | null;
}

interface StoredManage {
  readonly action: number;
  readonly ids: readonly string[];
  readonly by: string;
  readonly why: string;
}

interface StoredPut {
  readonly spec: StoredScheduleSpec | null;
  readonly nextDueAtMs: number;
  readonly by: string;
}

interface StoredPause {
  readonly name: string;
  readonly paused: { readonly on: boolean; readonly by: string; readonly why: string } | null;
  readonly nextDueAtMs: number;
  readonly revision: number;
}

interface StoredFire {
  readonly name: string;
  readonly revision: number;
  readonly dueAtMs: number;
  readonly nextDueAtMs: number;
  readonly missed: number;
}

export type OperatorCommand = Extract<
  Command,
  {
    type:
      | "setQueue"
      | "setBreaker"
      | "manage"
      | "putSchedule"
      | "deleteSchedule"
      | "pauseSchedule"
      | "fireSchedule";
  }
>;

export function operatorToStored(command: OperatorCommand): StoredOperatorCommand {
  switch (command.type) {
    case "setQueue":
      return { setQueue: { queue: command.queue, patch: patchToStored(command.patch) } };
    case "setBreaker": {
      const { agent, open, openMs, by, why } = command;
      return { setBreaker: { agent, open, openMs, by, why } };
    }
    case "manage": {
      const { action, ids, by, why } = command;
      return { manage: { action: storedManage.number(action), ids, by, why } };
    }
    case "putSchedule": {
      const { spec, nextDueAt, by } = command;
      return { putSchedule: { spec: scheduleSpecToStored(spec), nextDueAtMs: nextDueAt ?? 0, by } };
    }
    case "deleteSchedule":
      return { deleteSchedule: { name: command.name } };
    case "pauseSchedule": {
      const { name, paused, nextDueAt, revision } = command;
      return { pauseSchedule: { name, paused, nextDueAtMs: nextDueAt ?? 0, revision } };
    }
    case "fireSchedule": {
      const { name, revision, dueAt, nextDueAt, missed } = command;
      return { fireSchedule: { name, revision, dueAtMs: dueAt, nextDueAtMs: nextDueAt ?? 0, missed } };
    }
  }
}

/** Null for a command of another kind. */
export function operatorFromStored(stored: StoredOperatorCommand): OperatorCommand | null {
  if (stored.setQueue) {
    const { queue, patch } = stored.setQueue;
    return { type: "setQueue", queue, patch: patchFromStored(patch ?? {}) };
  }
  if (stored.setBreaker) {
    const { agent, open, openMs, by, why } = stored.setBreaker;
    return { type: "setBreaker", agent, open, openMs, by, why };
  }
  if (stored.manage) return manageFromStored(stored.manage);
  if (stored.putSchedule) {
    const { spec, nextDueAtMs, by } = stored.putSchedule;
    return {
      type: "putSchedule",
      spec: scheduleSpecFromStored(spec),
      nextDueAt: timeOrNull(nextDueAtMs),
      by,
    };
  }
  if (stored.deleteSchedule) return { type: "deleteSchedule", name: stored.deleteSchedule.name };
  if (stored.pauseSchedule) {
    const { name, paused, nextDueAtMs, revision } = stored.pauseSchedule;
    const toggle = switchFromStored(paused ?? { on: false, by: "", why: "" });
    const nextDueAt = timeOrNull(nextDueAtMs);
    return { type: "pauseSchedule", name, paused: toggle, nextDueAt, revision: LogIndex(revision) };
  }
  return stored.fireSchedule ? fireFromStored(stored.fireSchedule) : null;
}

function manageFromStored({ action, ids, by, why }: StoredManage): Manage {
  return {
    type: "manage",
    action: storedManage.name(action) ?? "runNow",
    ids: ids.map(JobId),
    by,
    why,
  };
}

function fireFromStored({ name, revision, dueAtMs, nextDueAtMs, missed }: StoredFire): FireSchedule {
  return {
    type: "fireSchedule",
    name,
    revision: LogIndex(revision),
    dueAt: LogTimeMs(dueAtMs),
    nextDueAt: timeOrNull(nextDueAtMs),
    missed,
  };
}
