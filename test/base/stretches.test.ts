import { expect, test } from "vitest";
import { Stretches } from "../../src/base/stretches.ts";

/** A thread that loses its core right after one of its looks at the two clocks. */
class FlawedClock {
  now = 0;
  waited = 0;
  /** After how many looks the core is lost, and for how many ms. */
  loss: { looks: number; readonly ms: number } | null = null;

  monotonicMs(): number {
    const { now } = this;
    this.#looked();
    return now;
  }

  waitedForCoreMs(): number {
    const { waited } = this;
    this.#looked();
    return waited;
  }

  #looked(): void {
    if (this.loss === null) return;
    this.loss.looks -= 1;
    if (this.loss.looks > 0) return;
    this.now += this.loss.ms;
    this.waited += this.loss.ms;
    this.loss = null;
  }
}

test("a stretch's own time is what is left of it without the waits for a core", () => {
  const clock = new FlawedClock();
  const stretches = new Stretches(clock);
  stretches.begin();
  clock.now += 12;
  clock.waited += 9;
  stretches.end();
  expect(stretches.longest).toEqual({ ms: 12, ownMs: 3 });
});

test("a core that is lost between the two clocks makes no stretch look longer or shorter than it is", () => {
  for (let looks = 1; looks <= 8; looks++) {
    const clock = new FlawedClock();
    const stretches = new Stretches(clock);
    clock.loss = { looks, ms: 30 };
    stretches.begin();
    clock.now += 2;
    stretches.end();
    expect(stretches.longest.ownMs).toBe(2);
  }
});
