import type { LogIndex } from "../base/brands.ts";
import type { Stretches } from "../base/stretches.ts";
import { mergeBatches } from "./mergeBatches.ts";
import type { Compacted } from "./storedValues.ts";
import type { DurableBatch } from "./types.ts";

export type LogJob =
  | { readonly type: "write"; readonly batch: DurableBatch }
  | { readonly type: "compact"; readonly through: LogIndex; readonly stretches: Stretches | undefined }
  | { readonly type: "install"; readonly snapshot: Compacted; readonly generation: number };

interface Waiting {
  readonly job: LogJob;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Carries out the log's writes, compactions and installs one at a time in the order of the calls; writes that wait
 * together become one (group commit without a timer).
 */
export class LogJobs {
  readonly #run: (job: LogJob) => Promise<void>;
  readonly #waiting: Waiting[] = [];
  #working: Promise<void> | null = null;

  constructor(run: (job: LogJob) => Promise<void>) {
    this.#run = run;
  }

  /** Settles as the run that included the job did. */
  add(job: LogJob): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  /** Resolves when nothing is left to do. */
  async drained(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // Lets the rest of the turn add its jobs.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const taken = this.#take();
      try {
        await this.#run(merged(taken));
        for (const waiting of taken) waiting.resolve();
      } catch (error) {
        for (const waiting of taken) waiting.reject(error);
      }
    }
    this.#working = null;
  }

  /** All writes at the head of the queue, or the one job there that is none. */
  #take(): readonly Waiting[] {
    const other = this.#waiting.findIndex(({ job }) => job.type !== "write");
    return this.#waiting.splice(0, other === -1 ? this.#waiting.length : Math.max(1, other));
  }
}

function merged(taken: readonly Waiting[]): LogJob {
  const batches: DurableBatch[] = [];
  for (const { job } of taken) {
    if (job.type !== "write") return job;
    batches.push(job.batch);
  }
  return { type: "write", batch: mergeBatches(batches) };
}
