import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags } from "../flags.ts";
import { printAnswer } from "../output/print.ts";
import { addEnqueueFlags, type EnqueueFlags, jobOptions } from "./enqueueFlags.ts";
import { checkTogether } from "./flagsTogether.ts";
import { readPayload } from "./payload.ts";

export const registerEnqueue: Register = (parent, context) => {
  const command = parent
    .command("enqueue")
    .summary("enqueue one job")
    .description("Enqueues one job and prints its id once a majority of the nodes has it on disk.")
    .argument("<queue>", "the queue's name")
    .argument("[data]", "the payload: text, @FILE for a file's bytes, - for stdin; by custom JSON");
  addEnqueueFlags(command);
  addOutputFlag(addClientFlags(command));
  command.action(async (queue: string, data: string | undefined, flags: EnqueueFlags & ReadingFlags) => {
    await runCommand(context, async (signal) => {
      checkTogether(flags);
      const payload = await readPayload(data, context.io);
      await withCluster(flags, signal, async (cluster, limits) => {
        const job = await cluster.jobs.enqueue(queue, payload, { ...jobOptions(flags), ...limits });
        printAnswer(context.io, flags.output, {
          json: job,
          columns: [{ title: "ID" }, { title: "STATE" }, { title: "EXISTING" }],
          rows: [[job.id, job.state, job.existing ? "yes" : "no"]],
        });
      });
    });
  });
};
