import { World } from "../cluster/world.ts";
import { calmDisk } from "../disk/disk.ts";
import { drawAbsence } from "../faults/absence.ts";
import type { Fault } from "../faults/kinds.ts";
import { Nemesis } from "../faults/nemesis.ts";
import { drawSchedule } from "../faults/schedule.ts";
import { beginBefore, upgradeAll } from "../faults/upgrades.ts";
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
import { audit, auditBeforeLoss } from "./audit.ts";
import { demandDuties, demandEnd, demandLeader } from "./demands.ts";
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
      if (mix.losesQuorum || archive !== null) auditBeforeLoss(world);
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

/** How long producers go on while a minority stays away. */
const workMs = 6_000;

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
  const names = [...all, ...archives, world.operator].map(({ name }) => name);
  const nemesis = new Nemesis(world, names);
  if (world.base === 0) beginBefore(world);
  for (const member of world.members) member.start();
  for (const client of [...all, ...archives]) client.start();
  nemesis.begin(schedule.map((fault) => ({ ...fault, at: begin + fault.at })));
  timeline.runUntil(begin + mix.safetyMs, stopIfFailed);

  if (world.failure !== null || !heals()) return;
  world.healed = true;
  world.links.traits = calmNetwork;
  nemesis.mendAll();
  upgradeAll(world);
  for (const member of world.members) member.disk.traits = calmDisk;
  for (const worker of workers) worker.behave();
  const absence = mix.minorityStaysAway === true ? drawAbsence(world, names) : null;
  absence?.begin();
  world.note("++++", absence === null ? "everything is mended" : `all is mended but ${absence.what}`);
  world.operator.healAll();
  const stopAsking = (): void => {
    for (const client of [...producers, ...users, ...keepers, ...managers, ...archives]) client.stop();
  };
  const demand = (): void => {
    demandEnd(world, users, () => keepers.every(({ isDone }) => isDone));
    demandDuties(world);
  };
  if (absence === null) stopAsking();
  else {
    // A majority alone takes in new work as well.
    demandLeader(world);
    absence.change();
    timeline.runUntil(timeline.now + workMs, stopIfFailed);
    stopAsking();
    demand();
    if (world.failure !== null) return;
    world.note("++++", "everything is mended");
    absence.end();
  }
  demandLeader(world);
  demand();
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
