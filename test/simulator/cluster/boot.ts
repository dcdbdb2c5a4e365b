import { ClusterId, MonotonicMs } from "../../../src/base/brands.ts";
import { ConclaveError } from "../../../src/base/errors.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { Calendar } from "../../../src/calendar/index.ts";
import { batchCodec } from "../../../src/codec/batch.ts";
import { foundingClusterId } from "../../../src/codec/clusterId.ts";
import { membershipCodec } from "../../../src/codec/membership.ts";
import { decodeRecord, encodeRecord } from "../../../src/codec/record.ts";
import { type ClusterDoor, findLeader, joinUntilTakenIn } from "../../../src/node/joining.ts";
import { ClusterNode } from "../../../src/node/node.ts";
import type {
  Identity,
  JoinRequest,
  PeerListener,
  PeerTransport,
  Telemetry,
} from "../../../src/node/ports.ts";
import { RestingTimer } from "../../../src/node/restingTimer.ts";
import type { Runtime } from "../../../src/node/runtime.ts";
import type { Event } from "../../../src/raft/index.ts";
import { DataDirectory } from "../../../src/storage/dataDirectory.ts";
import type { OpenStore } from "../../../src/storage/keyValueStore.ts";
import { describeCluster } from "../../../src/transport/describeCluster.ts";
import { GrpcPeers } from "../../../src/transport/grpcPeers.ts";
import { joinCluster } from "../../../src/transport/joinCluster.ts";
import { ElectionChecker } from "../checkers/electionChecker.ts";
import { openStoreOf } from "../disk/store.ts";
import { SimApi } from "../network/api.ts";
import { watchWrites } from "../network/peerWire.ts";
import type { Host } from "../time/host.ts";
import { giveDuties } from "./duties.ts";
import type { Life, Member } from "./member.ts";
import { nodeLogger } from "./nodeLogger.ts";
import { loadObserved, type ObservedMachine, ObservedRaft } from "./observed.ts";
import { blind, type Observer } from "./observer.ts";
import { silentLogger } from "./silentLogger.ts";
import { transportLogger } from "./transportLogger.ts";
import { watchedSnapshots } from "./watchedSnapshots.ts";
import type { World } from "./world.ts";

/** One process from its start on: what src/main.ts does, with the simulated machine's disk, clocks and network. */
export interface Boot {
  readonly world: World;
  readonly member: Member;
  readonly life: Life;
  /** `--join` and `--rejoin`, as the operator gives them. */
  readonly join: readonly string[];
  readonly rejoin: boolean;
}

const name = "sim";
const nobody = { voters: [], outgoing: [], learners: [] } as const;
const describeTimeoutMs = 2_000;
/** What is done more often than this is a tick; the rest are pauses. */
const longMs = 100;

export async function boot(parts: Boot): Promise<void> {
  const { world, member, life } = parts;
  let onWoken = nothing;
  const runtime = runtimeOf(life.host, world.mix.tickStretch, () => onWoken());
  const { data, machine } = await openState(parts, runtime);
  const { host } = life;
  const { identity } = data;
  const { version, formats } = life.release;
  life.isStranger = world.isForeign(member, identity);
  const stopping = life.stopping;
  const takenIn = new AbortController();
  const { mix } = world;
  const observer = life.isStranger ? blind : world.observer;
  machine.watch((index, batch, applied) => observer.onApplied(member, index, batch, applied));
  const elections = new ElectionChecker(world, member, data.restored);
  const raft: ObservedRaft = new ObservedRaft(
    { id: member.id, ...mix.raft, membershipCodec },
    data.restored,
    new SeededRandom(`${identity.incarnation}/${life.number}/${world.seed}`),
    MonotonicMs(host.monotonicMs()),
    (event, effects, now) => {
      const status = raft.status(now);
      elections.onStep(event, status, effects, now, raft.handsOverSince);
      observer.onStep(member, event, status, effects);
      if (effects.some((each) => each.type === "send" && each.message.type === "timeoutNow"))
        world.termsOfDuty.onSuccessorAsked(host);
    },
    (now) => (life.isStranger || life.running === null ? null : lateSnapshot(parts, raft, now)),
  );
  onWoken = () => observer.onWoken(member, raft.status(MonotonicMs(host.monotonicMs())));
  const { log, records } = data;
  const checkpoint = records.checkpoint.bind(records);
  records.checkpoint = (what) => {
    observer.onCheckpoint(member, what.appliedIndex, what.configuration);
    return checkpoint(what);
  };
  const write = log.write.bind(log);
  log.write = (batch) => {
    elections.onWrite(MonotonicMs(host.clock.monotonicMs()));
    const written = write(batch);
    const end = (): void => elections.onWritten();
    written.then(end, end);
    return written;
  };
  const compact = log.compact.bind(log);
  log.compact = (index, stretches) => {
    observer.onCut(member, raft.status(MonotonicMs(host.monotonicMs())), index);
    return compact(index, stretches);
  };
  const onFatal = (error: unknown): void => void endFor(parts, data, error, node.status().members.length > 1);
  const founding = new Map(world.founders.map((id) => [id, peerAddressOf(id)]));
  const peers = new GrpcPeers({
    local: {
      ...identity,
      version,
      clientAddress: () => member.clientAddress,
      peerAddress: () => member.peerAddress,
      formats,
      committed: () => node.status().raft.committedConfiguration,
      joining: () => node.status().standing === "joining",
      founding: () => data.identity.founding,
    },
    listen: member.peerAddress,
    peers: founding,
    incarnations: {
      known: (id, since) => data.knownIncarnation(id, since) ?? undefined,
      remember: async (id, since, incarnation) => {
        try {
          await data.rememberIncarnation(id, since, incarnation);
        } catch (error) {
          if (isCode(error, "DISK_FAILED")) onFatal(error);
          throw error;
        }
      },
    },
    random: new SeededRandom(`${identity.incarnation}/transport/${life.number}`),
    logger: transportLogger(world, member),
    limits: { maxChunkBytes: mix.chunkBytes },
  });
  const listeners: PeerListener[] = [];
  const node: ClusterNode = new ClusterNode({
    identity,
    version,
    formats,
    raft,
    machine,
    log: data.log,
    records: data.records,
    snapshots: watchedSnapshots(world, member, data),
    codec: batchCodec,
    membershipCodec,
    calendar: new Calendar(),
    runtime,
    telemetry: telemetryOf(world),
    logger: nodeLogger(world, member),
    electionTimeoutMs: mix.raft.electionTimeoutMs,
    checkpointIntervalMs: mix.checkpointIntervalMs,
    checkpointRecords: mix.checkpointRecords,
    keptEntries: mix.keptEntries,
    clientAddress: () => member.clientAddress,
    peerAddress: () => member.peerAddress,
    httpAddress: () => "",
    founding,
    metIncarnation: (id, since) => data.knownIncarnation(id, since),
    onMembers: (since, addresses) => data.rememberMembers(since, addresses),
    onTakenIn: async () => {
      await data.endJoining();
      takenIn.abort();
      member.onTakenIn(identity);
    },
    onFounded: async () => {
      await data.endFounding();
      member.onFounded();
    },
    transport: (listener) => {
      listeners.push(listener);
      return watched(parts, peers, observer);
    },
    onFatal,
  });
  const [listener] = listeners;
  if (listener === undefined) throw new Error("the node asked for no transport");
  const api = new SimApi(node);
  life.running = { node, raft, machine, data, api, duties: giveDuties(parts, node) };
  observer.onStarted(member, raft.status(MonotonicMs(host.monotonicMs())), identity);
  await peers.start(listener);
  // It may have been told to stop meanwhile, and goes on doing so.
  if (!stopping.aborted) joinInBackground(parts, identity, runtime, takenIn.signal, onFatal);
}

/** A snapshot that was fetched long ago, say, and is offered once more: one that must not be installed. */
function lateSnapshot({ world, member, life }: Boot, raft: ObservedRaft, now: MonotonicMs): Event | null {
  const { random } = life.host;
  if (random.next() >= world.mix.lateSnapshots) return null;
  const snapshot = world.raftChecker.uselessSnapshot(member, raft.status(now), random);
  if (snapshot === null) return null;
  world.coverage.count("snapshot", "offered once more");
  return { type: "snapshotFetched", snapshot };
}

interface State {
  readonly data: DataDirectory;
  readonly machine: ObservedMachine;
}

/** As src/main.ts: damaged data is set aside once others have a leader, and the node begins anew. */
async function openState(parts: Boot, runtime: Runtime): Promise<State> {
  const { member, world, life } = parts;
  const { root } = life.mounted;
  const openStore = openStoreOf(life.host, life.mounted.disk);
  const owner = { clusterName: name, nodeId: member.id };
  try {
    return await openAsItIs(parts, runtime, openStore);
  } catch (error) {
    const identity = isCode(error, "DATA_CORRUPT")
      ? await DataDirectory.identityAt(root, openStore).catch(() => null)
      : null;
    if (identity === null || (await othersOf(parts)).length === 0) throw error;
    world.onDamageFound(member, error);
    await findLeader(await search(parts, runtime), ({ clusterId }) => clusterId === identity.clusterId);
  }
  await DataDirectory.setAside(root, owner, openStore);
  world.coverage.count("repair", "damaged data set aside");
  return await openAsItIs(parts, runtime, openStore);
}

async function openAsItIs(parts: Boot, runtime: Runtime, openStore: OpenStore): Promise<State> {
  const { member, world, join, life } = parts;
  const { root: path } = life.mounted;
  const isNew = (await DataDirectory.identityAt(path, openStore)) === null;
  const joins = isNew && join.length > 0;
  const clusterId = joins
    ? (await findLeader(await search(parts, runtime), () => true)).clusterId
    : foundingClusterId(name, world.founders);
  const data = await DataDirectory.open({
    path,
    clusterName: name,
    clusterId,
    nodeId: member.id,
    membership: joins ? nobody : { voters: world.founders, outgoing: [], learners: [] },
    joining: joins ? { replaces: "" } : null,
    codec: { encode: encodeRecord, decode: decodeRecord },
    openStore,
  });
  try {
    return {
      data,
      machine: await loadObserved(data.records, runtime, world.mix.workload.features.toldPerEntry),
    };
  } catch (error) {
    await data.close();
    throw error;
  }
}

/** Damaged data that others hold as well is marked, so that the next start repairs it. */
async function endFor(
  { member, life }: Boot,
  data: DataDirectory,
  error: unknown,
  hasOthers: boolean,
): Promise<void> {
  if (isCode(error, "DATA_CORRUPT") && hasOthers) {
    await data.condemn(error instanceof Error ? error.message : "").catch(() => undefined);
  }
  member.onFatal(life, error);
}

function joinInBackground(
  parts: Boot,
  { nodeId, incarnation, clusterId, joining }: Identity,
  runtime: Runtime,
  takenIn: AbortSignal,
  onFatal: (error: unknown) => void,
): void {
  if (joining === null) return;
  const { member, rejoin, world, life } = parts;
  const { formats } = life.release;
  world.coverage.count(
    "join",
    joining.replaces === "" ? (rejoin ? "asked, rejoin" : "asked") : "asked, repair",
  );
  const request = (): JoinRequest => ({
    nodeId,
    incarnation,
    address: member.peerAddress,
    replacesIncarnation: joining.replaces,
    rejoin,
    voter: true,
    minFormat: formats.min,
    maxFormat: formats.max,
  });
  const join = async (): Promise<void> =>
    joinUntilTakenIn({
      ...(await search(parts, runtime)),
      door: doorOf(clusterId),
      request,
      takenIn,
      logger: { ...silentLogger, error: (fields) => world.onNotTakenIn(member, fields) },
    });
  join().catch(onFatal);
}

/** Where other members may listen: as they were last heard of, and by this node's settings. */
async function othersOf({ member, world, join, life }: Boot): Promise<readonly string[]> {
  const heard = await DataDirectory.memberAddressesAt(life.mounted.root);
  const founders = world.founders.map(peerAddressOf);
  return [...new Set([...heard, ...join, ...founders])].filter((address) => address !== member.peerAddress);
}

async function search(parts: Boot, runtime: Runtime) {
  const addresses = await othersOf(parts);
  return {
    door: doorOf(ClusterId("")),
    addresses,
    runtime,
    logger: silentLogger,
    signal: parts.life.stopping,
  };
}

function doorOf(clusterId: ClusterId): ClusterDoor {
  return {
    describe: (address, signal) => describeCluster([address], { timeoutMs: describeTimeoutMs, signal }),
    join: (addresses, request, signal) =>
      joinCluster(addresses, { ...request, clusterId }, { signal, logger: silentLogger }),
  };
}

/** Tells of each message at the moment at which a stream takes it. */
function watched({ world, member, life }: Boot, peers: GrpcPeers, observer: Observer): PeerTransport {
  let leaving: (() => void) | null = null;
  watchWrites(life.host, () => leaving?.());
  return {
    setMembers: (members, configuration) => peers.setMembers(members, configuration),
    openSnapshot: (from, signal) => {
      world.coverage.count("snapshot", "stream opened");
      return peers.openSnapshot(from, signal);
    },
    send: (to, message) => {
      leaving = () => observer.onDeparture(member, to, message);
      peers.send(to, message);
      leaving = null;
    },
    close: () => peers.close(),
  };
}

function isCode(error: unknown, code: ConclaveError["code"]): boolean {
  return error instanceof ConclaveError && error.code === code;
}

export function peerAddressOf(id: string): string {
  return `${id}:7300`;
}

/** `onWoken` is called after all that a node's own timer calls. */
export function runtimeOf(host: Host, tickStretch: number, onWoken: () => void): Runtime {
  return {
    monotonicMs: () => MonotonicMs(host.monotonicMs()),
    wallMs: () => host.wallMs(),
    waitedForCoreMs: () => 0,
    memoryShare: () => 0.1,
    soon: (callback) => void host.soon(callback),
    every: (ms, callback, idleMs = () => 0) =>
      new RestingTimer(
        ms < longMs ? ms * tickStretch : ms,
        () => {
          callback();
          onWoken();
        },
        idleMs,
      ),
  };
}

const nothing = (): void => undefined;

function telemetryOf({ coverage }: World): Telemetry {
  return {
    durableWrite: nothing,
    commitLatency: nothing,
    attemptFailed: (_queue, end) => coverage.count("notice", end),
    jobDead: () => coverage.count("notice", "dead"),
    attemptsStarted: nothing,
    scheduleFired: () => undefined,
    checkpoint: () => coverage.count("storage", "checkpoint"),
    snapshotSent: () => coverage.count("snapshot", "chunk sent"),
    turn: nothing,
  };
}
