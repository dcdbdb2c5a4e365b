import { JobGroup, KeyLine, type LineKeeper, type TurnSeat } from "./jobGroup.ts";
import { PlacedHeap } from "./placedHeap.ts";
import { ReadyLane } from "./readyLane.ts";
import type { Shares } from "./share.ts";
import type { JobSlot, SlotView, Standing } from "./slot.ts";
import { Turns } from "./turns.ts";
import type { WaitingRoom } from "./waitingRoom.ts";

/** What a level asks its queue. */
export interface LevelOwner {
  readonly agents: Shares;
  readonly keys: Shares;
  /** Where the group has to wait; null when nothing holds its agent up. */
  roomFor(group: JobGroup): WaitingRoom | null;
  /** Likewise for its key. */
  keyRoomFor(line: KeyLine): WaitingRoom | null;
}

/**
 * Ready jobs of one queue and priority, in the order of `readyOrder`.
 *
 * Those with neither agent nor key are most of all: they stand in one lane, and nothing holds them up. The others form
 * groups by agent within lines by key, in heaps, so that a million of a blocked agent cost what one does. Who is found to
 * be held up when it would be next is parked where that will be noticed to end; until then it need not be known. So what
 * `first` gives depends on the content alone: whoever is parked is held up, and whoever is not is looked at.
 */
export class ReadyLevel implements LineKeeper {
  readonly #owner: LevelOwner;
  readonly plain = new ReadyLane();
  /** By key. */
  readonly #lines = new Map<string, KeyLine>();
  readonly #byAge = new PlacedHeap<KeyLine>((a, b) => a.order < b.order);
  /** Null unless keys take turns. */
  #turns: Turns | null = null;
  #byTurn: PlacedHeap<TurnSeat> | null = null;
  /** Jobs in lines. */
  #grouped = 0;

  constructor(owner: LevelOwner) {
    this.#owner = owner;
  }

  get size(): number {
    return this.plain.size + this.#grouped;
  }

  get turns(): Turns | null {
    return this.#turns;
  }

  /** Keys take turns from now on, beginning with these; or no longer. O(lines) when that is a change. */
  takeTurns(turns: Turns | null): void {
    for (const seat of this.#byTurn?.items() ?? []) seat.place = -1;
    this.#turns = turns;
    this.#byTurn = turns === null ? null : new PlacedHeap(isSeatedBefore);
    for (const line of this.#byAge.items()) this.#seatByTurn(line);
  }

  /** For a slot whose `readyOrder` is above that of all others here. */
  append(slot: Standing): void {
    if (isPlain(slot)) {
      this.plain.append(slot);
      return;
    }
    const group = this.#groupFor(slot);
    group.lane.append(slot);
    this.#came(group);
  }

  /** For a slot that returns to an old place in the order. */
  giveBack(slot: JobSlot): void {
    if (isPlain(slot)) {
      this.plain.giveBack(slot);
      return;
    }
    const group = this.#groupFor(slot);
    group.lane.giveBack(slot);
    this.#came(group);
  }

  remove(slot: JobSlot): void {
    if (isPlain(slot)) {
      this.plain.remove(slot);
      return;
    }
    const { agent, key = "" } = slot.template;
    const line = this.#lines.get(key);
    const group = line?.groups.get(agent);
    if (line === undefined || group === undefined) return;
    group.lane.remove(slot);
    this.#grouped -= 1;
    if (group.lane.size === 0) this.#dissolve(line, group);
    else if (group.place >= 0) line.open.settle(group);
    this.reseat(line);
  }

  /** The job that would be handed out next, were it for this level alone. */
  first(): JobSlot | null {
    const plain = this.plain.first();
    if (this.#grouped === 0) return plain;
    if (this.#byTurn === null)
      return earlier(
        plain,
        this.#firstOf(this.#byAge, (line) => line),
      );
    const other = this.#firstOf(this.#byTurn, (seat) => seat.line);
    if (plain === null || other === null) return plain ?? other;
    const difference = this.turnOf("") - this.turnOf(other.template.key ?? "");
    if (difference !== 0) return difference < 0 ? plain : other;
    return earlier(plain, other);
  }

  /** The one that has been ready for longest, of those that nothing holds up. */
  oldest(): JobSlot | null {
    const plain = this.plain.first();
    return this.#grouped === 0
      ? plain
      : earlier(
          plain,
          this.#firstOf(this.#byAge, (line) => line),
        );
  }

  turnOf(key: string): number {
    return this.#turns?.of(key) ?? 0;
  }

  /** A job of this key was handed out as one of this level. */
  serve(key: string, weight: number): void {
    if (this.#turns === null || this.#byTurn === null) return;
    if (this.size === 0) {
      this.#turns.clear();
      return;
    }
    if (this.#turns.serve(key, weight) > 0) {
      this.takeTurns(this.#turns);
      return;
    }
    const seat = this.#lines.get(key)?.seat;
    if (seat === undefined || seat.place < 0) return;
    seat.turn = this.#turns.of(key);
    this.#byTurn.settle(seat);
  }

  /** All slots, in no particular order. */
  *slots(): Iterable<SlotView> {
    yield* this.plain.slots();
    for (const line of this.#lines.values())
      for (const group of line.groups.values()) yield* group.lane.slots();
  }

  /** Groups that are not parked, nor their lines; whether something holds them up nobody may have looked at. */
  *openGroups(): Iterable<JobGroup> {
    for (const line of this.#byAge.items()) yield* line.open.items();
  }

  reseat(line: KeyLine): void {
    if (line.open.size === 0 || line.room !== null) {
      if (line.place >= 0) this.#byAge.remove(line);
      if (line.seat.place >= 0) this.#byTurn?.remove(line.seat);
      return;
    }
    if (line.place >= 0) {
      this.#byAge.settle(line);
      if (line.seat.place >= 0) this.#byTurn?.settle(line.seat);
      return;
    }
    this.#byAge.push(line);
    this.#seatByTurn(line);
  }

  #seatByTurn(line: KeyLine): void {
    line.seat.turn = this.turnOf(line.key);
    this.#byTurn?.push(line.seat);
  }

  /** Parks whoever comes first and is held up, until the first one is not. */
  #firstOf<Item extends KeyLine | TurnSeat>(
    heap: PlacedHeap<Item>,
    lineOf: (item: Item) => KeyLine,
  ): JobSlot | null {
    for (let item = heap.first(); item !== null; item = heap.first()) {
      const line = lineOf(item);
      const group = line.open.first();
      const keyRoom = this.#owner.keyRoomFor(line);
      if (keyRoom !== null) {
        keyRoom.add(line);
      } else if (group !== null) {
        const room = this.#owner.roomFor(group);
        if (room === null) return group.lane.first();
        line.open.remove(group);
        room.add(group);
      }
      this.reseat(line);
    }
    return null;
  }

  #groupFor(slot: Standing): JobGroup {
    const { agent, key = "" } = slot.template;
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = new KeyLine(this, key, key === "" ? null : this.#owner.keys.enter(key));
      this.#lines.set(key, line);
    }
    let group = line.groups.get(agent);
    if (group === undefined) {
      group = new JobGroup(line, agent, agent === "" ? null : this.#owner.agents.enter(agent));
      line.groups.set(agent, group);
    }
    return group;
  }

  /** The group has one job more, and may be new. */
  #came(group: JobGroup): void {
    this.#grouped += 1;
    const { line } = group;
    if (group.place >= 0) line.open.settle(group);
    else if (group.room === null) line.open.push(group);
    this.reseat(line);
  }

  #dissolve(line: KeyLine, group: JobGroup): void {
    if (group.place >= 0) line.open.remove(group);
    group.room?.remove(group);
    line.groups.delete(group.agent);
    if (group.share !== null) this.#owner.agents.leave(group.share);
    if (line.groups.size > 0) return;
    line.room?.remove(line);
    this.#lines.delete(line.key);
    if (line.share !== null) this.#owner.keys.leave(line.share);
  }
}

/** Nothing but what concerns its whole queue can hold it up. */
function isPlain({ template }: Standing): boolean {
  return template.agent === "" && template.key === undefined;
}

function earlier(a: JobSlot | null, b: JobSlot | null): JobSlot | null {
  if (a === null || b === null) return a ?? b;
  return a.readyOrder < b.readyOrder ? a : b;
}

function isSeatedBefore(a: TurnSeat, b: TurnSeat): boolean {
  return a.turn < b.turn || (a.turn === b.turn && a.line.order < b.line.order);
}
