import type { Runtime } from "./runtime.ts";

/**
 * Gathers everything that arrives between two turns of the event loop, so that one turn can answer all of it
 * with one durable write and one message per peer.
 */
export class Mailbox<Item> {
  readonly #runtime: Runtime;
  readonly #turn: (items: readonly Item[]) => void;
  #items: Item[] = [];
  #scheduled = false;
  #closed = false;

  constructor(runtime: Runtime, turn: (items: readonly Item[]) => void) {
    this.#runtime = runtime;
    this.#turn = turn;
  }

  /** A turn will run soon. */
  get isAwake(): boolean {
    return this.#scheduled;
  }

  /** Dropped once closed: no turn would take it. */
  post(item: Item): void {
    if (this.#closed) return;
    this.#items.push(item);
    this.wake();
  }

  /** Makes sure that a turn runs soon, with or without items. */
  wake(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#runtime.soon(() => {
      this.#scheduled = false;
      if (this.#closed) return;
      const items = this.#items;
      this.#items = [];
      this.#turn(items);
    });
  }

  close(): void {
    this.#closed = true;
    this.#items = [];
  }
}
