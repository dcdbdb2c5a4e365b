import { JobId, LogTimeMs } from "../base/brands.ts";
import { hash32 } from "../base/random.ts";
import type { FireSchedule, PauseSchedule, PutSchedule } from "./commands.ts";
import { enqueue } from "./enqueue.ts";
import { isoTime } from "./isoTime.ts";
import { ownBytes } from "./jobSlabs.ts";
import { cutText, maxReasonLength } from "./limits.ts";
import type { PutScheduleOutcome } from "./outcomes.ts";
import { sameData } from "./sameData.ts";
import type { Schedule } from "./scheduleTypes.ts";
import type { MachineState } from "./state.ts";
import type { EnqueueResult, JobState } from "./types.ts";

/** Part of the state hash: never renumber. */
const hashCodes = {
  put: 1,
  deleted: 2,
  paused: 3,
  resumed: 4,
  fired: 5,
  skipped: 6,
  buffered: 7,
  missed: 8,
} as const;

export function scheduleOf(state: MachineState, name: string): Schedule | undefined {
  const record = state.side.get(`t${name}`);
  return record?.kind === "schedule" ? record.schedule : undefined;
}

/**
 * Makes a schedule, or gives the one of this name another spec: due times of the old one that have not fired are dropped,
 * its counts, its last job and its pause stay. The same spec again changes nothing, so a program may put it at every start.
 */
export function putSchedule(state: MachineState, { spec, nextDueAt, by }: PutSchedule): PutScheduleOutcome {
  const before = scheduleOf(state, spec.name);
  if (before !== undefined && sameData(before.spec, spec)) {
    return { type: "putSchedule", schedule: before, change: "none" };
  }
  const job = { ...spec.job, payload: ownBytes(spec.job.payload) };
  const drops = before !== undefined && state.rules >= 1;
  const schedule: Schedule = {
    ...(drops ? withoutBuffered(before, `another spec was put by ${by}`) : (before ?? asNew)),
    spec: { ...spec, job },
    revision: state.appliedIndex,
    put: { by, why: "", at: state.now },
    nextDueAt,
  };
  keep(state, schedule, hashCodes.put, nextDueAt ?? 0);
  return { type: "putSchedule", schedule, change: before === undefined ? "created" : "replaced" };
}

/** Jobs that it has enqueued go on. False when there is none. */
export function deleteSchedule(state: MachineState, name: string): boolean {
  const schedule = scheduleOf(state, name);
  if (schedule === undefined) return false;
  state.side.delete(`t${name}`);
  state.schedules.delete(name);
  state.awaited.delete(schedule.lastJobId);
  mix(state, name, hashCodes.deleted, 0);
  return true;
}

/**
 * Nothing is due while it is paused, and a firing that waits for a job to end is dropped. Paused again it keeps who was
 * first, resumed again its next due time.
 */
export function pauseSchedule(state: MachineState, command: PauseSchedule): Schedule | null {
  const { name, paused, nextDueAt, revision } = command;
  const before = scheduleOf(state, name);
  if (before === undefined) return null;
  if (paused.on === (before.paused !== null)) return before;
  // Put in between, and not known to whoever worked out the due time: it is none of its own.
  if (!paused.on && revision !== before.revision) return before;
  const { by, why } = paused;
  if (!paused.on)
    return keep(state, { ...before, paused: null, nextDueAt }, hashCodes.resumed, nextDueAt ?? 0);
  const now: Schedule = { ...before, paused: { by, why: cutText(why, maxReasonLength), at: state.now } };
  return keep(state, withoutBuffered(now, `paused by ${by}`), hashCodes.paused, 0);
}

/**
 * What falls due at `dueAt`, once: whoever repeats the command, in whatever term, finds that the next due time has moved
 * on. Returns the job that it enqueued, if any.
 */
export function fireSchedule(state: MachineState, command: FireSchedule): JobId | null {
  const { name, revision, dueAt, nextDueAt, missed } = command;
  const before = scheduleOf(state, name);
  if (before === undefined || before.revision !== revision || before.nextDueAt !== dueAt) return null;
  if (before.paused !== null || dueAt > state.now) return null;
  const schedule: Schedule = { ...before, nextDueAt };
  if (missed > 0) {
    keep(state, { ...schedule, missed: schedule.missed + missed }, hashCodes.missed, dueAt);
    return null;
  }
  const { overlap } = schedule.spec;
  if (overlap === "allow" || !isActive(state, schedule.lastJobId)) return start(state, schedule, dueAt);
  if (overlap === "bufferOne" && schedule.bufferedDueAt === null) {
    keep(state, { ...schedule, bufferedDueAt: dueAt }, hashCodes.buffered, dueAt);
    return null;
  }
  const why = overlap === "skip" ? "is still active" : "is still active, and a firing waits for its end";
  keep(state, skipped(schedule, dueAt, `job ${schedule.lastJobId} ${why}`), hashCodes.skipped, dueAt);
  return null;
}

/**
 * Begins the firings that waited for jobs that have ended: looks at `state.ended` from `from` on and returns how far it
 * came. To be called after each command, when no other change is half done.
 */
export function startBuffered(state: MachineState, from: number): number {
  if (state.awaited.size === 0) return state.ended.length;
  for (let i = from; i < state.ended.length; i++) {
    const id = state.ended[i];
    const name = id === undefined ? undefined : state.awaited.get(id);
    if (id === undefined || name === undefined || isActive(state, id)) continue;
    const schedule = scheduleOf(state, name);
    if (schedule === undefined || schedule.bufferedDueAt === null) continue;
    start(state, { ...schedule, bufferedDueAt: null }, schedule.bufferedDueAt);
  }
  return state.ended.length;
}

/** The job's id: the same whoever works it out. */
export function firingId(name: string, dueAt: LogTimeMs): JobId {
  return JobId(`${name}/${isoTime(dueAt)}`);
}

/** A hash of (name, due time), spread over 0 to `jitterMs`. */
export function firingDelayMs(name: string, dueAt: LogTimeMs, jitterMs: number): number {
  return Math.floor((hash32(firingId(name, dueAt), 0x7e3) / 0x1_0000_0000) * (jitterMs + 1));
}

const asNew = {
  paused: null,
  lastDueAt: LogTimeMs(0),
  lastJobId: "",
  bufferedDueAt: null,
  lastSkip: null,
  fired: 0,
  skipped: 0,
  missed: 0,
} as const;

/** By the way of every job: what refuses a producer's refuses this one. */
function start(state: MachineState, schedule: Schedule, dueAt: LogTimeMs): JobId | null {
  const { name, job, jitterMs } = schedule.spec;
  const id = firingId(name, dueAt);
  const runAt = jitterMs === 0 ? job.runAt : LogTimeMs(dueAt + firingDelayMs(name, dueAt, jitterMs));
  const [result] = enqueue(state, [{ ...job, id, runAt }]);
  const reason = result === undefined ? "" : refusalOf(result, id);
  if (reason !== "") {
    keep(state, skipped(schedule, dueAt, reason), hashCodes.skipped, dueAt);
    return null;
  }
  const fired = { ...schedule, lastDueAt: dueAt, lastJobId: id, fired: schedule.fired + 1 };
  keep(state, fired, hashCodes.fired, dueAt);
  return id;
}

/** Empty when the job is a new one. */
function refusalOf({ id, existing, refusal }: EnqueueResult, wanted: JobId): string {
  if (refusal !== undefined) return `${refusal.code}: ${refusal.message}`;
  if (!existing) return "";
  return id === wanted ? `a job ${id} is there already` : `DUPLICATE: job ${id} holds the dedup key`;
}

function skipped(schedule: Schedule, dueAt: LogTimeMs, reason: string): Schedule {
  const lastSkip = { dueAt, reason: cutText(reason, maxReasonLength) };
  return { ...schedule, skipped: schedule.skipped + 1, lastSkip };
}

/** A firing that waits for a job to end is dropped, and counts as skipped. */
function withoutBuffered(schedule: Schedule, why: string): Schedule {
  const { bufferedDueAt } = schedule;
  if (bufferedDueAt === null) return schedule;
  return { ...skipped(schedule, bufferedDueAt, why), bufferedDueAt: null };
}

const ended: ReadonlySet<JobState> = new Set(["completed", "dead", "cancelled"]);

function isActive(state: MachineState, id: JobId | ""): boolean {
  const slot = id === "" ? undefined : state.jobs.view(id);
  return slot !== undefined && !ended.has(slot.state);
}

function keep(state: MachineState, schedule: Schedule, code: number, detail: number): Schedule {
  const { name } = schedule.spec;
  const before = scheduleOf(state, name);
  if (before !== undefined) state.awaited.delete(before.lastJobId);
  state.side.put({ kind: "schedule", schedule });
  indexSchedule(state, schedule);
  mix(state, name, code, detail);
  return schedule;
}

/** Also how a restored one gets into the indexes. */
export function indexSchedule(state: MachineState, { spec, bufferedDueAt, lastJobId }: Schedule): void {
  state.schedules.add(spec.name);
  if (bufferedDueAt !== null) state.awaited.set(lastJobId, spec.name);
}

function mix(state: MachineState, name: string, code: number, detail: number): void {
  state.hash.mix(hash32(name));
  state.hash.mix(code);
  state.hash.mixWide(detail);
}
