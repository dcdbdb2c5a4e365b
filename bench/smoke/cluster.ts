import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, connect } from "conclave";
import { nodeDefaults, type RunningNode, startNode } from "conclave/node";
import { freePorts } from "../processes/freePorts.ts";
import { ownDirectory } from "../processes/owned.ts";

export interface SmokeCluster extends AsyncDisposable {
  readonly client: Cluster;
  readonly clientPorts: readonly number[];
  readonly peerPorts: readonly number[];
  /** Stops the nodes, each with a last checkpoint; the directory stays until the disposal. */
  stop(): Promise<void>;
  /** The leader's term and last log index, once all nodes have applied that. */
  readonly settled: () => Promise<{ readonly term: number; readonly lastIndex: number }>;
}

export const nodeCount = 3;

/**
 * Three whole nodes (real disk, real network) in this process, where all that they do can be counted. Nothing in them
 * goes by the clock but heartbeats: checkpoints are taken at the stop alone.
 */
export async function startSmokeCluster(): Promise<SmokeCluster> {
  const directory = await ownDirectory();
  const ports = await freePorts(2 * nodeCount);
  const [peerPorts, clientPorts] = [ports.slice(0, nodeCount), ports.slice(nodeCount)];
  const peers = peerPorts.map((port, at) => ({ id: `n${at + 1}`, address: `127.0.0.1:${port}` }));
  const nodes: RunningNode[] = [];
  for (const [at, { id, address }] of peers.entries()) {
    const listenClient = `127.0.0.1:${clientPorts[at]}`;
    nodes.push(
      await startNode({
        ...nodeDefaults,
        id,
        peers,
        dataDir: join(directory.path, id),
        listenPeer: address,
        advertisePeer: address,
        listenClient,
        advertiseClient: listenClient,
        listenHttp: "",
        checkpointIntervalMs: 24 * 3_600_000,
        checkpointRecords: Number.MAX_SAFE_INTEGER,
        logLevel: "silent",
      }),
    );
  }
  const client = await connect(clientPorts.map((port) => `127.0.0.1:${port}`));
  const stop = async (): Promise<void> => {
    await client.close();
    await Promise.all(nodes.map((node) => node.stop()));
  };
  return {
    client,
    clientPorts,
    peerPorts,
    stop,
    settled: () => settled(client),
    async [Symbol.asyncDispose]() {
      await stop();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function settled(client: Cluster): Promise<{ readonly term: number; readonly lastIndex: number }> {
  for (;;) {
    const statuses = (await client.status()).map(({ status }) => status);
    const leader = statuses.find((status) => status?.role === "leader");
    if (
      leader !== undefined &&
      statuses.length === nodeCount &&
      statuses.every((status) => status?.appliedIndex === leader.lastIndex)
    ) {
      return { term: leader.term, lastIndex: leader.lastIndex };
    }
    await delay(5);
  }
}
