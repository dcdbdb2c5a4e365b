import type { HandleParts } from "./handle.ts";
import { onAbort } from "./signals.ts";
import { type JobEvent, type JobEventType, type WatchOptions, watchJobs } from "./watch.ts";

/** What a handle's events may be narrowed to. */
export type JobEventOptions = Pick<WatchOptions, "from" | "signal">;

const ends: ReadonlySet<JobEventType> = new Set<JobEventType>(["completed", "dead", "cancelled", "removed"]);

/** How long the last event may follow behind the news that the job has ended. */
const lastEventMs = 2_000;

/**
 * A job's events until it has ended. That it ends is heard from `Wait` as well, for it may have ended before the first event
 * was asked for, and then no further one comes.
 */
export async function* eventsOf(
  id: string,
  { leader, waiter, nearest }: Omit<HandleParts<unknown>, "read">,
  { from, signal }: JobEventOptions,
): AsyncGenerator<JobEvent, void, undefined> {
  const over = new AbortController();
  const { ended, cancel } = waiter.wait(id);
  let unknown: { readonly error: unknown } | undefined;
  let isSilent = true;
  let disarm = (): void => undefined;
  const endSoon = (): void => {
    disarm = leader.clock.after(lastEventMs, () => over.abort());
  };
  // Gone, or not to be asked: the events that there are come all the same, and nothing is waited for after them.
  ended.then(endSoon, (error: unknown) => {
    unknown = { error };
    endSoon();
  });
  const unlisten = onAbort(signal, () => over.abort());
  try {
    for await (const event of watchJobs(leader, nearest, { jobId: id, from, signal: over.signal })) {
      isSilent = false;
      yield event;
      if (ends.has(event.type)) return;
    }
    // Nothing was heard of it, and nothing ever will be: an end without a word would look like the job's.
    if (isSilent && unknown !== undefined && signal?.aborted !== true) throw unknown.error;
  } finally {
    unlisten();
    cancel();
    disarm();
  }
}
