import { isOlder, type JobGroup, type LineKeeper } from "./jobGroup.ts";
import { type Placed, PlacedHeap } from "./placedHeap.ts";
import type { Share } from "./share.ts";
import { TurnSeat } from "./turnSeat.ts";
import type { Parked, WaitingRoom } from "./waitingRoom.ts";

/**
 * Ready jobs of one queue, priority and key, as groups by agent. It stands among the lines of its level while it has a
 * group to offer and nothing holds its key up.
 */
export class KeyLine implements Placed, Parked {
  readonly keeper: LineKeeper;
  readonly key: string;
  /** Null for jobs without a key. */
  readonly share: Share | null;
  /** By agent, wherever they stand. */
  readonly groups = new Map<string, JobGroup>();
  /** Those that stand here. */
  readonly #here = new PlacedHeap<JobGroup>(isOlder);
  /** Among the lines by age. */
  place = -1;
  /** Among the lines by turn, where keys take turns. */
  readonly seat: TurnSeat<KeyLine> = new TurnSeat(this);
  room: WaitingRoom | null = null;

  constructor(keeper: LineKeeper, key: string, share: Share | null) {
    this.keeper = keeper;
    this.key = key;
    this.share = share;
  }

  get size(): number {
    return this.#here.size;
  }

  get first(): JobGroup | null {
    return this.#here.first();
  }

  /** `readyOrder` of the first job that it has to offer. */
  get order(): number {
    return this.first?.order ?? Number.MAX_SAFE_INTEGER;
  }

  /** In no particular order, but for the first. */
  offered(): readonly JobGroup[] {
    return this.#here.items();
  }

  add(group: JobGroup): void {
    group.standsIn = this;
    if (group.share !== null) group.share.withKeys += 1;
    this.#here.push(group);
  }

  remove(group: JobGroup): void {
    group.standsIn = null;
    if (group.share !== null) group.share.withKeys -= 1;
    this.#here.remove(group);
  }

  /** The group's first job is another one. */
  settle(group: JobGroup): void {
    this.#here.settle(group);
  }

  /** Sets the seat's rank to what it is now. */
  takeSeat(): void {
    this.seat.turn = this.keeper.turns?.of(this.key) ?? 0;
    this.seat.order = this.order;
  }

  reenter(): void {
    this.keeper.reseat(this);
  }
}
