import { describe, expect, it } from "vitest";
import { VirtualTime } from "../../src/testing/virtualTime.ts";
import { failureOf } from "../support/failure.ts";

describe("virtual time", () => {
  it("fires timers at their moments, those of one moment in the order of their making", () => {
    const time = new VirtualTime(1_000);
    const fired: string[] = [];
    const note = (what: string) => () => fired.push(`${what} at ${time.now()}, ${time.wallMs()}`);
    time.after(500, note("b"));
    time.after(200, note("a"));
    time.after(500, note("c"));
    const stop = time.after(300, note("never"));
    stop();
    while (time.now() < 600) time.step(600, Number.POSITIVE_INFINITY);
    expect(fired).toEqual(["a at 200, 1200", "b at 500, 1500", "c at 500, 1500"]);
  });

  it("one that stops another of the same moment, stops it", () => {
    const time = new VirtualTime(0);
    const fired: string[] = [];
    time.after(10, () => {
      fired.push("first");
      stop();
    });
    const stop = time.after(10, () => fired.push("second"));
    time.step(10, Number.POSITIVE_INFINITY);
    expect(fired).toEqual(["first"]);
  });

  it("goes to what is due at the node, no further than a second without anything due, and never back", () => {
    const time = new VirtualTime(0);
    time.step(10_000, 70);
    expect(time.now()).toBe(70);
    time.step(10_000, Number.POSITIVE_INFINITY);
    expect(time.now()).toBe(1_070);
    time.step(10_000, -5);
    expect(time.now()).toBe(1_090);
  });

  it("repeats what is to be repeated once a step, however many times it is overdue", () => {
    const time = new VirtualTime(0);
    let ticks = 0;
    const timer = time.every(20, () => ticks++);
    time.step(1_000, Number.POSITIVE_INFINITY);
    expect(ticks).toBe(1);
    time.step(1_010, Number.POSITIVE_INFINITY);
    expect(ticks).toBe(1);
    timer.stop();
    time.step(2_000, Number.POSITIVE_INFINITY);
    expect(ticks).toBe(1);
  });

  it("is settled when what follows has happened, promises and turns of the event loop included", async () => {
    const time = new VirtualTime(0);
    const happened: number[] = [];
    const go = (left: number): void => {
      happened.push(left);
      if (left > 0) time.soon(() => void Promise.resolve().then(() => go(left - 1)));
    };
    go(3);
    await time.settled();
    expect(happened).toEqual([3, 2, 1, 0]);
  });

  it("what has no end is found out", async () => {
    const time = new VirtualTime(0, 100);
    let stopped = false;
    const forEver = (): void => {
      if (!stopped) time.soon(forEver);
    };
    forEver();
    expect(await failureOf(time.settled())).toMatchObject({ code: "INTERNAL" });
    stopped = true;
    await time.settled();
  });
});
