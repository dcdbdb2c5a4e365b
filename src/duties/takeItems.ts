import { setImmediate as nextTurn } from "node:timers/promises";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import { jobOf, nameItem } from "./items.ts";
import { asFailure } from "./pollFailure.ts";
import type { PollTelemetry, SourceSettings } from "./sourceTypes.ts";
import type { DutyEnqueued } from "./types.ts";

/** Jobs of one enqueue: well below what one request may hold, in number and in bytes. */
const maxBatch = 200;
const maxBatchBytes = 256 * 1024;
/** Items looked at in one turn of the event loop: heartbeats have to go out meanwhile. */
const itemsPerTurn = 200;

export interface TakeItemsOptions {
  readonly settings: SourceSettings;
  readonly signal: AbortSignal;
  readonly jobExists: (id: string) => boolean;
  readonly enqueue: (jobs: readonly JobSpec[]) => Promise<readonly DutyEnqueued[]>;
  readonly telemetry: PollTelemetry;
}

export interface TakenItems {
  /** Of all items that are durably jobs now, those that were before among them. */
  readonly ids: readonly string[];
  /** Of the last item looked at that has one; "" for none. */
  readonly cursor: string;
  readonly refusals: readonly string[];
  /** New ones: not those that turned out to be there when they were applied. */
  readonly enqueued: number;
  /** No item was left for the next poll. */
  readonly isWhole: boolean;
}

/**
 * Makes jobs of items, in their order, until as many are new as one poll may bring. What is a job already costs the log
 * nothing. Rejects with PollFailure when jobs were not accepted, and with the signal's reason; some may be jobs then.
 */
export async function takeItems(items: readonly unknown[], options: TakeItemsOptions): Promise<TakenItems> {
  const { settings, signal, jobExists, telemetry } = options;
  const batch = new Batch(options);
  const ids: string[] = [];
  const refusals: string[] = [];
  let cursor = "";
  let known = 0;
  let isWhole = true;
  for (const [index, given] of items.entries()) {
    if (index % itemsPerTurn === itemsPerTurn - 1) await nextTurn();
    const item = nameItem(settings, given);
    if ("refused" in item) refusals.push(`number ${index}: ${item.refused}`);
    else if (jobExists(item.jobId)) {
      known++;
      ids.push(item.id);
    } else {
      const job = jobOf(settings, given, item);
      isWhole = typeof job === "string" || batch.count < settings.maxItems;
      if (!isWhole) break;
      if (typeof job === "string") refusals.push(`number ${index}: ${job}`);
      else {
        await batch.add(job);
        ids.push(item.id);
      }
    }
    cursor = item.cursor || cursor;
  }
  await batch.flush();
  signal.throwIfAborted();
  if (known > 0) telemetry.items(settings.name, "known", known);
  if (refusals.length > 0) telemetry.items(settings.name, "refused", refusals.length);
  return { ids, cursor, refusals, enqueued: batch.created, isWhole };
}

/** Jobs on their way into the log, as many at a time as one entry may well carry. */
class Batch {
  /** Of all jobs that were added. */
  count = 0;
  /** Of those that are in the log by now, new ones. */
  created = 0;
  readonly #options: TakeItemsOptions;
  #jobs: JobSpec[] = [];
  #bytes = 0;

  constructor(options: TakeItemsOptions) {
    this.#options = options;
  }

  async add(job: JobSpec): Promise<void> {
    const bytes = job.payload?.length ?? 0;
    if (this.#jobs.length >= maxBatch || this.#bytes + bytes > maxBatchBytes) await this.flush();
    this.#jobs.push(job);
    this.#bytes += bytes;
    this.count++;
  }

  async flush(): Promise<void> {
    const { settings, signal, enqueue, telemetry } = this.#options;
    const jobs = this.#jobs;
    if (jobs.length === 0) return;
    this.#jobs = [];
    this.#bytes = 0;
    // Last before the proposal: what is proposed now has its place in this term or none.
    signal.throwIfAborted();
    let results: readonly DutyEnqueued[];
    try {
      results = await enqueue(jobs);
    } catch (error) {
      throw asFailure(error, "notEnqueued");
    }
    const existing = results.filter((result) => result.existing).length;
    this.created += results.length - existing;
    telemetry.items(settings.name, "enqueued", results.length - existing);
    if (existing > 0) telemetry.items(settings.name, "known", existing);
  }
}
