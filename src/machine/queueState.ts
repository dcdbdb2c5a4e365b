import { assert } from "../base/assert.ts";
import { ReadyLane } from "./readyLane.ts";
import type { JobState, QueueStats } from "./types.ts";

/** One queue: its ready lanes by priority (high, normal, low) and its counts, kept as jobs change state. */
export class QueueState {
  readonly name: string;
  readonly lanes = [new ReadyLane(), new ReadyLane(), new ReadyLane()] as const;
  waiting = 0;
  scheduled = 0;
  running = 0;
  completed = 0;
  dead = 0;
  cancelled = 0;
  /** Jobs known in any state. */
  jobs = 0;

  constructor(name: string) {
    this.name = name;
  }

  get ready(): number {
    return this.lanes[0].size + this.lanes[1].size + this.lanes[2].size;
  }

  /** The lanes count the ready ones themselves. */
  count(state: Exclude<JobState, "ready">, by: 1 | -1): void {
    this[state] += by;
  }

  stats(): QueueStats {
    const [high, normal, low] = this.lanes;
    return {
      queue: this.name,
      ready: { high: high.size, normal: normal.size, low: low.size },
      scheduled: this.scheduled,
      running: this.running,
      completed: this.completed,
      dead: this.dead,
      cancelled: this.cancelled,
      waiting: this.waiting,
    };
  }
}

/** All queues that have a job in any state; one without is forgotten, so names cannot pile up. */
export class Queues {
  readonly #byName = new Map<string, QueueState>();

  get(name: string): QueueState | undefined {
    return this.#byName.get(name);
  }

  /** Of a queue that has a job. */
  known(name: string): QueueState {
    const queue = this.#byName.get(name);
    assert(queue !== undefined, "a queue with jobs is known");
    return queue;
  }

  /** The queue for one more job. */
  enter(name: string): QueueState {
    let queue = this.#byName.get(name);
    if (queue === undefined) {
      queue = new QueueState(name);
      this.#byName.set(name, queue);
    }
    queue.jobs += 1;
    return queue;
  }

  /** One of its jobs is gone for good. */
  leave(queue: QueueState): void {
    queue.jobs -= 1;
    if (queue.jobs === 0) this.#byName.delete(queue.name);
  }

  all(): Iterable<QueueState> {
    return this.#byName.values();
  }

  /** By name. */
  stats(): QueueStats[] {
    return [...this.#byName.values()]
      .map((queue) => queue.stats())
      .sort((a, b) => (a.queue < b.queue ? -1 : 1));
  }
}
