import { type JobId, LogIndex, LogTimeMs } from "../../../src/base/brands.ts";
import type { Command, CommandBatch, JobState, Outcome, Schedule } from "../../../src/machine/types.ts";
import { NaiveLimits } from "../../support/naiveLimits.ts";
import { act, claim, expire, grace, resume } from "./attempts.ts";
import { cancel, manage } from "./byHand.ts";
import { enqueue } from "./enqueue.ts";
import { settle } from "./flows.ts";
import type { ReferenceJob } from "./job.ts";
import { fireSchedule, pauseSchedule, putSchedule, startBuffered } from "./schedules.ts";
import { ReferenceState } from "./state.ts";
import { fireTimers, trim } from "./time.ts";

/**
 * The machine's rules as docs/jobs.md, docs/limits.md and docs/schedules.md have them, written a second time and as plainly
 * as may be: every question is answered by looking at all jobs of a state. Texts are left out. The real machine is held
 * against it entry by entry.
 */
export class ReferenceMachine {
  readonly limits = new NaiveLimits();
  readonly state = new ReferenceState(this.limits);
  readonly #toldPerEntry: number;

  constructor(toldPerEntry = Number.POSITIVE_INFINITY) {
    this.#toldPerEntry = toldPerEntry;
  }

  get jobs(): ReadonlyMap<JobId, ReferenceJob> {
    return this.state.jobs;
  }

  get schedules(): ReadonlyMap<string, Schedule> {
    return this.state.schedules;
  }

  /** Jobs that this entry has changed. */
  get touched(): ReadonlySet<JobId> {
    return this.state.touched;
  }

  get purged(): number {
    return this.state.purged;
  }

  countIn(state: JobState): number {
    return this.state.inState(state).size;
  }

  inState(state: JobState): ReadonlySet<ReferenceJob> {
    return this.state.inState(state);
  }

  apply(index: LogIndex, batch: CommandBatch): Outcome[] {
    const { state, limits } = this;
    state.index = index;
    state.now = LogTimeMs(Math.max(1, state.now, batch.now));
    state.touched.clear();
    state.ended = [];
    limits.now = state.now;
    limits.notices = [];
    let seen = 0;
    let toTell = this.#toldPerEntry;
    return batch.commands.map((command) => {
      const outcome = this.#command(command);
      toTell -= settle(state, toTell);
      trim(state);
      seen = startBuffered(state, seen);
      return outcome;
    });
  }

  #command(command: Command): Outcome {
    const { state, limits } = this;
    switch (command.type) {
      case "enqueue":
        return { type: "enqueue", results: enqueue(state, command.jobs, command.atomic === true) };
      case "claim":
        return { type: "claim", jobs: claim(state, command) };
      case "act":
        return { type: "act", results: command.acts.map((each) => act(state, each)) };
      case "cancel":
        return { type: "cancel", results: command.ids.map((id) => cancel(state, id)) };
      case "expireClaims":
        return { type: "expireClaims", expired: command.claims.filter((each) => expire(state, each)).length };
      case "fireTimers":
        return { type: "fireTimers", fired: fireTimers(state) };
      case "beginTerm":
        grace(state);
        state.rules = Math.max(state.rules, command.rules ?? 0);
        limits.rules = state.rules;
        return { type: "beginTerm" };
      case "resumeWorker":
        return { type: "resumeWorker", released: resume(state, command) };
      case "setQueue":
        return { type: "setQueue", settings: limits.setQueue(command) };
      case "setBreaker":
        return { type: "setBreaker", breaker: limits.setBreaker(command) };
      case "manage":
        return { type: "manage", results: command.ids.map((id) => manage(state, command.action, id)) };
      case "putSchedule":
        return putSchedule(state, command);
      case "deleteSchedule":
        return { type: "deleteSchedule", found: state.schedules.delete(command.name) };
      case "pauseSchedule":
        return { type: "pauseSchedule", schedule: pauseSchedule(state, command) };
      case "fireSchedule":
        return { type: "fireSchedule", enqueued: fireSchedule(state, command) };
    }
  }
}
