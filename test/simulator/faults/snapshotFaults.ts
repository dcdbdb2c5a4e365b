import type { Random } from "../../../src/base/random.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";

type Crash = (member: Member, how: "process" | "power") => void;

/** Those that fetch a snapshot at the moment, or all when none does. */
export function fetching(world: World): readonly Member[] {
  const some = world.wanted.filter(isFetching);
  return some.length === 0 ? world.wanted : some;
}

/** The next stream that carries a snapshot ends in the middle. */
export function breakSnapshot(world: World): string {
  watch(world, 3_000, () => {
    for (const connection of world.connections) {
      const fetches = ({ id }: Member): boolean => id === connection.client;
      if (!connection.carriesSnapshot || !world.wanted.some((each) => fetches(each) && isFetching(each)))
        continue;
      connection.break();
      world.coverage.count("snapshot", "stream broken");
      return true;
    }
    return false;
  });
  return "the next one";
}

/** The next node that fetches a snapshot dies in the middle of it. */
export function crashInSnapshot(world: World, random: Random, crash: Crash): string {
  const how = random.next() < 0.5 ? "process" : "power";
  const afterMs = random.next() * 60;
  watch(world, 6_000, () => {
    const member = world.wanted.find(isFetching);
    if (member === undefined) return false;
    world.timeline.after(afterMs, () => {
      if (world.healed || !member.isUp) return;
      world.coverage.count("snapshot", "crash in the middle");
      crash(member, how);
    });
    return true;
  });
  return `the next one, ${how}`;
}

/** The disk of the next node that fetches a snapshot: what is staged is written without a sync, and read again. */
export function disturbStaging(world: World, random: Random, disturb: (member: Member) => string): string {
  const afterMs = random.next() * 12;
  watch(world, 6_000, () => {
    const member = world.wanted.find(isFetching);
    if (member === undefined) return false;
    world.timeline.after(afterMs, () => {
      if (world.healed) return;
      world.coverage.count("snapshot", "disk disturbed in the middle");
      world.note("----", `the disk of ${disturb(member)}`);
    });
    return true;
  });
  return "of the next one that fetches a snapshot";
}

/**
 * The next node that has installed a snapshot loses power right after it: what was renamed and removed for it may not be
 * on disk yet. Or it is cut off, with a configuration that may be from before it was taken in.
 */
export function disturbInstalled(
  world: World,
  random: Random,
  crash: Crash,
  isolate: (member: Member) => void,
): string {
  const cutsOff = random.next() < 0.5;
  const afterMs = cutsOff || random.next() < 0.5 ? 0 : random.next() * 30;
  world.onInstalled = (member) => {
    world.onInstalled = () => undefined;
    world.timeline.after(afterMs, () => {
      if (world.healed || !member.isUp) return;
      world.coverage.count("snapshot", cutsOff ? "cut off after the install" : "crash after the install");
      if (cutsOff) isolate(member);
      else crash(member, "power");
    });
  };
  return `the next one that is installed, ${cutsOff ? "cut off" : "power"}`;
}

function isFetching({ node, id: self }: Member): boolean {
  return node?.status().members.some(({ id, snapshot }) => id === self && snapshot !== null) === true;
}

/** Looks every few milliseconds until `isDone`. */
function watch(world: World, ms: number, isDone: () => boolean): void {
  const { timeline } = world;
  const until = timeline.now + ms;
  const look = (): void => {
    if (!world.healed && timeline.now < until && !isDone()) timeline.after(5, look);
  };
  look();
}
