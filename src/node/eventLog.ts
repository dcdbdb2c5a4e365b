import type { LogTimeMs } from "../base/brands.ts";
import { LogIndex } from "../base/brands.ts";
import type { JobEvent } from "../machine/types.ts";
import { type PackedEvents, packEvents, unpackEvents } from "./packedEvents.ts";

/** What happened in one entry of the log. */
export interface EntryEvents {
  readonly index: LogIndex;
  readonly at: LogTimeMs;
  readonly events: readonly JobEvent[];
}

interface Kept {
  readonly index: LogIndex;
  readonly at: LogTimeMs;
  readonly events: PackedEvents;
  readonly bytes: number;
}

/** An event's fixed cost in memory. */
const eventBytes = 160;
const defaultMaxBytes = 16 * 1024 * 1024;
/** Told together: what is applied in a turn. */
type Listener = () => void;

/**
 * The latest events, on every node alike, bounded in bytes. Who watches holds a place in it and nothing else: one that is
 * too slow finds that its place is gone.
 */
export class EventLog {
  readonly #maxBytes: number;
  readonly #listeners = new Set<Listener>();
  #kept: Kept[] = [];
  /** The oldest in `#kept` that counts; those before it are let go of in bulk. */
  #head = 0;
  #bytes = 0;
  #firstIndex: LogIndex;
  #nextIndex: LogIndex;

  /** `applied`: the last entry of which nothing is known here. */
  constructor(applied: LogIndex, maxBytes = defaultMaxBytes) {
    this.#maxBytes = maxBytes;
    this.#firstIndex = LogIndex(applied + 1);
    this.#nextIndex = this.#firstIndex;
  }

  /** All events of this entry and later ones are here. */
  get firstIndex(): LogIndex {
    return this.#firstIndex;
  }

  /** Of the next entry that is applied. */
  get nextIndex(): LogIndex {
    return this.#nextIndex;
  }

  /** Who watches. */
  get listeners(): number {
    return this.#listeners.size;
  }

  add(index: LogIndex, at: LogTimeMs, events: readonly JobEvent[]): void {
    this.#nextIndex = LogIndex(index + 1);
    if (events.length === 0) return;
    let bytes = 0;
    for (const event of events) bytes += bytesOf(event);
    this.#kept.push({ index, at, events: packEvents(events), bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes && this.#head < this.#kept.length - 1) this.#dropOldest();
    for (const listener of this.#listeners) listener();
  }

  /** The state was replaced by a snapshot: nobody here knows how it came about. */
  restart(applied: LogIndex): void {
    this.#kept = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#firstIndex = LogIndex(applied + 1);
    this.#nextIndex = this.#firstIndex;
    for (const listener of this.#listeners) listener();
  }

  /** Entries with events from `index` on, oldest first; `index` is not below `firstIndex`. */
  *from(index: LogIndex): Iterable<EntryEvents> {
    for (let at = this.#place(index); at < this.#kept.length; at++) {
      const entry = this.#kept[at];
      if (entry === undefined) continue;
      yield { index: entry.index, at: entry.at, events: unpackEvents(entry.events) };
    }
  }

  /** Called when there is more; the returned function makes it not. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #dropOldest(): void {
    const oldest = this.#kept[this.#head++];
    if (oldest === undefined) return;
    this.#bytes -= oldest.bytes;
    this.#firstIndex = LogIndex(oldest.index + 1);
    if (this.#head * 2 < this.#kept.length) return;
    this.#kept = this.#kept.slice(this.#head);
    this.#head = 0;
  }

  /** Of the first kept entry at `index` or after it. */
  #place(index: LogIndex): number {
    let low = this.#head;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#kept[middle]?.index ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function bytesOf({ id, queue, agent, detail }: JobEvent): number {
  return eventBytes + 2 * (id.length + queue.length + agent.length + detail.length);
}
