import { bytesCodec, type Job } from "../../client/index.ts";
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
import { printableBytes, shownBytes } from "./printableBytes.ts";

export const registerGet: Register = (parent, context) => {
  const command = parent
    .command("get")
    .summary("show one job")
    .description("Shows one job: its state, claim, history, payload and result.")
    .argument("<id>", "the job's id");
  addConsistencyFlags(addOutputFlag(addClientFlags(command)));
  command.action(async (id: string, flags: ConsistencyFlags) => {
    await runCommand(context, (signal) =>
      withCluster(flags, signal, async (cluster, limits) => {
        const job = await cluster.jobs.get<Uint8Array, Uint8Array>(id, {
          ...limits,
          ...readOptions(flags),
          codec: bytesCodec,
          resultCodec: bytesCodec,
        });
        printAnswer(context.io, flags.output, jobAnswer(job));
      }),
    );
  });
};

function jobAnswer(job: Job<Uint8Array, Uint8Array>): Answer {
  const { data, result, ...rest } = job;
  return {
    json: {
      ...rest,
      data: printableBytes(data),
      result: result === undefined ? null : printableBytes(result),
    },
    columns: [{ title: "FIELD" }, { title: "VALUE" }],
    rows: [
      ["id", job.id],
      ["queue", job.queue],
      ["priority", job.priority],
      ["agent", job.agent === "" ? "-" : job.agent],
      ["state", job.state],
      ...(job.reason === "" ? [] : [["reason", job.reason]]),
      ...(job.cancelRequested ? [["cancel requested", "yes"]] : []),
      ["attempt", `${job.attempt} of ${job.maxAttempts}`],
      ["enqueued", humanTime(job.enqueuedAtMs)],
      ...(job.dueAtMs === undefined ? [] : [["due", humanTime(job.dueAtMs)]]),
      ...(job.finishedAtMs === undefined ? [] : [["finished", humanTime(job.finishedAtMs)]]),
      ...(job.claim === undefined
        ? []
        : [
            [
              "claim",
              `token ${job.claim.token} by ${job.claim.workerId} until ${humanTime(job.claim.expiresAtMs)}`,
            ],
          ]),
      ...job.history.map((attempt) => [
        `attempt ${attempt.attempt}`,
        `${attempt.end} ${humanTime(attempt.endedAtMs)} by ${attempt.workerId}` +
          (attempt.error === "" ? "" : `: ${attempt.error}`),
      ]),
      ["data", shownBytes(data)],
      ...(result === undefined ? [] : [["result", shownBytes(result)]]),
    ],
  };
}
