import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";

/** What the leader's own clock gains on clocks that it has not heard for a while, and what the network adds. */
const toleratedMs = 1_500;

/** DESIGN.md section 5: while most clocks are right, a wrong one neither fires a day's timers nor holds them back. */
export class LogTimeChecker {
  readonly #world: World;
  /** At some time most clocks were wrong. */
  #clocksFailed = false;
  /** The most that any right clock was ever ahead of the truth. */
  #mostAheadMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Of a cluster that was made of another one's data: log time stays where that one's clocks have moved it to. */
  goOnFrom(before: LogTimeChecker): void {
    this.#clocksFailed = before.#clocksFailed;
    this.#mostAheadMs = before.#mostAheadMs;
  }

  /** What an entry's stamp breaks; null when nothing. */
  violation(index: number, stamp: number): string | null {
    const { wallStart, timeline, raftChecker } = this.#world;
    const { voters, outgoing, learners } = raftChecker.inForce().membership;
    const members = [...new Set([...voters, ...outgoing, ...learners])].map((id) => this.#world.member(id));
    const truth = wallStart + timeline.now;
    for (const { clock, clockWasSet } of members)
      if (!clockWasSet) this.#mostAheadMs = Math.max(this.#mostAheadMs, clock.wallMs() - truth);
    this.#clocksFailed ||= haveFailed(members, voters.length);
    const aheadMs = stamp - truth - this.#mostAheadMs;
    if (this.#clocksFailed || aheadMs <= toleratedMs) return null;
    return `Q9: log time of entry ${index} is ${Math.round(aheadMs)} ms ahead of all right clocks`;
  }
}

function haveFailed(members: readonly Member[], voters: number): boolean {
  const wrong = members.filter((member) => member.lost !== null || member.clockWasSet).length;
  // What it was moved to by then it stays at.
  const most = Math.floor((Math.min(members.length, voters) - 1) / 2);
  // A leader may have heard no more than a quorum; of two middle clocks it takes the one that agrees with the log.
  const heard = Math.floor(voters / 2) + 1;
  return wrong > Math.min(most, Math.floor(heard / 2));
}
