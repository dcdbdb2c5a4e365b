import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Cluster, connect, type MemberStatus } from "../client/index.ts";
import { freePorts } from "./cluster/freePorts.ts";
import { LocalNode } from "./cluster/localNode.ts";
import { CommandFailed } from "./commandFailed.ts";
import { leadershipIn } from "./leadership.ts";
import { poll } from "./poll.ts";
import { commandLine } from "./processes/spawnSelf.ts";

export type { LocalNode } from "./cluster/localNode.ts";
export type { ExitStatus } from "./processes/spawnSelf.ts";

export interface LocalClusterOptions {
  /** Members, all voters: n1, n2, ... */
  readonly nodes: number;
  /** The script to spawn for `conclave`; default: this package's own. */
  readonly binPath?: string | undefined;
  /** Kept after `stop`. Default: a temporary directory, removed by `stop`. */
  readonly dataDir?: string | undefined;
  /** Added to each node's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Further flags of `conclave node`. */
  readonly extraArgs?: readonly string[] | undefined;
  /** One `ID.log` per node. Default: beside the data. */
  readonly logDir?: string | undefined;
  /** n1 serves clients at this port, n2 at the next...; peers at +100, HTTP at +200. Default: free ports. */
  readonly basePort?: number | undefined;
  /** Takes the nodes' output line by line, instead of the log files. */
  readonly onLine?: ((id: string, line: string) => void) | undefined;
  /** For all nodes to be up and to agree on a leader, and for one that is started again to be up; default 30 s. */
  readonly startTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AddNodeOptions {
  /** Default: the next of n1, n2, ...; a stopped node of that id is given up for it, as with `--rejoin`. */
  readonly id?: string | undefined;
  /**
   * Announced before it is started: as one that becomes a voter once it has caught up, or as one that stays a learner.
   * Default: it asks to be taken in itself, to become a voter.
   */
  readonly voter?: boolean | undefined;
  /** The voter whose place it takes; it is then announced. */
  readonly replaces?: string | undefined;
  /** Flags of `conclave node`, after those of the cluster. */
  readonly extraArgs?: readonly string[] | undefined;
  /** For it to be up and taken in; default 30 s. */
  readonly timeoutMs?: number | undefined;
}

export interface LocalCluster extends AsyncDisposable {
  /** Client addresses of all nodes just now, for `connect`. */
  readonly endpoints: string;
  readonly nodes: readonly LocalNode[];
  readonly dataDir: string;
  node(id: string): LocalNode;
  /** What each node says of itself just now, with or without a leader; an error for one that does not answer. */
  status(): Promise<readonly MemberStatus[]>;
  /** The node that leads just now with a live lease; undefined while there is none. */
  leader(): Promise<LocalNode | undefined>;
  waitForLeader(timeoutMs?: number): Promise<LocalNode>;
  /** Resolves when the process has ended (or at once for a signal that does not end it). Default SIGKILL. */
  kill(id: string, signal?: NodeJS.Signals): Promise<void>;
  /** Starts an ended node again on its data (ending it first if it runs); resolves once it is up. */
  restart(id: string): Promise<void>;
  /**
   * Starts a further node with an empty directory and `--join`; resolves once it is up and a member (it may still catch up).
   */
  addNode(options?: AddNodeOptions): Promise<LocalNode>;
  /** Removes a member and then stops its process; its data stays until `stop`. */
  removeNode(id: string, options?: { readonly force?: boolean }): Promise<void>;
  /** SIGTERM to all, SIGKILL to those that take longer than the bound; removes temporary data. */
  stop(boundMs?: number): Promise<void>;
}

/**
 * Starts a cluster of `conclave node` processes on 127.0.0.1 and resolves once all are up and have a leader.
 * When one ends at its start, rejects with the end of its log. The processes do not outlive this one.
 */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const temporary = options.dataDir === undefined;
  const dataDir = resolve(options.dataDir ?? (await mkdtemp(join(tmpdir(), "conclave-"))));
  const plan = { options, dataDir, logDir: resolve(options.logDir ?? dataDir) };
  const nodes = await foundingNodes(plan);
  const cluster = new ProcessCluster(plan, nodes, temporary);
  try {
    const timeoutMs = options.startTimeoutMs ?? defaultTimeoutMs;
    for (const node of nodes) node.start();
    await Promise.all(nodes.map((node) => node.waitUp(timeoutMs, options.signal)));
    await cluster.waitForLeader(timeoutMs, options.signal);
    return cluster;
  } catch (error) {
    await cluster.stop(2000);
    throw error;
  }
}

/** What all nodes of one cluster have in common. */
interface Plan {
  readonly options: LocalClusterOptions;
  readonly dataDir: string;
  readonly logDir: string;
}

interface Ports {
  readonly client: number;
  readonly peer: number;
  readonly http: number;
}

const defaultTimeoutMs = 30_000;

async function foundingNodes(plan: Plan): Promise<LocalNode[]> {
  mkdirSync(plan.dataDir, { recursive: true });
  mkdirSync(plan.logDir, { recursive: true });
  const members: { readonly id: string; readonly ports: Ports }[] = [];
  for (let at = 0; at < plan.options.nodes; at++) {
    members.push({ id: `n${at + 1}`, ports: await portsOf(at, plan.options.basePort) });
  }
  const peers = members.map(({ id, ports }) => `${id}=${addressOf(ports.peer)}`).join(",");
  return members.map(({ id, ports }) => nodeOf(plan, id, ports, { peers }));
}

/** Of the node that is `at` places after the first. */
async function portsOf(at: number, basePort: number | undefined): Promise<Ports> {
  if (basePort !== undefined)
    return { client: basePort + at, peer: basePort + 100 + at, http: basePort + 200 + at };
  const [client = 0, peer = 0, http = 0] = await freePorts(3);
  return { client, peer, http };
}

function addressOf(port: number): string {
  return `127.0.0.1:${port}`;
}

/** `cluster`: the flags by which it finds the others. */
function nodeOf(plan: Plan, id: string, ports: Ports, cluster: Readonly<Record<string, string>>): LocalNode {
  const { options, dataDir, logDir } = plan;
  const [client, peer, http] = [addressOf(ports.client), addressOf(ports.peer), addressOf(ports.http)];
  const data = join(dataDir, id);
  return new LocalNode({
    id,
    binPath: options.binPath ?? ownBin,
    args: [
      ...commandLine("node", {
        id,
        "data-dir": data,
        ...cluster,
        "listen-peer": peer,
        "listen-client": client,
        "listen-http": http,
        "log-format": "json",
      }),
      ...(options.extraArgs ?? []),
    ],
    env: options.env ?? {},
    clientAddress: client,
    peerAddress: peer,
    httpAddress: http,
    dataDir: data,
    logFile: join(logDir, `${id}.log`),
    onLine: options.onLine,
  });
}

/** The executable of the built package: `dist/bin.js`, seen from `dist/cli`. */
const ownBin = fileURLToPath(new URL("../bin.js", import.meta.url));

/** A node on this machine that says nothing for so long is stopped or stalled. */
const statusTimeoutMs = 500;

class ProcessCluster implements LocalCluster {
  readonly dataDir: string;
  readonly #plan: Plan;
  readonly #nodes: LocalNode[];
  readonly #temporary: boolean;
  #begun: number;
  #client: Promise<Cluster> | null = null;
  #stopping: Promise<void> | null = null;

  constructor(plan: Plan, nodes: LocalNode[], temporary: boolean) {
    this.dataDir = plan.dataDir;
    this.#plan = plan;
    this.#nodes = nodes;
    this.#begun = nodes.length;
    this.#temporary = temporary;
  }

  get nodes(): readonly LocalNode[] {
    return this.#nodes;
  }

  get endpoints(): string {
    return this.#nodes.map((node) => node.clientAddress).join(",");
  }

  node(id: string): LocalNode {
    const found = this.nodes.find((node) => node.id === id);
    if (found === undefined) throw new CommandFailed(`the local cluster has no node ${id}`);
    return found;
  }

  async status(): Promise<readonly MemberStatus[]> {
    return await (await this.#connected()).status({ timeout: statusTimeoutMs });
  }

  async leader(): Promise<LocalNode | undefined> {
    const leadership = leadershipIn(await this.status());
    return leadership === undefined ? undefined : this.node(leadership.id);
  }

  async waitForLeader(timeoutMs = 30_000, signal?: AbortSignal): Promise<LocalNode> {
    const leader = await poll(() => this.leader(), { timeoutMs, everyMs: 30, signal });
    if (leader !== undefined) return leader;
    const tails = await Promise.all(this.nodes.map(async (node) => `${node.id}:\n${await node.logTail()}`));
    throw new CommandFailed(`no leader after ${timeoutMs} ms; the nodes' logs end with\n${tails.join("\n")}`);
  }

  async kill(id: string, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.node(id).kill(signal);
  }

  async restart(id: string): Promise<void> {
    const node = this.node(id);
    await node.stop();
    node.start();
    await node.waitUp(this.#plan.options.startTimeoutMs ?? defaultTimeoutMs);
  }

  async addNode(options: AddNodeOptions = {}): Promise<LocalNode> {
    const { replaces, voter, timeoutMs = defaultTimeoutMs } = options;
    const at = this.#begun++;
    const id = options.id ?? `n${at + 1}`;
    const former = this.#nodes.findIndex((node) => node.id === id);
    if (this.#nodes[former]?.running === true) throw new CommandFailed(`node ${id} is running already`);
    if (former >= 0) this.#nodes.splice(former, 1);
    const ports = await portsOf(at, this.#plan.options.basePort);
    const extraArgs = [...(this.#plan.options.extraArgs ?? []), ...(options.extraArgs ?? [])];
    const plan = { ...this.#plan, options: { ...this.#plan.options, extraArgs } };
    const join = this.#nodes.map((node) => node.peerAddress).join(",");
    const node = nodeOf(plan, id, ports, { join });
    const client = await this.#connected();
    if (voter !== undefined || replaces !== undefined) {
      const add = [{ id, address: node.peerAddress, voter: voter ?? true, replaces }];
      await client.changeMembership({ add, timeout: timeoutMs });
    }
    this.#nodes.push(node);
    node.start();
    await node.waitUp(timeoutMs, this.#plan.options.signal);
    const isMember = async (): Promise<boolean> =>
      (await client.members({ timeout: timeoutMs })).members.some((member) => member.id === id);
    const { signal } = this.#plan.options;
    if ((await poll(isMember, { timeoutMs, everyMs: 50, signal })) !== undefined) return node;
    throw await node.failure(`node ${id} is no member after ${timeoutMs} ms`);
  }

  async removeNode(id: string, { force = false }: { readonly force?: boolean } = {}): Promise<void> {
    const node = this.node(id);
    const client = await this.#connected();
    await client.changeMembership({ remove: [id], force });
    await node.stop();
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
  }

  stop(boundMs = 10_000): Promise<void> {
    this.#stopping ??= this.#stop(boundMs);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #connected(): Promise<Cluster> {
    const client = (this.#client ??= connect(this.endpoints));
    try {
      return await client;
    } catch (error) {
      // No node answered: the next question tries again.
      if (this.#client === client) this.#client = null;
      throw error;
    }
  }

  async #stop(boundMs: number): Promise<void> {
    const client = await this.#client?.catch(() => null);
    await client?.close();
    await Promise.all(this.#nodes.map((node) => node.stop(boundMs)));
    if (this.#temporary) await rm(this.dataDir, { recursive: true, force: true });
  }
}
