import { type ConclaveError, connect } from "../../client/index.ts";
import { type Register, runCommand } from "../context.ts";
import { wholeNumber } from "../flags.ts";
import { fired } from "../interruption.ts";
import { whenParentGone } from "../processes/whenParentGone.ts";
import { type DemoPayload, demoQueue } from "./corpus.ts";
import { computeFacts, type FileFacts } from "./facts.ts";
import { type LedgerLine, LedgerWriter } from "./ledger.ts";

interface DemoWorkerFlags {
  readonly endpoints: string;
  readonly ledger: string;
  readonly workerId: string;
  readonly concurrency: number;
}

/** `conclave demo-worker`: one worker process of the demo, started by it and hidden from the help. */
export const registerDemoWorker: Register = (parent, context) => {
  parent
    .command("demo-worker", { hidden: true })
    .requiredOption("--endpoints <LIST>")
    .requiredOption("--ledger <FILE>")
    .requiredOption("--worker-id <ID>")
    .requiredOption("--concurrency <COUNT>", "", wholeNumber(1))
    .action(async (flags: DemoWorkerFlags) => {
      await runCommand(context, (signal) => runDemoWorker(flags, signal));
    });
};

async function runDemoWorker(flags: DemoWorkerFlags, signal: AbortSignal): Promise<void> {
  using ledger = new LedgerWriter(flags.ledger);
  const parentGone = whenParentGone();
  await using cluster = await connect(flags.endpoints, { signal, timeout: "30s" });
  const worker = cluster.work<DemoPayload, FileFacts>(
    demoQueue,
    {
      concurrency: flags.concurrency,
      workerId: flags.workerId,
      drain: "5s",
      onError: (error, { jobId }) => {
        const line = jobId === undefined ? null : lineFor(jobId, error);
        if (line !== null) ledger.write(line);
      },
    },
    async (job) => {
      if (job.attempt <= job.data.failFirst) throw new Error(`attempt ${job.attempt} fails on purpose`);
      const facts = await computeFacts(job.data.path, job.signal);
      // From here to the sending of the completion the event loop does not turn: what is written is sent.
      job.signal.throwIfAborted();
      ledger.write({ type: "sent", job: job.id, token: job.fencingToken, attempt: job.attempt });
      return facts;
    },
  );
  await Promise.race([fired(signal), parentGone, worker.closed]);
  await worker.stop();
  ledger.write({ type: "closed" });
}

/** What became of a completion that was not accepted; null for errors of the connection or of a renewal. */
function lineFor(job: string, { code }: ConclaveError): LedgerLine | null {
  if (code === "STALE_TOKEN" || code === "JOB_TERMINAL" || code === "NOT_FOUND")
    return { type: "refused", job, code };
  return code === "OUTCOME_UNKNOWN" ? { type: "unanswered", job } : null;
}
