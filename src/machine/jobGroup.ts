import type { AgentLine } from "./agentLine.ts";
import type { KeyLine } from "./keyLine.ts";
import type { Placed } from "./placedHeap.ts";
import { ReadyLane } from "./readyLane.ts";
import type { Share } from "./share.ts";
import type { TurnSeat } from "./turnSeat.ts";
import type { Turns } from "./turns.ts";

/** Jobs without a key have a key line of their own. */
export type Line = KeyLine | AgentLine;

/** What a line tells its priority level when its place among the others changes, and what it asks it. */
export interface LineKeeper {
  /** Null unless keys take turns. */
  readonly turns: Turns | null;
  /** Put it where it belongs now, or out when it has nothing to offer. */
  reseat(line: Line): void;
}

/**
 * Ready jobs of one queue, priority, key and agent: what holds up one of them holds up all. Never empty. It stands in one
 * line at a time, its key's or its agent's.
 */
export class JobGroup implements Placed {
  readonly line: KeyLine;
  readonly agent: string;
  /** Null for jobs without an agent. */
  readonly share: Share | null;
  readonly lane = new ReadyLane();
  /** Null before it stands in any. */
  standsIn: Line | null = null;
  /** In that line. */
  place = -1;
  /** Likewise by turn: in its agent's line, where keys take turns. */
  seat: TurnSeat<JobGroup> | null = null;

  constructor(line: KeyLine, agent: string, share: Share | null) {
    this.line = line;
    this.agent = agent;
    this.share = share;
  }

  /** `readyOrder` of its first job. */
  get order(): number {
    return this.lane.firstOrder;
  }
}

export function isOlder(a: { readonly order: number }, b: { readonly order: number }): boolean {
  return a.order < b.order;
}
