import type { Random } from "../../../src/base/random.ts";
import type { Member } from "../cluster/member.ts";
import { type Release, releases } from "../cluster/releases.ts";
import type { World } from "../cluster/world.ts";

/** Between two founders that get this release, one after the other. */
const nextUpgradeMs = 700;

/** A cluster of the release before this one, whose founders are upgraded one after the other. */
export function beginBefore(world: World): void {
  const { upgradeAtMs = 0 } = world.mix.workload.features;
  if (upgradeAtMs === 0) return;
  const random = world.random("upgrade");
  world.members.forEach((member, i) => {
    member.release = releases.before;
    world.timeline.after(upgradeAtMs + nextUpgradeMs * i, () => upgrade(world, member, random));
  });
}

/** Those that could not be, since another release was on them just then. */
export function upgradeAll(world: World): void {
  const random = world.random("upgrade the rest");
  for (const member of world.members) upgrade(world, member, random);
}

function upgrade(world: World, member: Member, random: Random): void {
  if (member.release !== releases.before) return;
  // One that was removed is not started for it; should it be added again it comes with this release.
  if (member.intent === "gone") member.release = releases.present;
  else change(world, member, releases.present, 300, random);
}

/** A node comes back with the next release, or with the present one again; now and then one after the other does. */
export function changeRelease(world: World, member: Member, lastsMs: number, random: Random): string {
  const release = member.release === releases.present ? releases.next : releases.present;
  change(world, member, release, Math.min(lastsMs, 2_000), random);
  if (random.next() >= 0.3) return `${member.id} runs ${release.version}`;
  const others = world.wanted.filter((each) => each !== member && each.release !== release);
  others.forEach((each, i) => {
    world.timeline.after(2_500 * (i + 1), () => {
      if (world.healed || each.intent === "gone" || each.release === releases.far) return;
      change(world, each, release, 300, random);
    });
  });
  return `${[member, ...others].map(({ id }) => id).join(", ")} run ${release.version}, one after the other`;
}

function change(world: World, member: Member, release: Release, afterMs: number, random: Random): void {
  if (member.release === release) return;
  leave(world, member);
  const isUpgrade = member.release === releases.before || release === releases.next;
  member.release = release;
  world.coverage.count("release", isUpgrade ? "upgraded" : "downgraded");
  restart(world, member, afterMs, random);
}

/** Another release is installed; what it said by the one that it leaves others may still hear, and act on. */
function leave(world: World, member: Member): void {
  if (member.release === releases.far) member.farUntil = world.timeline.now;
  if (member.release === releases.next) member.nextUntil = world.timeline.now;
}

/** A node comes back with a release that shares no format with the others: it is turned away until that is put right. */
export function startFarRelease(
  world: World,
  member: Member,
  lastsMs: number,
  random: Random,
  until: (ms: number, mend: () => void) => void,
): string | null {
  if (member.release === releases.far) return null;
  // Nobody goes back to the oldest one: others have heard that this node reads later formats, and count on it.
  const before: Release = member.release === releases.before ? releases.present : member.release;
  leave(world, member);
  member.release = releases.far;
  restart(world, member, 100, random);
  until(lastsMs, () => {
    // Another change has put that right.
    if (member.release !== releases.far) return;
    leave(world, member);
    member.release = before;
    if (member.isUp) member.crash("process", "it has the wrong release");
    member.start();
  });
  return `${member.id} runs ${releases.far.version} for ${Math.round(lastsMs)} ms`;
}

/** As it is done by the book, or not. */
function restart(world: World, member: Member, afterMs: number, random: Random): void {
  const startLater = (): void => void world.timeline.after(afterMs, () => member.start());
  if (member.node !== null && random.next() < 0.5) return member.stop(startLater);
  if (member.isUp) member.crash("process", "another release is installed");
  startLater();
}
