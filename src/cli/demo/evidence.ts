import { type Cluster, ConclaveError } from "../../client/index.ts";
import { CommandFailed } from "../commandFailed.ts";
import { poll } from "../poll.ts";
import type { DemoRecord, Evidence } from "./audit.ts";
import { mapConcurrently } from "./concurrently.ts";
import { type DemoJob, type DemoPayload, demoQueue, stampOf } from "./corpus.ts";
import { type FileFacts, factsDirectly } from "./facts.ts";
import type { FaultReport } from "./faults.ts";
import { readLedgers } from "./ledger.ts";

const readsAtOnce = 64;
const filesAtOnce = 8;
const settleMs = 20_000;

interface EvidenceSources {
  readonly cluster: Cluster;
  readonly jobs: readonly DemoJob[];
  readonly acknowledged: number;
  readonly faults: FaultReport;
  readonly nodes: number;
  /** Where the workers' ledgers are. The workers have stopped. */
  readonly ledgerDir: string;
}

/** Asks the cluster for every job and computes every file anew. */
export async function gatherEvidence(sources: EvidenceSources): Promise<Evidence> {
  const { cluster, jobs, faults } = sources;
  const stats = await cluster.jobs.stats();
  const counts = stats.queues.find((queue) => queue.queue === demoQueue);
  if (counts === undefined) throw new CommandFailed(`the cluster knows no queue ${demoQueue}`);
  const found = await mapConcurrently(jobs, readsAtOnce, (job) => readJob(cluster, job.id));
  const changed = await changedFiles(jobs);
  const intact = jobs.filter((job) => !job.hopeless && !changed.has(job.payload.path));
  const facts = await mapConcurrently(intact, filesAtOnce, async ({ payload }) => {
    return [payload.path, await factsDirectly(payload.path)] as const;
  });
  return {
    jobs,
    acknowledged: sources.acknowledged,
    records: new Map(found.flatMap((record) => (record === undefined ? [] : [[record.id, record] as const]))),
    counts,
    facts: new Map(facts),
    changed,
    ledgers: readLedgers(sources.ledgerDir),
    stateHashes: await settledHashes(cluster, sources.nodes),
    nodes: sources.nodes,
    termBefore: faults.before.term,
    termAfter: faults.after.term,
  };
}

async function changedFiles(jobs: readonly DemoJob[]): Promise<ReadonlySet<string>> {
  const paths = await mapConcurrently(jobs, filesAtOnce, async ({ payload, stamp }) =>
    (await stampOf(payload.path)) === stamp ? [] : [payload.path],
  );
  return new Set(paths.flat());
}

async function readJob(cluster: Cluster, id: string): Promise<DemoRecord | undefined> {
  try {
    return await cluster.jobs.get<DemoPayload, FileFacts>(id);
  } catch (error) {
    if (error instanceof ConclaveError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** The nodes' state hashes once all have applied the same index; what could be had when they do not get there. */
async function settledHashes(cluster: Cluster, nodes: number): Promise<readonly string[]> {
  let latest: readonly { readonly appliedIndex: number; readonly stateHash: string }[] = [];
  await poll(
    async () => {
      const members = await cluster.status();
      latest = members.flatMap(({ status }) => (status === undefined ? [] : [status]));
      return latest.length === nodes && new Set(latest.map((status) => status.appliedIndex)).size === 1;
    },
    { timeoutMs: settleMs, everyMs: 100 },
  );
  return latest.map((status) => status.stateHash);
}
