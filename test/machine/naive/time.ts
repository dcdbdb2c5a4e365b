import { fail } from "./attempts.ts";
import { settle } from "./flows.ts";
import { byEnd, bySequence, deadlineOf, type NaiveJob, purgeAt } from "./job.ts";
import type { World } from "./world.ts";

/** Everything whose time has come; returns how many. */
export function fireTimers(world: World): number {
  return (
    world.limits.fireTimers() +
    fireDeadlines(world) +
    fireDue(world) +
    settle(world) +
    fireWindows(world) +
    purge(world) +
    trim(world)
  );
}

function fireDeadlines(world: World): number {
  const at = (job: NaiveJob): number => deadlineOf(job)?.at ?? Number.POSITIVE_INFINITY;
  for (let fired = 0; ; fired++) {
    const [job] = world.jobs
      .filter((each) => at(each) <= world.now)
      .sort((a, b) => at(a) - at(b) || bySequence(a, b));
    if (job === undefined) return fired;
    const retryable = deadlineOf(job)?.kind === "attempt";
    if (job.claim === null) world.die(job);
    else fail(world, job, job.claim, { end: "timedOut", retryable, retryAfterMs: null });
  }
}

function fireDue(world: World): number {
  const due = world.in("scheduled").filter((job) => job.dueAt <= world.now);
  for (const job of due.sort((a, b) => a.dueAt - b.dueAt || bySequence(a, b))) {
    world.ready(job, true);
    world.tell(job, "ready");
  }
  return due.length;
}

function fireWindows(world: World): number {
  const before = world.windows.length;
  world.windows = world.windows.filter(({ until }) => until > world.now);
  return before - world.windows.length;
}

function purge(world: World): number {
  const at = (job: NaiveJob): number => purgeAt(job) ?? Number.POSITIVE_INFINITY;
  const isDead = ({ state }: NaiveJob): number => (state === "dead" ? 1 : 0);
  const over = world.jobs.filter((job) => at(job) <= world.now);
  over.sort((a, b) => at(a) - at(b) || isDead(a) - isDead(b) || bySequence(a, b));
  for (const job of over) world.remove(job);
  return over.length;
}

/** The next to go of what a queue keeps too many of: completed and cancelled ones, the first to end first. */
function tooMany(world: World): NaiveJob | undefined {
  for (const queue of [...world.limits.settings.keys()].sort()) {
    const { maxEnded, maxEndedBytes } = world.limits.of(queue);
    const kept = [...world.in("completed"), ...world.in("cancelled")].filter(
      ({ spec }) => spec.queue === queue,
    );
    const bytes = kept.reduce((sum, job) => sum + job.spec.payload.length + (job.result?.length ?? 0), 0);
    const isOver = (maxEnded > 0 && kept.length > maxEnded) || (maxEndedBytes > 0 && bytes > maxEndedBytes);
    if (isOver) return kept.sort(byEnd)[0];
  }
  return undefined;
}

export function trim(world: World): number {
  // Nothing while dependents are still to be told.
  if (world.unheard() !== undefined) return 0;
  for (let trimmed = 0; ; trimmed++) {
    const job = tooMany(world);
    if (job === undefined) return trimmed;
    world.remove(job);
  }
}

/** When `fireTimers` has something to do, for each thing. */
export function timers(world: World): number[] {
  if (world.unheard() !== undefined || tooMany(world) !== undefined) return [world.now];
  return [
    ...world.in("scheduled").map(({ dueAt }) => dueAt),
    ...world.jobs.flatMap((job) => deadlineOf(job)?.at ?? []),
    ...world.jobs.flatMap((job) => purgeAt(job) ?? []),
    ...world.windows.map(({ until }) => until),
    ...world.limits.timers(),
  ];
}
