import type { ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailed } from "../commandFailed.ts";
import { commandLine, describeExit, type ExitStatus, exitOf, spawnSelf } from "../processes/spawnSelf.ts";
import { ledgerPath } from "./ledger.ts";

export interface WorkerPoolOptions {
  readonly binPath: string;
  readonly endpoints: string;
  /** For ledgers and logs. */
  readonly dir: string;
  readonly count: number;
  /** Jobs at a time in each process. */
  readonly concurrency: number;
}

interface WorkerProcess {
  readonly id: string;
  readonly child: ChildProcess;
  readonly exited: Promise<ExitStatus>;
  readonly log: string;
  expected: boolean;
  gone: boolean;
}

/** The demo's worker processes. */
export class WorkerPool implements AsyncDisposable {
  readonly #workers: readonly WorkerProcess[];
  /** Rejects when a worker ended that nobody ended. */
  readonly failed: Promise<never>;

  constructor(options: WorkerPoolOptions) {
    this.#workers = Array.from({ length: options.count }, (_, at) => startWorker(options, `w${at + 1}`));
    this.failed = Promise.race(this.#workers.map(unexpectedEnd));
    // Looked at only while the demo waits for the jobs.
    this.failed.catch(() => undefined);
  }

  get alive(): number {
    return this.#workers.filter((worker) => !worker.gone).length;
  }

  /** SIGKILLs one worker; resolves with its id. */
  async killOne(): Promise<string> {
    const victim = this.#workers.at(-1);
    if (victim === undefined) throw new CommandFailed("the demo has no worker to kill");
    victim.expected = true;
    victim.child.kill("SIGKILL");
    await victim.exited;
    return victim.id;
  }

  /** SIGTERM to all; resolves when they have reported what they had and ended. */
  async stop(boundMs = 15_000): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        worker.expected = true;
        if (worker.gone) return;
        const timer = setTimeout(() => worker.child.kill("SIGKILL"), boundMs);
        worker.child.kill("SIGTERM");
        await worker.exited;
        clearTimeout(timer);
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(2000);
  }
}

function startWorker(options: WorkerPoolOptions, id: string): WorkerProcess {
  const log = join(options.dir, `${id}.log`);
  const file = openSync(log, "a");
  const child = spawnSelf({
    binPath: options.binPath,
    args: commandLine("demo-worker", {
      endpoints: options.endpoints,
      "worker-id": id,
      ledger: ledgerPath(options.dir, id),
      concurrency: String(options.concurrency),
    }),
    stdout: file,
    stderr: file,
  });
  closeSync(file);
  const worker: WorkerProcess = { id, child, exited: exitOf(child), log, expected: false, gone: false };
  const noteEnd = (): void => {
    worker.gone = true;
  };
  worker.exited.then(noteEnd, noteEnd);
  return worker;
}

/** Rejects when the worker ends on its own account, never resolves. */
async function unexpectedEnd(worker: WorkerProcess): Promise<never> {
  const status = await worker.exited;
  if (worker.expected) return await new Promise<never>(() => undefined);
  const log = (await readFile(worker.log, "utf8").catch(() => "")).trim();
  throw new CommandFailed(
    `worker ${worker.id} ended on its own account: ${describeExit(status)}; ${log || "it wrote no log"}`,
  );
}
