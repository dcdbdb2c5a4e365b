import { Option } from "commander";
import type { Cluster, JobSummary } from "../../client/index.ts";
import { type CallLimits, withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import {
  addClientFlags,
  addConsistencyFlags,
  addOutputFlag,
  type ConsistencyFlags,
  readOptions,
  wholeNumber,
} from "../flags.ts";
import { type Answer, humanTime, printAnswer } from "../output/print.ts";
import { addFilterFlags, type FilterFlags, filterOf } from "./filterFlags.ts";

interface ListFlags extends ConsistencyFlags, FilterFlags {
  readonly limit: number;
  readonly after?: string;
  readonly all?: boolean;
}

/** Most jobs that one page may hold; see proto/conclave/v1/jobs.proto. */
const pageSize = 1000;

export const registerList: Register = (parent, context) => {
  const command = parent
    .command("list")
    .summary("list jobs")
    .description("Lists jobs in the order of enqueueing, without payloads and results.");
  addFilterFlags(command)
    .option("--after <ID>", "only those after this job: where a list before ended")
    .option("--limit <COUNT>", "at most so many", wholeNumber(1), 100)
    .addOption(new Option("--all", "all of them, page by page").conflicts("limit"));
  addConsistencyFlags(addOutputFlag(addClientFlags(command)));
  command.action(async (flags: ListFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        printAnswer(context.io, flags.output, listAnswer(await readJobs(cluster, flags, limits)));
      }),
    );
  });
};

interface Listed {
  readonly jobs: readonly JobSummary[];
  readonly more: boolean;
}

async function readJobs(cluster: Cluster, flags: ListFlags, limits: CallLimits): Promise<Listed> {
  const wanted = flags.all === true ? Number.POSITIVE_INFINITY : flags.limit;
  const jobs: JobSummary[] = [];
  const filter = {
    ...filterOf(flags),
    after: flags.after,
    limit: Math.min(wanted, pageSize),
  };
  for await (const page of cluster.jobs.list(filter, { ...limits, ...readOptions(flags) })) {
    jobs.push(...page.jobs);
    if (jobs.length >= wanted) {
      return { jobs: jobs.slice(0, wanted), more: page.after !== undefined || jobs.length > wanted };
    }
  }
  return { jobs, more: false };
}

function listAnswer({ jobs, more }: Listed): Answer {
  const count = `${jobs.length} ${jobs.length === 1 ? "job" : "jobs"}`;
  return {
    json: { jobs, more, after: more ? jobs.at(-1)?.id : undefined },
    columns: [
      { title: "ID" },
      { title: "QUEUE" },
      { title: "STATE" },
      { title: "PRIORITY" },
      { title: "ATTEMPT", align: "right" },
      { title: "AGENT" },
      { title: "ENQUEUED" },
      { title: "REASON" },
    ],
    rows: jobs.map((job) => [
      job.id,
      job.queue,
      job.state,
      job.priority,
      `${job.attempt}/${job.maxAttempts}`,
      job.agent === "" ? "-" : job.agent,
      humanTime(job.enqueuedAtMs),
      job.reason === "" ? "-" : job.reason,
    ]),
    note: more
      ? `${count}, and there are more: --limit COUNT, --all, or --after ${jobs.at(-1)?.id ?? ""}`
      : count,
  };
}
