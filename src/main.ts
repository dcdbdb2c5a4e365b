import { ClientApi } from "./api/grpc/clientApi.ts";
import { HttpApi } from "./api/http/httpApi.ts";
import { Metrics } from "./api/metrics.ts";
import { ClusterId, NodeId } from "./base/brands.ts";
import { ConclaveError } from "./base/errors.ts";
import type { Logger } from "./base/logger.ts";
import { SeededRandom } from "./base/random.ts";
import { Calendar } from "./calendar/index.ts";
import { listenPeerOf, type NodeOptions, type RunningNode } from "./cli/nodeOptions.ts";
import { batchCodec } from "./codec/batch.ts";
import { foundingClusterId } from "./codec/clusterId.ts";
import { formats } from "./codec/formats.ts";
import { membershipCodec } from "./codec/membership.ts";
import { decodeRecord, encodeRecord } from "./codec/record.ts";
import { checkedSources, makeDuties } from "./compose/duties.ts";
import { makeLogger } from "./compose/logger.ts";
import { makeRaft } from "./compose/raft.ts";
import { version } from "./compose/version.ts";
import type { SourceSettings } from "./duties/sourceTypes.ts";
import type { Machine } from "./machine/index.ts";
import { type ClusterDoor, findLeader, joinUntilTakenIn } from "./node/joining.ts";
import { loadMachine } from "./node/machineLoader.ts";
import { ClusterNode } from "./node/node.ts";
import type { ClusterDescription, Identity, JoinRequest, PeerListener } from "./node/ports.ts";
import { processRuntime } from "./node/processRuntime.ts";
import { type Settleable, settleable } from "./node/settleable.ts";
import { DataDirectory } from "./storage/dataDirectory.ts";
import { describeCluster } from "./transport/describeCluster.ts";
import { GrpcPeers } from "./transport/grpcPeers.ts";
import { joinCluster } from "./transport/joinCluster.ts";

export type { NodeOptions, RunningNode } from "./cli/nodeOptions.ts";
export { nodeDefaults } from "./cli/nodeOptions.ts";
export { version } from "./compose/version.ts";
export type {
  FunctionSource,
  HeaderValue,
  HttpSource,
  ItemMapping,
  PolledSource,
  PollRequest,
  SourceJobOptions,
  SourceOptions,
} from "./duties/sourceTypes.ts";
export type {
  BackoffOptions,
  Duty,
  DutyContext,
  DutyEnqueued,
  DutyOptions,
  LeaderDuty,
} from "./duties/types.ts";

/** Time that calls under way get when the node stops. */
const drainMs = 2_000;

const nobody = { voters: [], outgoing: [], learners: [] } as const;
/** For one member to say which cluster it belongs to. */
const describeTimeoutMs = 2_000;

/**
 * Starts one node in this process and resolves once it listens; it may not know a leader yet, and a node that joins may
 * not be a member yet. A node that joins, or whose data is damaged, first waits for a member that knows a leader, until
 * `signal` fires. Rejects with CONFIG_INVALID, IDENTITY_MISMATCH, DATA_CORRUPT, DISK_FAILED or FORMAT_UNSUPPORTED, and
 * with the signal's reason; then nothing is left open.
 */
export async function startNode(
  options: NodeOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<RunningNode> {
  const logger = makeLogger(options);
  const sources = await checkedSources(options);
  const state = await openState(options, logger, signal);
  try {
    return await compose(options, logger, state, sources);
  } catch (error) {
    await state.data.close();
    throw error;
  }
}

interface State {
  readonly data: DataDirectory;
  readonly machine: Machine;
}

/** The node's own data; when that is damaged and others hold it as well, empty data that is to be filled from theirs. */
async function openState(options: NodeOptions, logger: Logger, signal: AbortSignal): Promise<State> {
  const owner = { clusterName: options.cluster, nodeId: NodeId(options.id) };
  try {
    return await openAsItIs(options, logger, signal);
  } catch (error) {
    const identity = isCode(error, "DATA_CORRUPT") ? await identityOf(options) : null;
    if (identity === null || (await othersOf(options)).length === 0) throw error;
    logger.error(
      { err: error, incarnation: identity.incarnation },
      "the data of this node is damaged. It neither votes nor acknowledges anything on it; as soon as the other members " +
        "have a leader it sets the damaged files aside, rejoins with empty data and gets everything from them",
    );
    // An address may belong to another cluster by now.
    const isOurs = ({ clusterId }: ClusterDescription): boolean => clusterId === identity.clusterId;
    await findLeader(await search(options, logger, signal), isOurs);
  }
  const { keptIn } = await DataDirectory.setAside(options.dataDir, owner);
  logger.warn({ keptIn }, "the damaged data was set aside; delete it when this node has caught up");
  return await openAsItIs(options, logger, signal);
}

async function openAsItIs(options: NodeOptions, logger: Logger, signal: AbortSignal): Promise<State> {
  const isNew = (await DataDirectory.identityAt(options.dataDir)) === null;
  const joins = isNew && options.join.length > 0;
  const founders = options.peers.map((peer) => NodeId(peer.id)).sort();
  const data = await DataDirectory.open({
    path: options.dataDir,
    clusterName: options.cluster,
    clusterId: joins
      ? await clusterToJoin(options, logger, signal)
      : foundingClusterId(options.cluster, founders),
    nodeId: NodeId(options.id),
    membership: joins ? nobody : { voters: founders, outgoing: [], learners: [] },
    joining: joins ? { replaces: "" } : null,
    codec: { encode: encodeRecord, decode: decodeRecord },
  });
  try {
    return { data, machine: await loadMachine(data.records, processRuntime, signal) };
  } catch (error) {
    await data.close();
    throw error;
  }
}

async function clusterToJoin(options: NodeOptions, logger: Logger, signal: AbortSignal): Promise<ClusterId> {
  const { clusterId } = await findLeader(await search(options, logger, signal), ({ clusterName }) => {
    if (clusterName === options.cluster) return true;
    throw new ConclaveError(
      "CONFIG_INVALID",
      `the cluster at ${options.join.join(", ")} is named "${clusterName}", and this node is set to join ` +
        `"${options.cluster}": correct --cluster or --join`,
    );
  });
  return clusterId;
}

/** Null when it is damaged as well: then nobody knows what to repair. */
async function identityOf(options: NodeOptions): Promise<Identity | null> {
  return await DataDirectory.identityAt(options.dataDir).catch(() => null);
}

function isCode(error: unknown, code: ConclaveError["code"]): boolean {
  return error instanceof ConclaveError && error.code === code;
}

/** Where other members may listen: as they were last heard of, and by this node's settings. */
async function othersOf({
  id,
  dataDir,
  join,
  peers,
  advertisePeer,
}: NodeOptions): Promise<readonly string[]> {
  const founders = peers.filter((peer) => peer.id !== id).map(({ address }) => address);
  const heard = await DataDirectory.memberAddressesAt(dataDir);
  return [...new Set([...heard, ...join, ...founders])].filter((address) => address !== advertisePeer);
}

async function search(options: NodeOptions, logger: Logger, signal: AbortSignal) {
  const addresses = await othersOf(options);
  return { door: doorOf(logger), addresses, runtime: processRuntime, logger, signal };
}

/** Calls to members of a cluster; `clusterId` is the one to join. */
function doorOf(logger: Logger, clusterId = ClusterId("")): ClusterDoor {
  return {
    describe: (address, signal) => describeCluster([address], { timeoutMs: describeTimeoutMs, signal }),
    join: (addresses, request, signal) =>
      joinCluster(addresses, { ...request, clusterId }, { signal, logger }),
  };
}

/** What the parts of a node are made of, and what they tell one another. */
interface Frame extends State {
  readonly options: NodeOptions;
  readonly logger: Logger;
  readonly sources: readonly SourceSettings[];
  readonly metrics: Metrics;
  /** Bound once the servers listen. */
  readonly bound: { client: string; peer: string; http: string };
  readonly clientAddress: () => string;
  readonly peerAddress: () => string;
  /** Settles when the node has ended. */
  readonly ended: Settleable;
  /** Ends what goes on in the background: the node stops; the node was taken into its cluster. */
  readonly stopping: AbortController;
  readonly takenIn: AbortController;
}

async function compose(
  options: NodeOptions,
  logger: Logger,
  state: State,
  sources: readonly SourceSettings[],
): Promise<RunningNode> {
  const bound = { client: "", peer: "", http: "" };
  const frame: Frame = {
    ...state,
    options,
    logger,
    sources,
    metrics: new Metrics(),
    bound,
    clientAddress: () => options.advertiseClient || bound.client,
    peerAddress: () => options.advertisePeer || bound.peer,
    ended: settleable(),
    stopping: new AbortController(),
    takenIn: new AbortController(),
  };
  const { node, peers, listener } = makeNode(frame);
  frame.metrics.watch(node);
  const duties = makeDuties({ ...frame, node, version, sizes: options.sizes });
  const { sizes, listenClient: listen } = options;
  const api = new ClientApi({ node, logger: logger.child({ part: "api" }), listen, sizes });
  const http = makeHttp(frame, node);

  let ending: Promise<void> | null = null;
  const end = async (): Promise<void> => {
    logger.info({}, "stopping");
    frame.stopping.abort(new ConclaveError("SHUTTING_DOWN", "this node is shutting down"));
    // They end before another node can begin with them.
    await duties.close(drainMs);
    await node.handOver();
    // Then the calls under way, while there is still a node to answer them.
    await api.close(drainMs);
    await node.stop();
    await http?.close();
    frame.metrics.close();
    await state.data.close();
    logger.info({}, "stopped");
    frame.ended.resolve();
  };
  const stop = (): Promise<void> => {
    ending ??= end();
    return ending;
  };
  try {
    bound.client = await api.start();
    if (http !== null) bound.http = await http.start();
    await peers.start(listener);
    bound.peer = peers.address;
  } catch (error) {
    await stop();
    throw error;
  }
  joinInBackground(frame);
  const addresses = { client: frame.clientAddress(), peer: frame.peerAddress(), http: bound.http };
  logger.info({ ...state.data.identity, version, ...addresses, fresh: state.data.isFresh }, "node started");
  return {
    clientAddress: bound.client,
    peerAddress: bound.peer,
    httpAddress: bound.http,
    ended: frame.ended.promise,
    whileLeader: (duty, dutyOptions) => duties.whileLeader(duty, dutyOptions),
    stop,
  };
}

function makeNode(frame: Frame): {
  readonly node: ClusterNode;
  readonly peers: GrpcPeers;
  readonly listener: PeerListener;
} {
  const { options, logger, data, clientAddress, peerAddress } = frame;
  const { identity } = data;
  const founding = new Map(options.peers.map(({ id, address }) => [NodeId(id), address]));
  const peers = new GrpcPeers({
    local: {
      ...identity,
      version,
      clientAddress,
      peerAddress,
      formats,
      committed: () => node.status().raft.committedConfiguration,
      joining: () => node.status().standing === "joining",
      founding: () => data.identity.founding,
    },
    listen: listenPeerOf(options),
    peers: founding,
    incarnations: {
      known: (id, since) => data.knownIncarnation(id, since) ?? undefined,
      remember: async (id, since, incarnation) => {
        try {
          await data.rememberIncarnation(id, since, incarnation);
        } catch (error) {
          // A node that is idle writes nothing else that would tell it.
          if (isCode(error, "DISK_FAILED")) void endFor(frame, error, true);
          throw error;
        }
      },
    },
    random: new SeededRandom(`${identity.incarnation}/transport/${process.pid}`),
    logger: logger.child({ part: "transport" }),
  });
  const listeners: PeerListener[] = [];
  const node: ClusterNode = new ClusterNode({
    identity,
    version,
    formats,
    raft: makeRaft(options, data),
    machine: frame.machine,
    log: data.log,
    records: data.records,
    snapshots: data,
    codec: batchCodec,
    membershipCodec,
    calendar: new Calendar(),
    runtime: processRuntime,
    telemetry: frame.metrics,
    logger: logger.child({ part: "node" }),
    electionTimeoutMs: options.electionTimeoutMs,
    checkpointIntervalMs: options.checkpointIntervalMs,
    checkpointRecords: options.checkpointRecords,
    keptEntries: options.keptEntries,
    names: options.names,
    clientAddress,
    peerAddress,
    httpAddress: () => frame.bound.http,
    founding,
    metIncarnation: (id, since) => data.knownIncarnation(id, since),
    onMembers: (since, addresses) => data.rememberMembers(since, addresses),
    onTakenIn: async () => {
      await data.endJoining();
      frame.takenIn.abort();
    },
    onFounded: () => data.endFounding(),
    transport: (listener) => {
      listeners.push(listener);
      return peers;
    },
    onFatal: (error) => void endFor(frame, error, node.status().members.length > 1),
  });
  const [listener] = listeners;
  if (listener === undefined) throw new ConclaveError("INTERNAL", "the node has made no transport");
  return { node, peers, listener };
}

function makeHttp({ options, metrics, logger }: Frame, node: ClusterNode): HttpApi | null {
  const { listenHttp: listen } = options;
  if (listen === "") return null;
  return new HttpApi({ node, metrics: metrics.registry, logger: logger.child({ part: "http" }), listen });
}

function joinInBackground(frame: Frame): void {
  const { options, logger, data, peerAddress } = frame;
  const { nodeId, incarnation, clusterId, joining } = data.identity;
  if (joining === null) return;
  const request = (): JoinRequest => ({
    nodeId,
    incarnation,
    address: peerAddress(),
    replacesIncarnation: joining.replaces,
    rejoin: options.rejoin,
    voter: true,
    minFormat: formats.min,
    maxFormat: formats.max,
  });
  const join = async (): Promise<void> =>
    joinUntilTakenIn({
      ...(await search(options, logger, frame.stopping.signal)),
      door: doorOf(logger, clusterId),
      request,
      takenIn: frame.takenIn.signal,
    });
  join().catch((error: unknown) => endFor(frame, error, true));
}

/** The node ends for `error`. Damaged data that others hold as well is marked: the next start gets it from them. */
async function endFor({ logger, data, ended }: Frame, error: unknown, hasOthers: boolean): Promise<void> {
  const why = `this node ends: ${error instanceof Error ? error.message : String(error)}`;
  logger.fatal({ err: error }, why);
  try {
    if (isCode(error, "DATA_CORRUPT") && hasOthers) await data.condemn(why);
  } catch (cause) {
    logger.error({ err: cause }, "the data could not be marked as damaged");
  }
  ended.reject(error);
}
