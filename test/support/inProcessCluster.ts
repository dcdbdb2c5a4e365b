import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../src/cli/cluster/freePorts.ts";
import type { NodeOptions, RunningNode } from "../../src/cli/nodeOptions.ts";
import { type Cluster, connect, type NodeStatus } from "../../src/client/index.ts";
import { nodeDefaults, startNode } from "../../src/main.ts";
import { until } from "./until.ts";

interface Place {
  readonly peer: string;
  readonly client: string;
}

/** Whole nodes (real disk, real network) in this process: n1, n2, ... Compaction passes whoever lags at once. */
export class InProcessCluster implements AsyncDisposable {
  readonly #root: string;
  readonly #places: readonly Place[];
  readonly #founders: number;
  readonly #running = new Map<string, RunningNode>();
  readonly #clients = new Map<string, Promise<Cluster>>();

  /** `founders` nodes run when it resolves; there is room for `room` in all. */
  static async start(
    founders: number,
    room = founders,
    settings: Partial<NodeOptions> = {},
  ): Promise<InProcessCluster> {
    const ports = await freePorts(2 * room);
    const places = Array.from({ length: room }, (_, at) => ({
      peer: `127.0.0.1:${ports[2 * at]}`,
      client: `127.0.0.1:${ports[2 * at + 1]}`,
    }));
    const root = await mkdtemp(join(tmpdir(), "conclave-"));
    const cluster = new InProcessCluster(root, places, founders);
    await Promise.all(Array.from({ length: founders }, (_, at) => cluster.run(`n${at + 1}`, settings)));
    return cluster;
  }

  private constructor(root: string, places: readonly Place[], founders: number) {
    this.#root = root;
    this.#places = places;
    this.#founders = founders;
  }

  get peerAddresses(): readonly string[] {
    return this.#places.slice(0, this.#founders).map(({ peer }) => peer);
  }

  get clientAddresses(): readonly string[] {
    return this.#places.slice(0, this.#founders).map(({ client }) => client);
  }

  dataDir(id: string): string {
    return join(this.#root, id);
  }

  node(id: string): RunningNode {
    const node = this.#running.get(id);
    if (node === undefined) throw new Error(`${id} does not run`);
    return node;
  }

  /** Starts it on the data that it has. */
  async run(id: string, settings: Partial<NodeOptions> = {}): Promise<RunningNode> {
    const node = await startNode(this.#options(id, settings));
    this.#running.set(id, node);
    return node;
  }

  /** Whoever asked for its status connects anew afterwards: it may come back as a member of another cluster. */
  async stop(id: string): Promise<void> {
    const client = this.#clients.get(id);
    this.#clients.delete(id);
    await (await client)?.close();
    const node = this.#running.get(id);
    this.#running.delete(id);
    await node?.stop();
  }

  connect(...ids: readonly string[]): Promise<Cluster> {
    return connect(ids.map((id) => this.#place(id).client).join(","));
  }

  /** What the node says of itself. */
  async status(id: string, consistency: "stale" | "linearizable" = "stale"): Promise<NodeStatus | undefined> {
    const client = this.#clients.get(id) ?? this.connect(id);
    this.#clients.set(id, client);
    const answers = await (await client).status({ consistency, timeout: 1_000 });
    return answers.find(({ nodeId }) => nodeId === id)?.status;
  }

  /** Resolves once all these nodes hold the same state and are voters by their own word. */
  async converged(...ids: readonly string[]): Promise<void> {
    await until(`${ids.join()} hold the same and vote`, async () => {
      const statuses = await Promise.all(ids.map((id) => this.status(id)));
      const states = new Set(statuses.map((status) => `${status?.appliedIndex}/${status?.stateHash}`));
      const vote = statuses.every((status) =>
        status?.members.some(({ nodeId, voter }) => nodeId === status.nodeId && voter),
      );
      return states.size === 1 && vote && statuses.every((status) => status?.standing === "member");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients.values()].map(async (client) => (await client).close()));
    await Promise.all([...this.#running.values()].map((node) => node.stop()));
    await rm(this.#root, { recursive: true, force: true });
  }

  #options(id: string, settings: Partial<NodeOptions>): NodeOptions {
    const { peer, client } = this.#place(id);
    return {
      ...nodeDefaults,
      id,
      dataDir: this.dataDir(id),
      peers: this.peerAddresses.map((address, at) => ({ id: `n${at + 1}`, address })),
      listenPeer: peer,
      advertisePeer: peer,
      listenClient: client,
      advertiseClient: client,
      listenHttp: "",
      keptEntries: 20,
      checkpointIntervalMs: 200,
      logLevel: "silent",
      ...settings,
    };
  }

  #place(id: string): Place {
    const place = this.#places[Number(id.slice(1)) - 1];
    if (place === undefined) throw new Error(`there is no room for ${id}`);
    return place;
  }
}
