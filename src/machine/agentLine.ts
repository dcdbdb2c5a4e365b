import { isOlder, type JobGroup, type LineKeeper } from "./jobGroup.ts";
import { type Placed, PlacedHeap } from "./placedHeap.ts";
import type { Share } from "./share.ts";
import { isSeatedBefore, TurnSeat } from "./turnSeat.ts";
import type { Parked, WaitingRoom } from "./waitingRoom.ts";

/**
 * Ready jobs of one queue, priority and agent, as groups by key: those of an agent that has many keys, and those that were
 * found to be held up with their agent. It is parked as a whole, and stands among the lines of its level as one: what it
 * costs that an agent is free for one job, and then no more, does not depend on how many keys there are.
 *
 * Its rank by turn may be too early, never too late: turns of keys go up as jobs of other agents are handed out, and are
 * looked at when the line comes first (`outrun`).
 */
export class AgentLine implements Placed, Parked {
  readonly keeper: LineKeeper;
  readonly agent: string;
  readonly share: Share;
  readonly #byAge = new PlacedHeap<JobGroup>(isOlder);
  /** Where keys take turns. Those whose key is at virtual time have turn 0 and are apart: it moves, and they with it. */
  readonly #atTime = new PlacedHeap<TurnSeat<JobGroup>>(isOlder);
  readonly #ahead = new PlacedHeap<TurnSeat<JobGroup>>(isSeatedBefore);
  /** Among the lines by age. */
  place = -1;
  /** Among the lines by turn, where keys take turns. */
  readonly seat: TurnSeat<AgentLine> = new TurnSeat(this);
  room: WaitingRoom | null = null;

  constructor(keeper: LineKeeper, share: Share) {
    this.keeper = keeper;
    this.agent = share.name;
    this.share = share;
  }

  get size(): number {
    return this.#byAge.size;
  }

  /** By age. */
  get first(): JobGroup | null {
    return this.#byAge.first();
  }

  get firstByTurn(): JobGroup | null {
    return this.#firstSeat()?.of ?? null;
  }

  /** `readyOrder` of its first job. */
  get order(): number {
    return this.first?.order ?? Number.MAX_SAFE_INTEGER;
  }

  /** In no particular order, but for the first by age. */
  offered(): readonly JobGroup[] {
    return this.#byAge.items();
  }

  add(group: JobGroup): void {
    group.standsIn = this;
    this.#byAge.push(group);
    this.#seatByTurn(group);
    this.#followTime();
  }

  remove(group: JobGroup): void {
    group.standsIn = null;
    this.#byAge.remove(group);
    this.#unseat(group);
  }

  /** The group's first job is another one. */
  settle(group: JobGroup): void {
    this.#byAge.settle(group);
    const { seat } = group;
    if (seat === null) return;
    seat.order = group.order;
    this.#heapOf(seat).settle(seat);
  }

  /** Its first group by turn, if that group's turn is a later one by now. */
  get outrun(): JobGroup | null {
    const { turns } = this.keeper;
    const first = this.#firstSeat();
    if (turns === null || first === null) return null;
    return turns.of(first.of.line.key) > Math.max(first.turn, turns.time) ? first.of : null;
  }

  /** The turn of the group's key is another one. */
  followTurn(group: JobGroup): void {
    this.#unseat(group);
    this.#seatByTurn(group);
  }

  /** Keys take turns from now on, or no longer. O(groups). */
  followTurns(): void {
    for (const group of this.offered()) this.followTurn(group);
  }

  /** Turns went down. O(groups whose key was above virtual time), at most as many as turns are remembered. */
  turnsFell(): void {
    for (const { of: group } of this.#ahead.items().slice()) this.followTurn(group);
  }

  /** As of a key's line. */
  takeSeat(): void {
    const first = this.#firstSeat();
    this.seat.turn = Math.max(first?.turn ?? 0, this.keeper.turns?.time ?? 0);
    this.seat.order = first?.order ?? Number.MAX_SAFE_INTEGER;
  }

  reenter(): void {
    this.keeper.reseat(this);
  }

  #firstSeat(): TurnSeat<JobGroup> | null {
    this.#followTime();
    return this.#atTime.first() ?? this.#ahead.first();
  }

  #followTime(): void {
    const time = this.keeper.turns?.time ?? 0;
    for (let first = this.#ahead.first(); first !== null; first = this.#ahead.first()) {
      if (first.turn > time) return;
      this.#ahead.remove(first);
      first.turn = 0;
      this.#atTime.push(first);
    }
  }

  #seatByTurn(group: JobGroup): void {
    const { turns } = this.keeper;
    if (turns === null) return;
    const seat = new TurnSeat(group);
    const turn = turns.of(group.line.key);
    seat.turn = turn > turns.time ? turn : 0;
    seat.order = group.order;
    group.seat = seat;
    this.#heapOf(seat).push(seat);
  }

  #unseat(group: JobGroup): void {
    if (group.seat !== null) this.#heapOf(group.seat).remove(group.seat);
    group.seat = null;
  }

  #heapOf({ turn }: TurnSeat<JobGroup>): PlacedHeap<TurnSeat<JobGroup>> {
    return turn === 0 ? this.#atTime : this.#ahead;
  }
}
