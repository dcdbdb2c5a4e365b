import type { Command } from "commander";
import { withCluster } from "../connection.ts";
import { type CliContext, runCommand } from "../context.ts";
import {
  addClientFlags,
  addConsistencyFlags,
  addOutputFlag,
  type ConsistencyFlags,
  readOptions,
} from "../flags.ts";
import { paintFor, plain } from "../output/paint.ts";
import { printAnswer } from "../output/print.ts";
import { membersAnswer } from "./membersAnswer.ts";

/** `conclave node list`: who belongs to the cluster, and how far each member is. */
export function registerList(parent: Command, context: CliContext): void {
  const command = parent
    .command("list")
    .summary("show the members")
    .description(
      "Shows who belongs to the cluster, what each member counts for, and how far it has caught up with the leader.",
    );
  addConsistencyFlags(addOutputFlag(addClientFlags(command)));
  command.action(async (flags: ConsistencyFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const members = await cluster.members({ ...limits, ...readOptions(flags) });
        const paint = flags.output === "table" ? paintFor(context.io.stdout, context.io.env) : plain;
        printAnswer(context.io, flags.output, membersAnswer(members, paint));
      }),
    );
  });
}
