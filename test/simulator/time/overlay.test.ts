import { expect, test } from "vitest";
import { SeededRandom } from "../../../src/base/random.ts";
import { calmDisk, Disk } from "../disk/disk.ts";
import { Links } from "../network/links.ts";
import { SkewedClock } from "./clock.ts";
import { Host } from "./host.ts";
import { Overlay } from "./overlay.ts";
import { Timeline } from "./timeline.ts";

test.each([
  ["the first ends first", [0, 1, 2]],
  ["the last ends first", [2, 1, 0]],
  ["the middle one ends first", [1, 0, 2]],
])("of overlapping faults what is left is in force, and in the end what was: %s", (_, order) => {
  const value = new Overlay("well");
  const ends = ["a", "b", "c"].map((each) => value.lay(each));
  const left = ["a", "b", "c"];
  for (const each of order) {
    ends[each]?.();
    // Once more changes nothing.
    ends[each]?.();
    left.splice(left.indexOf("abc"[each] ?? ""), 1);
    expect(value.value).toBe(left.at(-1) ?? "well");
  }
});

test("two drifts of one clock: it runs at its own rate again when both are over, and never goes back", () => {
  let now = 0;
  const clock = new SkewedClock(() => now, 1, 0, 0);
  const shown: number[] = [];
  const pass = (): void => {
    now += 100;
    shown.push(Math.round(clock.monotonicMs()));
  };
  const first = clock.drift(1.1);
  pass();
  const second = clock.drift(0.9);
  pass();
  first();
  pass();
  second();
  pass();
  expect(shown).toEqual([110, 200, 290, 390]);
  expect(clock.rate).toBe(1);
});

test("two clogs of one way: what is sent takes as long as the one that is left says", () => {
  const timeline = new Timeline();
  const links = new Links(timeline, new SeededRandom(1));
  const took = (): number => {
    const begun = timeline.now;
    let at = Number.NaN;
    links.stream("a", "b", () => {
      at = timeline.now;
    });
    timeline.runUntil(begun + 10_000);
    return Math.floor((at - begun) / 100) * 100;
  };
  const first = links.clog("a", "b", 300);
  const second = links.clog("a", "b", 2_000);
  expect(took()).toBe(2_000);
  first();
  expect(took()).toBe(2_000);
  second();
  expect(took()).toBe(0);
});

test("two slow times of one disk: it is as it was when both are over", () => {
  const disk = new Disk(new Timeline(), new SeededRandom(1));
  const first = disk.slowDown({ slow: 0.5, slowMs: 100 });
  const second = disk.slowDown({ slow: 0.5, slowMs: 3_000 });
  first();
  expect(disk.traits.slowMs).toBe(3_000);
  second();
  expect(disk.traits).toEqual(calmDisk);
});

test("two stalls of one disk: it goes on when the longer one is over", () => {
  const timeline = new Timeline();
  const disk = new Disk(timeline, new SeededRandom(1));
  disk.stall(1_000);
  disk.stall(300);
  timeline.runUntil(500);
  expect(disk.isWellFor("readFile", "/d/f")).toBe(false);
  timeline.runUntil(1_001);
  expect(disk.isWellFor("readFile", "/d/f")).toBe(true);
});

test("a process that is paused twice goes on when both pauses are over", () => {
  const timeline = new Timeline();
  const host = new Host({
    name: "a",
    timeline,
    clock: new SkewedClock(() => timeline.now, 1, 0, 0),
    random: new SeededRandom(1),
    turnMs: 0,
    lookCostMs: 0,
    onUncaught: (error) => {
      throw error;
    },
  });
  const ran: number[] = [];
  const [first, second] = [host.pause(), host.pause()];
  host.run(() => ran.push(timeline.now));
  first();
  first();
  timeline.runUntil(10);
  expect(ran).toEqual([]);
  second();
  timeline.runUntil(20);
  expect(ran).toEqual([10]);
});
