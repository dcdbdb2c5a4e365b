import { type Command, Option } from "commander";
import { toMs } from "../../base/duration.ts";
import type { Members, MembershipChange } from "../../client/index.ts";
import { withCluster } from "../connection.ts";
import { type CliContext, runCommand } from "../context.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags } from "../flags.ts";
import { paintFor, plain } from "../output/paint.ts";
import { printAnswer } from "../output/print.ts";
import { membersAnswer } from "./membersAnswer.ts";
import { type Wait, waitForMember } from "./waitFor.ts";

export interface ChangeFlags extends ReadingFlags {
  readonly force?: boolean;
  readonly wait?: boolean;
  readonly for?: string;
}

/** Flags of every command that changes who belongs to the cluster. */
export function addChangeFlags(command: Command): Command {
  command.option("--force", "even if too few voters of the new membership answer at the moment");
  return addOutputFlag(addClientFlags(command));
}

/** Of those that can wait: `how` says for what. */
export function addWaitFlags(command: Command, how: string): Command {
  return command
    .option("--wait", how)
    .addOption(
      new Option(
        "--for <DURATION>",
        "wait no longer than this; implies --wait (default: for as long as it takes)",
      ).implies({ wait: true }),
    );
}

export interface Change {
  readonly change: MembershipChange;
  /** Whom to wait for, with --wait. */
  readonly waitFor?: Omit<Wait, "withinMs">;
  /** Wait before the change rather than after it. */
  readonly waitBefore?: boolean;
  /** Said below the table. */
  readonly note?: (members: Members) => string;
}

/** Makes the change, waits if asked to, and prints who belongs to the cluster then. */
export async function runChange(context: CliContext, flags: ChangeFlags, what: Change): Promise<void> {
  await runCommand(context, (signal) =>
    withCluster(flags, signal, async (cluster, limits) => {
      const { change, waitFor, waitBefore = false, note = () => "" } = what;
      const withinMs = flags.for === undefined ? Number.POSITIVE_INFINITY : toMs(flags.for, "--for");
      const waited = async (): Promise<Members | undefined> =>
        flags.wait === true && waitFor !== undefined
          ? await waitForMember(context.io, cluster, { ...waitFor, withinMs }, limits)
          : undefined;
      if (waitBefore) await waited();
      await cluster.changeMembership({ ...change, ...limits, force: flags.force === true });
      const members = (waitBefore ? undefined : await waited()) ?? (await cluster.members(limits));
      const paint = flags.output === "table" ? paintFor(context.io.stdout, context.io.env) : plain;
      printAnswer(context.io, flags.output, membersAnswer(members, paint, note(members)));
    }),
  );
}
