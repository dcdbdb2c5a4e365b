import { assert } from "../base/assert.ts";
import type { LogIndex } from "../base/brands.ts";
import type { Effect } from "./effects.ts";
import type { Entry, HardState } from "./types.ts";

/**
 * Gathers the effects of one step. Whatever the step makes durable goes into *one* `persist` at its head: term
 * and vote, truncation and the entries that replace it can then not be torn apart by a crash, and no message
 * or apply can come before the write that it rests on.
 */
export class Outbox {
  #hardState: HardState | null = null;
  #truncateFrom: LogIndex | null = null;
  #entries: readonly Entry[] = [];
  #membershipChanged: Effect | null = null;
  #effects: Effect[] = [];

  persistHardState(hardState: HardState): void {
    this.#hardState = hardState;
  }

  /** At most once a step: nothing that can happen to the core writes to the log twice. */
  persistEntries(truncateFrom: LogIndex | null, entries: readonly Entry[]): void {
    assert(this.#entries.length === 0, "a step writes to the log once");
    this.#truncateFrom = truncateFrom;
    this.#entries = entries;
  }

  /** Goes before the messages of the step: new members have to be known before something can be sent to them. */
  announce(membershipChanged: Effect): void {
    this.#membershipChanged = membershipChanged;
  }

  push(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** The step's effects in the order in which the driver carries them out; the outbox is empty afterwards. */
  drain(): readonly Effect[] {
    const effects = this.#effects;
    if (this.#membershipChanged !== null) {
      effects.unshift(this.#membershipChanged);
      this.#membershipChanged = null;
    }
    if (this.#hardState !== null || this.#entries.length > 0) {
      effects.unshift({
        type: "persist",
        hardState: this.#hardState,
        truncateFrom: this.#truncateFrom,
        entries: this.#entries,
      });
      this.#hardState = null;
      this.#truncateFrom = null;
      this.#entries = [];
    }
    this.#effects = [];
    return effects;
  }
}
