import type { Command } from "commander";
import {
  type Cluster,
  ConclaveError,
  type JobSelection,
  type Managed,
  type ManageOptions,
} from "../../client/index.ts";
import { addByWhomFlags, type ByWhomFlags, byWhomOf } from "../byWhom.ts";
import { withCluster } from "../connection.ts";
import { type CliContext, type Register, runCommand } from "../context.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "../exitCodes.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags } from "../flags.ts";
import { printAnswer } from "../output/print.ts";
import { addFilterFlags, type FilterFlags, filterOf, isEmpty } from "./filterFlags.ts";
import { managedAnswer } from "./managedAnswer.ts";

interface ManageFlags extends ReadingFlags, FilterFlags, ByWhomFlags {
  readonly dryRun?: boolean;
  readonly cursor?: string;
  readonly reason?: string;
}

interface Act {
  readonly name: "cancel" | "retry" | "redrive" | "delete";
  readonly summary: string;
  readonly description: string;
  readonly run: (cluster: Cluster, jobs: JobSelection, options: ManageOptions) => Promise<Managed>;
}

const acts: readonly Act[] = [
  {
    name: "cancel",
    summary: "cancel jobs",
    description: "Ends waiting jobs at once; a running one's worker is told.",
    run: (cluster, jobs, options) => cluster.jobs.cancelAll(jobs, options),
  },
  {
    name: "retry",
    summary: "let scheduled jobs run now",
    description: "Makes jobs ready that wait for their time or their next attempt.",
    run: (cluster, jobs, options) => cluster.jobs.runNow(jobs, options),
  },
  {
    name: "redrive",
    summary: "let dead and cancelled jobs begin anew",
    description: "Makes dead and cancelled jobs begin anew, with all their attempts.",
    run: (cluster, jobs, options) => cluster.jobs.redrive(jobs, options),
  },
  {
    name: "delete",
    summary: "forget jobs that do not run",
    description: "Forgets jobs that do not run, and their ids with them.",
    run: (cluster, jobs, options) => cluster.jobs.delete(jobs, options),
  },
];

const howToChoose =
  " Name jobs by their ids, or all that fit with --queue and the like. The exit code is the first refused job's; by a " +
  "filter, jobs that have gone on meanwhile are left as they are, which is no error.";

export const registerManage: Register = (parent, context) => {
  for (const act of acts) registerAct(parent, context, act);
};

function registerAct(parent: Command, context: CliContext, act: Act): void {
  const command = parent
    .command(act.name)
    .summary(act.summary)
    .description(act.description + howToChoose)
    .argument("[id...]", "the jobs' ids");
  addFilterFlags(command)
    .option("--dry-run", "do nothing, and show what would be done")
    .option("--cursor <CURSOR>", "with a filter: go on where an earlier run was stopped");
  addByWhomFlags(command);
  if (act.name === "cancel") command.option("--reason <TEXT>", "the same as --why: kept with the jobs");
  addOutputFlag(addClientFlags(command));
  command.action(async (ids: string[], flags: ManageFlags) => {
    const selection = selectionOf(ids, flags);
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const { by, why } = byWhomOf(flags);
        const { cursor, dryRun, reason } = flags;
        const managed = await act.run(cluster, selection, {
          ...limits,
          by,
          why: why ?? reason,
          cursor,
          dryRun,
          onProgress: (sum) => tellCursor(context, flags, sum),
        });
        printAnswer(context.io, flags.output, managedAnswer(act.name, managed, dryRun === true));
        return ids.length > 0 ? exitCodeOfAll(managed) : exitCodes.ok;
      }),
    );
  });
}

function selectionOf(ids: readonly string[], flags: ManageFlags): JobSelection {
  const filter = filterOf(flags);
  if (ids.length > 0 && isEmpty(filter)) return ids;
  const problem =
    ids.length > 0
      ? "ids and a filter are both given: name jobs, or say which ones fit"
      : "name jobs by their ids, or give a filter: --queue, --state, --agent, --tag, --key, --since, --before";
  if (ids.length > 0 || isEmpty(filter)) throw new ConclaveError("INVALID_ARGUMENT", problem);
  return filter;
}

/** Of many slices each may be the last that is reached. */
function tellCursor(context: CliContext, flags: ManageFlags, { done, cursor }: Managed): void {
  if (cursor === undefined || flags.dryRun === true) return;
  context.io.stderr.write(`${done} so far; should it be stopped, go on with --cursor ${cursor}\n`);
}

function exitCodeOfAll({ jobs }: Managed): ExitCode {
  const refused = jobs.find(({ error }) => error !== undefined);
  return refused === undefined ? exitCodes.ok : exitCodeOf(refused.error);
}
