import type { MonotonicMs, NodeId } from "../base/brands.ts";
import type { Effect } from "../raft/effects.ts";
import type { Message } from "../raft/messages.ts";
import type { Entry, EntryId, HardState } from "../raft/types.ts";
import type { DurableBatch, LogStore, PeerTransport, Telemetry } from "./ports.ts";
import type { Runtime } from "./runtime.ts";

type Persist = Extract<Effect, { type: "persist" }>;
type Install = Extract<Effect, { type: "installSnapshot" }>;

interface Gathering {
  hardState: HardState | null;
  truncateFrom: DurableBatch["truncateFrom"];
  entries: Entry[];
  messages: { readonly to: NodeId; readonly message: Message }[];
}

/** What is to be done after what was asked for before it, and before what comes later. */
type Step =
  | { readonly type: "write"; readonly batch: Gathering }
  | { readonly type: "install"; readonly effect: Install; readonly run: () => Promise<void> };

export interface DurableWriterOptions {
  readonly log: LogStore;
  readonly transport: Pick<PeerTransport, "send">;
  readonly runtime: Runtime;
  readonly telemetry: Telemetry;
  /** What is durable now; called after the messages that rested on it have left. */
  readonly onPersisted: (hardState: HardState | null, lastEntry: EntryId | null) => void;
  readonly onFailed: (error: unknown) => void;
}

/**
 * Group commit without a timer: one durable write is under way at a time, and the next takes all that gathered
 * meanwhile. Messages that rest on a write wait for it here (R10), in the order in which the core gave them. The
 * installation of a snapshot is a step of the same stream.
 */
export class DurableWriter {
  readonly #options: DurableWriterOptions;
  /** Closed steps, which come before what gathers; there are some only around an installation. */
  #ahead: Step[] = [];
  #gathering: Gathering = emptyGathering();
  #underWay: Promise<void> | null = null;
  #failed = false;
  #startedAt: MonotonicMs | null = null;

  constructor(options: DurableWriterOptions) {
    this.#options = options;
  }

  /** True while a write is under way: what comes now will share the next one. */
  get busy(): boolean {
    return this.#underWay !== null;
  }

  /** How long the write under way has taken so far, in ms; 0 when there is none. */
  get stalledMs(): number {
    return this.#startedAt === null ? 0 : this.#options.runtime.monotonicMs() - this.#startedAt;
  }

  persist(effect: Persist): void {
    this.#options.log.stage(effect);
    const gathering = this.#gathering;
    if (effect.hardState !== null) gathering.hardState = effect.hardState;
    if (effect.truncateFrom !== null) truncate(gathering, effect.truncateFrom);
    for (const entry of effect.entries) gathering.entries.push(entry);
  }

  /**
   * `run` replaces what was written before by the snapshot. It begins when the writes asked for so far are done, and what
   * is asked for from now on waits for it. The hard state that the report will name goes before it, whatever wrote it.
   */
  install(effect: Install, run: () => Promise<void>): void {
    this.persist({ type: "persist", hardState: effect.hardState, truncateFrom: null, entries: [] });
    this.#ahead.push({ type: "write", batch: this.#gathering }, { type: "install", effect, run });
    this.#gathering = emptyGathering();
  }

  sendWhenPersisted(to: NodeId, message: Message): void {
    this.#gathering.messages.push({ to, message });
  }

  /** Starts the next step unless one is under way; messages that rest on nothing pending leave at once. */
  flush(): void {
    while (this.#underWay === null && !this.#failed) {
      const step = this.#next();
      if (step === null) return;
      if (step.type === "install") this.#underWay = this.#install(step.effect, step.run);
      else if (hasData(step.batch)) this.#underWay = this.#write(step.batch);
      else this.#sendAll(step.batch);
    }
  }

  /** Resolves when nothing is under way or waiting. */
  async idle(): Promise<void> {
    while (this.#underWay !== null) await this.#underWay;
  }

  #next(): Step | null {
    const ahead = this.#ahead.shift();
    if (ahead !== undefined) return ahead;
    const batch = this.#gathering;
    if (!hasData(batch) && batch.messages.length === 0) return null;
    this.#gathering = emptyGathering();
    return { type: "write", batch };
  }

  async #install({ snapshot, hardState }: Install, run: () => Promise<void>): Promise<void> {
    const { onPersisted, onFailed } = this.#options;
    try {
      await run();
    } catch (error) {
      this.#failed = true;
      this.#underWay = null;
      onFailed(error);
      return;
    }
    this.#underWay = null;
    onPersisted(hardState, { index: snapshot.index, term: snapshot.term });
  }

  async #write(batch: Gathering): Promise<void> {
    const { log, runtime, telemetry, onPersisted, onFailed } = this.#options;
    const startedAt = runtime.monotonicMs();
    this.#startedAt = startedAt;
    try {
      await log.write(batch);
    } catch (error) {
      // The outcome on disk is unknown: nothing that rests on it may leave, now or later.
      this.#failed = true;
      this.#underWay = null;
      onFailed(error);
      return;
    }
    this.#underWay = null;
    this.#startedAt = null;
    let bytes = 0;
    for (const entry of batch.entries) bytes += entry.data.byteLength;
    telemetry.durableWrite(runtime.monotonicMs() - startedAt, batch.entries.length, bytes);
    this.#sendAll(batch);
    const last = batch.entries.at(-1);
    onPersisted(batch.hardState, last === undefined ? null : { index: last.index, term: last.term });
  }

  #sendAll(batch: Gathering): void {
    for (const { to, message } of batch.messages) this.#options.transport.send(to, message);
  }
}

function hasData({ hardState, truncateFrom, entries }: Gathering): boolean {
  return hardState !== null || truncateFrom !== null || entries.length > 0;
}

function emptyGathering(): Gathering {
  return { hardState: null, truncateFrom: null, entries: [], messages: [] };
}

/** Entries that were only waiting to be written vanish; the disk needs a cut only for what it may hold. */
function truncate(gathering: Gathering, from: NonNullable<DurableBatch["truncateFrom"]>): void {
  const first = gathering.entries[0];
  const onlyWaiting = first !== undefined && first.index < from;
  while ((gathering.entries.at(-1)?.index ?? -1) >= from) gathering.entries.pop();
  if (onlyWaiting) return;
  if (gathering.truncateFrom === null || from < gathering.truncateFrom) gathering.truncateFrom = from;
}
