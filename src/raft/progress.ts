import { assert } from "../base/assert.ts";
import { LogIndex, type MonotonicMs } from "../base/brands.ts";
import type { PeerStatus, RaftConfig } from "./config.ts";
import type { Entry } from "./types.ts";

type Window = Pick<RaftConfig, "maxInflightAppends" | "maxInflightBytes">;

/**
 * What the leader knows of one follower (Raft figure 2, "volatile state on leaders").
 *
 * - `probe`: it is not known where the logs agree. One append with entries per guess, then wait.
 * - `replicate`: they agree below `nextIndex`. Appends follow one another without waiting for replies
 *   (pipelining), as far as the window in messages and bytes allows.
 * - `snapshot`: the follower needs entries that are compacted away here. It is offered a snapshot, and nothing else,
 *   until it has one from which our log goes on (Raft 7).
 *
 * Invariant: matchIndex < nextIndex.
 */
export class Progress {
  /** Answers to earlier rounds do not count: they come from before it was a member, or from data that it lost since. */
  readonly sinceRound: number;
  readonly #window: Window;
  #matchIndex = LogIndex(0);
  #nextIndex: LogIndex;
  #state: PeerStatus["progress"] = "probe";
  #probeSent = false;
  readonly #inflight: { readonly last: LogIndex; readonly bytes: number }[] = [];
  #inflightBytes = 0;
  #offered: LogIndex | null = null;
  #snapshots = 0;
  /** The highest round of this term that the follower has answered, whatever the answer. */
  ackedRound = 0;
  lastAckAt: MonotonicMs | null = null;
  /** Where a read of the log that is under way for this follower begins. */
  readingFrom: LogIndex | null = null;

  constructor(nextIndex: LogIndex, window: Window, sinceRound: number) {
    this.#nextIndex = nextIndex;
    this.#window = window;
    this.sinceRound = sinceRound;
  }

  get matchIndex(): LogIndex {
    return this.#matchIndex;
  }

  get nextIndex(): LogIndex {
    return this.#nextIndex;
  }

  get state(): PeerStatus["progress"] {
    return this.#state;
  }

  /** Snapshots in a row without reaching `replicate`. */
  get snapshots(): number {
    return this.#snapshots;
  }

  /** The first snapshot that was offered, which is the one that it fetches: it will need the entries after it. */
  get offered(): LogIndex | null {
    return this.#offered;
  }

  /** Whether an append with entries may be sent now. */
  get hasRoom(): boolean {
    if (this.readingFrom !== null || this.#state === "snapshot") return false;
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

  /** The snapshot through `index` is offered: what the follower needs first is gone from our log. */
  onOffered(index: LogIndex): void {
    if (this.#state !== "snapshot") {
      this.#probeFrom(this.#nextIndex);
      this.#state = "snapshot";
      this.#snapshots += 1;
    }
    this.#offered ??= index;
  }

  /**
   * The follower's log equals ours through `matchIndex`; ours begins after `compacted`. Returns whether that was news.
   */
  onMatched(matchIndex: LogIndex, compacted: LogIndex): boolean {
    const isNews = matchIndex > this.#matchIndex;
    if (isNews) this.#matchIndex = matchIndex;
    if (this.#nextIndex <= this.#matchIndex) this.#nextIndex = LogIndex(this.#matchIndex + 1);
    if (this.#state === "snapshot" && this.#matchIndex < compacted) {
      this.#onUseless();
      return isNews;
    }
    this.#state = "replicate";
    this.#probeSent = false;
    this.#offered = null;
    this.#snapshots = 0;
    for (let oldest = this.#inflight[0]; oldest !== undefined; oldest = this.#inflight[0]) {
      if (oldest.last > matchIndex) break;
      this.#inflightBytes -= oldest.bytes;
      this.#inflight.shift();
    }
    return isNews;
  }

  /**
   * The follower has no entry like ours at `rejectedIndex`; it may agree just before `retryFrom`. Returns
   * false when there is nothing new to try: the rejection is a late one.
   */
  onRejected(rejectedIndex: LogIndex, retryFrom: LogIndex): boolean {
    if (rejectedIndex <= this.#matchIndex || this.#state === "snapshot") return false;
    if (this.#state === "probe" && rejectedIndex !== this.#nextIndex - 1) return false;
    const nextIndex = LogIndex(Math.max(retryFrom, this.#matchIndex + 1));
    if (nextIndex >= this.#nextIndex) return false;
    this.#probeFrom(nextIndex);
    return true;
  }

  /** What was under way is probably lost (the stream broke): begin again from what is certain. */
  onLost(): void {
    // Whatever it was fetching, it will begin again with our newest.
    this.#offered = null;
    if (this.#state === "snapshot") return;
    this.#probeFrom(this.#state === "probe" ? this.#nextIndex : LogIndex(this.#matchIndex + 1));
  }

  /** It has the snapshot that it was offered, and we have cut our log beyond that meanwhile: so once more. */
  #onUseless(): void {
    if (this.#offered === null || this.#matchIndex < this.#offered) return;
    this.#offered = null;
    this.#snapshots += 1;
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
