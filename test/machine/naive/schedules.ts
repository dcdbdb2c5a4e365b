import { JobId, LogTimeMs } from "../../../src/base/brands.ts";
import { hash32 } from "../../../src/base/random.ts";
import type { Command, Outcome, Schedule } from "../../../src/machine/types.ts";
import { enqueue } from "./enqueue.ts";
import { hasEnded } from "./job.ts";
import type { World } from "./world.ts";

type Of<Type extends Command["type"]> = Extract<Command, { type: Type }>;

export function putSchedule(world: World, { spec, nextDueAt, by }: Of<"putSchedule">): Outcome {
  const before = world.schedules.get(spec.name);
  if (before !== undefined && JSON.stringify(before.spec) === JSON.stringify(spec)) {
    return { type: "putSchedule", schedule: before, change: "none" };
  }
  const waits = before?.bufferedDueAt ?? null;
  const drops = world.rules >= 1 && waits !== null;
  const schedule: Schedule = {
    paused: before?.paused ?? null,
    lastDueAt: before?.lastDueAt ?? LogTimeMs(0),
    lastJobId: before?.lastJobId ?? "",
    bufferedDueAt: drops ? null : waits,
    lastSkip: drops ? { dueAt: waits, reason: "" } : (before?.lastSkip ?? null),
    fired: before?.fired ?? 0,
    skipped: (before?.skipped ?? 0) + (drops ? 1 : 0),
    missed: before?.missed ?? 0,
    spec,
    revision: world.index,
    put: { by, why: "", at: world.now },
    nextDueAt,
  };
  world.schedules.set(spec.name, schedule);
  return { type: "putSchedule", schedule, change: before === undefined ? "created" : "replaced" };
}

export function pauseSchedule(world: World, command: Of<"pauseSchedule">): Schedule | null {
  const { name, paused, nextDueAt, revision } = command;
  const before = world.schedules.get(name);
  if (before === undefined) return null;
  if (paused.on === (before.paused !== null)) return before;
  if (!paused.on && before.revision !== revision) return before;
  if (!paused.on) return keep(world, { ...before, paused: null, nextDueAt });
  const now = { ...before, paused: { by: paused.by, why: paused.why, at: world.now }, bufferedDueAt: null };
  return keep(world, before.bufferedDueAt === null ? now : leftOut(now, before.bufferedDueAt));
}

export function fireSchedule(world: World, command: Of<"fireSchedule">): JobId | null {
  const { name, revision, dueAt, nextDueAt, missed } = command;
  const before = world.schedules.get(name);
  if (before?.revision !== revision || before.nextDueAt !== dueAt || before.paused !== null) return null;
  if (dueAt > world.now) return null;
  const schedule = { ...before, nextDueAt };
  const { overlap } = before.spec;
  if (missed > 0) {
    keep(world, { ...schedule, missed: before.missed + missed });
  } else if (overlap === "allow" || !isActive(world, before.lastJobId)) {
    return start(world, schedule, dueAt);
  } else if (overlap === "bufferOne" && before.bufferedDueAt === null) {
    keep(world, { ...schedule, bufferedDueAt: dueAt });
  } else {
    keep(world, leftOut(schedule, dueAt));
  }
  return null;
}

/** Firings that wait for a job to end begin when it has. */
export function startBuffered(world: World, from: number): number {
  let seen = from;
  for (let id = world.ended[seen]; id !== undefined; id = world.ended[++seen]) {
    const of = [...world.schedules.values()].find(
      ({ lastJobId, bufferedDueAt }) => lastJobId === id && bufferedDueAt !== null,
    );
    if (of === undefined || of.bufferedDueAt === null || isActive(world, id)) continue;
    start(world, { ...of, bufferedDueAt: null }, of.bufferedDueAt);
  }
  return seen;
}

function start(world: World, schedule: Schedule, dueAt: LogTimeMs): JobId | null {
  const { name, job, jitterMs } = schedule.spec;
  const id = JobId(`${name}/${new Date(dueAt).toISOString()}`);
  const jitter = Math.floor((hash32(id, 0x7e3) / 2 ** 32) * (jitterMs + 1));
  const runAt = jitterMs > 0 ? LogTimeMs(dueAt + jitter) : job.runAt;
  const [result] = enqueue(world, [{ ...job, id, runAt }]);
  if (result === undefined || result.existing || result.refusal !== undefined) {
    keep(world, leftOut(schedule, dueAt));
    return null;
  }
  keep(world, { ...schedule, lastDueAt: dueAt, lastJobId: id, fired: schedule.fired + 1 });
  return id;
}

function leftOut(schedule: Schedule, dueAt: LogTimeMs): Schedule {
  return { ...schedule, skipped: schedule.skipped + 1, lastSkip: { dueAt, reason: "" } };
}

function isActive(world: World, id: JobId | ""): boolean {
  const job = world.find(id);
  return job !== undefined && !hasEnded(job);
}

function keep(world: World, schedule: Schedule): Schedule {
  world.schedules.set(schedule.spec.name, schedule);
  return schedule;
}
