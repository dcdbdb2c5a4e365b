import { Option } from "commander";
import type { JobEvent, JobEventType } from "../../client/index.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags, wholeNumber } from "../flags.ts";
import { humanTime } from "../output/print.ts";
import { oneLine } from "../output/table.ts";

interface WatchFlags extends ReadingFlags {
  readonly queue?: string;
  readonly job?: string;
  readonly agent?: string;
  readonly type?: readonly JobEventType[];
  readonly from?: number;
}

export const registerWatch: Register = (parent, context) => {
  const command = parent
    .command("watch")
    .summary("show what happens to jobs")
    .description(
      "Prints each event as it is applied, until Ctrl-C; with -o json one document a line. Goes on over changes of leader.",
    )
    .option("--queue <NAME>", "only this queue's")
    .option("--job <ID>", "only this job's")
    .option("--agent <NAME>", "only this agent's")
    .addOption(
      new Option("--type <LIST>", "only of these types: enqueued,started,completed,dead,...").argParser(
        (text) => text.split(",") as JobEventType[],
      ),
    )
    .option("--from <INDEX>", "from this index of the log on (default: from now on)", wholeNumber(1));
  addOutputFlag(addClientFlags(command));
  command.action(async (flags: WatchFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster) => {
        const { queue, job: jobId, agent, type: types, from } = flags;
        for await (const event of cluster.jobs.watch({ queue, jobId, agent, types, from, signal })) {
          context.io.stdout.write(`${flags.output === "json" ? JSON.stringify(event) : line(event)}\n`);
        }
      }),
    );
  });
};

function line({ index, atMs, type, jobId, queue, attempt, detail }: JobEvent): string {
  const parts = [String(index), humanTime(atMs), type.padEnd(15), queue, jobId];
  if (attempt > 0) parts.push(`attempt ${attempt}`);
  if (detail !== "") parts.push(oneLine(detail));
  return parts.join("  ");
}
