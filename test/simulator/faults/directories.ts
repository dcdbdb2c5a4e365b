import type { Random } from "../../../src/base/random.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import type { Until } from "./kinds.ts";

/**
 * A node is started on another one's data directory: their disks are exchanged, or it alone has the wrong one. It must
 * refuse to start, and change nothing, until its operator puts that right.
 */
export function swap(
  world: World,
  member: Member,
  lastsMs: number,
  random: Random,
  until: Until,
): string | null {
  const others = world.wanted.filter((each) => each !== member && isWhole(world, each));
  const other = others[random.below(Math.max(1, others.length))];
  if (other === undefined || !isWhole(world, member)) return null;
  const both = random.next() < 0.6;
  const how = random.next() < 0.5 ? "process" : "power";
  const wrong = both ? [member, other] : [member];
  for (const each of wrong) if (each.isUp) each.crash(how, "it gets another directory");
  member.mounted = other;
  if (both) other.mounted = member;
  for (const each of wrong) each.start();
  until(lastsMs, () => {
    for (const each of wrong) {
      if (each.isUp) each.crash("process", "it gets its own directory back");
      each.mounted = each;
      each.start();
    }
  });
  return `${wrong.map(({ id }) => id).join(" and ")} ${both ? "exchange theirs" : `takes that of ${other.id}`}`;
}

function isWhole(world: World, member: Member): boolean {
  return world.isAtHome(member) && member.lost === null && member.hasIdentity;
}

/**
 * A follower's directory is set back to what it was some moments ago. Drawn only where that is promised to be noticed: the
 * leader of then leads still, has the node's word for more, and all that is forgotten a majority holds without it.
 */
export function restoreOldCopy(
  world: World,
  member: Member,
  leader: Member | null,
  lastsMs: number,
): string | null {
  const taken = leader === null ? null : momentOf(world, member, leader);
  if (leader === null || taken === null) return null;
  const putBack = member.disk.copy();
  const log = world.raftChecker.durable(member.id).copy();
  world.timeline.after(lastsMs, () => {
    const now = momentOf(world, member, leader);
    if (world.healed || now?.key !== taken.key || !isForgettable(world, member, leader, log.lastIndex)) {
      world.coverage.count("old copy", "not put back");
      return;
    }
    const through = world.raftChecker.durable(member.id).lastIndex;
    member.crash("power", `its directory is set back from entry ${through} to ${log.lastIndex}`);
    putBack();
    member.lost = "an older copy";
    member.wasTouched = true;
    member.forgot = { through, leader, life: leader.lives, term: now.term };
    world.raftChecker.onOldCopy(member.id, log);
    world.coverage.count("old copy", "put back");
    member.start();
  });
  return `${member.id} after ${Math.round(lastsMs)} ms`;
}

/** What must not change between the copy and its return: then only entries are forgotten, and no vote, member or meeting. */
function momentOf(world: World, member: Member, leader: Member): { key: string; term: number } | null {
  const [own, its] = [member.status(), leader.status()];
  const isSound = member.lost === null && member.isSettled && world.isAtHome(member) && member !== leader;
  if (own === null || its === null || !isSound || its.role !== "leader" || own.term !== its.term) return null;
  const { hardState } = world.raftChecker.durable(member.id);
  if (hardState.currentTerm !== its.term || its.configuration.index > its.commitIndex) return null;
  const parts = [leader.lives, its.term, hardState.votedFor, its.configuration.index, member.wipes];
  return { key: parts.join(" "), term: its.term };
}

/** The leader has more of this node's word than `lastIndex`, and whatever this node holds a majority holds without it. */
function isForgettable(world: World, member: Member, leader: Member, lastIndex: number): boolean {
  const { raftChecker } = world;
  const word = leader.status()?.peers.find(({ id }) => id === member.id)?.matchIndex ?? 0;
  if (word <= lastIndex || !world.mayLose(member)) return false;
  const durable = raftChecker.durable(member.id);
  const { lastIndex: last } = durable;
  const term = durable.termAt(last) ?? raftChecker.committed[last - 1]?.term;
  if (term === undefined) return false;
  return raftChecker.quorums().every((voters) => {
    const holders = voters.filter((id) => {
      const each = world.member(id);
      return each !== member && each.lost === null && raftChecker.durable(id).has(last, term);
    });
    return holders.length * 2 > voters.length;
  });
}
