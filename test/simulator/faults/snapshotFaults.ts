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
    for (const member of world.wanted.filter(isFetching)) {
      for (const connection of world.connections) {
        if (connection.client !== member.id || !connection.carriesSnapshot) continue;
        connection.break();
        world.coverage.count("snapshot", "stream broken");
        return true;
      }
    }
    return false;
  });
  return "the next one";
}

/** The next node that fetches a snapshot dies in the middle of it; or the next that has installed one, right after it. */
export function crashInSnapshot(world: World, random: Random, crash: Crash): string {
  const how = random.next() < 0.5 ? "process" : "power";
  if (random.next() < 0.5) return crashAfterInstall(world, random, crash);
  const afterMs = random.next() * 60;
  watch(world, 6_000, () => {
    const member = world.wanted.find(isFetching);
    if (member === undefined) return false;
    crashAfter(world, member, afterMs, "crash in the middle", () => crash(member, how));
    return true;
  });
  return `the next one, ${how}`;
}

/** What was renamed and removed for it may not be on disk yet. */
function crashAfterInstall(world: World, random: Random, crash: Crash): string {
  const installsOf = ({ id }: Member): number => world.raftChecker.durable(id).installs;
  const before = new Map(world.wanted.map((member) => [member, installsOf(member)]));
  const afterMs = random.next() < 0.5 ? 0 : random.next() * 30;
  watch(world, 15_000, () => {
    const member = world.wanted.find((each) => installsOf(each) > (before.get(each) ?? 0));
    if (member === undefined) return false;
    crashAfter(world, member, afterMs, "crash after the install", () => crash(member, "power"));
    return true;
  });
  return "the next one that is installed, power";
}

function crashAfter(world: World, member: Member, ms: number, what: string, crash: () => void): void {
  world.timeline.after(ms, () => {
    if (world.healed || !member.isUp) return;
    world.coverage.count("snapshot", what);
    crash();
  });
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
