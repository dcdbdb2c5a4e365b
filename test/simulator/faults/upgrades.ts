import type { Random } from "../../../src/base/random.ts";
import type { Member } from "../cluster/member.ts";
import { type Release, releases } from "../cluster/releases.ts";
import type { World } from "../cluster/world.ts";

/** A node comes back with the next release, or with the present one again. */
export function changeRelease(world: World, member: Member, lastsMs: number, random: Random): string {
  const isUpgrade = member.release === releases.present;
  member.release = isUpgrade ? releases.next : releases.present;
  world.coverage.count("release", isUpgrade ? "upgraded" : "downgraded");
  restart(world, member, Math.min(lastsMs, 2_000), random);
  return `${member.id} runs ${member.release.version}`;
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
  const before: Release = member.release;
  member.release = releases.far;
  restart(world, member, 100, random);
  until(lastsMs, () => {
    member.release = before;
    member.farUntil = world.timeline.now;
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
