import type { Random } from "../../../src/base/random.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import { pick } from "../run/mix.ts";
import { between, cut, shuffled } from "./partitions.ts";

export const waysToBeAway = ["killed", "without power", "paused", "cut off", "deaf", "unheard"] as const;
type Way = (typeof waysToBeAway)[number];

/** A minority of the voters that stays away when all else is mended: a majority has to be enough (R16, Q14). */
export class Absence {
  readonly members: readonly Member[];
  readonly #world: World;
  readonly #way: Way;
  /** Programs and members, for links. */
  readonly #clients: readonly string[];
  #return: () => void = () => undefined;
  #isOver = false;

  constructor(world: World, members: readonly Member[], way: Way, clients: readonly string[]) {
    this.#world = world;
    this.members = members;
    this.#way = way;
    this.#clients = clients;
  }

  get what(): string {
    return `${this.members.map(({ id }) => id).join(", ")} ${this.#way}`;
  }

  begin(): void {
    const { coverage, leader } = this.#world;
    coverage.count("absence", this.#way);
    coverage.count(
      "absence",
      `${this.members.length} of ${this.#world.raftChecker.inForce().membership.voters.length}`,
    );
    if (leader !== null && this.members.includes(leader)) coverage.count("absence", "a leader's");
    this.#return = this.#leave();
    for (const member of this.members) member.isAway = true;
  }

  /**
   * Members change without them. Who stays away is taken out or replaced; or somebody else is to be taken out whom the rest
   * cannot spare: that must be refused, or nothing is ever decided again.
   */
  change(): void {
    const { operator, mix, timeline, wanted, coverage } = this.#world;
    const random = this.#world.random("absence/change");
    const one = pick(random, this.members);
    const dice = random.next();
    const carryOut = (): string | null => {
      if (dice < 0.25) return operator.remove(random, one.id);
      if (dice < 0.6) return operator.replace(random, one);
      const others = wanted.filter((each) => isWhole(this.#world, each) && !this.#canSpare(each));
      return others.length === 0 ? null : operator.remove(random, pick(random, others).id);
    };
    // By then nobody takes them for members that answer.
    timeline.after(3 * mix.raft.electionTimeoutMs, () => {
      const done = this.#isOver ? null : carryOut();
      if (done === null) return;
      const what = dice < 0.25 ? "taken out" : dice < 0.6 ? "replaced" : "another one is to be taken out";
      coverage.count("absence", what);
      this.#world.note("----", `${what}: ${done}`);
    });
  }

  /** Without one more there would be enough voters yet. */
  #canSpare(member: Member): boolean {
    const { voters } = this.#world.raftChecker.inForce().membership;
    const left = voters.filter((id) => id !== member.id);
    const here = left.filter((id) => !this.#world.member(id).isAway && this.#world.member(id).isUp);
    return left.length === voters.length || here.length * 2 > left.length;
  }

  end(): void {
    this.#isOver = true;
    this.#return();
    for (const member of this.members) member.isAway = false;
    this.#world.operator.bringBack(this.members);
  }

  #leave(): () => void {
    const { members } = this;
    if (this.#way === "killed" || this.#way === "without power") {
      for (const member of members)
        member.crash(this.#way === "killed" ? "process" : "power", "it stays away");
      return () => undefined;
    }
    for (const member of members) member.start();
    if (this.#way === "paused") {
      const resume = members.flatMap(({ life }) => (life === null ? [] : [life.host.pause()]));
      return () => {
        for (const each of resume) each();
      };
    }
    const { links } = this.#world;
    const ids = members.map(({ id }) => id as string);
    const others = this.#world.members.filter((each) => !members.includes(each)).map(({ id }) => id);
    const all = between(ids, [...others, ...this.#clients]);
    return cut(
      links,
      all.filter(([from]) => this.#way === "cut off" || ids.includes(from) === (this.#way === "unheard")),
    );
  }
}

/**
 * Whom the rest can do without, and how they stay away. Null where none can be spared: others are wanted that lost their data,
 * are about to be removed, or have not met all founders yet, and programs have to find somebody whom they know.
 */
export function drawAbsence(world: World, clients: readonly string[]): Absence | null {
  const { raftChecker, wanted, founders, acquaintances } = world;
  const random = world.random("absence");
  const isFounded = wanted.every(
    ({ id, lost, isSettled }) => lost !== null || isSettled || !founders.includes(id),
  );
  if (!isFounded || raftChecker.committed.length === 0) return null;
  const groups = raftChecker.quorums().map((voters) => voters.map((id) => world.member(id)));
  const away = drawMembers(world, groups, random);
  const stay = wanted.filter((each) => isWhole(world, each) && !away.includes(each));
  if (away.length === 0 || !acquaintances.allKnowOneOf(stay.map(({ id }) => id))) return null;
  return new Absence(world, away, pick(random, waysToBeAway), clients);
}

function drawMembers(
  world: World,
  groups: readonly (readonly Member[])[],
  random: Random,
): readonly Member[] {
  const leader = world.leader;
  const voters = shuffled([...new Set(groups.flat())], random).filter(({ intent }) => intent !== "gone");
  // Mostly a leader is missed, who has to be missed first.
  if (leader !== null && voters.includes(leader) && random.next() < 0.3) voters.unshift(leader);
  const most = Math.min(...groups.map(({ length }) => Math.floor((length - 1) / 2)));
  const count = random.next() < 0.5 ? most : 1 + random.below(Math.max(1, most));
  const away: Member[] = [];
  for (const voter of new Set(voters)) {
    const others = [...away, voter];
    const isEnough = groups.every((group) => {
      const left = group.filter((each) => isWhole(world, each) && !others.includes(each));
      return left.length * 2 > group.length;
    });
    if (isEnough && others.length <= count) away.push(voter);
  }
  return away;
}

/** It can take part at once, and nobody wants to take it out. */
function isWhole(world: World, member: Member): boolean {
  const { lost, forgot, isSettled, intent, isStranger } = member;
  const isSound = lost === null && forgot === null && isSettled && !isStranger && world.isAtHome(member);
  return isSound && intent === "member";
}
