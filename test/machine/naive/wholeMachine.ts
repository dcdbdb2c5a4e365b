import { assertNever } from "../../../src/base/assert.ts";
import { type LogIndex, LogTimeMs } from "../../../src/base/brands.ts";
import type {
  Applied,
  Command,
  CommandBatch,
  Job,
  JobFilter,
  JobState,
  Outcome,
  QueueStats,
} from "../../../src/machine/types.ts";
import { act, claim, expire, grace, resume } from "./attempts.ts";
import { cancel, manage } from "./byHand.ts";
import { enqueue } from "./enqueue.ts";
import { settle } from "./flows.ts";
import { expectedJob } from "./job.ts";
import { fireSchedule, pauseSchedule, putSchedule, startBuffered } from "./schedules.ts";
import { fireTimers, timers, trim } from "./time.ts";
import { World } from "./world.ts";

/**
 * The rules of docs/jobs.md, docs/limits.md and docs/schedules.md once more, for every command there is: over plain lists,
 * every question answered by looking at all there is. Texts for people are left out.
 */
export class WholeMachine {
  readonly world = new World();

  apply(index: LogIndex, batch: CommandBatch): Applied {
    const { world } = this;
    world.index = index;
    world.now = LogTimeMs(Math.max(1, world.now, batch.now));
    Object.assign(world, { notices: [], ended: [], claimNews: [], events: [] });
    world.limits.now = world.now;
    world.limits.notices = world.notices;
    let seen = 0;
    const outcomes = batch.commands.map((command) => {
      const outcome = apply(world, command);
      settle(world);
      trim(world);
      seen = startBuffered(world, seen);
      return outcome;
    });
    const { notices, ended, claimNews, events } = world;
    return { outcomes, notices, ended, claimNews, events };
  }

  nextTimerAt(): number | null {
    const all = timers(this.world);
    return all.length === 0 ? null : Math.min(...all);
  }

  nextLeaseEnd(): number | null {
    const all = this.world.in("running").map(({ claim: held }) => held?.expiresAt ?? 0);
    return all.length === 0 ? null : Math.min(...all);
  }

  list(filter: JobFilter): Job[] {
    const { after } = filter;
    const from = after === undefined ? 0 : this.world.jobs.findIndex(({ spec }) => spec.id === after) + 1;
    const found = this.world.jobs
      .slice(from)
      .map(expectedJob)
      .filter((job) => fits(job, filter));
    return found.slice(0, Math.max(0, filter.limit));
  }

  /** By queue, of those that have jobs. */
  stats(): QueueStats[] {
    const { jobs } = this.world;
    const queues = [...new Set(jobs.map(({ spec }) => spec.queue))].sort();
    return queues.map((queue) => {
      const ofQueue = jobs.filter(({ spec }) => spec.queue === queue);
      const count = (state: JobState, priority?: string): number =>
        ofQueue.filter((job) => job.state === state && (priority ?? job.spec.priority) === job.spec.priority)
          .length;
      return {
        queue,
        ready: {
          high: count("ready", "high"),
          normal: count("ready", "normal"),
          low: count("ready", "low"),
        },
        scheduled: count("scheduled"),
        running: count("running"),
        completed: count("completed"),
        dead: count("dead"),
        cancelled: count("cancelled"),
        waiting: count("waiting"),
      };
    });
  }

  agentsInBackoff(): number {
    const retrying = this.world
      .in("scheduled")
      .filter(({ attempt, spec }) => attempt > 0 && spec.agent !== "");
    const heldUp = [...this.world.limits.breakers.values()].filter(({ state }) => state !== "closed");
    return new Set([...retrying.map(({ spec }) => spec.agent), ...heldUp.map(({ agent }) => agent)]).size;
  }

  /** Whether a claim of the queue in a later entry would be handed a job. */
  hasClaimable(queue: string): boolean {
    const { limits } = this.world;
    const running = this.world.in("running");
    return this.world.in("ready").some((job) => job.spec.queue === queue && limits.isUp(job, running));
  }
}

function fits({ spec, state, enqueuedAt }: Job, filter: JobFilter): boolean {
  const { tag, states, since = 0, before = Number.POSITIVE_INFINITY } = filter;
  const wanted = { queue: spec.queue, state, agent: spec.agent, key: spec.key };
  for (const name of ["queue", "state", "agent", "key"] as const) {
    if (filter[name] !== undefined && filter[name] !== wanted[name]) return false;
  }
  if (tag !== undefined && !(spec.tags ?? []).includes(tag)) return false;
  if (states !== undefined && !states.includes(state)) return false;
  return enqueuedAt >= since && enqueuedAt < before;
}

function apply(world: World, command: Command): Outcome {
  const { type } = command;
  switch (type) {
    case "enqueue":
      return { type, results: enqueue(world, command.jobs, command.atomic) };
    case "claim":
      return { type, jobs: claim(world, command) };
    case "act":
      return { type, results: command.acts.map((each) => act(world, each)) };
    case "cancel":
      return { type, results: command.ids.map((id) => cancel(world, id)) };
    case "expireClaims":
      return { type, expired: command.claims.filter((each) => expire(world, each)).length };
    case "fireTimers":
      return { type, fired: fireTimers(world) };
    case "beginTerm":
      grace(world);
      world.rules = Math.max(world.rules, command.rules ?? 0);
      world.limits.rules = world.rules;
      return { type };
    case "resumeWorker":
      return { type, released: resume(world, command) };
    case "setQueue":
      return { type, settings: world.limits.setQueue(command) };
    case "setBreaker":
      return { type, breaker: world.limits.setBreaker(command) };
    case "manage":
      return { type, results: command.ids.map((id) => manage(world, command.action, id)) };
    case "putSchedule":
      return putSchedule(world, command);
    case "deleteSchedule":
      return { type, found: world.schedules.delete(command.name) };
    case "pauseSchedule":
      return { type, schedule: pauseSchedule(world, command) };
    case "fireSchedule":
      return { type, enqueued: fireSchedule(world, command) };
    default:
      return assertNever(command);
  }
}
