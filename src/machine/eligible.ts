import type { LogTimeMs } from "../base/brands.ts";
import { AgentLine } from "./agentLine.ts";
import type { QueueState } from "./queueState.ts";
import type { JobSlot, PriorityLevel } from "./slot.ts";

/** More than this nobody needs to know: an entry hands out no more. */
const enoughJobs = 1_000;
/** Kinds of jobs that one count looks at. */
const maxGroups = 1_000;

/**
 * The job of this queue that is next at a priority: of that priority, or of a lower one and ready for so long that it
 * counts as this one; of equal ones the key whose turn it is, then the one that was ready first. Of the aged ones of a lower priority
 * only the oldest is looked at. Null when there is none that nothing holds up.
 */
export function nextOf(queue: QueueState, level: PriorityLevel, now: LogTimeMs): JobSlot | null {
  const lane = queue.lanes[level];
  let next = lane.first();
  const { ageingMs } = queue.settings;
  if (ageingMs === 0) return next;
  for (let steps = 1; level + steps <= 2; steps++) {
    const aged = queue.lanes[level + steps]?.oldest() ?? null;
    if (aged === null || aged.readyAt + steps * ageingMs > now) continue;
    if (next === null || isBefore(lane, aged, next)) next = aged;
  }
  return next;
}

function isBefore(lane: { readonly turnOf: (key: string) => number }, a: JobSlot, b: JobSlot): boolean {
  const difference = lane.turnOf(a.template.key ?? "") - lane.turnOf(b.template.key ?? "");
  return difference === 0 ? a.readyOrder < b.readyOrder : difference < 0;
}

/**
 * About how many jobs claims of this queue would be handed now: 0 exactly when they would get none, since the leader claims
 * as long as it is not. Less where there are more than anybody would claim at once, or more kinds of jobs than are worth
 * looking at; more only where an agent's limit and a key's meet in jobs of both.
 */
export function claimableCount(queue: QueueState): number {
  const { room } = queue;
  const enough = Math.min(room, enoughJobs);
  if (room === 0 || queue.ready === 0) return 0;
  let count = queue.lanes[0].plain.size + queue.lanes[1].plain.size + queue.lanes[2].plain.size;
  if (count >= enough || count === queue.ready) return Math.min(count, room);
  const taken = new Taken(queue);
  let looked = 0;
  for (const lane of queue.lanes) {
    // Parks those at its head that are held up: so the first one that follows is claimable, and counted.
    if (lane.oldest() === null) continue;
    for (const line of lane.openLines()) {
      for (const group of line.offered()) {
        if (line instanceof AgentLine && taken.isSpent(line.agent)) break;
        count += taken.take(group.agent, group.line.key, group.lane.size);
        looked += 1;
        if (count >= enough || looked >= maxGroups) return Math.min(count, room);
      }
    }
  }
  return count;
}

/** What is left of the limits while jobs are counted. */
class Taken {
  readonly #queue: QueueState;
  readonly #agents = new Map<string, number>();
  readonly #keys = new Map<string, number>();

  constructor(queue: QueueState) {
    this.#queue = queue;
  }

  take(agent: string, key: string, jobs: number): number {
    const ofAgent = agent === "" ? Number.POSITIVE_INFINITY : this.#ofAgent(agent);
    const ofKey = key === "" ? Number.POSITIVE_INFINITY : (this.#keys.get(key) ?? this.#queue.keyRoom(key));
    const taken = Math.min(jobs, ofAgent, ofKey);
    if (ofAgent !== Number.POSITIVE_INFINITY) this.#agents.set(agent, ofAgent - taken);
    if (ofKey !== Number.POSITIVE_INFINITY) this.#keys.set(key, ofKey - taken);
    return taken;
  }

  /** Nothing is left of what the agent may run. */
  isSpent(agent: string): boolean {
    return this.#ofAgent(agent) === 0;
  }

  #ofAgent(agent: string): number {
    return (
      this.#agents.get(agent) ?? Math.min(this.#queue.agentRoom(agent), this.#queue.breakerAllows(agent))
    );
  }
}
