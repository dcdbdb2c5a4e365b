import type { QueueSettings } from "./settings.ts";
import type { JobSlot } from "./slot.ts";
import { type HeapItem, SlotHeap } from "./slotHeap.ts";

class Ended implements HeapItem {
  heapKey: number | null = null;
  heapIndex = -1;
  readonly slot: JobSlot;
  readonly bytes: number;

  constructor(slot: JobSlot) {
    this.slot = slot;
    this.bytes = slot.payload.length + (slot.result?.length ?? 0);
  }

  get sequence(): number {
    return this.slot.sequence;
  }
}

/** The completed and cancelled jobs of a queue with bounds, by when they ended. */
class BoundedQueue {
  readonly #bySlot = new Map<JobSlot, Ended>();
  readonly #order = new SlotHeap<Ended>();
  #bytes = 0;
  bounds: Pick<QueueSettings, "maxEnded" | "maxEndedBytes">;

  constructor(bounds: Pick<QueueSettings, "maxEnded" | "maxEndedBytes">) {
    this.bounds = bounds;
  }

  get isOver(): boolean {
    const { maxEnded, maxEndedBytes } = this.bounds;
    return (
      (maxEnded > 0 && this.#order.size > maxEnded) || (maxEndedBytes > 0 && this.#bytes > maxEndedBytes)
    );
  }

  get oldest(): JobSlot | undefined {
    return this.#order.first()?.slot;
  }

  add(slot: JobSlot): void {
    const ended = new Ended(slot);
    this.#bySlot.set(slot, ended);
    this.#order.push(ended, slot.finishedAt ?? 0);
    this.#bytes += ended.bytes;
  }

  remove(slot: JobSlot): void {
    const ended = this.#bySlot.get(slot);
    if (ended === undefined) return;
    this.#bySlot.delete(slot);
    this.#order.remove(ended);
    this.#bytes -= ended.bytes;
  }
}

/** How many completed and cancelled jobs queues keep, where their settings say so. Costs nothing where none do. */
export class EndedBounds {
  readonly #queues = new Map<string, BoundedQueue>();
  /** Names of queues that are over their bounds. */
  readonly #over = new Set<string>();

  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  /** A job to forget, of the first queue by name that has too many. */
  get tooMany(): JobSlot | undefined {
    if (this.#over.size === 0) return undefined;
    const name = [...this.#over].reduce((a, b) => (a < b ? a : b));
    return this.#queues.get(name)?.oldest;
  }

  /** `ended`: all completed and cancelled jobs there are, should an index be needed that there was not. */
  set({ queue, maxEnded, maxEndedBytes }: QueueSettings, ended: () => Iterable<JobSlot>): void {
    if (maxEnded === 0 && maxEndedBytes === 0) {
      this.#queues.delete(queue);
      this.#over.delete(queue);
      return;
    }
    const known = this.#queues.get(queue);
    const bounded = known ?? new BoundedQueue({ maxEnded, maxEndedBytes });
    bounded.bounds = { maxEnded, maxEndedBytes };
    this.#queues.set(queue, bounded);
    if (known === undefined) for (const slot of ended()) if (slot.queue.name === queue) bounded.add(slot);
    this.#check(queue, bounded);
  }

  add(slot: JobSlot): void {
    if (this.#queues.size === 0) return;
    const queue = this.#queues.get(slot.queue.name);
    queue?.add(slot);
    if (queue !== undefined) this.#check(slot.queue.name, queue);
  }

  remove(slot: JobSlot): void {
    if (this.#queues.size === 0) return;
    const queue = this.#queues.get(slot.queue.name);
    queue?.remove(slot);
    if (queue !== undefined) this.#check(slot.queue.name, queue);
  }

  #check(name: string, queue: BoundedQueue): void {
    if (queue.isOver) this.#over.add(name);
    else this.#over.delete(name);
  }
}
