import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { nodeFlags } from "../run/nodeFlags.ts";
import type { Summary } from "../run/summary.ts";

const execArgv = [...nodeFlags];

/** Runs seeds of the simulator that was built in a folder, in one process of its own. */
export class SeedRunner {
  readonly #program: string;
  #child: ChildProcess | null = null;

  constructor(folder: string) {
    this.#program = join(folder, "dist/sim/test/simulator/run/seedProcess.js");
  }

  /** What failed; null when nothing did. */
  run(seed: number): Promise<string | null> {
    const child =
      this.#child ?? fork(this.#program, { execArgv, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child = child;
    return new Promise((resolve) => {
      let errors = "";
      const onErrors = (chunk: Buffer): void => {
        errors += chunk.toString();
      };
      const done = (failure: string | null): void => {
        child.removeAllListeners();
        child.stderr?.off("data", onErrors);
        resolve(failure);
      };
      child.stderr?.on("data", onErrors);
      child.on("message", ({ failure }: Summary) => done(failure === null ? null : failure.what));
      child.on("exit", (code) => {
        this.#child = null;
        done(`the process ended with ${code}: ${errors.trim().slice(-1_000)}`);
      });
      child.send(seed);
    });
  }

  /** The next seed is run by a process that has what is built by then. */
  stop(): void {
    this.#child?.disconnect();
    this.#child = null;
  }
}
