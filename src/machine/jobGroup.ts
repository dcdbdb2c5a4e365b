import { type Placed, PlacedHeap } from "./placedHeap.ts";
import { ReadyLane } from "./readyLane.ts";
import type { Share } from "./share.ts";
import type { Parked, WaitingRoom } from "./waitingRoom.ts";

/** What a key line tells its priority level when its place among the others changes. */
export interface LineKeeper {
  /** Put it where it belongs now, or out when it has nothing to offer. */
  reseat(line: KeyLine): void;
}

/**
 * Ready jobs of one queue, priority, key and agent: what holds up one of them holds up all. Never empty. It stands in its
 * line's heap, or is parked in the waiting room of what holds its agent up.
 */
export class JobGroup implements Placed, Parked {
  readonly line: KeyLine;
  readonly agent: string;
  /** Null for jobs without an agent. */
  readonly share: Share | null;
  readonly lane = new ReadyLane();
  place = -1;
  room: WaitingRoom | null = null;

  constructor(line: KeyLine, agent: string, share: Share | null) {
    this.line = line;
    this.agent = agent;
    this.share = share;
  }

  /** `readyOrder` of its first job. */
  get order(): number {
    return this.lane.firstOrder;
  }

  reenter(): void {
    this.line.open.push(this);
    this.line.keeper.reseat(this.line);
  }
}

/**
 * Ready jobs of one queue, priority and key, as groups by agent. It stands among the lines of its level while it has a
 * group to offer and nothing holds its key up.
 */
export class KeyLine implements Placed, Parked {
  readonly keeper: LineKeeper;
  readonly key: string;
  /** Null for jobs without a key. */
  readonly share: Share | null;
  readonly groups = new Map<string, JobGroup>();
  /** Those that are not parked. */
  readonly open = new PlacedHeap<JobGroup>((a, b) => a.order < b.order);
  /** Among the lines by age. */
  place = -1;
  /** Among the lines by turn, where keys take turns. */
  readonly seat = new TurnSeat(this);
  room: WaitingRoom | null = null;

  constructor(keeper: LineKeeper, key: string, share: Share | null) {
    this.keeper = keeper;
    this.key = key;
    this.share = share;
  }

  /** `readyOrder` of the first job that it has to offer. */
  get order(): number {
    return this.open.first()?.order ?? Number.MAX_SAFE_INTEGER;
  }

  reenter(): void {
    this.keeper.reseat(this);
  }
}

export class TurnSeat implements Placed {
  readonly line: KeyLine;
  place = -1;
  turn = 0;

  constructor(line: KeyLine) {
    this.line = line;
  }
}
