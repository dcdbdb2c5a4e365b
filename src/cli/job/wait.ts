import { bytesCodec, type Cluster, ConclaveError, type Duration } from "../../client/index.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "../exitCodes.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags } from "../flags.ts";
import { type Answer, printAnswer } from "../output/print.ts";
import { printableBytes, shownBytes } from "./printableBytes.ts";

interface WaitFlags extends ReadingFlags {
  readonly for?: string;
}

/** How one of them ended, or why it is not known. */
interface Ending {
  readonly id: string;
  readonly state: "completed" | "dead" | "cancelled" | undefined;
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
      withCluster(flags, signal, async (cluster) => {
        const endings = await Promise.all(ids.map((id) => endingOf(cluster, id, signal, flags.for)));
        printAnswer(context.io, flags.output, answer(endings));
        return exitCodeOfAll(endings);
      }),
    );
  });
};

async function endingOf(
  cluster: Cluster,
  id: string,
  signal: AbortSignal,
  timeout: Duration | undefined,
): Promise<Ending> {
  try {
    const handle = cluster.jobs.handle(id, { resultCodec: bytesCodec });
    return { id, state: "completed", result: await handle.result({ signal, timeout }), error: undefined };
  } catch (error) {
    if (!(error instanceof ConclaveError) || error.code === "INVALID_ARGUMENT" || signal.aborted) throw error;
    return { id, state: error.job?.state, result: undefined, error };
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
