import type { Command } from "commander";
import { withCluster } from "./connection.ts";
import { type CliContext, runCommand } from "./context.ts";
import { exitCodes } from "./exitCodes.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags } from "./flags.ts";
import { printAnswer } from "./output/print.ts";

interface TransferFlags extends ReadingFlags {
  readonly to?: string;
}

/** `conclave node transfer`: another node leads from now on. */
export function registerTransfer(parent: Command, context: CliContext): void {
  const command = parent
    .command("transfer")
    .summary("hand leadership to another node")
    .description(
      "Lets the leader bring another node up to date and hand over to it, before a planned restart for example. " +
        "When it fails the leader goes on leading, after an election timeout at the latest.",
    )
    .option("--to <ID>", "the successor; default: the node that is furthest on");
  addOutputFlag(addClientFlags(command));
  command.action(async () => {
    const flags = command.optsWithGlobals<TransferFlags>();
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const { leaderId, term } = await cluster.transferLeadership({ ...limits, to: flags.to });
        printAnswer(context.io, flags.output, {
          json: { leaderId, term },
          columns: [{ title: "LEADER" }, { title: "TERM" }],
          rows: [[leaderId, String(term)]],
        });
        return exitCodes.ok;
      }),
    );
  });
}
