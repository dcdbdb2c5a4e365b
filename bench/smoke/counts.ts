import { setTimeout as delay } from "node:timers/promises";
import { countStores, type StoreCounts } from "../level/storeCounter.ts";
import { sum } from "../load/stats.ts";
import { allocatedBytes } from "./allocations.ts";
import { nodeCount, type SmokeCluster, startSmokeCluster } from "./cluster.ts";
import { type Load, loads } from "./loads.ts";
import { countWire, type WireCounts } from "./wireCounter.ts";

export interface Count {
  readonly value: number;
  /** How many times what was recorded it may be. */
  readonly room: number;
}

/** By name, in the order in which they were taken. */
export type Counts = ReadonlyMap<string, Count>;

const bytesRoom = 1.1;
/** Sampled, and a matter of how soon the compiler takes up a function. */
const allocationRoom = 1.2;
/** What is taken off for heartbeats is an estimate, and of the size of what is left where that is little. */
const heartbeatRoom = 2;

const idleMs = 1_000;
const attempts = 5;

/**
 * Runs the loads, one after the other on one cluster, and counts what each costs. Again when leadership changed meanwhile:
 * what that costs is no part of a load.
 */
export async function count(say: (share: number, text: string) => void): Promise<Counts> {
  const counters = { stores: await countStores(), wire: countWire() };
  for (let attempt = 0; attempt < attempts; attempt++) {
    const counts = await tryAll(counters, say);
    if (counts !== undefined) return counts;
  }
  throw new Error(
    `the leader changed in each of ${attempts} attempts: this machine is too busy to count anything`,
  );
}

interface Counters {
  readonly stores: ReadonlyMap<string, StoreCounts>;
  readonly wire: ReadonlyMap<number, WireCounts>;
}

async function tryAll(
  counters: Counters,
  say: (share: number, text: string) => void,
): Promise<Counts | undefined> {
  await using cluster = await startSmokeCluster();
  const counts = new Map<string, Count>();
  const { term } = await cluster.settled();
  const heartbeats = await countHeartbeats(cluster, counters);
  for (const [at, load] of loads.entries()) {
    say(at / loads.length, load.name);
    const costs = await countLoad(load, cluster, counters, heartbeats);
    for (const [what, value] of costs) counts.set(`${load.name}: ${what}`, value);
  }
  if ((await cluster.settled()).term !== term) return undefined;
  say(1, "the checkpoint at the stop");
  const before = storeOf(counters, "records");
  await cluster.stop();
  const records = minus(storeOf(counters, "records"), before);
  // Each load has run twice, and its jobs are still kept.
  const jobs = 2 * nodeCount * sum(loads.map((load) => load.jobs));
  const puts = { value: (records.puts / jobs) * 1000, room: 1.05 };
  counts.set("checkpoint: LevelDB puts into a node's records per 1000 jobs", puts);
  const bytes = { value: records.bytes / jobs, room: bytesRoom };
  counts.set("checkpoint: bytes put into a node's records per job", bytes);
  return counts;
}

/** Heartbeats go by the clock: per ms, without a load. */
async function countHeartbeats(cluster: SmokeCluster, counters: Counters): Promise<WireCounts> {
  const before = { at: performance.now(), wire: wireOf(counters, cluster.peerPorts) };
  await delay(idleMs);
  const { messages, large, bytes } = minus(wireOf(counters, cluster.peerPorts), before.wire);
  const ms = performance.now() - before.at;
  return { messages: messages / ms, large: large / ms, bytes: bytes / ms };
}

async function countLoad(
  { jobs, room, run }: Load,
  { client, clientPorts, peerPorts, settled }: SmokeCluster,
  counters: Counters,
  heartbeats: WireCounts,
): Promise<Counts> {
  // Connections, streams and compiled code are there before anything is counted.
  await run(client);
  const before = await settled();
  const start = { at: performance.now(), ...countedSoFar(counters, peerPorts, clientPorts) };
  const allocated = await allocatedBytes(() => run(client));
  const end = countedSoFar(counters, peerPorts, clientPorts);
  const ms = performance.now() - start.at;
  // The last writes of followers come later; the questions asked until then are no part of the load.
  const after = await settled();

  const log = minus(storeOf(counters, "log"), start.log);
  const peers = minus(end.peers, start.peers);
  const clients = minus(end.clients, start.clients);
  const per1000 = (count: number): Count => ({ value: (count / jobs) * 1000, room });
  const perJob = (bytes: number): Count => ({ value: bytes / jobs, room: bytesRoom });
  return new Map([
    ["log entries per 1000 jobs", per1000(after.lastIndex - before.lastIndex)],
    ["durable writes of a node per 1000 jobs", per1000(log.syncedWrites / nodeCount)],
    ["LevelDB puts into a node's log per 1000 jobs", per1000(log.puts / nodeCount)],
    ["bytes put into a node's log per job", perJob(log.bytes / nodeCount)],
    ["messages between client and nodes per 1000 jobs", per1000(clients.messages)],
    ["bytes between client and nodes per job", perJob(clients.bytes)],
    ["messages with entries between nodes per 1000 jobs", per1000(peers.large)],
    [
      "messages between nodes per 1000 jobs",
      { ...per1000(peers.messages - heartbeats.messages * ms), room: room * heartbeatRoom },
    ],
    ["bytes between nodes per job", perJob(peers.bytes - heartbeats.bytes * ms)],
    [
      "bytes allocated by client and nodes together per job",
      { value: allocated / jobs, room: allocationRoom },
    ],
  ]);
}

interface CountedSoFar {
  readonly log: StoreCounts;
  readonly peers: WireCounts;
  readonly clients: WireCounts;
}

function countedSoFar(
  counters: Counters,
  peerPorts: readonly number[],
  clientPorts: readonly number[],
): CountedSoFar {
  return {
    log: storeOf(counters, "log"),
    peers: wireOf(counters, peerPorts),
    clients: wireOf(counters, clientPorts),
  };
}

function storeOf({ stores }: Counters, folder: string): StoreCounts {
  return { ...(stores.get(folder) ?? { puts: 0, bytes: 0, syncedWrites: 0 }) };
}

function wireOf({ wire }: Counters, ports: readonly number[]): WireCounts {
  const total = { messages: 0, large: 0, bytes: 0 };
  for (const port of ports) {
    const { messages = 0, large = 0, bytes = 0 } = wire.get(port) ?? {};
    total.messages += messages;
    total.large += large;
    total.bytes += bytes;
  }
  return total;
}

function minus<Kind extends WireCounts | StoreCounts>(after: Kind, before: Kind): Kind {
  const entries = Object.entries(after).map(([name, value]) => [
    name,
    value - (before[name as keyof Kind] as number),
  ]);
  return Object.fromEntries(entries) as Kind;
}
