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
        const held = new Held();
        using progress = showProgress(context.io);
        const parts = held.watch(cluster.backup({ ...limits, ...readOptions(flags) }).parts(), progress);
        const summary = await context.writeBackup(file, parts, { overwrite: flags.force === true, signal });
        printAnswer(context.io, flags.output, backupAnswer(summary, held.jobs));
      }),
    );
  });
};

/** Counts what a backup holds on its way into the file. */
class Held {
  jobs = 0;
  #bytes = 0;

  async *watch(parts: AsyncIterable<BackupPart>, progress: Progress): AsyncGenerator<BackupPart> {
    let total = 0;
    for await (const part of parts) {
      total = part.header?.bytes ?? total;
      if (part.chunk) this.#count(part.chunk.pairs);
      progress.update(
        Math.min(1, this.#bytes / Math.max(1, total)),
        `${humanBytes(this.#bytes)} of ${humanBytes(total)}`,
      );
      yield part;
    }
  }

  /** Each record lies there as the lengths of key and value, key, value; a job's key begins with "j" (log.proto). */
  #count(pairs: Buffer): void {
    this.#bytes += pairs.length;
    for (let at = 0; at + 8 < pairs.length; ) {
      const length = pairs.readUInt32LE(at) + pairs.readUInt32LE(at + 4);
      if (pairs[at + 8] === 0x6a) this.jobs++;
      at += 8 + length;
    }
  }
}

function backupAnswer(summary: BackupSummary, jobs: number): Answer {
  const { path, clusterId, index, term, fileBytes, digest } = summary;
  return {
    json: { ...summary, jobs },
    columns: [{ title: "FIELD" }, { title: "VALUE" }],
    rows: [
      ["file", path],
      ["cluster", clusterId],
      ["index", String(index)],
      ["term", String(term)],
      ["jobs", String(jobs)],
      ["bytes", String(fileBytes)],
      ["sha-256", digest],
    ],
  };
}
