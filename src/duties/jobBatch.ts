import { ConclaveError } from "../base/errors.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import { asFailure } from "./pollFailure.ts";
import type { PollTelemetry } from "./sourceTypes.ts";
import type { DutyEnqueued } from "./types.ts";

/** Jobs of one enqueue: well below what one request may hold, in number and in bytes. */
const maxBatch = 200;
const maxBatchBytes = 256 * 1024;
export interface JobBatchOptions {
  readonly settings: { readonly name: string };
  readonly signal: AbortSignal;
  readonly enqueue: (jobs: readonly JobSpec[]) => Promise<readonly DutyEnqueued[]>;
  readonly telemetry: PollTelemetry;
}

/** Jobs on their way into the log, as many at a time as one entry may well carry. */
export class JobBatch {
  /** Of all jobs that were added. */
  count = 0;
  /** Of those that are in the log by now, new ones. */
  created = 0;
  readonly ids: string[] = [];
  /** Why items that looked like jobs were not taken: the node's own bounds may be narrower. */
  readonly refusals: string[] = [];
  readonly #options: JobBatchOptions;
  #jobs: { readonly item: string; readonly job: JobSpec }[] = [];
  #bytes = 0;
  #why = "";

  constructor(options: JobBatchOptions) {
    this.#options = options;
  }

  async add(item: string, job: JobSpec): Promise<void> {
    const bytes = job.payload?.length ?? 0;
    if (this.#jobs.length >= maxBatch || this.#bytes + bytes > maxBatchBytes) await this.flush();
    this.#jobs.push({ item, job });
    this.#bytes += bytes;
    this.count++;
  }

  async flush(): Promise<void> {
    const jobs = this.#jobs;
    this.#jobs = [];
    this.#bytes = 0;
    if (jobs.length === 0 || (await this.#enqueue(jobs))) return;
    // One of them spoils the request that it shares with the others.
    for (const job of jobs) if (!(await this.#enqueue([job]))) this.#refused(job);
  }

  #refused({ item }: { readonly item: string }): void {
    this.count--;
    this.refusals.push(`item ${item}: ${this.#why}`);
  }

  /** False when the request was refused for what is in it: nothing was done then. */
  async #enqueue(jobs: readonly { readonly item: string; readonly job: JobSpec }[]): Promise<boolean> {
    const { settings, signal, enqueue, telemetry } = this.#options;
    // Last before the proposal: what is proposed now has its place in this term or none.
    signal.throwIfAborted();
    let results: readonly DutyEnqueued[];
    try {
      results = await enqueue(jobs.map(({ job }) => job));
    } catch (error) {
      if (!isForItsContent(error)) throw asFailure(error, "notEnqueued");
      this.#why = error.message;
      return false;
    }
    const error = results.find((result) => result.error !== undefined)?.error;
    if (error !== undefined) throw asFailure(error, "notEnqueued");
    const existing = results.filter((result) => result.existing).length;
    this.created += results.length - existing;
    for (const { item } of jobs) this.ids.push(item);
    telemetry.items(settings.name, "enqueued", results.length - existing);
    if (existing > 0) telemetry.items(settings.name, "known", existing);
    return true;
  }
}

function isForItsContent(error: unknown): error is ConclaveError {
  return (
    error instanceof ConclaveError &&
    (error.code === "INVALID_ARGUMENT" || error.code === "PAYLOAD_TOO_LARGE")
  );
}
