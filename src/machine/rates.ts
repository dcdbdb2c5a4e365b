import { LogTimeMs } from "../base/brands.ts";
import { PlacedHeap } from "./placedHeap.ts";
import { RateWindow } from "./rateWindow.ts";
import type { RateRecord } from "./records.ts";
import type { QueueSettings } from "./settings.ts";
import type { SideTable } from "./sideTable.ts";
import type { MachineState } from "./state.ts";

/** Changed windows of which records are made at once. */
const flushedAtOnce = 500;

/**
 * Rate limits and what counts towards them. They outlive the jobs of their queue: a queue that was empty for a moment has
 * not earned new claims. Windows change with every claim, so their records are made for many changes at once: when a
 * checkpoint begins, and before that would take long.
 */
export class Rates {
  readonly #side: SideTable;
  /** By queue, then by key. */
  readonly #windows = new Map<string, Map<string, RateWindow>>();
  /** Those that are not empty, by the time at which something comes back. */
  readonly #byTime = new PlacedHeap<RateWindow>(isFreedBefore);
  readonly #dirty = new Set<RateWindow>();
  #size = 0;

  constructor(side: SideTable) {
    this.#side = side;
  }

  /** Records that a checkpoint beginning now would write beyond those in the side table. */
  get pending(): number {
    return this.#dirty.size;
  }

  /** Claims that the limit of the queue (key "") or of a key in it allows. */
  left({ queue, rate, ratePerKey }: QueueSettings, key: string): number {
    const limit = key === "" ? rate : ratePerKey;
    if (limit === null) return Number.POSITIVE_INFINITY;
    return this.window(queue, key)?.left ?? limit.limit;
  }

  /** Limits of which something is used. */
  get size(): number {
    return this.#size;
  }

  window(queue: string, key: string): RateWindow | undefined {
    return this.#windows.get(queue)?.get(key);
  }

  used(settings: QueueSettings, key: string, now: LogTimeMs): void {
    const limit = key === "" ? settings.rate : settings.ratePerKey;
    if (limit === null) return;
    const { queue } = settings;
    let window = this.window(queue, key);
    if (window === undefined) {
      window = new RateWindow(queue, key, limit);
      this.#add(window);
    }
    window.use(now);
    this.#changed(window);
  }

  /**
   * The limits of a queue are others now: what was used so far still counts. `now`: it is rounded anew where the interval is
   * shorter than it was; null: it is not. O(keys), and their uses.
   */
  changed({ queue, rate, ratePerKey }: QueueSettings, now: LogTimeMs | null): void {
    for (const window of this.#windows.get(queue)?.values() ?? []) {
      const limit = window.key === "" ? rate : ratePerKey;
      if (limit === null) {
        this.#drop(window);
      } else {
        const isShorter = limit.intervalMs < window.rate.intervalMs;
        window.rate = limit;
        if (isShorter && now !== null) {
          window.roundAnew(now);
          this.#changed(window);
        } else this.#byTime.settle(window);
      }
    }
  }

  /** Earliest time at which a claim comes back. */
  nextAt(): LogTimeMs | null {
    return this.#byTime.first()?.freeAt ?? null;
  }

  /** Gives back what is over in the window where that was first; null when there is none. */
  freeNext(now: LogTimeMs): RateWindow | null {
    const window = this.#byTime.first();
    if (window === null || (window.freeAt ?? now + 1) > now) return null;
    window.free(now);
    if (window.isEmpty) this.#drop(window);
    else this.#changed(window);
    return window;
  }

  /** From a checkpoint, when the queue's settings are known. False when there is no such limit. */
  restore(record: RateRecord, { rate, ratePerKey }: QueueSettings): boolean {
    const limit = record.key === "" ? rate : ratePerKey;
    if (limit === null || record.uses.length === 0) return false;
    const window = new RateWindow(record.queue, record.key, limit, record.uses);
    this.#add(window);
    this.#byTime.push(window);
    return true;
  }

  /** Brings the side table up to date. O(windows that changed since the last time). */
  flush(): void {
    for (const window of this.#dirty) this.#side.put(window.record());
    this.#dirty.clear();
  }

  #add(window: RateWindow): void {
    const ofQueue = this.#windows.get(window.queue) ?? new Map<string, RateWindow>();
    this.#windows.set(window.queue, ofQueue.set(window.key, window));
    this.#size += 1;
  }

  #changed(window: RateWindow): void {
    this.#dirty.add(window);
    if (this.#dirty.size >= flushedAtOnce) this.flush();
    if (window.place >= 0) this.#byTime.settle(window);
    else this.#byTime.push(window);
  }

  #drop(window: RateWindow): void {
    this.#byTime.remove(window);
    this.#dirty.delete(window);
    this.#side.delete(`r${window.queue}\0${window.key}`);
    const ofQueue = this.#windows.get(window.queue);
    if (ofQueue?.delete(window.key) === true) this.#size -= 1;
    if (ofQueue?.size === 0) this.#windows.delete(window.queue);
  }
}

/** Gives back claims whose interval is over; who waits for them may be up. Returns how many windows that concerned. */
export function fireRates(state: MachineState, max: number): number {
  let fired = 0;
  for (; fired < max; fired++) {
    const window = state.rates.freeNext(state.now);
    if (window === null) break;
    if (window.key !== "") state.queues.get(window.queue)?.keyFreed(window.key);
  }
  return fired;
}

function isFreedBefore(a: RateWindow, b: RateWindow): boolean {
  const [timeOfA, timeOfB] = [a.freeAt ?? LogTimeMs(0), b.freeAt ?? LogTimeMs(0)];
  if (timeOfA !== timeOfB) return timeOfA < timeOfB;
  if (a.queue !== b.queue) return a.queue < b.queue;
  return a.key < b.key;
}
