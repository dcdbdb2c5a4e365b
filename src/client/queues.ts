import { type Duration, toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import { jobBounds } from "../base/jobBounds.ts";
import type { GetQueueReply__Output } from "../generated/conclave/v1/GetQueueReply.ts";
import type { ListQueuesReply__Output } from "../generated/conclave/v1/ListQueuesReply.ts";
import type { QueuePatch } from "../generated/conclave/v1/QueuePatch.ts";
import type { SetQueueReply__Output } from "../generated/conclave/v1/SetQueueReply.ts";
import { Budget, type CallOptions, defaultTimeoutMs } from "./budget.ts";
import { type ByWhom, byWhom } from "./byWhom.ts";
import { checkCount, checkDuration, checkName, checkWellFormed, invalid } from "./checks.ts";
import type { QueueCounts } from "./jobView.ts";
import type { Leader } from "./leader.ts";
import { type Managed, type ManageOptions, manageJobs } from "./managing.ts";
import { consistencyToWire, toWire } from "./names.ts";
import { isPassing, onLeader } from "./onLeader.ts";
import { type QueueOverview, type QueueSettings, queueOverview, queueSettings } from "./queueView.ts";
import type { Reader, ReadOptions } from "./reader.ts";
import { type RetryOptions, retryPolicy } from "./retryOptions.ts";
import { asConclaveError } from "./wireErrors.ts";

/** At most `limit` claims in any span of `interval`. */
export interface RateLimit {
  readonly limit: number;
  readonly interval: Duration;
}

/** Failures in a row that open an agent's breaker, and for how long: doubling with each opening in a row. */
export interface BreakerPolicy {
  /** 0 for never. */
  readonly threshold: number;
  readonly initialOpen: Duration;
  readonly maxOpen: Duration;
}

/** What is left out stays as it is. 0 and null: no limit. */
export interface QueueChange {
  /** Running jobs at a time: of the queue, of one agent and of one key in it. */
  readonly maxRunning?: number | undefined;
  readonly maxRunningPerAgent?: number | undefined;
  readonly maxRunningPerKey?: number | undefined;
  readonly rate?: RateLimit | null | undefined;
  readonly ratePerKey?: RateLimit | null | undefined;
  /** Within a priority keys take turns by weight; else first in, first out over all keys. */
  readonly fair?: boolean | undefined;
  /** By key, 1 to 1000; a key that is not named weighs 1. Replaces all weights. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
  /** A job that has been ready this long counts as one priority higher, twice as long as two. */
  readonly ageing?: Duration | undefined;
  readonly breaker?: BreakerPolicy | undefined;
  /** Completed and cancelled jobs kept, by number and by bytes of payload and result. */
  readonly maxEnded?: number | undefined;
  readonly maxEndedBytes?: number | undefined;
  /** Of jobs that are enqueued from then on and ask for none themselves; null: the default. Replaces the whole policy. */
  readonly retry?: RetryOptions | null | undefined;
}

export interface DrainOptions extends ByWhom {
  /** Told from time to time how much is left. */
  readonly onProgress?: ((counts: QueueCounts) => void) | undefined;
}

const drainLookMs = 500;
/** Of a drain's calls, which are bounded by what is left of its time: one that was given none closes, and looks once. */
const leastDrainCallMs = 1_000;
const pageSize = 1_000;

function notEmpty(queue: string, left: number, running: number, timeoutMs: number): ConclaveError {
  return new ConclaveError(
    "DEADLINE_EXCEEDED",
    `queue ${queue} is not empty after ${timeoutMs} ms: ${left} to do, ${running} running. ${staysClosed(queue)}`,
  );
}

function staysClosed(queue: string): string {
  return `It stays closed: drain it again, or open it (\`conclave queue open ${queue}\`)`;
}

/** Settings of queues: `cluster.queues`. Every method rejects with ConclaveError only. */
export class Queues {
  readonly #leader: Leader;
  readonly #reader: Reader;

  constructor(leader: Leader, reader: Reader) {
    this.#leader = leader;
    this.#reader = reader;
  }

  /** Resolves with all settings as they are then. */
  async set(queue: string, change: QueueChange, options: CallOptions = {}): Promise<QueueSettings> {
    return await this.#set(queue, patchOf(change), this.#budget(options));
  }

  /** Nothing is handed out any more, until `resume`; what runs goes on. Paused again it keeps who was first, and why. */
  async pause(queue: string, options: ByWhom = {}): Promise<QueueSettings> {
    return await this.#set(queue, { paused: { on: true, ...byWhom(options) } }, this.#budget(options));
  }

  async resume(queue: string, options: ByWhom = {}): Promise<QueueSettings> {
    return await this.#set(queue, { paused: { on: false, ...byWhom(options) } }, this.#budget(options));
  }

  /** Nothing is taken in any more, until `open`: enqueues are refused with QUEUE_CLOSED. What is there is worked off. */
  async close(queue: string, options: ByWhom = {}): Promise<QueueSettings> {
    return await this.#set(queue, { closed: { on: true, ...byWhom(options) } }, this.#budget(options));
  }

  async open(queue: string, options: ByWhom = {}): Promise<QueueSettings> {
    return await this.#set(queue, { closed: { on: false, ...byWhom(options) } }, this.#budget(options));
  }

  /**
   * Closes the queue and resolves when nothing in it waits or runs any more; it stays closed. `timeout` is the time that
   * this may take (default: for as long as it takes, whoever is away meanwhile): rejects with DEADLINE_EXCEEDED then.
   */
  async drain(queue: string, options: DrainOptions = {}): Promise<QueueOverview> {
    const { signal, onProgress } = options;
    const { clock } = this.#leader;
    const budget = new Budget(options, Number.POSITIVE_INFINITY, clock);
    const call = () =>
      new Budget({ signal }, Math.max(Math.ceil(budget.remainingMs), leastDrainCallMs), clock);
    await this.#set(queue, { closed: { on: true, ...byWhom(options) } }, call());
    for (;;) {
      const overview = await this.#get(queue, {}, call()).catch((error: unknown) => {
        throw this.#unheard(queue, asConclaveError(error), budget);
      });
      const { ready, scheduled, running, waiting } = overview.counts;
      const left = ready.high + ready.normal + ready.low + scheduled + waiting;
      if (left + running === 0) return overview;
      onProgress?.(overview.counts);
      await budget.pause(drainLookMs, this.#leader.closing);
      if (budget.remainingMs <= 0) throw notEmpty(queue, left, running, budget.timeoutMs);
      budget.check();
    }
  }

  /**
   * Forgets all its jobs that do not run, in whatever state, and their ids with them, slice by slice; settings stay. What is
   * enqueued meanwhile is not meant: `close` it before, where that matters.
   */
  async purge(queue: string, options: ManageOptions = {}): Promise<Managed> {
    const filter = { queue: checkName(queue, "queue") };
    return await manageJobs(this.#leader, "MANAGE_ACTION_DELETE", filter, options);
  }

  /** A queue that was never used has no limits and no jobs. */
  async get(queue: string, options: ReadOptions = {}): Promise<QueueOverview> {
    return await this.#get(queue, options, this.#budget(options));
  }

  async #get(queue: string, options: ReadOptions, budget: Budget): Promise<QueueOverview> {
    const request = { queue: checkName(queue, "queue"), consistency: consistencyOf(options) };
    const reply = await this.#reader.read(options, budget, (node, limits) =>
      node.call<GetQueueReply__Output>(
        (metadata, opts, done) => node.manage.GetQueue(request, metadata, opts, done),
        limits,
      ),
    );
    return queueOverview(reply.queue);
  }

  /** All queues that have jobs or settings, by name. */
  async list(options: ReadOptions = {}): Promise<readonly QueueOverview[]> {
    const consistency = consistencyOf(options);
    const all: QueueOverview[] = [];
    let after = "";
    do {
      const request = { after, limit: pageSize, consistency };
      const reply = await this.#reader.read(options, this.#budget(options), (node, limits) =>
        node.call<ListQueuesReply__Output>(
          (metadata, opts, done) => node.manage.ListQueues(request, metadata, opts, done),
          limits,
        ),
      );
      all.push(...reply.queues.map(queueOverview));
      after = reply.next;
    } while (after !== "");
    return all;
  }

  async #set(queue: string, patch: QueuePatch, budget: Budget): Promise<QueueSettings> {
    const request = { queue: checkName(queue, "queue"), patch };
    const { settings } = await onLeader(this.#leader, budget, (node, limits) =>
      node.call<SetQueueReply__Output>(
        (metadata, opts, done) => node.manage.SetQueue(request, metadata, opts, done),
        limits,
      ),
    );
    return queueSettings(settings);
  }

  /** What a drain that could not look says: when its time is over, that it is. */
  #unheard(queue: string, error: ConclaveError, { timeoutMs }: Budget): ConclaveError {
    if (!isPassing(error) || this.#leader.closed) return error;
    const last = error.cause instanceof ConclaveError ? error.cause : error;
    return new ConclaveError(
      "DEADLINE_EXCEEDED",
      `whether queue ${queue} is empty is not known after ${timeoutMs} ms: ${last.message}. ${staysClosed(queue)}`,
      { cause: error },
    );
  }

  #budget(options: CallOptions): Budget {
    return new Budget(options, defaultTimeoutMs, this.#leader.clock);
  }
}

export function consistencyOf({ consistency = "linearizable" }: ReadOptions) {
  return toWire(consistencyToWire, consistency, "consistency");
}

const settable = {
  maxRunning: true,
  maxRunningPerAgent: true,
  maxRunningPerKey: true,
  rate: true,
  ratePerKey: true,
  fair: true,
  weights: true,
  ageing: true,
  breaker: true,
  maxEnded: true,
  maxEndedBytes: true,
  retry: true,
} as const satisfies Record<keyof QueueChange, true>;

/** Of a misspelt setting the nodes would never hear. */
function checkChange(change: QueueChange): void {
  const all = Object.keys(settable).join(", ");
  if (typeof change !== "object" || change === null) throw invalid("change", change, "an object of settings");
  const given = Object.entries(change);
  const unknown = given.find(([name]) => !Object.hasOwn(settable, name));
  if (unknown !== undefined) throw invalid("change", unknown[0], `a setting of a queue; there are ${all}`);
  if (given.every(([, value]) => value === undefined)) {
    throw new ConclaveError("INVALID_ARGUMENT", `change names no setting: give at least one of ${all}`);
  }
}

function patchOf(change: QueueChange): QueuePatch {
  checkChange(change);
  const { rate, ratePerKey, fair, weights, ageing, breaker, retry, ...counts } = change;
  for (const [key, weight] of Object.entries(weights ?? {}))
    count(weight, `weights.${checkWellFormed(key, "weights")}`);
  const given = Object.entries(counts).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, count(value, name)] as const],
  );
  return {
    ...Object.fromEntries(given),
    ...(fair !== undefined && { fair }),
    ...(rate !== undefined && { rate: rateOf(rate, "rate") }),
    ...(ratePerKey !== undefined && { ratePerKey: rateOf(ratePerKey, "ratePerKey") }),
    ...(weights !== undefined && { weights: { byKey: { ...weights } } }),
    ...(ageing !== undefined && { ageingMs: checkDuration(ageing, "ageing", 0, jobBounds.maxBackoffMs) }),
    ...(breaker !== undefined && {
      breaker: {
        threshold: count(breaker.threshold, "breaker.threshold"),
        initialOpenMs: msOf(breaker.initialOpen, "breaker.initialOpen", jobBounds.maxBackoffMs),
        maxOpenMs: msOf(breaker.maxOpen, "breaker.maxOpen", jobBounds.maxBackoffMs),
      },
    }),
    ...(retry !== undefined && { retry: retry === null ? { byDefault: true } : retryPolicy(retry) }),
  };
}

/** Whether it is too large is for the node to say; below 0 it would travel as something else. */
function count(value: number, what: string): number {
  return checkCount(value, what, 0, Number.MAX_SAFE_INTEGER);
}

/** One that must be given: what is undefined is no duration. Whether 0 is too short is for the node to say. */
function msOf(value: Duration, what: string, maxMs?: number): number {
  return checkDuration(toMs(value, what), what, 0, maxMs);
}

function rateOf(rate: RateLimit | null, what: string) {
  return rate === null
    ? { limit: 0, intervalMs: 0 }
    : { limit: count(rate.limit, `${what}.limit`), intervalMs: msOf(rate.interval, `${what}.interval`) };
}
