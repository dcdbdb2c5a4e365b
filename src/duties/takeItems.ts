import { setImmediate as nextTurn } from "node:timers/promises";
import { jobOf, nameItem } from "./items.ts";
import { JobBatch, type JobBatchOptions } from "./jobBatch.ts";
import type { SourceSettings } from "./sourceTypes.ts";

/** Items looked at in one turn of the event loop: heartbeats have to go out meanwhile. */
const itemsPerTurn = 200;

export interface TakeItemsOptions extends JobBatchOptions {
  readonly settings: SourceSettings;
  readonly jobExists: (id: string) => boolean;
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
  const batch = new JobBatch(options);
  const known: string[] = [];
  const refusals: string[] = [];
  let cursor = "";
  let isWhole = true;
  for (const [index, given] of items.entries()) {
    if (index % itemsPerTurn === itemsPerTurn - 1) await nextTurn();
    const item = nameItem(settings, given);
    if ("refused" in item) refusals.push(`number ${index}: ${item.refused}`);
    else if (jobExists(item.jobId)) known.push(item.id);
    else {
      const job = jobOf(settings, given, item);
      isWhole = typeof job === "string" || batch.count < settings.maxItems;
      if (!isWhole) break;
      if (typeof job === "string") refusals.push(`number ${index}: ${job}`);
      else await batch.add(item.id, job);
    }
    cursor = item.cursor || cursor;
  }
  await batch.flush();
  signal.throwIfAborted();
  // Not `push`, which takes no more than a call may have arguments: a function may well return that many.
  const refused = [...refusals, ...batch.refusals];
  if (known.length > 0) telemetry.items(settings.name, "known", known.length);
  if (refused.length > 0) telemetry.items(settings.name, "refused", refused.length);
  return { ids: [...known, ...batch.ids], cursor, refusals: refused, enqueued: batch.created, isWhole };
}
