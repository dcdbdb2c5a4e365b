import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { guardChild } from "../../../src/cli/processes/childGuard.ts";

const script = fileURLToPath(new URL("../fixtures/sinkWorker.mjs", import.meta.url));

export interface SinkWorkersOptions {
  readonly endpoints: string;
  readonly sink: string;
  readonly count: number;
}

/** Worker processes, every other one careless, that a test may kill, stop and let go on. */
export class SinkWorkers implements AsyncDisposable {
  readonly #options: SinkWorkersOptions;
  readonly #children: ChildProcess[];
  readonly #names = new Map<ChildProcess, string>();
  #begun = 0;

  constructor(options: SinkWorkersOptions) {
    this.#options = options;
    this.#children = Array.from({ length: options.count }, () => this.#start());
  }

  get count(): number {
    return this.#children.length;
  }

  /** Its worker id. */
  name(at: number): string {
    return this.#names.get(this.#at(at)) ?? "";
  }

  /** SIGKILL; another process, under a name of its own, takes its place. */
  async killAndReplace(at: number): Promise<void> {
    await end(this.#at(at), "SIGKILL");
    this.#children[at] = this.#start();
  }

  signal(at: number, signal: "SIGSTOP" | "SIGCONT"): void {
    this.#at(at).kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill("SIGCONT");
    await Promise.all(this.#children.map((child) => end(child, "SIGTERM")));
  }

  #at(at: number): ChildProcess {
    const child = this.#children[at];
    if (child === undefined) throw new Error(`there is no worker ${at}`);
    return child;
  }

  #start(): ChildProcess {
    const { endpoints, sink } = this.#options;
    this.#begun += 1;
    const workerId = `sink-${this.#begun}`;
    const settings = JSON.stringify({
      endpoints,
      sink,
      workerId,
      careless: this.#begun % 2 === 0,
    });
    const child = spawn(process.execPath, [script, settings], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#names.set(child, workerId);
    return guardChild(child);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}
