import { bytesCodec, type Job, type ProgressView } from "../../client/index.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import {
  addClientFlags,
  addConsistencyFlags,
  addOutputFlag,
  type ConsistencyFlags,
  readOptions,
} from "../flags.ts";
import { type Answer, humanMs, humanTime, printAnswer } from "../output/print.ts";
import { printableBytes, shownBytes } from "./printableBytes.ts";

export const registerGet: Register = (parent, context) => {
  const command = parent
    .command("get")
    .summary("show one job")
    .description("Shows one job: its state, claim, progress, history, payload and result.")
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
  const { data, result, checkpoint, dependencies, ...rest } = job;
  return {
    json: {
      ...rest,
      checkpoint: checkpoint && { ...checkpoint, bytes: undefined, ...printableBytes(checkpoint.bytes) },
      dependencies: dependencies.map(({ result: handed, ...each }) => ({
        ...each,
        result: handed && printableBytes(handed),
      })),
      data: printableBytes(data),
      result: result === undefined ? null : printableBytes(result),
    },
    columns: [{ title: "FIELD" }, { title: "VALUE" }],
    rows: [
      ["id", job.id],
      ["queue", job.queue],
      ["priority", job.priority],
      ["agent", job.agent === "" ? "-" : job.agent],
      ...(job.key === "" ? [] : [["key", job.key]]),
      ...(job.tags.length === 0 ? [] : [["tags", job.tags.join(", ")]]),
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
      ...moreRows(job),
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

/** What most jobs do not have. */
function moreRows({ dedup, timeouts, progress, checkpoint, dependencies, onFailure }: Job): string[][] {
  const bounds = [
    ["in queue", timeouts.queueMs],
    ["per attempt", timeouts.attemptMs],
    ["in all", timeouts.totalMs],
  ] as const;
  const set = bounds.filter(([, ms]) => ms > 0).map(([name, ms]) => `${humanMs(ms)} ${name}`);
  return [
    ...(dedup === undefined ? [] : [["dedup key", `${dedup.key} (${dedup.mode})`]]),
    ...(set.length === 0 ? [] : [["timeouts", set.join(", ")]]),
    ...(progress === undefined ? [] : [["progress", progressText(progress)]]),
    ...(checkpoint === undefined
      ? []
      : [
          [
            "checkpoint",
            `${checkpoint.bytes.length} bytes of ${humanTime(checkpoint.atMs)}, token ${checkpoint.token}`,
          ],
        ]),
    ...dependencies.map(({ id, state, reason }) => [
      "waits for",
      `${id}: ${state ?? "not ended"}${reason === "" ? "" : `: ${reason}`}`,
    ]),
    ...(onFailure === undefined ? [] : [["when one fails", onFailure]]),
  ];
}

function progressText({ percent, note, atMs }: ProgressView): string {
  const parts = [...(percent === undefined ? [] : [`${percent} %`]), ...(note === "" ? [] : [note])];
  return `${parts.join(", ")} at ${humanTime(atMs)}`;
}
