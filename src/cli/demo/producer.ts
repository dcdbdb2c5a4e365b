import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../../client/index.ts";
import { type DemoJob, demoQueue } from "./corpus.ts";

/** Short, so that the jobs of a killed worker are back within seconds. */
const demoLease = "5s";
/** The hopeless job shall be dead within seconds as well. */
export const hopelessAttempts = 3;

const batchSize = 100;
/** Enqueueing keeps only so far ahead of the workers: it is still going on when the leader is killed. */
const ahead = 800;

export interface Producer {
  /** Jobs that the cluster has acknowledged. */
  readonly acknowledged: number;
  readonly finished: Promise<void>;
}

/** Enqueues all jobs in batches, a little ahead of `done()`. */
export function startProducer(
  cluster: Cluster,
  jobs: readonly DemoJob[],
  done: () => number,
  signal: AbortSignal,
): Producer {
  let acknowledged = 0;
  const produce = async (): Promise<void> => {
    for (let from = 0; from < jobs.length; from += batchSize) {
      while (acknowledged - done() > ahead) await delay(10, undefined, { signal });
      const batch = jobs.slice(from, from + batchSize);
      const results = await cluster.jobs.enqueueMany(batch.map(itemOf), { signal, timeout: "60s" });
      for (const { error } of results) if (error !== undefined) throw error;
      acknowledged += results.length;
    }
  };
  return {
    get acknowledged() {
      return acknowledged;
    },
    finished: produce(),
  };
}

function itemOf(job: DemoJob) {
  return {
    queue: demoQueue,
    id: job.id,
    data: job.payload,
    lease: demoLease,
    retry: job.hopeless ? { maxAttempts: hopelessAttempts } : undefined,
  };
}
