import type { LogIndex, MonotonicMs } from "../../../src/base/brands.ts";
import type { Random } from "../../../src/base/random.ts";
import { Machine } from "../../../src/machine/index.ts";
import type { Applied, CommandBatch } from "../../../src/machine/types.ts";
import { loadMachine } from "../../../src/node/machineLoader.ts";
import type { RecordStore } from "../../../src/node/ports.ts";
import type { Runtime } from "../../../src/node/runtime.ts";
import { type Effect, type Event, Raft, type RaftConfig, type Restored } from "../../../src/raft/index.ts";

/** The real core, with an eye on every step; and now and then a step more, as a driver could make it. */
export class ObservedRaft extends Raft {
  readonly #onStep: (event: Event, effects: readonly Effect[], now: MonotonicMs) => void;
  readonly #more: (now: MonotonicMs) => Event | null;
  #handsOverSince: MonotonicMs | null = null;

  constructor(
    config: RaftConfig,
    restored: Restored,
    random: Random,
    now: MonotonicMs,
    onStep: (event: Event, effects: readonly Effect[], now: MonotonicMs) => void,
    more: (now: MonotonicMs) => Event | null,
  ) {
    super(config, restored, random, now);
    this.#onStep = onStep;
    this.#more = more;
  }

  /** When it began to hand leadership over, and to refuse proposals; null when it does not. */
  get handsOverSince(): MonotonicMs | null {
    return this.#handsOverSince;
  }

  override step(event: Event, now: MonotonicMs): readonly Effect[] {
    const effects = super.step(event, now);
    if (!this.isTransferring) this.#handsOverSince = null;
    else this.#handsOverSince ??= now;
    this.#onStep(event, effects, now);
    const next = this.#more(now);
    if (next === null) return effects;
    const further = super.step(next, now);
    this.#onStep(next, further, now);
    return [...effects, ...further];
  }
}

/** The real machine, with an eye on every entry. */
export class ObservedMachine extends Machine {
  #onApplied: (index: LogIndex, batch: CommandBatch | null, applied: Applied | null) => void = () =>
    undefined;
  #applying = false;
  protected override readonly toldPerEntry: number;

  constructor(toldPerEntry: number) {
    super();
    this.toldPerEntry = toldPerEntry;
  }

  /** Entries are told of from now on. */
  watch(onApplied: (index: LogIndex, batch: CommandBatch | null, applied: Applied | null) => void): void {
    this.#onApplied = onApplied;
  }

  override apply(index: LogIndex, batch: CommandBatch): Applied {
    this.#applying = true;
    const applied = super.apply(index, batch);
    this.#applying = false;
    this.#onApplied(index, batch, applied);
    return applied;
  }

  /** A snapshot's state takes the place of ours. */
  override adopt(other: Machine): void {
    super.adopt(other);
    this.#onApplied(this.appliedIndex, null, null);
  }

  override skip(index: LogIndex): void {
    super.skip(index);
    if (!this.#applying) this.#onApplied(index, null, null);
  }
}

/** The records of the last checkpoint, as src/main.ts reads them. */
export async function loadObserved(
  records: RecordStore,
  runtime: Runtime,
  toldPerEntry: number,
): Promise<ObservedMachine> {
  const loaded = await loadMachine(records, runtime, new AbortController().signal);
  const machine = new ObservedMachine(toldPerEntry);
  if (loaded.appliedIndex > 0) machine.adopt(loaded);
  return machine;
}
