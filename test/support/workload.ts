import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, ConclaveError, type Worker } from "../../src/client/index.ts";

/** What an outside observer knows of the jobs: what was acknowledged, and whose completion was accepted. */
export interface Observations {
  readonly acknowledged: Set<string>;
  /** Every run of the handler, by job: the tokens under which it ran. */
  readonly runs: Map<string, number[]>;
  readonly errors: ConclaveError[];
  /** The longest that one caller waited for an acknowledgement; a test may set it back to 0. */
  longestWaitMs: number;
}

export interface Producer extends AsyncDisposable {
  readonly seen: Observations;
  /** Ends the load and waits for the calls under way. */
  stop(): Promise<void>;
}

/**
 * `concurrency` callers that each enqueue one job after another until told to stop, with `paceMs` between two: a test
 * that looks at every job in the end must not make more than retention keeps.
 */
export function produce(
  cluster: Cluster,
  queue: string,
  concurrency: number,
  seen: Observations,
  paceMs = 0,
): Producer {
  let stopping = false;
  const caller = async (): Promise<void> => {
    while (!stopping) {
      const startedAt = performance.now();
      try {
        const { id } = await cluster.jobs.enqueue(queue, { at: Date.now() }, { lease: "5s" });
        seen.acknowledged.add(id);
      } catch (error) {
        // A timeout is "unknown", never "absent": such a job may turn up, and counts as neither.
        if (!(error instanceof ConclaveError)) throw error;
        seen.errors.push(error);
      }
      seen.longestWaitMs = Math.max(seen.longestWaitMs, performance.now() - startedAt);
      if (paceMs > 0) await delay(paceMs);
    }
  };
  const callers = Array.from({ length: concurrency }, caller);
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(callers);
  };
  return { seen, stop, [Symbol.asyncDispose]: stop };
}

export function consume(cluster: Cluster, queue: string, concurrency: number, seen: Observations): Worker {
  return cluster.work(queue, { concurrency }, async (job) => {
    const tokens = seen.runs.get(job.id) ?? [];
    tokens.push(job.fencingToken);
    seen.runs.set(job.id, tokens);
    return { token: job.fencingToken };
  });
}

export function observations(): Observations {
  return { acknowledged: new Set(), runs: new Map(), errors: [], longestWaitMs: 0 };
}
