import { assert } from "../base/assert.ts";
import type { LogTimeMs } from "../base/brands.ts";
import type { Breakers } from "./breakers.ts";
import type { JobGroup } from "./jobGroup.ts";
import type { KeyLine } from "./keyLine.ts";
import { settingsIn } from "./queueSettings.ts";
import type { Rates } from "./rates.ts";
import { type LevelOwner, ReadyLevel } from "./readyLevel.ts";
import { Shares } from "./share.ts";
import type { SideTable } from "./sideTable.ts";
import type { JobSlot, PriorityLevel } from "./slot.ts";
import { Turns } from "./turns.ts";
import type { JobState, QueueSettings, QueueStats, TurnsRecord } from "./types.ts";
import type { WaitingRoom } from "./waitingRoom.ts";

/** What queues share. */
export interface QueueContext {
  readonly breakers: Breakers;
  readonly rates: Rates;
  readonly side: SideTable;
  /** Queues whose turns changed since the side table was brought up to date. */
  readonly turned: Set<QueueState>;
}

/** Queues whose turns changed of which records are made at once. */
const flushedAtOnce = 500;

/** How many jobs a queue may hand out in all, `running` of which are. */
export function roomOf(settings: QueueSettings, running: number, rates: Rates): number {
  const { paused, maxRunning, rate } = settings;
  if (paused !== null) return 0;
  const room = maxRunning === 0 ? Number.POSITIVE_INFINITY : Math.max(0, maxRunning - running);
  return rate === null ? room : Math.min(room, rates.left(settings, ""));
}

/** One queue: its ready jobs by priority (high, normal, low), what limits them, and its counts, kept as jobs change state. */
export class QueueState implements LevelOwner {
  readonly name: string;
  readonly lanes = [new ReadyLevel(this), new ReadyLevel(this), new ReadyLevel(this)] as const;
  readonly agents = new Shares();
  readonly keys = new Shares();
  readonly #context: QueueContext;
  #settings: QueueSettings;
  #weights: ReadonlyMap<string, number> = new Map();
  waiting = 0;
  scheduled = 0;
  running = 0;
  completed = 0;
  dead = 0;
  cancelled = 0;
  /** Jobs known in any state. */
  jobs = 0;

  constructor(name: string, context: QueueContext) {
    this.name = name;
    this.#context = context;
    this.#settings = settingsIn(context.side, name);
    this.#followSettings();
  }

  get ready(): number {
    return this.lanes[0].size + this.lanes[1].size + this.lanes[2].size;
  }

  get settings(): QueueSettings {
    return this.#settings;
  }

  /** New ones hold from now on: also for who waits because of the old ones. O(agents and keys of jobs that wait). */
  set settings(settings: QueueSettings) {
    this.#settings = settings;
    this.#followSettings();
    for (const share of [...this.agents.all(), ...this.keys.all()]) share.room.release();
  }

  /** How many jobs the queue as a whole may hand out now, whichever they are. */
  get room(): number {
    return roomOf(this.#settings, this.running, this.#context.rates);
  }

  /** The lanes count the ready ones themselves. */
  count(state: Exclude<JobState, "ready">, by: 1 | -1): void {
    this[state] += by;
  }

  /** One more of its jobs is running. */
  began({ template: { agent, key = "" } }: JobSlot): void {
    if (agent !== "") this.agents.began(agent);
    if (key !== "") this.keys.began(key);
  }

  /** One of its running jobs is not any more: others may be up. */
  ended({ template: { agent, key = "" } }: JobSlot): void {
    if (agent !== "") {
      const share = this.agents.ended(agent);
      if (share.room.size > 0 && this.agentRoom(agent) > 0) share.room.release();
    }
    if (key !== "") this.keyFreed(key, this.keys.ended(key).room);
  }

  /** A limit of the key has room again, perhaps. */
  keyFreed(key: string, room = this.keys.get(key)?.room): void {
    if (room !== undefined && room.size > 0 && this.keyRoom(key) > 0) room.release();
  }

  /** The job was handed out, as one of this priority. */
  handedOut({ template: { key = "" } }: JobSlot, level: PriorityLevel, now: LogTimeMs): void {
    const { rate, ratePerKey, fair } = this.#settings;
    if (rate !== null) this.#context.rates.used(this.#settings, "", now);
    if (ratePerKey !== null && key !== "") this.#context.rates.used(this.#settings, key, now);
    if (!fair) return;
    this.lanes[level].serve(key, this.#weights.get(key) ?? 1);
    this.#context.turned.add(this);
    if (this.#context.turned.size >= flushedAtOnce) flushTurns(this.#context);
  }

  roomFor({ agent, share }: Pick<JobGroup, "agent" | "share">): WaitingRoom | null {
    if (share === null) return null;
    return this.#context.breakers.roomFor(agent) ?? (this.agentRoom(agent) > 0 ? null : share.room);
  }

  keyRoomFor({ key, share }: KeyLine): WaitingRoom | null {
    return share === null || this.keyRoom(key) > 0 ? null : share.room;
  }

  /** How many jobs of the agent may be handed out, as far as its breaker goes. */
  breakerAllows(agent: string): number {
    return this.#context.breakers.allows(agent);
  }

  /** How many more jobs of the agent the queue's limit allows. */
  agentRoom(agent: string): number {
    const { maxRunningPerAgent } = this.#settings;
    if (maxRunningPerAgent === 0) return Number.POSITIVE_INFINITY;
    return Math.max(0, maxRunningPerAgent - (this.agents.get(agent)?.running ?? 0));
  }

  /** Likewise of the key. */
  keyRoom(key: string): number {
    const { maxRunningPerKey, ratePerKey } = this.#settings;
    const running =
      maxRunningPerKey === 0
        ? Number.POSITIVE_INFINITY
        : Math.max(0, maxRunningPerKey - (this.keys.get(key)?.running ?? 0));
    return ratePerKey === null ? running : Math.min(running, this.#context.rates.left(this.#settings, key));
  }

  /** Whose turn it is, as a record. */
  turns(): TurnsRecord {
    const levels = this.lanes.map(({ turns }) => ({ time: turns?.time ?? 0, ahead: turns?.ahead() ?? [] }));
    return { kind: "turns", queue: this.name, levels };
  }

  /** From a checkpoint, before any job is ready. */
  restoreTurns({ levels }: TurnsRecord): void {
    levels.forEach(({ time, ahead }, level) => {
      this.lanes[level]?.turns?.restore(time, ahead);
    });
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

  #followSettings(): void {
    const { fair, weights } = this.#settings;
    this.#weights = new Map(weights);
    for (const lane of this.lanes) {
      if (fair !== (lane.turns !== null)) lane.takeTurns(fair ? new Turns() : null);
    }
  }
}

/** Brings the side table up to date: when a checkpoint begins, and before that would take long. */
function flushTurns({ turned, side }: QueueContext): void {
  for (const queue of turned) side.put(queue.turns());
  turned.clear();
}

/** All queues that have a job in any state; one without is forgotten, so names cannot pile up. */
export class Queues {
  readonly #byName = new Map<string, QueueState>();
  readonly #context: QueueContext;

  constructor(context: QueueContext) {
    this.#context = context;
  }

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
      queue = new QueueState(name, this.#context);
      this.#byName.set(name, queue);
    }
    queue.jobs += 1;
    return queue;
  }

  /** One of its jobs is gone for good. */
  leave(queue: QueueState): void {
    queue.jobs -= 1;
    if (queue.jobs === 0) this.#byName.delete(queue.name);
    if (queue.jobs === 0 && queue.settings.fair) this.forgetTurns(queue);
  }

  forgetTurns(queue: QueueState): void {
    this.#context.turned.delete(queue);
    this.#context.side.delete(`f${queue.name}`);
  }

  /** Records that a checkpoint beginning now would write beyond those in the side table. */
  get pending(): number {
    return this.#context.turned.size;
  }

  /** Brings the side table up to date. */
  flush(): void {
    flushTurns(this.#context);
  }

  get size(): number {
    return this.#byName.size;
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
