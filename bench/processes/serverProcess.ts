import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { own } from "./owned.ts";

/** Where a package may put a server that is not on the PATH, or whose entry there only switches users. */
const usualFolders = ["/usr/lib/rabbitmq/bin", "/usr/local/sbin", "/usr/sbin"];

/** The path of an executable; undefined when it is not found. */
export async function findProgram(name: string): Promise<string | undefined> {
  const [first, ...rest] = usualFolders;
  const folders = [first ?? "", ...(process.env["PATH"] ?? "").split(delimiter), ...rest];
  for (const folder of folders) {
    const path = join(folder, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

export interface ServerSettings {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to this process' environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** It is up once something listens here. */
  readonly port: number;
}

/** `{"name": "e1"}` -> `["--name", "e1"]`. */
export function flagsOf(flags: Readonly<Record<string, string>>): string[] {
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
}

const tailLines = 15;
const upTimeoutMs = 90_000;
const stopBoundMs = 5_000;

/** A peer's server: a child with a process group of its own that may be killed and started again on its data. */
export class ServerProcess implements AsyncDisposable {
  readonly #settings: ServerSettings;
  readonly #owned: AsyncDisposable;
  #child: ChildProcess | null = null;
  #output: string[] = [];

  constructor(settings: ServerSettings) {
    this.#settings = settings;
    this.#owned = own(
      () => this.#stop(),
      () => this.#signal("SIGKILL"),
    );
  }

  /** The process group; undefined while nothing runs. */
  get group(): number | undefined {
    return this.#running ? this.#child?.pid : undefined;
  }

  /** Resolves once it listens. Rejects with the end of its output when it ended instead. */
  async start(): Promise<void> {
    const { program, args, env, port } = this.#settings;
    this.#output = [];
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
      // A terminal's Ctrl-C reaches us alone, and signals reach its children as well.
      detached: true,
    });
    this.#child = child;
    let failed: Error | undefined;
    child.on("error", (error) => {
      failed = error;
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => this.#note(text));
    }
    const lateAt = performance.now() + upTimeoutMs;
    while (!(await listens(port))) {
      if (failed !== undefined) throw new Error(`${program} could not be started: ${failed.message}`);
      if (this.#running && performance.now() < lateAt) await delay(50);
      else
        throw new Error(`${program} does not listen on port ${port}; it said:\n${this.#output.join("\n")}`);
    }
  }

  /** SIGKILL to the whole group; resolves when it has ended. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned[Symbol.asyncDispose]();
  }

  get #running(): boolean {
    return this.#child?.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async #stop(): Promise<void> {
    const timer = setTimeout(() => this.#signal("SIGKILL"), stopBoundMs);
    await this.#end("SIGTERM");
    clearTimeout(timer);
    // What the server itself has left behind.
    this.#signal("SIGKILL");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null || !this.#running) return;
    const ended = once(child, "exit");
    this.#signal(signal);
    await ended;
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child?.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // Nobody of the group is left.
    }
  }

  #note(text: string): void {
    this.#output.push(...text.trimEnd().split("\n"));
    this.#output.splice(0, this.#output.length - tailLines);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
