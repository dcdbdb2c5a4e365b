import type { Random } from "../../../src/base/random.ts";
import type { Member } from "../cluster/member.ts";
import { type Release, releases } from "../cluster/releases.ts";
import type { World } from "../cluster/world.ts";

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
  if (member.release === releases.far) member.farUntil = world.timeline.now;
  member.release = release;
  world.coverage.count("release", release === releases.next ? "upgraded" : "downgraded");
  restart(world, member, afterMs, random);
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
    // Another change has put that right.
    if (member.release !== releases.far) return;
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
