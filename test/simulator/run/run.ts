import { NodeId } from "../../../src/base/brands.ts";
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
import { leaveAway } from "./absent.ts";
import { demandDuties, demandEnd, demandLeader, membersOf } from "./liveness.ts";
import { drawMix, type Mix } from "./mix.ts";
import { recoverFrom } from "./recovery.ts";
import { restoreFrom } from "./restoration.ts";

export interface RunOptions {
  readonly seed: number | string;
  /** In place of what the seed draws. */
  readonly mix?: Mix;
  readonly schedule?: readonly Fault[];
  /** Of the cluster that is made of this one's data. */
  readonly scheduleAfter?: readonly Fault[] | undefined;
  readonly keepsTrace?: boolean;
  /** One more checker, for tests of the simulator itself: is given each world before anything happens in it. */
  readonly watch?: (world: World) => void;
}

export interface RunResult {
  readonly seed: number | string;
  readonly mix: Mix;
  readonly schedule: readonly Fault[];
  readonly scheduleAfter?: readonly Fault[] | undefined;
  readonly failure: { readonly at: number; readonly what: string; readonly stack: string } | null;
  readonly traceHash: string;
  readonly simulatedMs: number;
  readonly committed: number;
  readonly coverage: Readonly<Record<string, number>>;
  readonly world: World;
}

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
      if (mix.losesQuorum || archive !== null) auditSoFar(world);
      if (world.failure !== null) return false;
      if (mix.losesQuorum) last = recoverFrom(world, keepsTrace) ?? world;
      if (archive !== null) last = restoreFrom(world, archive, keepsTrace) ?? world;
      return last === world;
    },
    archive === null ? [] : [archive],
  );
  // Nodes with nothing come to the survivor, and what is drawn happens to the new cluster.
  const come = last.founders.length === 1 ? newcomers : [];
  const scheduleAfter =
    last === world ? undefined : (options.scheduleAfter ?? [...come, ...drawSchedule(last)]);
  if (last !== world) options.watch?.(last);
  if (scheduleAfter !== undefined) live(last, scheduleAfter, () => true);
  return { ...resultOf(options, schedule, world, last), scheduleAfter };
}

const newcomers: readonly Fault[] = [1_500, 4_500].map((at) => ({
  at,
  kind: "addNode",
  lastsMs: 0,
  seed: at,
}));

/** New work comes for so long while some are away. */
const askedWithoutThemMs = 4_000;

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
  for (const worker of workers) worker.behave();
  const stopAsking = (): void => {
    for (const client of [...producers, ...users, ...keepers, ...managers, ...archives]) client.stop();
  };
  const allIsDone = (): boolean => keepers.every(({ isDone }) => isDone);
  const absent = leaveAway(world, [...all, ...archives, world.operator]);
  if (absent !== null) {
    demandLeader(world, absent);
    timeline.runUntil(timeline.now + askedWithoutThemMs, stopIfFailed);
    stopAsking();
    demandEnd(world, absent, users, allIsDone);
    demandDuties(world, absent);
    world.note("++++", "those who were away come back");
    absent.comeBack();
  }
  stopAsking();
  demandLeader(world, null);
  demandEnd(world, null, users, allIsDone);
  demandDuties(world, null);
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

/** All is about to be lost: nothing has come to its end, and all that was promised until now must hold. */
function auditSoFar({ machineChecker, oracle, coverage }: World): void {
  machineChecker.checkAll();
  oracle.audit(NodeId("what was committed"), (id) => machineChecker.machine.job(id), false);
  oracle.checkLinearizability();
  coverage.count("run", "audited before all was lost");
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
