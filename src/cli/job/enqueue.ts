import { Option } from "commander";
import type { JobOptions } from "../../client/index.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import { addClientFlags, addOutputFlag, pointInTime, type ReadingFlags, wholeNumber } from "../flags.ts";
import { printAnswer } from "../output/print.ts";
import { readPayload } from "./payload.ts";

interface EnqueueFlags {
  readonly priority: "high" | "normal" | "low";
  readonly agent?: string;
  readonly delay?: string;
  readonly runAt?: Date;
  readonly maxAttempts?: number;
  readonly id?: string;
  readonly lease?: string;
}

export const registerEnqueue: Register = (parent, context) => {
  const command = parent
    .command("enqueue")
    .summary("enqueue one job")
    .description("Enqueues one job and prints its id once a majority of the nodes has it on disk.")
    .argument("<queue>", "the queue's name")
    .argument("[data]", "the payload: text, @FILE for a file's bytes, - for stdin; by custom JSON")
    .addOption(
      new Option("--priority <PRIORITY>", "strict within the queue")
        .choices(["high", "normal", "low"])
        .default("normal"),
    )
    .option("--agent <NAME>", "the key that breakers and limits will use")
    .option("--delay <DURATION>", "not before this long from now")
    .option("--run-at <TIME>", "not before this time: ISO, or ms since the epoch", pointInTime)
    .option("--max-attempts <COUNT>", "attempts in all, the first included (default: 5)", wholeNumber(1))
    .option("--id <ID>", "the same id is the same job: a repeated enqueue changes nothing")
    .option("--lease <DURATION>", "how long a claim lives without a renewal (default: 30s)");
  addOutputFlag(addClientFlags(command));
  command.action(async (queue: string, data: string | undefined, flags: EnqueueFlags & ReadingFlags) => {
    await runCommand(context, async (signal) => {
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

function jobOptions(flags: EnqueueFlags): JobOptions<Uint8Array> {
  return {
    priority: flags.priority,
    agent: flags.agent,
    delay: flags.delay,
    runAt: flags.runAt,
    retry: flags.maxAttempts === undefined ? undefined : { maxAttempts: flags.maxAttempts },
    id: flags.id,
    lease: flags.lease,
  };
}
