import type { ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { CommandFailed } from "../commandFailed.ts";
import { poll } from "../poll.ts";
import { describeExit, type ExitStatus, exitOf, spawnSelf } from "../processes/spawnSelf.ts";

export interface LocalNodeConfig {
  readonly id: string;
  readonly binPath: string;
  /** Arguments after `conclave`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly clientAddress: string;
  readonly peerAddress: string;
  readonly httpAddress: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** Takes the node's output line by line; without it the output is appended to `logFile`. */
  readonly onLine?: ((id: string, line: string) => void) | undefined;
}

/** How much of a log an error shows. */
const tailLines = 20;

/** One node of a local cluster: a child process that may be killed and started again on the same data. */
export class LocalNode {
  readonly id: string;
  readonly clientAddress: string;
  readonly peerAddress: string;
  readonly httpAddress: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly #config: LocalNodeConfig;
  #child: ChildProcess | null = null;
  #exited: Promise<ExitStatus> = Promise.resolve({ code: 0, signal: null });
  #ended: ExitStatus | null = null;
  #stopping = false;
  #recent: string[] = [];

  constructor(config: LocalNodeConfig) {
    this.#config = config;
    this.id = config.id;
    this.clientAddress = config.clientAddress;
    this.peerAddress = config.peerAddress;
    this.httpAddress = config.httpAddress;
    this.dataDir = config.dataDir;
    this.logFile = config.logFile;
  }

  /** Undefined while no process runs. */
  get pid(): number | undefined {
    return this.running ? this.#child?.pid : undefined;
  }

  get running(): boolean {
    return this.#child !== null && this.#ended === null;
  }

  /** How the latest run ended; pending while it lasts. */
  get exited(): Promise<ExitStatus> {
    return this.#exited;
  }

  /** True when the latest run was ended by `stop` or `kill` rather than on its own account. */
  get wasStopped(): boolean {
    return this.#stopping;
  }

  /** Spawns the process unless it runs. It is up only after `waitUp`. */
  start(): void {
    if (this.running) return;
    const { binPath, args, env, onLine, logFile } = this.#config;
    const output = onLine === undefined ? openSync(logFile, "a") : "pipe";
    const child = spawnSelf({ binPath, args, env, stdout: output, stderr: output });
    if (typeof output === "number") closeSync(output);
    this.#child = child;
    this.#ended = null;
    this.#stopping = false;
    this.#exited = exitOf(child);
    const noteEnd = (status: ExitStatus): void => {
      if (this.#child === child) this.#ended = status;
    };
    this.#exited.then(noteEnd, () => noteEnd({ code: null, signal: null }));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on("line", (line) => this.#takeLine(line));
    }
  }

  /** Sends a signal. Resolves when the process has ended, or at once for one that does not end it. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (!this.running) return;
    const ends = signal === "SIGKILL" || signal === "SIGTERM" || signal === "SIGINT";
    if (ends) this.#stopping = true;
    this.#child?.kill(signal);
    if (ends) await this.#exited;
  }

  /** SIGTERM, and SIGKILL when the process has not ended after `boundMs`. */
  async stop(boundMs = 10_000): Promise<void> {
    if (!this.running) return;
    const timer = setTimeout(() => this.#child?.kill("SIGKILL"), boundMs);
    try {
      // A stopped process would take the SIGTERM only when it is continued.
      this.#child?.kill("SIGCONT");
      await this.kill("SIGTERM");
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves once the node's HTTP answers `/healthz`. Rejects with the tail of its log when it ended or is late. */
  async waitUp(timeoutMs = 20_000, signal?: AbortSignal): Promise<void> {
    const healthyOrEnded = async (): Promise<boolean> => {
      if (!this.running) throw await this.failure(`node ${this.id} ended: ${this.#describeEnd()}`);
      return await this.#healthy();
    };
    const up = await poll(healthyOrEnded, { timeoutMs, everyMs: 30, signal });
    if (up === undefined) throw await this.failure(`node ${this.id} is not up after ${timeoutMs} ms`);
  }

  /** An error that shows the end of this node's log. */
  async failure(message: string): Promise<Error> {
    const tail = await this.logTail();
    const shown = tail === "" ? "it wrote no log" : `its log ends with:\n${tail}`;
    return new CommandFailed(`${message}; ${shown}`);
  }

  async logTail(): Promise<string> {
    if (this.#config.onLine === undefined) {
      const text = await readFile(this.logFile, "utf8").catch(() => "");
      return text.trimEnd().split("\n").slice(-tailLines).join("\n");
    }
    // What is still in the pipe comes within a turn or two of the exit.
    await delay(20);
    return this.#recent.join("\n");
  }

  async #healthy(): Promise<boolean> {
    try {
      const response = await fetch(`http://${this.httpAddress}/healthz`, {
        signal: AbortSignal.timeout(1000),
        headers: { connection: "close" },
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      // Not listening yet: the poll goes on until its bound.
      return false;
    }
  }

  #describeEnd(): string {
    return this.#ended === null ? "it was never started" : describeExit(this.#ended);
  }

  #takeLine(line: string): void {
    this.#recent.push(line);
    if (this.#recent.length > tailLines) this.#recent.shift();
    this.#config.onLine?.(this.id, line);
  }
}
