import type { Cancelled } from "../../client/index.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "../exitCodes.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags } from "../flags.ts";
import { printAnswer } from "../output/print.ts";

export const registerCancel: Register = (parent, context) => {
  const command = parent
    .command("cancel")
    .summary("cancel jobs")
    .description(
      "Ends waiting jobs at once; a running one's worker is told. The exit code is the first refused job's.",
    )
    .argument("<id...>", "the jobs' ids")
    .option("--reason <TEXT>", "kept with the jobs");
  addOutputFlag(addClientFlags(command));
  command.action(async (ids: string[], flags: ReadingFlags & { readonly reason?: string }) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const results = await cluster.jobs.cancel(ids, { ...limits, reason: flags.reason });
        printAnswer(context.io, flags.output, {
          json: {
            results: results.map(({ id, state, error }) => ({
              id,
              state: state ?? null,
              error: error === undefined ? null : { code: error.code, message: error.message },
            })),
          },
          columns: [{ title: "ID" }, { title: "STATE" }, { title: "ERROR" }],
          rows: results.map(({ id, state, error }) => [
            id,
            state ?? "-",
            error === undefined ? "-" : `${error.code}: ${error.message}`,
          ]),
        });
        return exitCodeOfAll(results);
      }),
    );
  });
};

function exitCodeOfAll(results: readonly Cancelled[]): ExitCode {
  const refused = results.find((result) => result.error !== undefined);
  return refused === undefined ? exitCodes.ok : exitCodeOf(refused.error);
}
