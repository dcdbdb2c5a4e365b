import { LogIndex, Term } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { DurableBatch, EntryId, LogStore, RecordStore, SnapshotStore } from "../node/ports.ts";
import type { Entry } from "../raft/types.ts";

const start: EntryId = { index: LogIndex(0), term: Term(0) };

/** The log of a node that never restarts: what is written counts as durable at once. */
export class MemoryLog implements LogStore {
  #compacted = start;
  #last = start;
  #entries: Entry[] = [];

  get lastEntry(): EntryId {
    return this.#last;
  }

  get compacted(): EntryId {
    return this.#compacted;
  }

  stage(): void {
    // Nothing travels: there is nobody to send it to.
  }

  write({ truncateFrom, entries }: DurableBatch): Promise<void> {
    if (truncateFrom !== null) this.#entries = this.#entries.filter(({ index }) => index < truncateFrom);
    for (const entry of entries) this.#entries.push(entry);
    const last = this.#entries.at(-1);
    this.#last = last === undefined ? this.#compacted : { index: last.index, term: last.term };
    return Promise.resolve();
  }

  read(from: LogIndex, through: LogIndex): Promise<readonly Entry[]> {
    return Promise.resolve(this.#entries.filter(({ index }) => index >= from && index <= through));
  }

  cutBelow(index: LogIndex): LogIndex {
    return index;
  }

  compact(through: LogIndex): Promise<void> {
    const entry = this.#entries.find(({ index }) => index === through);
    if (entry === undefined) return Promise.resolve();
    this.#compacted = { index: entry.index, term: entry.term };
    this.#entries = this.#entries.filter(({ index }) => index > through);
    return Promise.resolve();
  }

  stageInstall(): void {
    throw noOthers();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Takes checkpoints, so that the log can be cut, and keeps nothing of them: nobody will load them. */
export class ForgetfulRecords implements RecordStore {
  #appliedIndex = LogIndex(0);

  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  async *load(): AsyncGenerator<never> {
    // It begins empty.
  }

  checkpoint({
    appliedIndex,
    records,
  }: Parameters<RecordStore["checkpoint"]>[0]): ReturnType<RecordStore["checkpoint"]> {
    let count = 0;
    for (const _ of records) count++;
    this.#appliedIndex = appliedIndex;
    return Promise.resolve({ bytes: 0, records: count });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export const noSnapshots: SnapshotStore = {
  openSnapshot: () => Promise.resolve(null),
  stage: () => Promise.reject(noOthers()),
  discardStaged: () => Promise.resolve(),
  install: () => Promise.reject(noOthers()),
};

function noOthers(): ConclaveError {
  return new ConclaveError("INTERNAL", "the node of a test cluster is alone");
}
