import type { Random } from "../../../src/base/random.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import { pick } from "../run/mix.ts";
import type { Until } from "./kinds.ts";
import { cut } from "./partitions.ts";

/** The leader hands over, to whom it takes for the best where nobody is named. */
export function transfer(world: World, leader: Member | null, to: Member | null): string | null {
  const { node, life } = leader ?? {};
  if (!leader || !node || !life) return null;
  life.host.run(() => {
    node.transferLeadership(to?.id ?? null).then(
      () => world.coverage.count("raft", "leadership transferred"),
      () => world.coverage.count("raft", "leadership not transferred"),
    );
  });
  return `from ${leader.id} to ${to?.id ?? "the best"}`;
}

/**
 * The leader hands over and hears too late what became of it, while it is asked again and again: only answers that are
 * younger than the question may be believed (bugs 18, 19 and 32).
 */
export function blindHandOver(
  world: World,
  leader: Member | null,
  names: readonly string[],
  random: Random,
  until: Until,
): string | null {
  const { node, life } = leader ?? {};
  if (leader === null || !node || !life || names.length < 2) return null;
  const { links, timeline } = world;
  const ms = pick(random, [40, 120, 300]);
  for (const name of names) {
    if (name !== leader.id) until(1_500, links.clog(name, leader.id, ms));
  }
  timeline.after(random.next() * 60, () => transfer(world, leader, null));
  let asks = 150;
  const ask = (): void => {
    if (--asks === 0 || !life.host.alive) return;
    life.host.run(() => {
      world.readBarrier(node).catch(() => undefined);
    });
    timeline.after(10, ask);
  };
  ask();
  return `${leader.id} hears ${ms} ms late`;
}

/**
 * The request to take over comes when the leader has given the successor up and holds its lease again, and from then on the
 * leader hears nothing of what the others do: for an election timeout it would not know of a successor.
 */
export function lateHandOver(
  world: World,
  leader: Member | null,
  names: readonly string[],
  random: Random,
  until: Until,
): string | null {
  const others = names.filter((name) => name !== leader?.id);
  const to = world.wanted.find(({ id }) => id === others[0]);
  if (leader === null || to === undefined || others.length < 2) return null;
  const { links, timeline, mix } = world;
  const { electionTimeoutMs } = mix.raft;
  // A successor that has heard nothing for longer would campaign by itself, in a dry run that nobody grants.
  const ms = electionTimeoutMs * (1.05 + 0.4 * random.next());
  until(electionTimeoutMs, links.clog(leader.id, to.id, ms));
  if (transfer(world, leader, to) === null) return null;
  timeline.after(ms - 20 * random.next(), () => {
    const answers = others.map((name) => [name, leader.id] as const);
    until(electionTimeoutMs, cut(links, answers));
  });
  return `${leader.id} asks ${to.id}, which hears of it ${Math.round(ms)} ms late`;
}
