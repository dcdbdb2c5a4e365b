import { ConclaveError } from "../../client/index.ts";
import { type CliContext, type Register, runCommand } from "../context.ts";
import { addOutputFlag } from "../flags.ts";
import { type OutputFormat, printAnswer } from "../output/print.ts";
import { renderTable } from "../output/table.ts";
import { inspectionAnswer, reportAnswer } from "./report.ts";
import { addSettings, readLine, readSettings, type SettingFlags } from "./settings.ts";

type RecoverFlags = SettingFlags & { readonly output: OutputFormat; readonly yes?: boolean };

const settings = ["id", "cluster", "dataDir"] as const;

const warning = `
This makes a new cluster of this one node, its only voter. Do it only when more than half of the voters are gone for good.

  - Lost is what was acknowledged by a majority that this node was not part of. If another node is left whose last entry
    has a higher term or, of equal terms, a higher index, recover that one instead.
  - Writes whose callers were never told their outcome may turn out to have taken effect.
  - No other node of the old cluster may ever be started again on its old data: two clusters would hand out the same jobs.
    Delete their data directories; the machines come back by --join, with empty ones.
`;

/** `conclave recover`: a new cluster of the one survivor, when the majority is gone for good. */
export const registerRecover: Register = (parent, context) => {
  const command = parent
    .command("recover")
    .summary("make a new cluster of one survivor when the majority is lost for good")
    .description(
      "Makes a new cluster of a stopped node's data directory, with that node as the only voter, when more than half of the " +
        "voters are gone for good. What only they had is lost, and none of them may ever be started again on its old data.",
    )
    .option("--yes", "do not ask");
  addOutputFlag(addSettings(command, settings));
  command.action(async (flags: RecoverFlags) => {
    await runCommand(context, async (signal) => {
      const { id, cluster, dataDir } = await readSettings(context, flags, settings);
      if (flags.yes !== true) await confirm(context, dataDir);
      const report = await context.recover({ id, cluster, dataDir, signal });
      const join = `--join HOST:PORT, where HOST:PORT is this node's address for peers`;
      const note =
        `Start it with: conclave node --id ${id} --data-dir ${dataDir} --cluster ${report.clusterName} --peers ${id}=HOST:PORT\n` +
        `Then take others in, with empty data directories: conclave node ... ${join}`;
      const more = [
        ["taken in", `${report.entriesAbove} entries that were not known to be committed`],
        ["old files", report.keptIn],
      ];
      printAnswer(context.io, flags.output, reportAnswer(report, note, more));
    });
  });
};

async function confirm({ io, inspect }: CliContext, dataDir: string): Promise<void> {
  const { columns, rows } = inspectionAnswer(await inspect(dataDir));
  io.stderr.write(`${renderTable(columns, rows)}${warning}\n`);
  if (io.stdin.isTTY !== true) {
    throw new ConclaveError(
      "INVALID_ARGUMENT",
      "nobody can be asked here: say --yes to go on; nothing was done",
    );
  }
  io.stderr.write('Type "recover" to go on: ');
  if ((await readLine(io.stdin)) !== "recover") throw new ConclaveError("ABORTED", "nothing was done");
}
