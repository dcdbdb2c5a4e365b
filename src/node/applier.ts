import type { LogIndex } from "../base/brands.ts";
import type { Machine } from "../machine/index.ts";
import type { Applied, CommandBatch } from "../machine/types.ts";
import type { Configuration, Entry, EntryId, MembershipCodec, SnapshotId } from "../raft/types.ts";
import type { EventLog } from "./eventLog.ts";
import type { JobEnds } from "./jobEnds.ts";
import type { BatchCodec, Telemetry } from "./ports.ts";
import type { Proposer } from "./proposer.ts";
import type { Runtime } from "./runtime.ts";

/** A slice ends after this long, so that heartbeats go out while thousands of entries are applied. */
const sliceMs = 4;

export interface ApplierOptions {
  readonly machine: Machine;
  readonly codec: BatchCodec;
  readonly membershipCodec: MembershipCodec;
  /** In force as of the machine's applied index. */
  readonly configuration: Configuration;
  readonly proposer: Proposer;
  readonly runtime: Runtime;
  readonly telemetry: Telemetry;
  readonly onBatch: (batch: CommandBatch, applied: Applied, mine: boolean) => void;
  readonly ends: JobEnds;
  readonly events: EventLog;
  /** A configuration has been applied: it is committed for good. */
  readonly onConfiguration: (entry: EntryId, configuration: Configuration) => void;
}

/** Applies committed entries in order, in slices that leave the event loop room. */
export class Applier {
  readonly #options: ApplierOptions;
  #queue: Entry[] = [];
  #next = 0;
  #appliedIndex: LogIndex;
  #configuration: Configuration;
  /** A snapshot is being installed: what comes meanwhile belongs on top of it. */
  #held = false;

  constructor(options: ApplierOptions) {
    this.#options = options;
    this.#appliedIndex = options.machine.appliedIndex;
    this.#configuration = options.configuration;
  }

  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  /** In force as of `appliedIndex`. */
  get configuration(): Configuration {
    return this.#configuration;
  }

  get pending(): boolean {
    return !this.#held && this.#next < this.#queue.length;
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
    if (!this.pending) this.#clear();
    return true;
  }

  /** A snapshot supersedes what was handed out so far. Nothing is applied until `resume`. */
  hold(): void {
    this.#held = true;
    this.#clear();
  }

  /** The machine has the snapshot's state now: goes on after it. */
  resume(snapshot: SnapshotId): void {
    this.#held = false;
    this.#appliedIndex = snapshot.index;
    this.#configuration = snapshot.configuration;
  }

  #clear(): void {
    this.#queue = [];
    this.#next = 0;
  }

  #apply(entry: Entry): void {
    if (entry.kind === "command") this.#applyCommand(entry);
    else this.#pass(entry);
    this.#appliedIndex = entry.index;
  }

  #applyCommand(entry: Entry): void {
    const { machine, codec, proposer, runtime, telemetry, onBatch, ends, events } = this.#options;
    const mine = proposer.batchAt(entry.index, entry.term);
    const batch = mine ?? codec.decode(entry.data);
    const applied = machine.apply(entry.index, batch);
    const proposedAt = proposer.applied(entry.index, entry.term, applied.outcomes);
    if (proposedAt !== null) telemetry.commitLatency(runtime.monotonicMs() - proposedAt);
    onBatch(batch, applied, mine !== undefined);
    ends.tell(applied.ended);
    events.add(entry.index, batch.now, applied.events);
  }

  #pass({ index, term, kind, data }: Entry): void {
    const { machine, membershipCodec, proposer, onConfiguration } = this.#options;
    machine.skip(index);
    this.#options.events.add(index, machine.now, []);
    proposer.applied(index, term, []);
    if (kind !== "membership") return;
    this.#configuration = { index, membership: membershipCodec.decode(data) };
    onConfiguration({ index, term }, this.#configuration);
  }
}
