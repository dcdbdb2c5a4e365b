import type { Placed } from "./placedHeap.ts";

/** The place of a line or a group among others by turn, then by age: as of when it was last settled there. */
export class TurnSeat<Of> implements Placed {
  readonly of: Of;
  place = -1;
  turn = 0;
  order = 0;

  constructor(of: Of) {
    this.of = of;
  }
}

export function isSeatedBefore(a: TurnSeat<unknown>, b: TurnSeat<unknown>): boolean {
  return a.turn < b.turn || (a.turn === b.turn && a.order < b.order);
}
