import { assert, assertNever } from "../base/assert.ts";
import { type FencingToken, type JobId, type LogIndex, LogTimeMs } from "../base/brands.ts";
import { act } from "./acts.ts";
import { setBreaker } from "./breakerRules.ts";
import type { BreakerCounts } from "./breakers.ts";
import { cancel } from "./cancel.ts";
import { claim } from "./claim.ts";
import { claimableCount } from "./eligible.ts";
import { enqueue } from "./enqueue.ts";
import { type Explanation, explain } from "./explain.ts";
import { settle } from "./flows.ts";
import { keptIn } from "./kept.ts";
import { expireClaims, graceForAll } from "./leases.ts";
import { maxFiredPerCommand, maxToldPerEntry } from "./limits.ts";
import { type JobPage, list, page } from "./list.ts";
import { manage } from "./manage.ts";
import { queueNames, setQueue, settingsIn } from "./queueSettings.ts";
import { roomOf } from "./queueState.ts";
import { Restorer } from "./restore.ts";
import { resumeWorker } from "./resume.ts";
import { trimEnded } from "./retention.ts";
import { costByHand, type Scanned, type ScanRequest, scan } from "./scan.ts";
import {
  deleteSchedule,
  fireSchedule,
  pauseSchedule,
  putSchedule,
  scheduleOf,
  startBuffered,
} from "./schedules.ts";
import { jobOf } from "./slot.ts";
import { MachineState } from "./state.ts";
import { dueByQueue, fireTimers, nextTimerAt } from "./timers.ts";
import type {
  Applied,
  Breaker,
  Command,
  CommandBatch,
  Job,
  JobFilter,
  MachineRecord,
  MetaRecord,
  Outcome,
  QueueSettings,
  QueueStats,
  Schedule,
} from "./types.ts";
import type { CheckpointCut, Kept, MachineView } from "./view.ts";

/**
 * The replicated job machine: the same entries give the same state, outcomes and state hash on every node,
 * wherever a checkpoint was taken and restored in between (R5, R13). It reads no clock: time is what the entries say.
 *
 * A new one is empty. To go on from a checkpoint: `restore` once or more, then `restored`, then `apply` what follows.
 */
export class Machine implements MachineView {
  readonly #seed: number;
  #state: MachineState;
  #restorer: Restorer | null = null;

  /** Dependents that hear at once of ends; the rest is told when timers fire. The same on every node. */
  protected readonly toldPerEntry: number = maxToldPerEntry;

  /** `seed`: a random number of 32 bits for the table of ids, so that nobody can choose ids that are slow to find. */
  constructor(seed = 0) {
    this.#seed = seed;
    this.#state = new MachineState(seed);
  }

  get appliedIndex(): LogIndex {
    return this.#state.appliedIndex;
  }

  get now(): LogTimeMs {
    return this.#state.now;
  }

  get stateHash(): string {
    return this.#state.hash.toString();
  }

  get rules(): number {
    return this.#state.rules;
  }

  get totals(): MetaRecord["totals"] {
    return { ...this.#state.totals };
  }

  get runningClaims(): number {
    return this.#state.leases.size;
  }

  get agentsInBackoff(): number {
    const { agentsInBackoff, breakers } = this.#state;
    return agentsInBackoff.size + breakers.notClosed((agent) => !agentsInBackoff.has(agent));
  }

  /** Jobs known, in any state. */
  get jobCount(): number {
    return this.#state.jobs.size;
  }

  /** Records and deletes that a checkpoint taken now would write. */
  get pendingRecords(): number {
    const { checkpoints, side, rates, queues } = this.#state;
    return checkpoints.pending + side.pending + rates.pending + queues.pending;
  }

  /** Of those, what jobs hold: payloads, results and checkpoints. */
  get pendingBytes(): number {
    return this.#state.checkpoints.pendingBytes;
  }

  /**
   * Applies the committed entry at `index`, which is above all before it. Deterministic; throws only on a bug of
   * ours. Log time never goes back, whatever the entry says, and is never 0, which means none. Acts of an entry take
   * effect in its commands' order; a job is claimed at most once in an entry, since the entry's index is the claim's
   * fencing token.
   */
  apply(index: LogIndex, batch: CommandBatch): Applied {
    const state = this.#state;
    this.skip(index);
    state.now = LogTimeMs(Math.max(1, state.now, batch.now));
    state.hash.mixWide(index);
    state.hash.mixWide(state.now);
    state.notices = [];
    state.ended = [];
    state.claimNews = [];
    state.events = [];
    let toTell = this.toldPerEntry;
    state.toTell = maxToldPerEntry;
    state.purgedBefore = state.totals.purged;
    let seen = 0;
    const outcomes = batch.commands.map((command) => {
      const outcome = this.#apply(command);
      toTell -= settle(state, toTell);
      trimEnded(state, maxFiredPerCommand + state.ended.length);
      seen = startBuffered(state, seen);
      return outcome;
    });
    const { notices, ended, claimNews, events } = state;
    return { outcomes, notices, ended, claimNews, events };
  }

  /** Passes an entry that is none of the machine's business (no-op, membership): only `appliedIndex` moves. */
  skip(index: LogIndex): void {
    assert(this.#restorer === null, "restored() comes before the first entry");
    assert(index > this.#state.appliedIndex, "entries are applied once, in the order of the log");
    this.#state.appliedIndex = index;
  }

  /**
   * Takes a slice of a checkpoint's records, in any order. Only on a new machine. Throws DATA_CORRUPT; the machine
   * is then of no use.
   */
  restore(records: Iterable<MachineRecord>): void {
    if (this.#restorer === null) {
      const isNew = this.#state.appliedIndex === 0 && this.#state.jobs.size === 0;
      assert(isNew, "only a new machine can be restored");
      this.#restorer = new Restorer(this.#state);
    }
    this.#restorer.add(records);
  }

  /** The last slice was given: builds the indexes. Throws DATA_CORRUPT when the records do not fit together. */
  restored(): void {
    const steps = this.finishRestore();
    while (steps.next().done !== true) {
      /* to the end */
    }
  }

  /** As `restored`, in steps of about a millisecond: between them the caller may let others run. */
  *finishRestore(): Generator<void, void> {
    if (this.#restorer === null) return;
    yield* this.#restorer.finish();
    this.#restorer = null;
  }

  /**
   * Takes over the state of `other`, which was restored from a later checkpoint and is of no use afterwards. Whoever
   * holds this machine sees the new state from now on. No checkpoint of this one may be under way.
   */
  adopt(other: Machine): void {
    const { appliedIndex } = other;
    assert(this.#restorer === null && other.#restorer === null, "only whole machines can be swapped");
    assert(
      appliedIndex > this.appliedIndex,
      `adopting entry ${appliedIndex} at ${this.appliedIndex} goes back`,
    );
    assert(!this.#state.checkpoints.underWay, "a checkpoint of the old state is under way");
    this.#state = other.#state;
    other.#state = new MachineState(other.#seed);
  }

  /**
   * A cut of all that changed since the last one. Costs O(1), and while it is consumed the machine may go on
   * applying. One at a time: the next may begin once `done` or `abandon` was called.
   */
  beginCheckpoint(): CheckpointCut {
    this.#state.flushSide();
    return this.#state.checkpoints.begin(this.#state.meta(), this.#state.side);
  }

  job(id: JobId): Job | undefined {
    const slot = this.#state.jobs.view(id);
    return slot === undefined ? undefined : jobOf(slot);
  }

  page(filter: JobFilter): JobPage {
    return page(this.#state, filter);
  }

  /** See list.ts for what a page costs. Throws NOT_FOUND when the job that `filter.after` names is gone. */
  list(filter: JobFilter): readonly Job[] {
    return list(this.#state, filter);
  }

  scan(request: ScanRequest): Scanned {
    return scan(this.#state, request);
  }

  costByHand(id: JobId, deletes: boolean): number {
    return costByHand(this.#state, id, deletes);
  }

  get nextSequence(): number {
    return this.#state.nextSequence;
  }

  queues(): readonly QueueStats[] {
    return this.#state.queues.stats();
  }

  queueNames(): readonly string[] {
    return queueNames(this.#state);
  }

  explain(id: JobId): Explanation | undefined {
    return explain(this.#state, id);
  }

  readyCount(queue: string): number {
    const known = this.#state.queues.get(queue);
    return known === undefined ? 0 : claimableCount(known);
  }

  claimRoom(queue: string): number {
    const known = this.#state.queues.get(queue);
    return known?.room ?? roomOf(this.queueSettings(queue), 0, this.#state.rates);
  }

  get kept(): Kept {
    return keptIn(this.#state);
  }

  breakers(after = "", limit = Number.MAX_SAFE_INTEGER): readonly Breaker[] {
    return this.#state.breakers.list(after, limit);
  }

  get breakerCounts(): BreakerCounts {
    return { ...this.#state.breakers.counts };
  }

  queueSettings(queue: string): QueueSettings {
    return settingsIn(this.#state.side, queue);
  }

  nextTimerAt(): LogTimeMs | null {
    return nextTimerAt(this.#state);
  }

  dueByQueue(now: LogTimeMs, limit: number): ReadonlyMap<string, number> {
    return dueByQueue(this.#state, now, limit);
  }

  expiredClaims(
    now: LogTimeMs,
    limit: number,
  ): readonly { readonly id: JobId; readonly token: FencingToken }[] {
    return this.#state.leases.smallest(limit, now).map((slot) => ({ id: slot.id, token: slot.lastToken }));
  }

  nextLeaseEnd(): LogTimeMs | null {
    const key = this.#state.leases.firstKey();
    return key === null ? null : LogTimeMs(key);
  }

  schedule(name: string): Schedule | undefined {
    return scheduleOf(this.#state, name);
  }

  scheduleNames(): readonly string[] {
    return [...this.#state.schedules].sort();
  }

  #apply(command: Command): Outcome {
    const state = this.#state;
    switch (command.type) {
      case "enqueue":
        return { type: "enqueue", results: enqueue(state, command.jobs, command.atomic) };
      case "claim":
        return { type: "claim", jobs: claim(state, command) };
      case "act":
        return { type: "act", results: command.acts.map((each) => act(state, each)) };
      case "cancel":
        return { type: "cancel", results: command.ids.map((id) => cancel(state, id, command.reason)) };
      case "expireClaims":
        return { type: "expireClaims", expired: expireClaims(state, command.claims) };
      case "fireTimers":
        return { type: "fireTimers", fired: fireTimers(state) };
      case "beginTerm":
        graceForAll(state);
        state.follow(command.rules ?? 0);
        return { type: "beginTerm" };
      case "resumeWorker":
        return { type: "resumeWorker", released: resumeWorker(state, command) };
      case "setQueue":
        return { type: "setQueue", settings: setQueue(state, command.queue, command.patch) };
      case "putSchedule":
        return putSchedule(state, command);
      case "deleteSchedule":
        return { type: "deleteSchedule", found: deleteSchedule(state, command.name) };
      case "pauseSchedule":
        return { type: "pauseSchedule", schedule: pauseSchedule(state, command) };
      case "fireSchedule":
        return { type: "fireSchedule", enqueued: fireSchedule(state, command) };
      case "setBreaker":
        return { type: "setBreaker", breaker: setBreaker(state, command) };
      case "manage":
        return { type: "manage", results: manage(state, command) };
      default:
        return assertNever(command);
    }
  }
}
