import { ConclaveError } from "../base/errors.ts";
import type { JobSpec } from "../machine/types.ts";
import type { MachineView } from "../machine/view.ts";
import type { OperatorCommand } from "./service.ts";

/** How many there may be of what users name; each node's own setting, of which the leader's counts. */
export interface NameLimits {
  /** Queues that have jobs, and as many that have settings. */
  readonly maxQueues: number;
  readonly maxSchedules: number;
  /** Keys of which claims count towards a rate limit. */
  readonly maxRateKeys: number;
  /** Dedup keys that windows hold, or will once their jobs have ended. */
  readonly maxDedupWindows: number;
}

export const defaultNameLimits: NameLimits = {
  maxQueues: 10_000,
  maxSchedules: 10_000,
  maxRateKeys: 100_000,
  maxDedupWindows: 1_000_000,
};

/** Of agents' breakers; the machine forgets those that are closed, never those that are open. */
const maxBreakers = 100_000;

/**
 * Queues, schedules, keys, windows and breakers take memory for as long as they are named, with or without jobs: names that a mistake
 * makes up without end are refused with the number, before they fill the memory. Commands under way are not counted: the bound
 * may be passed by as many. Keys of jobs that are known are not counted anew: who sends them again is told that they exist.
 */
export class NamesGuard {
  readonly #limits: NameLimits;
  readonly #state: Pick<MachineView, "kept" | "queueSettings">;

  constructor(limits: NameLimits, state: Pick<MachineView, "kept" | "queueSettings">) {
    this.#limits = limits;
    this.#state = state;
  }

  /** Throws LIMIT_REACHED. O(1) where all would have room. */
  checkJobs(jobs: readonly JobSpec[]): void {
    const { maxQueues, maxRateKeys, maxDedupWindows } = this.#limits;
    const { kept } = this.#state;
    if (kept.queues + jobs.length > maxQueues) {
      const fresh = new Set(jobs.map(({ queue }) => queue).filter((queue) => !kept.hasQueue(queue)));
      if (fresh.size > 0 && kept.queues + fresh.size > maxQueues) {
        const [first] = fresh;
        throw reached(`queue ${first} would be new, and ${kept.queues} have jobs`, maxQueues, "--max-queues");
      }
    }
    if (kept.rates + jobs.length > maxRateKeys) this.#checkRates(jobs);
    if (kept.windows + jobs.length > maxDedupWindows) this.#checkWindows(jobs);
  }

  /** Throws LIMIT_REACHED. */
  checkCommand(command: OperatorCommand): void {
    const { maxQueues, maxSchedules } = this.#limits;
    const { kept } = this.#state;
    switch (command.type) {
      case "setQueue":
        if (kept.settings < maxQueues || kept.hasSettings(command.queue)) return;
        throw reached(
          `queue ${command.queue} has no settings yet, and ${kept.settings} have; one that is set back to all defaults counts ` +
            "no more",
          maxQueues,
          "--max-queues",
        );
      case "putSchedule":
        if (kept.schedules < maxSchedules || kept.hasSchedule(command.spec.name)) return;
        throw reached(
          `schedule ${command.spec.name} would be new, and there are ${kept.schedules}: delete some, or let one enqueue what ` +
            "several do",
          maxSchedules,
          "--max-schedules",
        );
      case "setBreaker":
        if (!command.open || kept.breakers < maxBreakers || kept.hasBreaker(command.agent)) return;
        throw reached(`${kept.breakers} breakers are not as new: reset some`, maxBreakers, "");
      case "deleteSchedule":
      case "pauseSchedule":
        return;
    }
  }

  #checkRates(jobs: readonly JobSpec[]): void {
    const { maxRateKeys } = this.#limits;
    const { kept } = this.#state;
    const fresh = new Set<string>();
    for (const { id, queue, key = "" } of jobs) {
      if (key === "" || kept.hasRate(queue, key) || kept.hasJob(id)) continue;
      if (this.#state.queueSettings(queue).ratePerKey !== null) fresh.add(`${queue} ${key}`);
    }
    const [first] = fresh;
    if (first === undefined || kept.rates + fresh.size <= maxRateKeys) return;
    const what = `claims of ${kept.rates} keys count towards rate limits, and of this one (queue and key ${first}) none yet`;
    throw reached(`${what}: shorten the interval`, maxRateKeys, "--max-rate-keys");
  }

  #checkWindows(jobs: readonly JobSpec[]): void {
    const { maxDedupWindows } = this.#limits;
    const { kept } = this.#state;
    const fresh = new Set<string>();
    for (const { id, queue, dedup } of jobs) {
      if (dedup === undefined || dedup.windowMs === 0 || dedup.mode === "force" || kept.hasJob(id)) continue;
      if (!kept.hasWindow(queue, dedup.key)) fresh.add(`${queue} ${dedup.key}`);
    }
    const [first] = fresh;
    if (first === undefined || kept.windows + fresh.size <= maxDedupWindows) return;
    const what = `${kept.windows} dedup keys are or will be held by windows, and this one (queue and key ${first}) would be new`;
    throw reached(`${what}: shorten the windows`, maxDedupWindows, "--max-dedup-windows");
  }
}

function reached(what: string, max: number, option: string): ConclaveError {
  const raise = option === "" ? "" : `, or raise ${option} of all nodes`;
  return new ConclaveError("LIMIT_REACHED", `${what}; the most is ${max}${raise}; nothing was done`);
}
