import { type Register, runCommand } from "../context.ts";
import { addOutputFlag, wholeNumber } from "../flags.ts";
import { type OutputFormat, printAnswer } from "../output/print.ts";
import { reportAnswer } from "./report.ts";
import { addSettings, readSettings, type SettingFlags } from "./settings.ts";

type RestoreFlags = SettingFlags & { readonly output: OutputFormat; readonly restoration: number };

const settings = ["id", "cluster", "dataDir", "peers"] as const;

/** `conclave restore`: the data directory of one node of a new cluster, made of a backup. */
export const registerRestore: Register = (parent, context) => {
  const command = parent
    .command("restore")
    .summary("make one node of a new cluster from a backup")
    .description(
      "Makes a data directory of a backup, for one node of a new cluster: run it on each founding member, with the same file, " +
        "the same members and an empty directory, and then start the nodes with the same settings. The old cluster " +
        "must be stopped: what it still hands out would run twice.",
    )
    .argument("<file>", "a backup")
    .option(
      "--restoration <COUNT>",
      "how many times this backup was made into a cluster that worked, this time included",
      wholeNumber(1),
      1,
    );
  addOutputFlag(addSettings(command, settings));
  command.action(async (file: string, flags: RestoreFlags) => {
    await runCommand(context, async (signal) => {
      const { id, cluster, dataDir, peers } = await readSettings(context, flags, settings);
      const { restoration } = flags;
      const report = await context.restore({ file, id, cluster, dataDir, peers, restoration, signal });
      const peerList = peers.map((peer) => `${peer.id}=${peer.address}`).join(",");
      const cliFlags = `--id ${id} --data-dir ${dataDir} --cluster ${report.clusterName} --peers ${peerList}`;
      printAnswer(context.io, flags.output, reportAnswer(report, `Start it with: conclave node ${cliFlags}`));
    });
  });
};
