import type { Command } from "commander";
import type { Cluster, QueueSettings } from "../../client/index.ts";
import { addByWhomFlags, type ByWhomFlags, byWhomOf } from "../byWhom.ts";
import { withCluster } from "../connection.ts";
import { type CliContext, type Register, runCommand } from "../context.ts";
import {
  addClientFlags,
  addConsistencyFlags,
  addOutputFlag,
  type ConsistencyFlags,
  type ReadingFlags,
  readOptions,
} from "../flags.ts";
import { printAnswer } from "../output/print.ts";
import { registerPurge } from "./purge.ts";
import { queueAnswer, queuesAnswer, settingsAnswer } from "./queueAnswer.ts";
import { registerSet } from "./set.ts";

type Switch = (cluster: Cluster, queue: string, options: object) => Promise<QueueSettings>;

const switches: readonly (readonly [name: string, description: string, run: Switch])[] = [
  [
    "pause",
    "Hands nothing out of a queue any more, until it is resumed; what runs goes on.",
    (cluster, queue, options) => cluster.queues.pause(queue, options),
  ],
  [
    "resume",
    "Hands out of a paused queue again.",
    (cluster, queue, options) => cluster.queues.resume(queue, options),
  ],
  [
    "close",
    "Takes nothing into a queue any more, until it is opened; what is in it is worked off.",
    (cluster, queue, options) => cluster.queues.close(queue, options),
  ],
  [
    "open",
    "Takes jobs into a closed queue again.",
    (cluster, queue, options) => cluster.queues.open(queue, options),
  ],
];

/** `conclave queue ...`: settings of queues. */
export const registerQueue: Register = (parent, context) => {
  const queue = parent
    .command("queue")
    .summary("limits of queues; pause, close and drain them")
    .description("Shows and changes the settings of queues.");
  registerList(queue, context);
  registerShow(queue, context);
  registerSet(queue, context);
  registerPurge(queue, context);
  for (const each of switches) registerSwitch(queue, context, each);
  registerDrain(queue, context);
};

function registerList(parent: Command, context: CliContext): void {
  const command = parent
    .command("list")
    .summary("list queues")
    .description("Lists the queues that have jobs or settings.");
  addConsistencyFlags(addOutputFlag(addClientFlags(command)));
  command.action(async (flags: ConsistencyFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const queues = await cluster.queues.list({ ...limits, ...readOptions(flags) });
        printAnswer(context.io, flags.output, queuesAnswer(queues));
      }),
    );
  });
}

function registerShow(parent: Command, context: CliContext): void {
  const command = parent
    .command("show")
    .summary("show one queue")
    .description("Shows the settings and the counts of one queue.")
    .argument("<queue>", "the queue's name");
  addConsistencyFlags(addOutputFlag(addClientFlags(command)));
  command.action(async (name: string, flags: ConsistencyFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const overview = await cluster.queues.get(name, { ...limits, ...readOptions(flags) });
        printAnswer(context.io, flags.output, queueAnswer(overview));
      }),
    );
  });
}

function registerSwitch(
  parent: Command,
  context: CliContext,
  [name, description, run]: (typeof switches)[number],
): void {
  const command = parent
    .command(name)
    .summary(`${name} a queue`)
    .description(description)
    .argument("<queue>", "the queue's name");
  addOutputFlag(addClientFlags(addByWhomFlags(command)));
  command.action(async (queue: string, flags: ReadingFlags & ByWhomFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const settings = await run(cluster, queue, { ...limits, ...byWhomOf(flags) });
        printAnswer(context.io, flags.output, settingsAnswer(settings));
      }),
    );
  });
}

function registerDrain(parent: Command, context: CliContext): void {
  const command = parent
    .command("drain")
    .summary("close a queue and wait until it is empty")
    .description("Closes a queue and returns when nothing in it waits or runs any more. It stays closed.")
    .argument("<queue>", "the queue's name")
    .option("--for <DURATION>", "no longer than this (default: for as long as it takes)");
  addOutputFlag(addClientFlags(addByWhomFlags(command)));
  command.action(async (queue: string, flags: ReadingFlags & ByWhomFlags & { readonly for?: string }) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster) => {
        let shown = "";
        const overview = await cluster.queues.drain(queue, {
          ...byWhomOf(flags),
          signal,
          timeout: flags.for,
          onProgress: ({ ready, scheduled, running, waiting }) => {
            const left = ready.high + ready.normal + ready.low + scheduled + waiting;
            const line = `${left} to do, ${running} running\n`;
            if (line !== shown) context.io.stderr.write(line);
            shown = line;
          },
        });
        printAnswer(context.io, flags.output, queueAnswer(overview));
      }),
    );
  });
}
