import type { BackupPart } from "../../client/index.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import {
  addClientFlags,
  addConsistencyFlags,
  addOutputFlag,
  type ConsistencyFlags,
  readOptions,
} from "../flags.ts";
import { humanBytes } from "../members/catchUp.ts";
import { type Answer, printAnswer } from "../output/print.ts";
import { type Progress, showProgress } from "../output/progress.ts";
import type { BackupSummary } from "./types.ts";

interface BackupFlags extends ConsistencyFlags {
  readonly force?: boolean;
}

/** `conclave backup`: all that the cluster holds, in one file. */
export const registerBackup: Register = (parent, context) => {
  const command = parent
    .command("backup")
    .summary("write all jobs and their state to a file")
    .description(
      "Writes all that the cluster holds, as of a moment after the call, to a file, while the cluster works on. The file is " +
        "FILE.part until it is whole, synced and verified.",
    )
    .argument("<file>", "where to write it")
    .option("--force", "replace a file that is there");
  addConsistencyFlags(addOutputFlag(addClientFlags(command)));
  command.action(async (file: string, flags: BackupFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        using progress = showProgress(context.io);
        const parts = watched(cluster.backup({ ...limits, ...readOptions(flags) }).parts(), progress);
        const summary = await context.writeBackup(file, parts, { overwrite: flags.force === true, signal });
        printAnswer(context.io, flags.output, backupAnswer(summary));
      }),
    );
  });
};

/** Shows how much has come: never more than the total, in which the lengths between keys and values do not count. */
async function* watched(parts: AsyncIterable<BackupPart>, progress: Progress): AsyncGenerator<BackupPart> {
  let total = 0;
  let bytes = 0;
  for await (const part of parts) {
    total = part.header?.bytes ?? total;
    if (part.chunk) {
      bytes += part.chunk.pairs.length;
      const shown = Math.min(bytes, total);
      progress.update(shown / Math.max(1, total), `${humanBytes(shown)} of ${humanBytes(total)}`);
    }
    yield part;
  }
}

function backupAnswer(summary: BackupSummary): Answer {
  const { path, clusterId, index, term, jobs, fileBytes, digest } = summary;
  return {
    json: summary,
    columns: [{ title: "FIELD" }, { title: "VALUE" }],
    rows: [
      ["file", path],
      ["cluster", clusterId],
      ["index", String(index)],
      ["term", String(term)],
      ["jobs", jobs === null ? "not known: they are of a newer release" : String(jobs)],
      ["bytes", String(fileBytes)],
      ["sha-256", digest],
    ],
  };
}
