import { toMs } from "../../base/duration.ts";
import { bytesCodec, type Cluster, ConclaveError, type JobState } from "../../client/index.ts";
import { type CallLimits, withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "../exitCodes.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags } from "../flags.ts";
import { type Answer, humanMs, printAnswer } from "../output/print.ts";
import { printableBytes, shownBytes } from "./printableBytes.ts";

interface WaitFlags extends ReadingFlags {
  readonly for?: string;
}

/** How one of them ended, how it is when the time is up, or why that is not known. */
interface Ending {
  readonly id: string;
  readonly state: JobState | undefined;
  readonly result: Uint8Array | undefined;
  readonly error: ConclaveError | undefined;
}

export const registerWait: Register = (parent, context) => {
  const command = parent
    .command("wait")
    .summary("wait until jobs have ended")
    .description(
      "Returns once all have ended, over changes of leader, and shows how. The exit code is the first one's that did not complete.",
    )
    .argument("<id...>", "the jobs' ids")
    .option("--for <DURATION>", "no longer than this (default: for as long as it takes)");
  addOutputFlag(addClientFlags(command));
  command.action(async (ids: string[], flags: WaitFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const forMs = flags.for === undefined ? undefined : toMs(flags.for, "--for");
        const endings = await Promise.all(ids.map((id) => endingOf(cluster, id, limits, forMs)));
        printAnswer(context.io, flags.output, answer(endings));
        return exitCodeOfAll(endings);
      }),
    );
  });
};

async function endingOf(
  cluster: Cluster,
  id: string,
  limits: CallLimits,
  forMs: number | undefined,
): Promise<Ending> {
  const { signal } = limits;
  try {
    const handle = cluster.jobs.handle(id, { resultCodec: bytesCodec });
    const result = await handle.result({ signal, timeout: forMs });
    return { id, state: "completed", result, error: undefined };
  } catch (error) {
    if (!(error instanceof ConclaveError) || error.code === "INVALID_ARGUMENT" || signal.aborted) throw error;
    if (error.code === "DEADLINE_EXCEEDED") return await unended(cluster, id, limits, forMs ?? 0);
    return { id, state: error.job?.state, result: undefined, error };
  }
}

const ended: ReadonlySet<JobState> = new Set(["completed", "dead", "cancelled"]);

/** The time is up, which is nobody's fault: how the job is by now. */
async function unended(cluster: Cluster, id: string, limits: CallLimits, forMs: number): Promise<Ending> {
  const late = (state: JobState | undefined, how: string): Ending => {
    const message = `job ${id} has not ended within ${humanMs(forMs)}${how}`;
    return { id, state, result: undefined, error: new ConclaveError("DEADLINE_EXCEEDED", message) };
  };
  try {
    const { state } = await cluster.jobs.get(id, { ...limits, codec: bytesCodec, resultCodec: bytesCodec });
    // It did at the last moment.
    if (ended.has(state)) return await endingOf(cluster, id, limits, toMs(limits.timeout, "--timeout"));
    return late(state, `: it is ${state}`);
  } catch (error) {
    limits.signal.throwIfAborted();
    if (!(error instanceof ConclaveError)) throw error;
    if (error.code === "NOT_FOUND") return { id, state: undefined, result: undefined, error };
    return late(undefined, `, as far as is known: ${error.message}`);
  }
}

function answer(endings: readonly Ending[]): Answer {
  return {
    json: {
      jobs: endings.map(({ id, state, result, error }) => ({
        id,
        state: state ?? null,
        result: result === undefined ? null : printableBytes(result),
        error: error === undefined ? null : { code: error.code, message: error.message },
      })),
    },
    columns: [{ title: "ID" }, { title: "STATE" }, { title: "RESULT" }],
    rows: endings.map(({ id, state, result, error }) => [
      id,
      state ?? "-",
      result === undefined ? (error?.message ?? "-") : shownBytes(result),
    ]),
  };
}

function exitCodeOfAll(endings: readonly Ending[]): ExitCode {
  const failed = endings.find(({ error }) => error !== undefined);
  return failed === undefined ? exitCodes.ok : exitCodeOf(failed.error);
}
