import { JobId, LogTimeMs } from "../../../src/base/brands.ts";
import { hash32 } from "../../../src/base/random.ts";
import type { Command, Outcome, Schedule, ScheduleSpec } from "../../../src/machine/types.ts";
import { enqueue } from "./enqueue.ts";
import type { ReferenceState } from "./state.ts";

type Ask<Type extends Command["type"]> = Extract<Command, { readonly type: Type }>;

export function putSchedule(state: ReferenceState, { spec, nextDueAt, by }: Ask<"putSchedule">): Outcome {
  const before = state.schedules.get(spec.name);
  if (before !== undefined && textOf(before.spec) === textOf(spec))
    return { type: "putSchedule", schedule: before, change: "none" };
  const anew: Schedule = {
    paused: before?.paused ?? null,
    lastDueAt: before?.lastDueAt ?? LogTimeMs(0),
    lastJobId: before?.lastJobId ?? "",
    bufferedDueAt: before?.bufferedDueAt ?? null,
    lastSkip: before?.lastSkip ?? null,
    fired: before?.fired ?? 0,
    skipped: before?.skipped ?? 0,
    missed: before?.missed ?? 0,
    spec,
    revision: state.index,
    put: { by, why: "", at: state.now },
    nextDueAt,
  };
  const { bufferedDueAt } = anew;
  const isDropped = state.rules >= 1 && bufferedDueAt !== null;
  const schedule = isDropped ? { ...skipped(anew, bufferedDueAt), bufferedDueAt: null } : anew;
  state.schedules.set(spec.name, schedule);
  return { type: "putSchedule", schedule, change: before === undefined ? "created" : "replaced" };
}

export function pauseSchedule(state: ReferenceState, command: Ask<"pauseSchedule">): Schedule | null {
  const { name, paused, nextDueAt, revision } = command;
  const before = state.schedules.get(name);
  if (before === undefined) return null;
  if (paused.on === (before.paused !== null)) return before;
  if (!paused.on && before.revision !== revision) return before;
  if (!paused.on) return keep(state, { ...before, paused: null, nextDueAt });
  const { by, why } = paused;
  const { bufferedDueAt } = before;
  const dropped = bufferedDueAt === null ? before : skipped(before, bufferedDueAt);
  return keep(state, { ...dropped, paused: { by, why, at: state.now }, bufferedDueAt: null });
}

export function fireSchedule(state: ReferenceState, command: Ask<"fireSchedule">): JobId | null {
  const { name, revision, dueAt, nextDueAt, missed } = command;
  const before = state.schedules.get(name);
  if (before === undefined || before.revision !== revision || before.paused !== null) return null;
  if (before.nextDueAt !== dueAt || dueAt > state.now) return null;
  const after: Schedule = { ...before, nextDueAt, missed: before.missed + missed };
  const { overlap } = before.spec;
  if (missed === 0 && (overlap === "allow" || !isActive(state, before.lastJobId)))
    return start(state, after, dueAt);
  if (missed > 0) keep(state, after);
  else if (overlap === "bufferOne" && before.bufferedDueAt === null)
    keep(state, { ...after, bufferedDueAt: dueAt });
  else keep(state, skipped(after, dueAt));
  return null;
}

/** What waited for the end of a job that has ended since `from`, a place in `state.ended`. */
export function startBuffered(state: ReferenceState, from: number): number {
  if (state.schedules.size === 0) return state.ended.length;
  for (let i = from; i < state.ended.length; i++) {
    const id = state.ended[i];
    if (id === undefined || isActive(state, id)) continue;
    for (const schedule of state.schedules.values()) {
      const { lastJobId, bufferedDueAt } = schedule;
      if (lastJobId === id && bufferedDueAt !== null)
        start(state, { ...schedule, bufferedDueAt: null }, bufferedDueAt);
    }
  }
  return state.ended.length;
}

function start(state: ReferenceState, schedule: Schedule, dueAt: LogTimeMs): JobId | null {
  const { name, job, jitterMs } = schedule.spec;
  const id = JobId(`${name}/${new Date(dueAt).toISOString()}`);
  const jitter = Math.floor((hash32(id, 0x7e3) / 2 ** 32) * (jitterMs + 1));
  const runAt = jitterMs === 0 ? job.runAt : LogTimeMs(dueAt + jitter);
  const [result] = enqueue(state, [{ ...job, id, runAt }], false);
  if (result === undefined || result.existing || result.refusal !== undefined) {
    keep(state, skipped(schedule, dueAt));
    return null;
  }
  keep(state, { ...schedule, lastDueAt: dueAt, lastJobId: id, fired: schedule.fired + 1 });
  return id;
}

function skipped(schedule: Schedule, dueAt: LogTimeMs): Schedule {
  return { ...schedule, skipped: schedule.skipped + 1, lastSkip: { dueAt, reason: "" } };
}

function isActive(state: ReferenceState, id: JobId | ""): boolean {
  return id !== "" && state.jobs.get(id)?.finishedAt === null;
}

function keep(state: ReferenceState, schedule: Schedule): Schedule {
  state.schedules.set(schedule.spec.name, schedule);
  return schedule;
}

function textOf(spec: ScheduleSpec): string {
  return JSON.stringify(spec, (_key, value: unknown) => (value instanceof Uint8Array ? [...value] : value));
}
