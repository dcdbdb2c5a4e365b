import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import { between, cut, shuffled } from "../faults/partitions.ts";
import type { WayToBeAway } from "./mix.ts";

/** Members that stay away when all else is mended. */
export interface Absent {
  readonly members: readonly Member[];
  comeBack(): void;
}

/** So long after it ran a release that nobody understands others may still leave it alone. */
const leftAloneMs = 20_000;

/**
 * R16 asks for a majority, and not for everybody: so many voters stay away that each configuration which may be in force can spare,
 * or fewer. Null when the run does not ask for it, or when it takes everybody who is whole.
 */
export function leaveAway(world: World, clients: readonly { readonly name: string }[]): Absent | null {
  const { staysAway: how } = world.mix;
  if (how === undefined) return null;
  const members = dispensable(world);
  if (members.length === 0) {
    world.coverage.count("absent", "nobody could be spared");
    return null;
  }
  const who = members.map(({ id }) => id).join(", ");
  world.note("----", `all but ${who} (${how})`);
  world.coverage.count("absent", how);
  if (members.some((member) => member === world.leader)) world.coverage.count("absent", "the leader");
  return { members, comeBack: sendAway(world, how, members, clients) };
}

function dispensable(world: World): readonly Member[] {
  const random = world.random("absent");
  const { raftChecker } = world;
  const quorums = raftChecker.quorums();
  const voters = [...new Set(raftChecker.inForce().membership.voters)].map((id) => world.member(id));
  const away: Member[] = [];
  const canDoWithout = (some: readonly Member[]): boolean =>
    quorums.every((group) => {
      const stay = group.map((id) => world.member(id)).filter((each) => !some.includes(each));
      return stay.filter((each) => isWhole(world, each)).length * 2 > group.length;
    });
  const most = 1 + random.below(3);
  for (const member of shuffled(voters, random)) {
    const next = [...away, member];
    const left = world.wanted.filter((each) => !next.includes(each)).map(({ id }) => id);
    if (isWhole(world, member) && canDoWithout(next) && world.acquaintances.allKnowOneOf(left))
      away.push(member);
    if (away.length === most) break;
  }
  return away;
}

/** It has all that it ever acknowledged, all know whose it is, and it can be talked with. */
function isWhole(world: World, member: Member): boolean {
  return (
    member.intent !== "gone" &&
    member.lost === null &&
    member.forgot === null &&
    member.isSettled &&
    !member.isStranger &&
    world.isAtHome(member) &&
    member.farUntil + leftAloneMs < world.timeline.now
  );
}

function sendAway(
  world: World,
  how: WayToBeAway,
  members: readonly Member[],
  clients: readonly { readonly name: string }[],
): () => void {
  const ids = members.map(({ id }) => id as string);
  const others = [...world.members.map(({ id }) => id as string), ...clients.map(({ name }) => name)];
  switch (how) {
    case "killed":
    case "without power":
      for (const member of members) member.crash(how === "killed" ? "process" : "power", "it stays away");
      return () => {
        for (const member of members) member.start();
      };
    case "paused": {
      const resume = members.flatMap(({ life }) => (life === null ? [] : [life.host.pause()]));
      return () => {
        for (const each of resume) each();
      };
    }
    case "cut off": {
      const there = others.filter((id) => !ids.includes(id));
      return cut(world.links, between(ids, there));
    }
  }
}
