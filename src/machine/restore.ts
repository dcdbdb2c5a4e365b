import { ConclaveError } from "../base/errors.ts";
import { ownOf } from "./jobTemplate.ts";
import { settingsIn } from "./queueSettings.ts";
import { sideName } from "./records.ts";
import { indexSchedule } from "./schedules.ts";
import { JobSlot } from "./slot.ts";
import { sortInSteps } from "./sortInSteps.ts";
import type { MachineState } from "./state.ts";
import type { JobRecord, MachineRecord, MetaRecord } from "./types.ts";

/** Jobs put into the indexes between two yields. */
const stepSlots = 1_024;

/** Gathers a checkpoint's records in whatever order and slices they come, then builds the machine's state of them. */
export class Restorer {
  readonly #state: MachineState;
  /** Rows: most of the jobs are at rest as soon as they are read. */
  readonly #rows: number[] = [];
  readonly #ready: number[] = [];
  #meta: MetaRecord | null = null;

  /** `state` is a new one. */
  constructor(state: MachineState) {
    this.#state = state;
  }

  add(records: Iterable<MachineRecord>): void {
    for (const record of records) {
      if (record.kind === "job") this.#rows.push(this.#rowOf(record));
      else if (record.kind === "meta") this.#takeMeta(record);
      else if (!this.#state.side.restore(record))
        throw corrupt(`the checkpoint has two of ${sideName(record)}`);
      else if (record.kind === "dedup") this.#state.aside.dedup.index(record);
      else if (record.kind === "queue") this.#state.aside.bounds.set(record.settings, () => []);
      else if (record.kind === "schedule") indexSchedule(this.#state, record.schedule);
    }
  }

  /**
   * Builds the state, and yields after every bounded piece of work. Throws DATA_CORRUPT when the records cannot be those
   * of one checkpoint.
   */
  *finish(): Generator<void, void> {
    const state = this.#state;
    if (this.#meta === null) {
      if (this.#rows.length > 0) throw corrupt("the checkpoint has jobs but not the machine's own record");
      return;
    }
    this.#restoreScalars(this.#meta);
    yield* this.#restoreSide();
    let previous = 0;
    const { jobs } = state;
    for (const row of yield* sortInSteps(this.#rows, (each) => jobs.sequenceAt(each))) {
      const sequence = jobs.sequenceAt(row);
      if (sequence <= previous || sequence >= state.nextSequence) {
        throw corrupt(`job ${jobs.look(row).id} has an impossible sequence number`);
      }
      if (!jobs.enlistNew(row)) throw corrupt(`job ${jobs.look(row).id} is there twice`);
      previous = sequence;
      this.#enter(row);
      if (jobs.size % stepSlots === 0) yield;
    }
    let indexed = 0;
    for (const row of yield* sortInSteps(this.#ready, (each) => jobs.readyOrderAt(each))) {
      state.indexReady(jobs.standing(row));
      if (++indexed % stepSlots === 0) yield;
    }
    yield* state.aside.flows.restored(jobs);
    const { enqueued, purged } = state.totals;
    if (state.jobs.size !== enqueued - purged) {
      throw corrupt(
        `the checkpoint has ${state.jobs.size} jobs where its own record says ${enqueued - purged}`,
      );
    }
  }

  /** One at rest is ready, and has no part in anything else. */
  #enter(row: number): void {
    const state = this.#state;
    const slot = state.jobs.isAwake(row) ? state.jobs.wake(row) : null;
    if (slot !== null) state.aside.enter(slot);
    if (slot === null || slot.state === "ready") this.#ready.push(row);
    else state.index(slot);
  }

  /** Before any job is in the indexes: what limits them. Settings come first, since rates and turns are theirs. */
  *#restoreSide(): Generator<void, void> {
    const { side, queues, breakers, rates } = this.#state;
    let taken = 0;
    for (const record of side.all()) {
      if (record.kind === "queue") {
        const queue = queues.get(record.settings.queue);
        if (queue !== undefined) queue.settings = record.settings;
      }
      if (++taken % stepSlots === 0) yield;
    }
    for (const record of side.all()) {
      if (record.kind === "breaker") breakers.restore(record.breaker);
      else if (record.kind === "rate") rates.restore(record, settingsIn(side, record.queue));
      else if (record.kind === "turns") queues.get(record.queue)?.restoreTurns(record);
      if (++taken % stepSlots === 0) yield;
    }
  }

  #takeMeta(meta: MetaRecord): void {
    if (this.#meta !== null) throw corrupt("the checkpoint has two records of the machine's own");
    this.#meta = meta;
  }

  #restoreScalars(meta: MetaRecord): void {
    const state = this.#state;
    state.appliedIndex = meta.appliedIndex;
    state.now = meta.now;
    state.nextSequence = meta.nextSequence;
    state.nextReadyOrder = meta.nextReadyOrder;
    state.rules = meta.rules ?? 0;
    state.totals = { ...meta.totals };
    if (!state.hash.restore(meta.stateHash)) throw corrupt(`"${meta.stateHash}" is no state hash`);
  }

  #rowOf(record: JobRecord): number {
    const { job } = record;
    const queue = this.#state.queues.enter(job.spec.queue);
    const template = this.#state.templates.of(job.spec);
    const { id, payload } = job.spec;
    const { sequence } = record;
    const own = ownOf(job.spec);
    const slot = new JobSlot({ id, template, own, queue, payload, sequence, enqueuedAt: job.enqueuedAt });
    slot.restore(record);
    if ((job.state === "running") !== (job.claim !== null)) {
      throw corrupt(`job ${slot.id} is ${job.state} ${job.claim === null ? "without" : "with"} a claim`);
    }
    this.#state.jobs.hold(slot);
    const { row } = slot;
    this.#state.jobs.settle(slot);
    return row;
  }
}

function corrupt(what: string): ConclaveError {
  return new ConclaveError(
    "DATA_CORRUPT",
    `${what}: remove this node's data directory and let it join anew from its peers`,
  );
}
