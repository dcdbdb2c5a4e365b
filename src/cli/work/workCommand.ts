import { toMs } from "../../base/duration.ts";
import {
  bytesCodec,
  ConclaveError,
  type ErrorCode,
  NonRetryableError,
  type NotConsuming,
  type WorkerHealth,
  type WorkerJob,
} from "../../client/index.ts";
import { CommandFailed } from "../commandFailed.ts";
import { withCluster } from "../connection.ts";
import { type CliContext, type Register, runCommand } from "../context.ts";
import { addClientFlags, type ClientFlags, wholeNumber } from "../flags.ts";
import { humanMs } from "../output/print.ts";
import { oneLine } from "../output/table.ts";
import { checkProgram } from "./checkProgram.ts";
import { OutcomeLines } from "./outcomeLines.ts";
import { nonRetryableExitCode, type ProgramOptions, type ProgramOutcome, runProgram } from "./runProgram.ts";

/** It does what it should. */
const quietly: ReadonlySet<NotConsuming["code"]> = new Set(["full", "draining", "closed"]);

/** Beyond the grace, for a killed program to be reaped and its job to be reported. */
const reapMs = 1_000;

interface WorkFlags extends ClientFlags {
  readonly concurrency: number;
  readonly workerId?: string;
  readonly drain: string;
  readonly killGrace: string;
  readonly quiet?: boolean;
}

/** `conclave work QUEUE -- PROGRAM ARGS`: runs a program for each job, until Ctrl-C. */
export const registerWork: Register = (parent, context) => {
  const command = parent
    .command("work")
    .summary("run a program for each job of a queue")
    .description(
      "Runs PROGRAM for each job: the payload on its stdin, CONCLAVE_JOB_ID, CONCLAVE_QUEUE, CONCLAVE_ATTEMPT and " +
        "CONCLAVE_FENCING_TOKEN in its environment. Exit code 0 completes the job with stdout (at most 256 KiB) as " +
        `its result, ${nonRetryableExitCode} makes it dead at once, any other fails the attempt with the end of stderr.`,
    )
    .argument("<queue>", "the queue's name")
    .argument("<program...>", "after --, the program and its arguments")
    .option("--concurrency <COUNT>", "jobs at a time", wholeNumber(1), 1)
    .option("--worker-id <ID>", "shown with its claims (default: made from host name and process id)")
    .option("--drain <DURATION>", "on Ctrl-C, let running jobs finish for so long", "30s")
    .option(
      "--kill-grace <DURATION>",
      "from SIGTERM to SIGKILL of a program whose job was lost or aborted",
      "5s",
    )
    .option("--quiet", "no line per job on stderr");
  addClientFlags(command);
  command.action(async (queue: string, program: string[], flags: WorkFlags) => {
    await runCommand(context, (signal) => runWork(context, queue, program, flags, signal));
  });
};

async function runWork(
  context: CliContext,
  queue: string,
  [command = "", ...args]: readonly string[],
  flags: WorkFlags,
  signal: AbortSignal,
): Promise<void> {
  const options: ProgramOptions = { command, args, killGraceMs: toMs(flags.killGrace, "--kill-grace") };
  const say = (text: string): void => {
    if (flags.quiet !== true) context.io.stderr.write(`${oneLine(text)}\n`);
  };
  await checkProgram(command);
  let unrunnable: string | undefined;
  const lines = new OutcomeLines(say);
  const running = new Set<Promise<unknown>>();
  await withCluster(flags, signal, async (cluster) => {
    const worker = cluster.work<Uint8Array, Uint8Array>(
      queue,
      {
        concurrency: flags.concurrency,
        workerId: flags.workerId,
        drain: flags.drain,
        // A program that was told to end gets its time before its job is given back.
        kill: options.killGraceMs + reapMs,
        signal,
        codec: bytesCodec,
        resultCodec: bytesCodec,
        onHealth: healthLines(say),
        onAcknowledged: (outcome) => lines.acknowledged(outcome),
        onError: ({ code, message }, { jobId }) => {
          if (jobId === undefined) say(`worker: ${code}: ${message}`);
          else lines.refused(jobId, `${code}: ${message}`);
        },
      },
      async (job) => {
        lines.begun(job.id, job.attempt);
        const run = runJob(options, job, { say, lines }, (why) => {
          unrunnable ??= why;
          void worker.stop();
        });
        running.add(run);
        try {
          return await run;
        } finally {
          running.delete(run);
          lines.over(job.id, job.attempt);
        }
      },
    );
    say(`${worker.id} takes jobs of ${queue}; Ctrl-C lets running jobs finish`);
    try {
      await worker.closed;
    } finally {
      // Of a worker that ended by an error: they were told to stop, and have their grace.
      await Promise.allSettled(running);
      lines.close();
    }
    if (unrunnable !== undefined) {
      throw new CommandFailed(
        `${unrunnable}. Its job was given back, at the cost of no attempt, and no more are taken`,
      );
    }
  });
}

/** A line when the worker ceases to take jobs, but for being at work, with the reason; and one when it does so again. */
export function healthLines(say: (text: string) => void): (health: WorkerHealth) => void {
  let idleSince: Date | undefined;
  return ({ consuming, reason, since }) => {
    if (consuming && idleSince !== undefined) {
      const spent = humanMs(since.getTime() - idleSince.getTime());
      say(`worker: takes jobs again, after ${spent}`);
    }
    if (consuming) idleSince = undefined;
    if (reason === undefined || quietly.has(reason.code)) return;
    idleSince ??= since;
    say(`worker: takes no jobs since ${since.toISOString()}: ${reason.message}`);
  };
}

type Ended = Exclude<ProgramOutcome, { readonly type: "unrunnable" }>;

/** The program's outcome as the SDK wants it: a result, or a throw. */
async function runJob(
  options: ProgramOptions,
  job: WorkerJob<Uint8Array>,
  { say, lines }: { readonly say: (text: string) => void; readonly lines: OutcomeLines },
  onUnrunnable: (why: string) => void,
): Promise<Uint8Array> {
  const startedAt = performance.now();
  const outcome = await runProgram(options, {
    id: job.id,
    queue: job.queue,
    attempt: job.attempt,
    fencingToken: job.fencingToken,
    payload: job.data,
    signal: job.signal,
  });
  if (outcome.type === "unrunnable") {
    onUnrunnable(outcome.error);
    say(`job ${job.id} given back: ${outcome.error}`);
    return job.snooze(0);
  }
  const line = lineOf(job, outcome, humanMs(performance.now() - startedAt));
  // Of a claim that the cluster has ended nobody is told any more.
  if (abortedWith(job, "LEASE_LOST")) say(`${line}, after its claim was over`);
  else lines.ended(job.id, job.attempt, line);
  if (outcome.type === "completed") return outcome.result;
  throw failureOf(outcome);
}

/** What its program did; of one that was ended since the worker stops, that its job was given back. */
function lineOf(job: WorkerJob<Uint8Array>, outcome: Ended, spent: string): string {
  const attempt = `job ${job.id} attempt ${job.attempt}/${job.maxAttempts}`;
  if (outcome.type === "completed") return `${attempt} completed in ${spent}`;
  const how = abortedWith(job, "SHUTTING_DOWN") ? "given back after" : "failed in";
  return `${attempt} ${how} ${spent}: ${outcome.error}`;
}

function abortedWith({ signal }: WorkerJob<Uint8Array>, code: ErrorCode): boolean {
  const reason: unknown = signal.reason;
  return reason instanceof ConclaveError && reason.code === code;
}

function failureOf(outcome: Extract<ProgramOutcome, { readonly type: "failed" }>): Error {
  const error = outcome.retryable ? new Error(outcome.error) : new NonRetryableError(outcome.error);
  // Frames of this worker would only hide what the program said.
  error.stack = "";
  return error;
}
