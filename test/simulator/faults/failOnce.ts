import type { Random } from "../../../src/base/random.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import type { Disk, DiskFailure, Kind } from "../disk/disk.ts";
import { pick } from "../run/mix.ts";
import { wipe } from "./damage.ts";
import type { Until } from "./kinds.ts";

/** What a node reads when it starts; the last three are seldom there, and it must know whether they are. */
const readAtStart = ["identity.json", "marker", "peers.json", "condemned", "renewal", "bootstrap"];

/**
 * One operation fails and all others are served: nothing else tells the process that it must not go on. One that took what it
 * could not read for absent, or what it could not write for written, is not found out by the next operation.
 */
export function failOnce(
  world: World,
  member: Member,
  lastsMs: number,
  random: Random,
  until: Until,
): string | null {
  const { disk, root, id } = member;
  const dice = random.next();
  if (dice < 0.15) {
    if (wipe(world, member, lastsMs, false) === null) return null;
    disk.failOnce({ kind: "writeFile", at: (path) => path === `${root}/lock`, how: "ENOSPC" });
    return `${id} is wiped, and there is no room for its lock`;
  }
  if (dice < 0.5) {
    const name = pick(random, readAtStart);
    if (member.isUp) member.crash("process", "it cannot read a file when it starts");
    disk.failOnce({ kind: "readFile", at: (path) => path === `${root}/${name}`, how: "EIO" });
    until(500, () => member.start());
    return `${id} cannot read ${name}`;
  }
  return `${id}: ${failNext(disk, pick(random, ["read", "write", "sync"]), random)}`;
}

/** Of whatever database or file comes next. */
export function failNext(disk: Disk, kind: Kind, random: Random): string {
  const how: DiskFailure = kind === "read" || random.next() < 0.5 ? "EIO" : "ENOSPC";
  disk.failOnce({ kind, at: () => true, how });
  return `the next ${kind} fails, ${how}`;
}
