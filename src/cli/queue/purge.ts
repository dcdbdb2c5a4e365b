import { addByWhomFlags, type ByWhomFlags, byWhomOf } from "../byWhom.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags } from "../flags.ts";
import { managedAnswer } from "../job/managedAnswer.ts";
import { printAnswer } from "../output/print.ts";

interface PurgeFlags extends ReadingFlags, ByWhomFlags {
  readonly dryRun?: boolean;
}

export const registerPurge: Register = (parent, context) => {
  const command = parent
    .command("purge")
    .summary("forget all jobs of a queue that do not run")
    .description(
      "Forgets all jobs of a queue that do not run, in whatever state, and their ids with them. Settings stay, and what is " +
        "enqueued meanwhile.",
    )
    .argument("<queue>", "the queue's name")
    .option("--dry-run", "do nothing, and show what would be done");
  addOutputFlag(addClientFlags(addByWhomFlags(command)));
  command.action(async (queue: string, flags: PurgeFlags) => {
    const dryRun = flags.dryRun === true;
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const purged = await cluster.queues.purge(queue, { ...limits, ...byWhomOf(flags), dryRun });
        printAnswer(context.io, flags.output, managedAnswer("purge", purged, dryRun));
      }),
    );
  });
};
