import type { Why } from "../../client/index.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import {
  addClientFlags,
  addConsistencyFlags,
  addOutputFlag,
  type ConsistencyFlags,
  readOptions,
} from "../flags.ts";
import { type Answer, humanTime, printAnswer } from "../output/print.ts";

export const registerWhy: Register = (parent, context) => {
  const command = parent
    .command("why")
    .summary("why a job is not running")
    .description("Tells everything that keeps a job from running, or that it runs, or how it ended.")
    .argument("<id>", "the job's id");
  addConsistencyFlags(addOutputFlag(addClientFlags(command)));
  command.action(async (id: string, flags: ConsistencyFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        printAnswer(
          context.io,
          flags.output,
          answer(await cluster.jobs.why(id, { ...limits, ...readOptions(flags) })),
        );
      }),
    );
  });
};

function answer(why: Why): Answer {
  const { id, state, reasons } = why;
  return {
    json: why,
    columns: [{ title: "REASON" }, { title: "UNTIL" }, { title: "WHAT" }],
    rows: reasons.map(({ code, text, untilMs, ids }) => [
      code,
      humanTime(untilMs ?? 0),
      ids.length === 0 ? text : `${text}: ${ids.slice(0, 5).join(", ")}${ids.length > 5 ? ", ..." : ""}`,
    ]),
    note: reasons.length === 0 ? `${id} is ${state}, and next` : `${id} is ${state}`,
  };
}
