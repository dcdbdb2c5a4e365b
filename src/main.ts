import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { pino } from "pino";
import pretty from "pino-pretty";
import { ClientApi } from "./api/grpc/clientApi.ts";
import { HttpApi } from "./api/http/httpApi.ts";
import { Metrics } from "./api/metrics.ts";
import { ClusterId, LogIndex, MonotonicMs, NodeId } from "./base/brands.ts";
import { ConclaveError } from "./base/errors.ts";
import type { Logger } from "./base/logger.ts";
import { SeededRandom } from "./base/random.ts";
import type { NodeOptions, RunningNode } from "./cli/nodeOptions.ts";
import { batchCodec } from "./codec/batch.ts";
import { decodeRecord, encodeRecord } from "./codec/record.ts";
import { Machine } from "./machine/index.ts";
import { ClusterNode } from "./node/node.ts";
import type { PeerListener } from "./node/ports.ts";
import type { Runtime } from "./node/runtime.ts";
import { Raft } from "./raft/index.ts";
import { DataDirectory } from "./storage/dataDirectory.ts";
import { GrpcPeers } from "./transport/grpcPeers.ts";

export type { NodeOptions, RunningNode } from "./cli/nodeOptions.ts";
export { nodeDefaults } from "./cli/nodeOptions.ts";

/** This release, as peers, clients and `conclave --version` are told. */
export const version: string = packageVersion();

/** Time that calls under way get when the node stops. */
const drainMs = 2_000;

/** Bounds of the core; docs/protocol.md says what each one protects. */
const raftLimits = {
  maxAppendBytes: 1024 * 1024,
  maxInflightAppends: 64,
  maxInflightBytes: 8 * 1024 * 1024,
  maxUncommittedBytes: 64 * 1024 * 1024,
  cacheBytes: 16 * 1024 * 1024,
} as const;

const processRuntime: Runtime = {
  monotonicMs: () => MonotonicMs(performance.now()),
  wallMs: () => Date.now(),
  memoryShare: () => {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    return used / limit;
  },
  soon: (callback) => {
    setImmediate(callback);
  },
  every: (ms, callback) => {
    const timer = setInterval(callback, ms);
    return () => clearInterval(timer);
  },
};

/**
 * Starts one node in this process and resolves once it listens; it may not know a leader yet. Rejects with
 * CONFIG_INVALID, IDENTITY_MISMATCH, DATA_CORRUPT or DISK_FAILED, and then nothing is left open.
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const logger = makeLogger(options);
  const nodeId = NodeId(options.id);
  const voters = options.peers.map((peer) => NodeId(peer.id)).sort();
  const data = await DataDirectory.open({
    path: options.dataDir,
    clusterId: clusterIdOf(options.cluster, voters),
    nodeId,
    membership: { voters, outgoing: [], learners: [] },
    codec: { encode: encodeRecord, decode: decodeRecord },
  });
  try {
    const machine = await restoreMachine(data);
    return await compose(options, logger, data, machine);
  } catch (error) {
    await data.close();
    throw error;
  }
}

async function compose(
  options: NodeOptions,
  logger: Logger,
  data: DataDirectory,
  machine: Machine,
): Promise<RunningNode> {
  const { identity } = data;
  const metrics = new Metrics();
  const ended = settleable();
  const bound = { client: "", http: "" };
  const clientAddress = (): string => options.advertiseClient || bound.client;

  const peers = new GrpcPeers({
    local: {
      clusterId: identity.clusterId,
      nodeId: identity.nodeId,
      incarnation: identity.incarnation,
      version,
      clientAddress,
    },
    listen: options.listenPeer,
    peers: new Map(options.peers.map(({ id, address }) => [NodeId(id), address])),
    incarnations: {
      known: (id) => data.knownIncarnation(id) ?? undefined,
      remember: (id, incarnation) => data.rememberIncarnation(id, incarnation),
    },
    random: new SeededRandom(`${identity.incarnation}/transport/${process.pid}`),
    logger: logger.child({ part: "transport" }),
  });

  let listener: PeerListener | null = null;
  const node = new ClusterNode({
    identity,
    version,
    raft: makeRaft(options, data),
    machine,
    log: data.log,
    records: data.records,
    codec: batchCodec,
    runtime: processRuntime,
    telemetry: metrics,
    logger: logger.child({ part: "node" }),
    electionTimeoutMs: options.electionTimeoutMs,
    checkpointIntervalMs: options.checkpointIntervalMs,
    checkpointRecords: options.checkpointRecords,
    clientAddress,
    httpAddress: () => bound.http,
    transport: (theListener) => {
      listener = theListener;
      return peers;
    },
    onFatal: (error) => {
      logger.fatal({ err: error }, fatalMessage(error));
      ended.reject(error);
    },
  });
  metrics.watch(node);

  const api = new ClientApi({ node, logger: logger.child({ part: "api" }), listen: options.listenClient });
  const http =
    options.listenHttp === ""
      ? null
      : new HttpApi({
          node,
          metrics: metrics.registry,
          logger: logger.child({ part: "http" }),
          listen: options.listenHttp,
        });

  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      logger.info({}, "stopping");
      await node.handOver();
      // Then the calls under way, while there is still a node to answer them.
      await api.close(drainMs);
      await node.stop();
      await http?.close();
      metrics.close();
      await data.close();
      logger.info({}, "stopped");
      ended.resolve();
    })();
    return stopping;
  };

  try {
    bound.client = await api.start();
    if (http !== null) bound.http = await http.start();
    if (listener !== null) await peers.start(listener);
  } catch (error) {
    await stop();
    throw error;
  }
  logger.info(
    {
      ...identity,
      version,
      client: clientAddress(),
      peer: peers.address,
      http: bound.http,
      fresh: data.isFresh,
    },
    "node started",
  );
  return {
    clientAddress: bound.client,
    peerAddress: peers.address,
    httpAddress: bound.http,
    ended: ended.promise,
    stop,
  };
}

/** A promise that is settled from outside. Whoever awaits it hears of a failure; nobody has to. */
function settleable(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve = (): void => undefined;
  let reject = (_error: unknown): void => undefined;
  const promise = new Promise<void>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

function makeRaft(options: NodeOptions, data: DataDirectory): Raft {
  const { electionTimeoutMs, heartbeatIntervalMs, electionBackoff } = options;
  const { nodeId, incarnation } = data.identity;
  // A seed of its own for each run: nodes that start together must not draw the same timeouts.
  const random = new SeededRandom(`${incarnation}/${Date.now()}/${process.pid}`);
  const config = { id: nodeId, electionTimeoutMs, heartbeatIntervalMs, electionBackoff, ...raftLimits };
  return new Raft(config, data.restored, random, processRuntime.monotonicMs());
}

/** The records of the last checkpoint; the log after it comes by way of the core, as committed entries. */
async function restoreMachine(data: DataDirectory): Promise<Machine> {
  const machine = new Machine();
  for await (const slice of data.records.load()) {
    machine.restore(slice);
    await turn();
  }
  machine.restored();
  if (machine.appliedIndex !== data.records.appliedIndex) {
    throw new ConclaveError(
      "DATA_CORRUPT",
      `the records say they are as of entry ${LogIndex(data.records.appliedIndex)}, the machine's own record says ${machine.appliedIndex}`,
    );
  }
  return machine;
}

/** Nodes of one cluster derive the same id from its name and first members; nodes of another one do not. */
function clusterIdOf(name: string, voters: readonly NodeId[]): ClusterId {
  const digest = createHash("sha256")
    .update(JSON.stringify([name, ...voters]))
    .digest("hex");
  return ClusterId(`${name}-${digest.slice(0, 12)}`);
}

function makeLogger(options: NodeOptions): Logger {
  const settings = { level: options.logLevel, base: { node: options.id } };
  if (options.logFormat === "json") return pino(settings);
  return pino(settings, pretty({ sync: true, ignore: "pid,hostname" }));
}

function fatalMessage(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `this node ends: ${why}`;
}

/** From package.json, which stands one folder above `src` and `dist` alike. */
function packageVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
