import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { nodeFlags } from "./nodeFlags.ts";
import type { Summary } from "./summary.ts";

const execArgv = [...nodeFlags];
/** The slowest seeds take some ten seconds: what takes so long goes round in a circle. */
const hangMs = 600_000;
/** As much as is told of what a process that died has written last. */
const lastWords = 2_000;

/** How the seeds' process is lost: neither says anything of what the checkers would have found. */
export type Loss = "died" | "hung";

/** Runs seeds in one process of its own, one after the other. A process that is lost is followed by another one. */
export class SeedRunner {
  readonly #program: string;
  readonly #hangMs: number;
  #child: ChildProcess | null = null;

  /** `folder` is what was built: the one that holds test/simulator. */
  constructor(folder: string, options: { readonly program?: string; readonly hangMs?: number } = {}) {
    this.#program = options.program ?? join(folder, "test/simulator/run/seedProcess.js");
    this.#hangMs = options.hangMs ?? hangMs;
  }

  run(seed: number): Promise<Summary> {
    const child = this.#child?.connected === true ? this.#child : this.#fork();
    this.#child = child;
    return new Promise((resolve) => {
      let errors = "";
      let hangs = false;
      const onErrors = (chunk: Buffer): void => {
        errors = (errors + chunk.toString()).slice(-lastWords);
      };
      const timer = setTimeout(() => {
        hangs = true;
        child.kill("SIGKILL");
      }, this.#hangMs);
      const done = (summary: Summary): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        child.stderr?.off("data", onErrors);
        resolve(summary);
      };
      child.stderr?.on("data", onErrors);
      child.on("message", (summary: Summary) => done(summary));
      // It is gone already: "close" follows.
      child.on("error", () => undefined);
      child.on("close", (code, signal) => {
        this.#child = null;
        const died = `the process ended with ${signal ?? code}: ${errors.trim()}`;
        if (hangs) done(lostAt(seed, "hung", `no end of it came within ${this.#hangMs / 1_000} s`));
        else done(lostAt(seed, "died", died));
      });
      child.send(seed);
    });
  }

  /** The next seed is run by a process that has what is built by then. */
  stop(): void {
    if (this.#child?.connected === true) this.#child.disconnect();
    this.#child = null;
  }

  #fork(): ChildProcess {
    return fork(this.#program, { execArgv, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  }
}

function lostAt(seed: number, lost: Loss, what: string): Summary {
  const failure = { at: 0, what, stack: "" };
  return { seed, failure, lost, traceHash: "", simulatedMs: 0, committed: 0, coverage: {} };
}
