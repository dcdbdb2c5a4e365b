import { assert } from "../base/assert.ts";
import { WaitingRoom } from "./waitingRoom.ts";

/** What one agent, or one key, takes of its queue. */
export class Share {
  readonly name: string;
  /** Its running jobs. */
  running = 0;
  /** Those whom a limit on this share holds up. */
  readonly room = new WaitingRoom();
  /** Of an agent: its groups that stand in their keys' lines. */
  withKeys = 0;
  /** Running jobs, and kinds of ready jobs, that refer to it. */
  references = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Kinds of ready jobs: one for each priority, key and agent. */
  get kinds(): number {
    return this.references - this.running;
  }
}

/** Shares of a queue by name; one that nothing refers to is forgotten, so names cannot pile up. */
export class Shares {
  readonly #byName = new Map<string, Share>();

  get(name: string): Share | undefined {
    return this.#byName.get(name);
  }

  all(): Iterable<Share> {
    return this.#byName.values();
  }

  /** The share for one more reference. */
  enter(name: string): Share {
    let share = this.#byName.get(name);
    if (share === undefined) {
      share = new Share(name);
      this.#byName.set(name, share);
    }
    share.references += 1;
    return share;
  }

  leave(share: Share): void {
    share.references -= 1;
    assert(share.references >= 0, "a share is left as often as it was entered");
    if (share.references === 0) this.#byName.delete(share.name);
  }

  began(name: string): void {
    this.enter(name).running += 1;
  }

  /** Returns the share, which one job less is running of. */
  ended(name: string): Share {
    const share = this.#byName.get(name);
    assert(share !== undefined && share.running > 0, "only what began can end");
    share.running -= 1;
    this.leave(share);
    return share;
  }
}
