import type { Stats } from "../../client/index.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import {
  addClientFlags,
  addConsistencyFlags,
  addOutputFlag,
  type ConsistencyFlags,
  readOptions,
} from "../flags.ts";
import { type Answer, printAnswer } from "../output/print.ts";

export const registerStats: Register = (parent, context) => {
  const command = parent
    .command("stats")
    .summary("count jobs by queue and state")
    .description("Counts jobs by queue and state.");
  addConsistencyFlags(addOutputFlag(addClientFlags(command)));
  command.action(async (flags: ConsistencyFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        printAnswer(
          context.io,
          flags.output,
          statsAnswer(await cluster.jobs.stats({ ...limits, ...readOptions(flags) })),
        );
      }),
    );
  });
};

function statsAnswer(stats: Stats): Answer {
  const titles = [
    "HIGH",
    "NORMAL",
    "LOW",
    "SCHEDULED",
    "WAITING",
    "RUNNING",
    "COMPLETED",
    "DEAD",
    "CANCELLED",
  ];
  return {
    json: stats,
    columns: [{ title: "QUEUE" }, ...titles.map((title) => ({ title, align: "right" as const }))],
    rows: stats.queues.map((queue) => [
      queue.queue,
      ...[
        queue.ready.high,
        queue.ready.normal,
        queue.ready.low,
        queue.scheduled,
        queue.waiting,
        queue.running,
        queue.completed,
        queue.dead,
        queue.cancelled,
      ].map(String),
    ]),
    note: `${stats.enqueued} jobs ever enqueued, ${stats.purged} removed by retention since; HIGH, NORMAL and LOW are ready`,
  };
}
