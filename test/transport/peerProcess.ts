import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { until } from "../support/until.ts";

const script = fileURLToPath(new URL("fixtures/peerProcess.mjs", import.meta.url));

/** A transport in a process of its own, which can be killed. */
export class PeerProcess {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;

  constructor(id: string, listen: string, peers: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [script, JSON.stringify({ id, listen, peers })], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    if (this.#child.stdout === null) throw new Error("the child has no stdout");
    createInterface(this.#child.stdout).on("line", (line) => this.lines.push(line));
  }

  /** Its address, once it listens. */
  async address(): Promise<string> {
    const prefix = "listening ";
    const line = await until("the child to listen", () => this.lines.find((each) => each.startsWith(prefix)));
    return line.slice(prefix.length);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Closes its transport and resolves to its exit code: the process must end by itself. */
  async closeAndExit(): Promise<number | null> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, "exit");
    return this.#child.exitCode;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}
