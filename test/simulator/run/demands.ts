import type { JobId, NodeId } from "../../../src/base/brands.ts";
import { dutyNames } from "../cluster/duties.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import type { SdkUser } from "../workload/sdkUser.ts";

/** R16: with a majority whole again, so many election timeouts bring a leader. */
const timeoutsToLeader = 20;
/** By the default policy of breakers: one minute, two, four, ... */
const secondOpeningMs = 120_000;
/** A run that does not heed its signal goes on for 6 s. */
const dutiesWithinMs = 15_000;

export function demandLeader(world: World): void {
  const { timeline, mix, raftChecker } = world;
  // Founders that have not met yet redial within this, and a lost one is brought back within it.
  const foundingMs = world.wanted.every(({ isSettled }) => isSettled) ? 0 : 12_000;
  const waitMs = foundingMs + timeoutsToLeader * mix.raft.electionTimeoutMs;
  const leads = (): boolean => world.failure !== null || world.leader !== null;
  timeline.runUntil(timeline.now + waitMs, leads);
  const wasNeverFounded =
    raftChecker.committed.length === 0 && world.wanted.some(({ wasTouched }) => wasTouched);
  if (!leads() && wasNeverFounded) {
    world.operator.foundAgain();
    timeline.runUntil(timeline.now + waitMs, leads);
  }
  if (!leads())
    world.fail(`R16: no leader ${Math.round(waitMs)} ms after ${mended(world)}; ${describeAll(world)}`);
}

/** Q14: every job comes to an end, who waits for it hears of it, and every node comes to the same state. */
export function demandEnd(world: World, users: readonly SdkUser[], isInOrder: () => boolean): void {
  const { timeline, mix, machineChecker } = world;
  const patienceMs = mix.livenessMs + beyondSecondOpeningMs(world);
  const by = timeline.now + patienceMs;
  let lookAt = 0;
  const over = (): boolean => {
    if (world.failure !== null) return true;
    if (timeline.now < lookAt) return false;
    lookAt = timeline.now + 100;
    return isSettled(world) && awaited() === 0 && isInOrder();
  };
  const awaited = (): number => users.reduce((sum, user) => sum + user.awaited.size, 0);
  // At least so long, for calls under way to end.
  timeline.runUntil(timeline.now + 6_000, () => world.failure !== null);
  timeline.runUntil(by, over);
  if (world.failure !== null) return;
  if (isSettled(world)) {
    if (awaited() > 0) world.fail(`Q14: ${awaited()} results of jobs that have ended never came`);
    if (!isInOrder()) world.fail(`R16: an operator's calls were not answered after ${mended(world)}`);
    return;
  }
  const { reference } = machineChecker;
  const left = (["waiting", "ready", "scheduled", "running"] as const).map(
    (state) => `${reference.countIn(state)} ${state}`,
  );
  const [first] = (["running", "ready", "scheduled", "waiting"] as const).flatMap((state) => [
    ...reference.inState(state),
  ]);
  const what = first === undefined ? "" : `, such as ${first.spec.id}: ${explained(world, first.spec.id)}`;
  world.fail(
    `Q14, R16: ${patienceMs} ms after ${mended(world)} ${left.join(", ")}${what}; ${describeAll(world)}`,
  );
}

/**
 * A run is as long as two openings of a breaker; where clocks lead log time on by an hour the third may come within it, which
 * lasts four minutes. What it holds back has that much longer.
 */
function beyondSecondOpeningMs({ machineChecker }: World): number {
  const open = [...machineChecker.reference.limits.breakers.values()].filter(({ state }) => state === "open");
  const lengths = open.map(({ openedAt, openUntil }) => (openUntil ?? openedAt) - openedAt - secondOpeningMs);
  return Math.max(0, ...lengths);
}

function mended({ members }: World): string {
  const away = members.filter(({ isAway }) => isAway).map(({ id }) => id);
  return `everything was mended${away.length === 0 ? "" : ` but ${away.join(", ")}`}`;
}

/** Q12: whoever leads has all duties that only the leader has; what failed is run again within seconds. */
export function demandDuties(world: World): void {
  const { timeline, mix, termsOfDuty, coverage } = world;
  if (world.failure !== null || (mix.workload.features.dutyPaceMs ?? 0) === 0) return;
  const lacks = (): string | null => {
    const { leader } = world;
    const status = leader?.status();
    const host = leader?.life?.host;
    if (!leader || !status || !host) return "nobody leads";
    return termsOfDuty.lacks(dutyNames, leader.id, host, status.term);
  };
  timeline.runUntil(timeline.now + dutiesWithinMs, () => world.failure !== null || lacks() === null);
  const lack = lacks();
  if (lack !== null) world.fail(`Q12: ${lack}, ${dutiesWithinMs} ms after all jobs have ended`);
  else coverage.count("leader's duty", "held in the end");
}

/** Why the job does not run, by the leader. */
function explained(world: World, id: JobId): string {
  return JSON.stringify(world.leader?.life?.running?.machine.explain(id)?.reasons);
}

function describeAll(world: World): string {
  return world.wanted.map((member) => `${member.id} ${describe(member)}`).join("; ");
}

function describe(member: Member): string {
  const status = member.status();
  const lost = member.lost === null ? "" : `, ${member.lost}`;
  if (status === null) return `${member.isUp ? "starting" : "down"}${lost}`;
  const { role, term, appliedIndex, lastIndex, configuration } = status;
  const { voters, outgoing, learners } = configuration.membership;
  const standing = member.node?.status().standing;
  return (
    `${role} in term ${term}, applied ${appliedIndex} of ${lastIndex}, ${standing}${lost}, configuration ` +
    `${configuration.index}: ${voters.join(" ")} | ${outgoing.join(" ")} | ${learners.join(" ")}`
  );
}

/** Members of the configuration in force, for those that run. */
export function membersOf(world: World): Member[] {
  const { voters, outgoing, learners } = world.raftChecker.inForce().membership;
  return [...new Set([...voters, ...outgoing, ...learners])].map((id) => world.member(id));
}

function isSettled(world: World): boolean {
  const { reference } = world.machineChecker;
  const active = ["waiting", "scheduled", "ready", "running"] as const;
  if (active.some((state) => reference.countIn(state) > 0)) return false;
  const leader = world.leader?.status();
  if (leader === undefined || leader === null || leader.appliedIndex !== leader.lastIndex) return false;
  const { outgoing, learners, details } = leader.configuration.membership;
  if (world.operator.isBusy || outgoing.length > 0) return false;
  const isHere = (id: NodeId): boolean => !world.member(id).isAway;
  if (learners.some((id) => details?.[id]?.promote === true && isHere(id))) return false;
  const members = membersOf(world);
  // One whose removal nobody is sure of may be in or out; all others are in.
  const isMissing = (member: Member): boolean => member.intent === "member" && !members.includes(member);
  if (world.wanted.some((member) => !member.isAway && isMissing(member))) return false;
  return members.every((member) => {
    if (member.isAway) return true;
    if (member.intent === "gone" || member.lost !== null) return false;
    // The core counts a snapshot that is being installed; the machine is what is looked at next.
    const { appliedIndex } = member.life?.running?.machine ?? {};
    return appliedIndex === leader.appliedIndex && member.status()?.appliedIndex === appliedIndex;
  });
}
