import { assert } from "../base/assert.ts";
import { AgentLine } from "./agentLine.ts";
import { isOlder, JobGroup, type Line, type LineKeeper } from "./jobGroup.ts";
import { KeyLine } from "./keyLine.ts";
import { PlacedHeap } from "./placedHeap.ts";
import { ReadyLane } from "./readyLane.ts";
import type { Share, Shares } from "./share.ts";
import type { JobSlot, SlotView, Standing } from "./slot.ts";
import { isSeatedBefore, type TurnSeat } from "./turnSeat.ts";
import type { Turns } from "./turns.ts";
import type { WaitingRoom } from "./waitingRoom.ts";

/**
 * Groups of an agent with more than so many in its queue begin in a line of its own. As few as that stand in their keys' lines,
 * and are set aside one by one when the agent is held up: there a key whose turn moves takes those of all agents with it,
 * where each agent's line has to move it by itself.
 */
const manyKeys = 64;
/** As many of an agent may be in their keys' lines because they had to be moved: what is set aside at once takes some milliseconds. */
const maxWithKeys = 2_000;

/** A group, or a line of them. */
type OfAgent = Pick<JobGroup, "agent" | "share">;

/** What a level asks its queue. */
export interface LevelOwner {
  readonly agents: Shares;
  readonly keys: Shares;
  /** Where jobs of the agent have to wait; null when nothing holds it up. */
  roomFor(agent: OfAgent): WaitingRoom | null;
  /** Likewise for its key. */
  keyRoomFor(line: KeyLine): WaitingRoom | null;
}

/**
 * Ready jobs of one queue and priority, in the order of `readyOrder`.
 *
 * Those with neither agent nor key are most of all: they stand in one lane, and nothing holds them up. The others form
 * groups by agent and key, so that a million of a blocked agent cost what one does; those stand in lines, in heaps. A group
 * is in its key's line, so that a key's turn or limit concerns one line; or in its agent's, where that has many keys or is
 * held up. Who is found to be held up when it would be next is parked where that will be noticed to end: a line as a whole,
 * a group of a key's line in its agent's. Until then it need not be known. So what `first` gives depends on the content
 * alone: whoever is parked is held up, and whoever is not is looked at.
 */
export class ReadyLevel implements LineKeeper {
  readonly #owner: LevelOwner;
  readonly plain = new ReadyLane();
  /** By key. */
  readonly #lines = new Map<string, KeyLine>();
  /** By agent, of those who have a group there. */
  readonly #agentLines = new Map<string, AgentLine>();
  readonly #byAge = new PlacedHeap<Line>(isOlder);
  /** Null unless keys take turns. */
  #turns: Turns | null = null;
  #byTurn: PlacedHeap<TurnSeat<Line>> | null = null;
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

  /** Keys take turns from now on, beginning with these; or no longer. O(groups). */
  takeTurns(turns: Turns | null): void {
    this.#turns = turns;
    for (const line of this.#agentLines.values()) line.followTurns();
    this.#seatAllByTurn();
  }

  /** For a slot whose `readyOrder` is above that of all others here. */
  append(slot: Standing): void {
    if (isPlain(slot)) {
      this.plain.append(slot);
      return;
    }
    const group = this.#groupFor(slot);
    group.lane.append(slot);
    this.#grouped += 1;
    if (group.standsIn === null) this.#settle(group);
  }

  /** For a slot that returns to an old place in the order. */
  giveBack(slot: JobSlot): void {
    if (isPlain(slot)) {
      this.plain.giveBack(slot);
      return;
    }
    const group = this.#groupFor(slot);
    group.lane.giveBack(slot);
    this.#grouped += 1;
    this.#settle(group);
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
    else this.#settle(group);
  }

  /** The job that would be handed out next, were it for this level alone. */
  first(): JobSlot | null {
    const plain = this.plain.first();
    if (this.#grouped === 0) return plain;
    if (this.#byTurn === null) return earlier(plain, this.#firstByAge());
    const other = this.#firstByTurn(this.#byTurn);
    if (plain === null || other === null) return plain ?? other;
    const difference = this.turnOf("") - this.turnOf(other.template.key ?? "");
    if (difference !== 0) return difference < 0 ? plain : other;
    return earlier(plain, other);
  }

  /** The one that has been ready for longest, of those that nothing holds up. */
  oldest(): JobSlot | null {
    const plain = this.plain.first();
    return this.#grouped === 0 ? plain : earlier(plain, this.#firstByAge());
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
      for (const line of this.#agentLines.values()) line.turnsFell();
      this.#seatAllByTurn();
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

  /**
   * Those that are not parked, with a group to offer; whether something holds them up nobody may have looked at.
   * After `oldest` that one's line comes first, and in it its group.
   */
  openLines(): readonly Line[] {
    return this.#byAge.items();
  }

  reseat(line: Line): void {
    if (line.size === 0 || line.room !== null) {
      if (line.place >= 0) this.#byAge.remove(line);
      if (line.seat.place >= 0) this.#byTurn?.remove(line.seat);
      return;
    }
    if (line.place >= 0) this.#byAge.settle(line);
    else this.#byAge.push(line);
    this.#seatByTurn(line);
  }

  #seatByTurn(line: Line): void {
    if (this.#byTurn === null) return;
    line.takeSeat();
    if (line.seat.place >= 0) this.#byTurn.settle(line.seat);
    else this.#byTurn.push(line.seat);
  }

  /** O(lines). */
  #seatAllByTurn(): void {
    for (const seat of this.#byTurn?.items() ?? []) seat.place = -1;
    this.#byTurn = this.#turns === null ? null : new PlacedHeap<TurnSeat<Line>>(isSeatedBefore);
    for (const line of this.#byAge.items()) this.#seatByTurn(line);
  }

  #firstByAge(): JobSlot | null {
    for (let line = this.#byAge.first(); line !== null; line = this.#byAge.first()) {
      const found = this.#isUp(line) ? this.#firstOf(line.first) : null;
      if (found !== null) return found;
    }
    return null;
  }

  #firstByTurn(byTurn: PlacedHeap<TurnSeat<Line>>): JobSlot | null {
    for (let seat = byTurn.first(); seat !== null; seat = byTurn.first()) {
      const { of: line } = seat;
      if (!this.#isUp(line)) continue;
      const outrun = line instanceof KeyLine ? null : line.outrun;
      if (outrun !== null) {
        this.#putRight(outrun);
        continue;
      }
      const found = this.#firstOf(line instanceof KeyLine ? line.first : line.firstByTurn);
      if (found !== null) return found;
    }
    return null;
  }

  /** Its key was served for other agents: it goes there, where that costs nothing from now on, while there are not too many. */
  #putRight(group: JobGroup): void {
    const { share, line, standsIn } = group;
    if (share === null || !(standsIn instanceof AgentLine)) return;
    if (share.withKeys < maxWithKeys) {
      this.#move(group, line);
      return;
    }
    standsIn.followTurn(group);
    this.reseat(standsIn);
  }

  /** A line comes first. One that is held up is parked now; one of an agent that has not many keys any more is no longer. */
  #isUp(line: Line): boolean {
    const room = line instanceof KeyLine ? this.#owner.keyRoomFor(line) : this.#owner.roomFor(line);
    if (room !== null) {
      this.#park(line, room);
      return false;
    }
    if (line instanceof KeyLine || hasManyKeys(line.share)) return true;
    for (const group of line.offered().slice()) this.#move(group, group.line);
    return false;
  }

  /** The job that would be next, since its group comes first in a line that is; null when the group is held up. */
  #firstOf(group: JobGroup | null): JobSlot | null {
    assert(group !== null, "a line that stands among others has a group to offer");
    const { line, share } = group;
    const keyRoom = group.standsIn === line ? null : this.#owner.keyRoomFor(line);
    if (keyRoom !== null) {
      // Where the key's end of being held up will be noticed.
      this.#move(group, line);
      if (line.room === null) this.#park(line, keyRoom);
      return null;
    }
    const room = this.#owner.roomFor(group);
    if (room === null || share === null) return group.lane.first();
    const agentLine = this.#agentLine(share);
    this.#move(group, agentLine);
    if (agentLine.room === null) this.#park(agentLine, room);
    return null;
  }

  #park(line: Line, room: WaitingRoom): void {
    room.add(line);
    this.reseat(line);
  }

  /** Lines go to their new places one at a time: while one is out of order, no other may move. */
  #move(group: JobGroup, to: Line): void {
    this.#withdraw(group);
    to.add(group);
    this.reseat(to);
  }

  #withdraw(group: JobGroup): void {
    const { standsIn: line } = group;
    if (line === null) return;
    line.remove(group);
    this.reseat(line);
    if (line instanceof KeyLine || line.size > 0) return;
    line.room?.remove(line);
    this.#agentLines.delete(line.agent);
  }

  #agentLine(share: Share): AgentLine {
    let line = this.#agentLines.get(share.name);
    if (line === undefined) {
      line = new AgentLine(this, share);
      this.#agentLines.set(share.name, line);
    }
    return line;
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

  /** The group is new, or its first job may be another one. */
  #settle(group: JobGroup): void {
    const { share, line, standsIn } = group;
    const isNew = standsIn === null;
    const goesApart = (of: Share) =>
      isNew ? hasManyKeys(of) : standsIn === line && of.withKeys > maxWithKeys;
    if (share !== null && goesApart(share)) {
      this.#move(group, this.#agentLine(share));
    } else if (isNew) {
      this.#move(group, line);
    } else {
      standsIn.settle(group);
      this.reseat(standsIn);
    }
  }

  #dissolve(line: KeyLine, group: JobGroup): void {
    this.#withdraw(group);
    line.groups.delete(group.agent);
    if (group.share !== null) this.#owner.agents.leave(group.share);
    if (line.groups.size > 0) return;
    line.room?.remove(line);
    this.#lines.delete(line.key);
    if (line.share !== null) this.#owner.keys.leave(line.share);
  }
}

/** So many that its groups stand in one line rather than in its keys'. */
function hasManyKeys({ kinds }: Share): boolean {
  return kinds > manyKeys;
}

/** Nothing but what concerns its whole queue can hold it up. */
function isPlain({ template }: Standing): boolean {
  return template.agent === "" && template.key === undefined;
}

function earlier(a: JobSlot | null, b: JobSlot | null): JobSlot | null {
  if (a === null || b === null) return a ?? b;
  return a.readyOrder < b.readyOrder ? a : b;
}
