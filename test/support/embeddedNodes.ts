import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePorts } from "../../src/cli/cluster/freePorts.ts";

const script = fileURLToPath(new URL("../cluster/fixtures/embedded.mjs", import.meta.url));

/** What a duty told: `begins`, `acts` or `ends`, in which term, and when it had looked at its signal (`process.hrtime`). */
export interface Told {
  readonly node: string;
  readonly what: string;
  readonly term: number;
  readonly at: bigint;
}

/** Three programs, each with a node in it and the same duty; ended with the scope that awaits it. */
export class EmbeddedNodes implements AsyncDisposable {
  /** In the order in which it was heard. */
  readonly told: Told[] = [];
  readonly #children = new Map<string, ChildProcess>();
  readonly #root: string;

  static async start(): Promise<EmbeddedNodes> {
    const ports = await freePorts(6);
    const nodes = new EmbeddedNodes(await mkdtemp(join(tmpdir(), "conclave-")));
    const peers = [0, 1, 2].map((at) => ({ id: `n${at + 1}`, address: `127.0.0.1:${ports[at]}` }));
    for (const [at, { id, address }] of peers.entries()) {
      const client = `127.0.0.1:${ports[at + 3]}`;
      nodes.#spawn(id, { peers, listenPeer: address, advertisePeer: address, listenClient: client });
    }
    return nodes;
  }

  private constructor(root: string) {
    this.#root = root;
  }

  /** The last that was heard of. */
  get last(): Told | undefined {
    return this.told.at(-1);
  }

  signal(id: string, name: NodeJS.Signals): void {
    this.#children.get(id)?.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#children.values()].filter(
      ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
    );
    const ended = running.map((child) => once(child, "exit"));
    for (const child of running) child.kill("SIGKILL");
    await Promise.all(ended);
    await rm(this.#root, { recursive: true, force: true });
  }

  #spawn(id: string, settings: object): void {
    const options = { id, dataDir: join(this.#root, id), advertiseClient: "", ...settings };
    const child = spawn(process.execPath, [script, JSON.stringify(options)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#children.set(id, child);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [what = "", term, at = ""] = line.split(" ");
      this.told.push({ node: id, what, term: Number(term), at: BigInt(at) });
    });
  }
}
