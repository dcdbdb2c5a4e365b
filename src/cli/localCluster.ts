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
  /** For all nodes to be up and to agree on a leader; default 30 s. */
  readonly startTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LocalCluster extends AsyncDisposable {
  /** Client addresses of all nodes, for `connect`. */
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
  const nodes = await layOut(options, dataDir);
  const cluster = new ProcessCluster(nodes, dataDir, temporary);
  try {
    const timeoutMs = options.startTimeoutMs ?? 30_000;
    for (const node of nodes) node.start();
    await Promise.all(nodes.map((node) => node.waitUp(timeoutMs, options.signal)));
    await cluster.waitForLeader(timeoutMs, options.signal);
    return cluster;
  } catch (error) {
    await cluster.stop(2000);
    throw error;
  }
}

async function layOut(options: LocalClusterOptions, dataDir: string): Promise<LocalNode[]> {
  const { basePort, nodes: count } = options;
  const logDir = resolve(options.logDir ?? dataDir);
  mkdirSync(dataDir, { recursive: true });
  mkdirSync(logDir, { recursive: true });
  const members = Array.from({ length: count }, (_, at) => ({ at, id: `n${at + 1}` }));
  const ports = basePort === undefined ? await freePorts(3 * count) : fixedPorts(basePort, count);
  const address = (at: number): string => `127.0.0.1:${ports[at]}`;
  const peers = members.map(({ at, id }) => `${id}=${address(count + at)}`).join(",");
  return members.map(({ at, id }) => {
    const [client, peer, http] = [address(at), address(count + at), address(2 * count + at)];
    const data = join(dataDir, id);
    return new LocalNode({
      id,
      binPath: options.binPath ?? ownBin,
      args: [
        ...commandLine("node", {
          id,
          "data-dir": data,
          peers,
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
  });
}

/** The executable of the built package: `dist/bin.js`, seen from `dist/cli`. */
const ownBin = fileURLToPath(new URL("../bin.js", import.meta.url));

function fixedPorts(base: number, count: number): number[] {
  return [0, 100, 200].flatMap((offset) => Array.from({ length: count }, (_, at) => base + offset + at));
}

/** A node on this machine that says nothing for so long is stopped or stalled. */
const statusTimeoutMs = 500;

class ProcessCluster implements LocalCluster {
  readonly nodes: readonly LocalNode[];
  readonly endpoints: string;
  readonly dataDir: string;
  readonly #temporary: boolean;
  #client: Promise<Cluster> | null = null;
  #stopping: Promise<void> | null = null;

  constructor(nodes: readonly LocalNode[], dataDir: string, temporary: boolean) {
    this.nodes = nodes;
    this.endpoints = nodes.map((node) => node.clientAddress).join(",");
    this.dataDir = dataDir;
    this.#temporary = temporary;
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
    await node.waitUp();
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
    await Promise.all(this.nodes.map((node) => node.stop(boundMs)));
    if (this.#temporary) await rm(this.dataDir, { recursive: true, force: true });
  }
}
