import { ConclaveError } from "../../base/errors.ts";
import { addByFlag, whoever } from "../byWhom.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags } from "../flags.ts";
import { printAnswer } from "../output/print.ts";
import { scheduleAnswer } from "./scheduleAnswer.ts";

interface ByHandFlags extends ReadingFlags {
  readonly by?: string;
  readonly why?: string;
}

/** `schedule pause`, `resume`, `run` and `delete`. */
export const registerByHand: Register = (parent, context) => {
  const command = (name: string, summary: string, description: string) =>
    parent.command(name).summary(summary).description(description).argument("<name>", "the schedule's name");

  const pause = command("pause", "stop firing for a while", "Nothing is due until it is resumed.");
  addOutputFlag(addClientFlags(addByFlag(pause).option("--why <TEXT>", "shown with the schedule")));
  pause.action(async (name: string, { by, why, ...flags }: ByHandFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const schedule = await cluster.schedules.pause(name, { ...limits, by: whoever(by), why });
        printAnswer(context.io, flags.output, scheduleAnswer(schedule));
      }),
    );
  });

  const resume = command(
    "resume",
    "fire again from now on",
    "What passed while it was paused is not made up for.",
  );
  addOutputFlag(addClientFlags(addByFlag(resume)));
  resume.action(async (name: string, { by, ...flags }: ByHandFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const schedule = await cluster.schedules.resume(name, { ...limits, by: whoever(by) });
        printAnswer(context.io, flags.output, scheduleAnswer(schedule));
      }),
    );
  });

  const runNow = command(
    "run",
    "one job more, at once",
    "Enqueues one job more, whatever the overlap policy says.",
  );
  addOutputFlag(addClientFlags(runNow.option("--id <ID>", "of the job: the same id is the same job")));
  runNow.action(async (name: string, { id, ...flags }: ReadingFlags & { readonly id?: string }) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const job = await cluster.schedules.runNow(name, { ...limits, id });
        printAnswer(context.io, flags.output, {
          json: job,
          columns: [{ title: "ID" }, { title: "STATE" }, { title: "EXISTING" }],
          rows: [[job.id, job.state, job.existing ? "yes" : "no"]],
        });
      }),
    );
  });

  const remove = command(
    "delete",
    "delete a schedule",
    "Deletes a schedule; jobs that it has enqueued go on.",
  );
  addOutputFlag(addClientFlags(remove)).action(async (name: string, flags: ReadingFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        if (!(await cluster.schedules.delete(name, limits))) {
          throw new ConclaveError("NOT_FOUND", `there is no schedule ${name}`);
        }
        printAnswer(context.io, flags.output, {
          json: { name, deleted: true },
          columns: [{ title: "NAME" }, { title: "DELETED" }],
          rows: [[name, "yes"]],
        });
      }),
    );
  });
};
