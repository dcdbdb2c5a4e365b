import { type ChildProcess, spawn } from "node:child_process";
import { guardChild } from "../processes/childGuard.ts";

/** A program that exits with this code says: another attempt would fail as well. */
export const nonRetryableExitCode = 100;
/** The cluster keeps no longer result; see proto/conclave/v1/work.proto. */
const maxResultBytes = 256 * 1024;
const maxErrorBytes = 4 * 1024;
/** For what an ended program has written to be read. */
const lastOutputMs = 500;

/** What a program is told of its job, beyond the payload on its stdin. */
export interface ProgramJob {
  readonly id: string;
  readonly queue: string;
  readonly attempt: number;
  readonly fencingToken: number;
  readonly payload: Uint8Array;
  /** Fires when the claim is lost, the job is cancelled or the worker shuts down. */
  readonly signal: AbortSignal;
}

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** From SIGTERM to SIGKILL once the job's signal fired. */
  readonly killGraceMs: number;
}

export type ProgramOutcome =
  | { readonly type: "completed"; readonly result: Uint8Array }
  | { readonly type: "failed"; readonly error: string; readonly retryable: boolean }
  /** It is not there any more, or may not be executed: that is no job's fault, and so it will be for every other. */
  | { readonly type: "unrunnable"; readonly error: string };

const unrunnable: ReadonlySet<string | undefined> = new Set([
  "ENOENT",
  "EACCES",
  "ENOTDIR",
  "ELOOP",
  "EPERM",
]);

/**
 * Runs a program for one job: payload on stdin, stdout is the result, exit code 0 completes. Never rejects: where there is
 * no room for another process, that is a failed attempt.
 */
export async function runProgram(options: ProgramOptions, job: ProgramJob): Promise<ProgramOutcome> {
  const child = spawnProgram(options, job);
  const stdout = new BoundedHead(maxResultBytes);
  const stderr = new BoundedTail(maxErrorBytes);
  child.stdout?.on("data", (chunk: Buffer) => {
    if (!stdout.add(chunk)) killGroup(child, "SIGKILL");
  });
  child.stderr?.on("data", (chunk: Buffer) => stderr.add(chunk));
  // A program need not read its payload: the broken pipe is no fault.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(job.payload);

  let grace: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    killGroup(child, "SIGTERM");
    grace = setTimeout(() => killGroup(child, "SIGKILL"), options.killGraceMs);
  };
  if (job.signal.aborted) onAbort();
  job.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const { code, signal } = await closeOf(child);
    return outcomeOf(code, signal, stdout, stderr, job.signal.aborted);
  } catch (error) {
    const why = `cannot run ${options.command}: ${error instanceof Error ? error.message : String(error)}`;
    // One that has begun fails in other ways.
    const isGone = child.pid === undefined && unrunnable.has((error as NodeJS.ErrnoException).code);
    return isGone ? { type: "unrunnable", error: why } : { type: "failed", error: why, retryable: true };
  } finally {
    clearTimeout(grace);
    job.signal.removeEventListener("abort", onAbort);
  }
}

function spawnProgram(options: ProgramOptions, job: ProgramJob): ChildProcess {
  return guardChild(
    spawn(options.command, options.args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: {
        ...process.env,
        CONCLAVE_JOB_ID: job.id,
        CONCLAVE_QUEUE: job.queue,
        CONCLAVE_ATTEMPT: String(job.attempt),
        CONCLAVE_FENCING_TOKEN: String(job.fencingToken),
      },
      // A group of its own: what the program starts (a shell's pipeline) ends with it, and a terminal's Ctrl-C
      // reaches only the worker, which lets its jobs finish.
      detached: true,
    }),
  );
}

function outcomeOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  stdout: BoundedHead,
  stderr: BoundedTail,
  aborted: boolean,
): ProgramOutcome {
  if (stdout.overflowed) {
    const error = `the program wrote more than ${maxResultBytes} bytes to stdout; store large results elsewhere`;
    return { type: "failed", error, retryable: false };
  }
  if (code === 0) return { type: "completed", result: stdout.bytes() };
  const how = aborted
    ? `the program was stopped (${signal ?? `exit code ${code}`})`
    : signal === null
      ? `the program ended with exit code ${code}`
      : `the program was killed by ${signal}`;
  const tail = stderr.text();
  return {
    type: "failed",
    error: tail === "" ? how : `${how}: ${tail}`,
    retryable: code !== nonRetryableExitCode,
  };
}

/**
 * Resolves when the program has ended and its output was read to the end. What it left behind in a session of its own may hold that
 * open for ever, and no signal to its group reaches it: its output is not the program's any more.
 */
async function closeOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  let enough: NodeJS.Timeout | undefined;
  child.once("exit", () => {
    // After a turn of the event loop: one that stood still meanwhile has yet to read what is there.
    enough = setTimeout(() => setImmediate(closeOutput, child), lastOutputMs);
  });
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve({ code, signal }));
    });
  } finally {
    clearTimeout(enough);
  }
}

function closeOutput({ stdout, stderr }: ChildProcess): void {
  stdout?.destroy();
  stderr?.destroy();
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already (ESRCH).
  }
}

/** Keeps what comes until it would be too much. */
class BoundedHead {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;
  overflowed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False from the chunk on that is over the limit. */
  add(chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (this.#size > this.#limit) {
      this.overflowed = true;
      this.#chunks = [];
    } else {
      this.#chunks.push(chunk);
    }
    return !this.overflowed;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

/** Keeps the last bytes that came. */
class BoundedTail {
  readonly #limit: number;
  #kept: Buffer = Buffer.alloc(0);

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-this.#limit);
  }

  text(): string {
    return this.#kept.toString("utf8").trim();
  }
}
