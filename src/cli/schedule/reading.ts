import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import {
  addClientFlags,
  addConsistencyFlags,
  addOutputFlag,
  type ConsistencyFlags,
  readOptions,
  wholeNumber,
} from "../flags.ts";
import { printAnswer } from "../output/print.ts";
import { listAnswer, scheduleAnswer } from "./scheduleAnswer.ts";

/** `schedule list` and `schedule show`. */
export const registerReading: Register = (parent, context) => {
  const list = parent
    .command("list")
    .summary("list all schedules")
    .description("Lists all schedules by name: when, what is due next, and how often they fired.");
  addConsistencyFlags(addOutputFlag(addClientFlags(list))).action(async (flags: ConsistencyFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const schedules = await cluster.schedules.list({ ...limits, ...readOptions(flags) });
        printAnswer(context.io, flags.output, listAnswer(schedules));
      }),
    );
  });
  const show = parent
    .command("show")
    .summary("show one schedule")
    .description("Shows one schedule: what it does, who put and paused it, what it did and what is due next.")
    .argument("<name>", "the schedule's name")
    .option("--count <COUNT>", "so many of the next due times", wholeNumber(0), 5);
  addConsistencyFlags(addOutputFlag(addClientFlags(show))).action(
    async (name: string, flags: ConsistencyFlags & { readonly count: number }) => {
      await runCommand(context, (signal) =>
        withCluster(flags, signal, async (cluster, limits) => {
          const options = { ...limits, ...readOptions(flags), upcoming: flags.count };
          printAnswer(context.io, flags.output, scheduleAnswer(await cluster.schedules.get(name, options)));
        }),
      );
    },
  );
};
