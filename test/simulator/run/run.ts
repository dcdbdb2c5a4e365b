import type { JobId } from "../../../src/base/brands.ts";
import type { Member } from "../cluster/member.ts";
import { World } from "../cluster/world.ts";
import { calmDisk } from "../disk/disk.ts";
import type { Fault } from "../faults/kinds.ts";
import { Nemesis } from "../faults/nemesis.ts";
import { drawSchedule } from "../faults/schedule.ts";
import { calmNetwork } from "../network/links.ts";
import { installPeerWires } from "../network/peerWire.ts";
import { installVirtualGlobals } from "../time/globals.ts";
import { Archive } from "../workload/archive.ts";
import { JobKeeper } from "../workload/jobKeeper.ts";
import { Producer } from "../workload/producer.ts";
import { QueueKeeper } from "../workload/queueKeeper.ts";
import { ScheduleKeeper } from "../workload/scheduleKeeper.ts";
import { SdkUser } from "../workload/sdkUser.ts";
import { Worker } from "../workload/worker.ts";
import { drawMix, type Mix } from "./mix.ts";
import { recoverFrom } from "./recovery.ts";
import { restoreFrom } from "./restoration.ts";

export interface RunOptions {
  readonly seed: number | string;
  /** In place of what the seed draws. */
  readonly mix?: Mix;
  readonly schedule?: readonly Fault[];
  readonly keepsTrace?: boolean;
  /** One more checker, for tests of the simulator itself: is given the world before anything happens in it. */
  readonly watch?: (world: World) => void;
}

export interface RunResult {
  readonly seed: number | string;
  readonly mix: Mix;
  readonly schedule: readonly Fault[];
  readonly failure: { readonly at: number; readonly what: string; readonly stack: string } | null;
  readonly traceHash: string;
  readonly simulatedMs: number;
  readonly committed: number;
  readonly coverage: Readonly<Record<string, number>>;
  readonly world: World;
}

/** R16: with a majority whole again, so many election timeouts bring a leader. */
const timeoutsToLeader = 20;
/** By the default policy of breakers: one minute, two, four, ... */
const secondOpeningMs = 120_000;

/**
 * One run: faults and work together, then everything is mended and all jobs have to come to an end. Must be called from
 * a macrotask: a promise's continuation would keep the simulated promises from going on.
 */
export function runSeed(options: RunOptions): RunResult {
  installVirtualGlobals();
  installPeerWires();
  const { seed, keepsTrace = false } = options;
  const mix = options.mix ?? drawMix(seed);
  const world = new World(seed, mix, { keepsTrace });
  options.watch?.(world);
  const schedule = options.schedule ?? drawSchedule(world);
  let last = world;
  const archive = mix.losesAll === true ? new Archive(world) : null;
  live(
    world,
    schedule,
    () => {
      if (mix.losesQuorum) last = recoverFrom(world, keepsTrace) ?? world;
      if (archive !== null) last = restoreFrom(world, archive, keepsTrace) ?? world;
      return last === world;
    },
    archive === null ? [] : [archive],
  );
  // Nodes with nothing come to the survivor, and what is drawn happens to the new cluster.
  const come = last.founders.length === 1 ? newcomers : [];
  if (last !== world) live(last, [...come, ...drawSchedule(last)], () => true);
  return resultOf(options, schedule, world, last);
}

const newcomers: readonly Fault[] = [1_500, 4_500].map((at) => ({
  at,
  kind: "addNode",
  lastsMs: 0,
  seed: at,
}));

/** A time of faults, and if `heals` says so the end: everything is mended, and the jobs have to be done. */
function live(
  world: World,
  schedule: readonly Fault[],
  heals: () => boolean,
  archives: readonly Archive[] = [],
): void {
  const { timeline, mix } = world;
  const begin = timeline.now;
  const stopIfFailed = (): boolean => world.failure !== null;
  const clients = clientsOf(world);
  const { producers, workers, users, keepers, managers } = clients;
  const all = [...producers, ...workers, ...users, ...keepers, ...managers];
  const nemesis = new Nemesis(
    world,
    [...all, ...archives, world.operator].map(({ name }) => name),
  );
  for (const member of world.members) member.start();
  for (const client of [...all, ...archives]) client.start();
  nemesis.begin(schedule.map((fault) => ({ ...fault, at: begin + fault.at })));
  timeline.runUntil(begin + mix.safetyMs, stopIfFailed);

  if (world.failure !== null || !heals()) return;
  world.note("++++", "everything is mended");
  world.healed = true;
  world.links.traits = calmNetwork;
  nemesis.healAll();
  for (const member of world.members) member.disk.traits = calmDisk;
  for (const client of [...producers, ...users, ...keepers, ...managers, ...archives]) client.stop();
  for (const worker of workers) worker.behave();
  demandLeader(world);
  demandEnd(world, users, () => keepers.every(({ isDone }) => isDone));
  if (world.failure === null) audit(world);
}

/** In a cluster that was made of another one's they are other programs: no id is drawn twice. */
function clientsOf(world: World) {
  const { workload } = world.mix;
  const name = (letter: string, i: number): string => `${letter}${i + 1}${world.base > 0 ? "b" : ""}`;
  const { settingsPaceMs, schedulesPaceMs, managePaceMs } = workload.features;
  const times = <Made>(count: number, make: (i: number) => Made): Made[] =>
    Array.from({ length: count }, (_, i) => make(i));
  return {
    producers: times(workload.producers, (i) => new Producer(world, name("p", i))),
    workers: times(workload.workers, (i) => new Worker(world, name("w", i))),
    users: times(workload.sdkClients, (i) => new SdkUser(world, name("s", i))),
    keepers: [
      ...(settingsPaceMs > 0 ? [new QueueKeeper(world, "keeper")] : []),
      ...(schedulesPaceMs > 0 ? [new ScheduleKeeper(world, "clerk")] : []),
    ],
    managers: managePaceMs > 0 ? [new JobKeeper(world, "manager")] : [],
  };
}

function demandLeader(world: World): void {
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
    world.fail(`R16: no leader ${Math.round(waitMs)} ms after everything was mended; ${describeAll(world)}`);
}

/** Q14: every job comes to an end, who waits for it hears of it, and every node comes to the same state. */
function demandEnd(world: World, users: readonly SdkUser[], isInOrder: () => boolean): void {
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
    if (!isInOrder()) world.fail("R16: an operator's calls were not answered after everything was mended");
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
    `Q14, R16: after ${patienceMs} ms without faults ${left.join(", ")}${what}; ${describeAll(world)}`,
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
function membersOf(world: World): Member[] {
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
  if (learners.some((id) => details?.[id]?.promote === true)) return false;
  const members = membersOf(world);
  // One whose removal nobody is sure of may be in or out; all others are in.
  if (world.wanted.some((member) => member.intent === "member" && !members.includes(member))) return false;
  return members.every((member) => {
    if (member.intent === "gone" || member.lost !== null) return false;
    // The core counts a snapshot that is being installed; the machine is what is looked at next.
    const { appliedIndex } = member.life?.running?.machine ?? {};
    return appliedIndex === leader.appliedIndex && member.status()?.appliedIndex === appliedIndex;
  });
}

function audit(world: World): void {
  const { machineChecker, oracle, coverage, raftChecker } = world;
  machineChecker.checkAll();
  for (const member of membersOf(world)) {
    const machine = member.life?.running?.machine;
    if (machine === undefined) continue;
    machineChecker.checkAll(machine);
    oracle.audit(member.id, (id) => machine.job(id));
  }
  oracle.checkLinearizability();
  checkFormat(world);
  coverage.count("run", "entries committed", raftChecker.committed.length);
  coverage.count("run", "jobs acknowledged", oracle.acknowledged);
}

/** Once all members have been heard the leader writes the newest format that all of them read. */
function checkFormat(world: World): void {
  const format = world.leader?.node?.status().format;
  const readable = Math.min(...membersOf(world).map(({ release }) => release.formats.max));
  world.coverage.count("release", `the cluster writes format ${format}`);
  if (format !== readable) world.fail(`the leader writes format ${format}, all members read ${readable}`);
}

/** Of a run that ended in `last`, which is another world than it began in when a cluster was recovered. */
function resultOf(options: RunOptions, schedule: readonly Fault[], world: World, last: World): RunResult {
  const worlds = world === last ? [world] : [world, last];
  const sum = (of: (each: World) => number): number => worlds.reduce((total, each) => total + of(each), 0);
  for (const { links, coverage } of worlds)
    for (const [what, count] of Object.entries(links.counts)) coverage.count("network", what, count);
  if (world !== last) {
    last.coverage.merge(world.coverage.toJSON());
    last.trace.lines.unshift(...world.trace.lines);
  }
  const { failure, coverage, trace } = last;
  const stack = failure?.error instanceof Error ? (failure.error.stack ?? "") : "";
  return {
    seed: options.seed,
    mix: world.mix,
    schedule,
    failure: failure === null ? null : { at: failure.at, what: failure.what, stack },
    traceHash: trace.hash,
    simulatedMs: sum(({ timeline }) => timeline.now),
    committed: sum(({ raftChecker }) => raftChecker.committed.length),
    coverage: coverage.toJSON(),
    world: last,
  };
}
