import { assert } from "../base/assert.ts";
import { LogIndex, type MonotonicMs } from "../base/brands.ts";
import type { RaftConfig } from "./config.ts";
import type { Entry } from "./types.ts";

type Window = Pick<RaftConfig, "maxInflightAppends" | "maxInflightBytes">;

/**
 * What the leader knows of one follower (Raft figure 2, "volatile state on leaders").
 *
 * - `probe`: it is not known where the logs agree. One append with entries per guess, then wait.
 * - `replicate`: they agree below `nextIndex`. Appends follow one another without waiting for replies
 *   (pipelining), as far as the window in messages and bytes allows.
 *
 * Invariant: matchIndex < nextIndex.
 */
export class Progress {
  readonly #window: Window;
  #matchIndex = LogIndex(0);
  #nextIndex: LogIndex;
  #state: "probe" | "replicate" = "probe";
  #probeSent = false;
  readonly #inflight: { readonly last: LogIndex; readonly bytes: number }[] = [];
  #inflightBytes = 0;
  /** The highest round of this term that the follower has answered, whatever the answer. */
  ackedRound = 0;
  lastAckAt: MonotonicMs | null = null;
  /** Where a read of the log that is under way for this follower begins. */
  readingFrom: LogIndex | null = null;

  constructor(nextIndex: LogIndex, window: Window) {
    this.#nextIndex = nextIndex;
    this.#window = window;
  }

  get matchIndex(): LogIndex {
    return this.#matchIndex;
  }

  get nextIndex(): LogIndex {
    return this.#nextIndex;
  }

  get state(): "probe" | "replicate" {
    return this.#state;
  }

  /** Whether an append with entries may be sent now. */
  get hasRoom(): boolean {
    if (this.readingFrom !== null) return false;
    if (this.#state === "probe") return !this.#probeSent;
    const { maxInflightAppends, maxInflightBytes } = this.#window;
    return this.#inflight.length < maxInflightAppends && this.#inflightBytes < maxInflightBytes;
  }

  /** The entries at `nextIndex` have been sent. */
  onSent(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    assert(entries[0]?.index === this.#nextIndex && last !== undefined, "sent entries begin at nextIndex");
    if (this.#state === "probe") {
      this.#probeSent = true;
      return;
    }
    const bytes = entries.reduce((sum, entry) => sum + entry.data.length, 0);
    this.#inflight.push({ last: last.index, bytes });
    this.#inflightBytes += bytes;
    this.#nextIndex = LogIndex(last.index + 1);
  }

  /** The follower's log equals ours through `matchIndex`. Returns whether that was news. */
  onMatched(matchIndex: LogIndex): boolean {
    const isNews = matchIndex > this.#matchIndex;
    if (isNews) this.#matchIndex = matchIndex;
    if (this.#nextIndex <= this.#matchIndex) this.#nextIndex = LogIndex(this.#matchIndex + 1);
    this.#state = "replicate";
    this.#probeSent = false;
    for (let oldest = this.#inflight[0]; oldest !== undefined; oldest = this.#inflight[0]) {
      if (oldest.last > matchIndex) break;
      this.#inflightBytes -= oldest.bytes;
      this.#inflight.shift();
    }
    return isNews;
  }

  /**
   * The follower has no entry like ours at `rejectedIndex`; it may agree just before `retryFrom`. Returns
   * false when there is nothing new to try: the rejection is a late one, or the log does not reach back so far.
   */
  onRejected(rejectedIndex: LogIndex, retryFrom: LogIndex): boolean {
    if (rejectedIndex <= this.#matchIndex) return false;
    if (this.#state === "probe" && rejectedIndex !== this.#nextIndex - 1) return false;
    const nextIndex = LogIndex(Math.max(retryFrom, this.#matchIndex + 1));
    if (nextIndex >= this.#nextIndex) return false;
    this.#probeFrom(nextIndex);
    return true;
  }

  /** What was under way is probably lost (the stream broke): begin again from what is certain. */
  onLost(): void {
    this.#probeFrom(this.#state === "probe" ? this.#nextIndex : LogIndex(this.#matchIndex + 1));
  }

  /** Entries below `index` are gone from our log; the guess cannot be lower. */
  raiseNextIndex(index: LogIndex): void {
    if (this.#nextIndex < index) this.#probeFrom(index);
  }

  #probeFrom(nextIndex: LogIndex): void {
    this.#nextIndex = nextIndex;
    this.#state = "probe";
    this.#probeSent = false;
    this.#inflight.length = 0;
    this.#inflightBytes = 0;
    this.readingFrom = null;
  }
}
