import type { LogIndex } from "../base/brands.ts";
import type { Machine } from "../machine/index.ts";
import type { CommandBatch, Notice } from "../machine/types.ts";
import type { Entry } from "../raft/types.ts";
import type { BatchCodec, Telemetry } from "./ports.ts";
import type { Proposer } from "./proposer.ts";
import type { Runtime } from "./runtime.ts";

/** A slice ends after this long, so that heartbeats go out while thousands of entries are applied. */
const sliceMs = 4;

export interface ApplierOptions {
  readonly machine: Machine;
  readonly codec: BatchCodec;
  readonly proposer: Proposer;
  readonly runtime: Runtime;
  readonly telemetry: Telemetry;
  readonly onBatch: (batch: CommandBatch, notices: readonly Notice[], mine: boolean) => void;
}

/** Applies committed entries in order, in slices that leave the event loop room. */
export class Applier {
  readonly #options: ApplierOptions;
  #queue: Entry[] = [];
  #next = 0;
  #appliedIndex: LogIndex;

  constructor(options: ApplierOptions) {
    this.#options = options;
    this.#appliedIndex = options.machine.appliedIndex;
  }

  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  get pending(): boolean {
    return this.#next < this.#queue.length;
  }

  add(entries: readonly Entry[]): void {
    for (const entry of entries) this.#queue.push(entry);
  }

  /** Returns true when anything was applied. */
  runSlice(): boolean {
    if (!this.pending) return false;
    const { runtime } = this.#options;
    const until = runtime.monotonicMs() + sliceMs;
    do {
      const entry = this.#queue[this.#next++];
      if (entry !== undefined) this.#apply(entry);
    } while (this.pending && runtime.monotonicMs() < until);
    if (!this.pending) {
      this.#queue = [];
      this.#next = 0;
    }
    return true;
  }

  #apply(entry: Entry): void {
    const { machine, codec, proposer, runtime, telemetry, onBatch } = this.#options;
    if (entry.kind === "command") {
      const mine = proposer.batchAt(entry.index, entry.term);
      const batch = mine ?? codec.decode(entry.data);
      const { outcomes, notices } = machine.apply(entry.index, batch);
      const proposedAt = proposer.applied(entry.index, entry.term, outcomes);
      if (proposedAt !== null) telemetry.commitLatency(runtime.monotonicMs() - proposedAt);
      onBatch(batch, notices, mine !== undefined);
    } else {
      machine.skip(entry.index);
      proposer.applied(entry.index, entry.term, []);
    }
    this.#appliedIndex = entry.index;
  }
}
