import { LogTimeMs } from "../base/brands.ts";
import { type Placed, PlacedHeap } from "./placedHeap.ts";
import type { Breaker, BreakerPolicy } from "./settings.ts";
import type { SideTable } from "./sideTable.ts";
import { WaitingRoom } from "./waitingRoom.ts";

export const defaultBreakerPolicy: BreakerPolicy = {
  threshold: 5,
  initialOpenMs: 60_000,
  maxOpenMs: 3_600_000,
};

/** A closed breaker whose agent neither failed nor succeeded for so long is forgotten: agents' names could pile up. */
const forgetAfterMs = 24 * 3_600_000;

export type BreakerCounts = Readonly<Record<Breaker["state"], number>>;

class Gate implements Placed {
  breaker: Breaker;
  readonly room = new WaitingRoom();
  place = -1;

  constructor(breaker: Breaker) {
    this.breaker = breaker;
  }

  /** When time will change it; null when it will not. */
  get timerAt(): number | null {
    const { state, openUntil, lastFailedAt } = this.breaker;
    switch (state) {
      case "closed":
        return lastFailedAt + forgetAfterMs;
      case "open":
        return openUntil === null || openUntil === 0 ? null : openUntil;
      case "halfOpen":
        return null;
    }
  }

  get letsThrough(): boolean {
    const { state, probe } = this.breaker;
    return state === "closed" || (state === "halfOpen" && probe === null);
  }
}

/** Breakers that are not as new, by agent, each a side record; the rules of their changes are in breakerRules.ts. */
export class Breakers {
  readonly #side: SideTable;
  readonly #gates = new Map<string, Gate>();
  /** Closed ones, which are forgotten in that order; open ones with a time; half-open ones without a probe. */
  readonly #quiet = new PlacedHeap<Gate>(isDueBefore);
  readonly #open = new PlacedHeap<Gate>(isDueBefore);
  readonly #untried = new PlacedHeap<Gate>(isOpenedBefore);
  readonly #counts = { closed: 0, open: 0, halfOpen: 0 };

  constructor(side: SideTable) {
    this.#side = side;
  }

  /** Closed: those that remember a failure. */
  get counts(): BreakerCounts {
    return this.#counts;
  }

  get(agent: string): Breaker | undefined {
    return this.#gates.get(agent)?.breaker;
  }

  /** Where the agent's jobs have to wait; null when one may be handed out. */
  roomFor(agent: string): WaitingRoom | null {
    const gate = this.#gates.get(agent);
    return gate === undefined || gate.letsThrough ? null : gate.room;
  }

  /** How many jobs of the agent may be handed out, as far as its breaker goes. */
  allows(agent: string): number {
    const gate = this.#gates.get(agent);
    if (gate === undefined || gate.breaker.state === "closed") return Number.POSITIVE_INFINITY;
    return gate.letsThrough ? 1 : 0;
  }

  /** By agent, after `after`. */
  list(after: string, limit: number): Breaker[] {
    const names = [...this.#gates.keys()].filter((agent) => agent > after).sort();
    return names.slice(0, limit).flatMap((agent) => this.get(agent) ?? []);
  }

  put(breaker: Breaker): void {
    this.#side.put({ kind: "breaker", breaker });
    this.restore(breaker);
  }

  /** The agent's breaker is as new. */
  forget(agent: string): void {
    const gate = this.#gates.get(agent);
    if (gate === undefined) return;
    this.#side.delete(`b${agent}`);
    this.#gates.delete(agent);
    this.#counts[gate.breaker.state] -= 1;
    this.#heapOf(gate)?.remove(gate);
    gate.room.release();
  }

  get size(): number {
    return this.#gates.size;
  }

  /** Agents whose breaker is not closed, of those that `counts`. O(breakers), or O(1) while all are closed. */
  notClosed(counts: (agent: string) => boolean): number {
    if (this.#counts.open + this.#counts.halfOpen === 0) return 0;
    let agents = 0;
    for (const [agent, { breaker }] of this.#gates)
      if (breaker.state !== "closed" && counts(agent)) agents += 1;
    return agents;
  }

  /** The agent that has been quiet for longest, of those whose breaker is closed; null when there is none. */
  get quietest(): string | null {
    return this.#quiet.first()?.breaker.agent ?? null;
  }

  /** The agent whose breaker opened first of those that are half-open and let nobody try; null when there is none. */
  get longestUntried(): string | null {
    return this.#untried.first()?.breaker.agent ?? null;
  }

  /** Takes what the side table has. */
  restore(breaker: Breaker): void {
    let gate = this.#gates.get(breaker.agent);
    if (gate === undefined) {
      gate = new Gate(breaker);
      this.#gates.set(breaker.agent, gate);
    } else {
      this.#counts[gate.breaker.state] -= 1;
      this.#heapOf(gate)?.remove(gate);
      gate.breaker = breaker;
    }
    this.#counts[breaker.state] += 1;
    this.#heapOf(gate)?.push(gate);
    if (gate.letsThrough) gate.room.release();
  }

  nextAt(): LogTimeMs | null {
    const at = this.#next()?.timerAt ?? null;
    return at === null ? null : LogTimeMs(at);
  }

  /** The breaker that time changes first. */
  next(): Breaker | null {
    return this.#next()?.breaker ?? null;
  }

  #next(): Gate | null {
    const [quiet, open] = [this.#quiet.first(), this.#open.first()];
    if (quiet === null || open === null) return quiet ?? open;
    return isDueBefore(quiet, open) ? quiet : open;
  }

  #heapOf({ breaker, timerAt }: Gate): PlacedHeap<Gate> | null {
    switch (breaker.state) {
      case "closed":
        return this.#quiet;
      case "open":
        return timerAt === null ? null : this.#open;
      case "halfOpen":
        return breaker.probe === null ? this.#untried : null;
    }
  }
}

function isOpenedBefore({ breaker: a }: Gate, { breaker: b }: Gate): boolean {
  return a.openedAt < b.openedAt || (a.openedAt === b.openedAt && a.agent < b.agent);
}

function isDueBefore(a: Gate, b: Gate): boolean {
  const [timeOfA, timeOfB] = [a.timerAt ?? 0, b.timerAt ?? 0];
  return timeOfA < timeOfB || (timeOfA === timeOfB && a.breaker.agent < b.breaker.agent);
}
