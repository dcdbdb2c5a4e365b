import { ConclaveError } from "../base/errors.ts";
import type { HandleParts } from "./handle.ts";
import { onAbort } from "./signals.ts";
import { type JobEvent, type JobEventType, type WatchOptions, watchJobs } from "./watch.ts";

/** What a handle's events may be narrowed to. */
export type JobEventOptions = Pick<WatchOptions, "from" | "signal">;

type Parts = Omit<HandleParts<unknown>, "read">;

const ends: ReadonlySet<JobEventType> = new Set<JobEventType>(["completed", "dead", "cancelled", "removed"]);

/** How long the last event may follow behind the news that the job has ended, before it is looked for. */
const lastEventMs = 2_000;
/** So long may nodes say nothing while it is looked for: longer than one that was removed or cut off goes on with a watch. */
const silenceMs = 30_000;

/**
 * A job's events until it has ended. That it ends is heard from `Wait` as well, for it may have ended before the first event
 * was asked for, and then no further one comes.
 */
export async function* eventsOf(
  id: string,
  parts: Parts,
  { from, signal }: JobEventOptions,
): AsyncGenerator<JobEvent, void, undefined> {
  const { leader, waiter, nearest } = parts;
  const over = new AbortController();
  const { ended, cancel } = waiter.wait(id);
  let unknown: { readonly error: unknown } | undefined;
  let next = from;
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
  const onIndex = (index: number): void => {
    next = index;
  };
  const stopped = (): boolean => signal?.aborted === true;
  try {
    for await (const event of watchJobs(leader, nearest, { jobId: id, from, signal: over.signal, onIndex })) {
      yield event;
      if (ends.has(event.type)) return;
    }
    if (stopped()) return;
    for await (const event of eventsSoFar(id, parts, { from: next, signal })) {
      yield event;
      if (ends.has(event.type)) return;
    }
    // Of its end nothing will be heard any more: an end without a word would look like the job's.
    if (unknown !== undefined && !stopped()) throw unknown.error;
  } finally {
    unlisten();
    cancel();
    disarm();
  }
}

/**
 * A job's events up to the present, of which a node tells that has asked the leader: the one that was watched may not hear of
 * anything any more, and its silence says nothing. Rejects with UNAVAILABLE when nobody tells them.
 */
async function* eventsSoFar(
  id: string,
  { leader, nearest }: Parts,
  { from, signal }: JobEventOptions,
): AsyncGenerator<JobEvent, void, undefined> {
  const over = new AbortController();
  const unlisten = onAbort(signal, () => over.abort());
  let next = from;
  let isLate = false;
  let disarm = (): void => undefined;
  const arm = (): void => {
    disarm();
    disarm = leader.clock.after(silenceMs, () => {
      isLate = true;
      over.abort();
    });
  };
  try {
    arm();
    const present = await presentIndex(id, { leader, nearest }, over.signal);
    const onIndex = (index: number): void => {
      next = index;
      if (present !== undefined && index >= present) over.abort();
      else arm();
    };
    for await (const event of watchJobs(leader, nearest, { jobId: id, from, signal: over.signal, onIndex })) {
      // However long the reader takes for it, the nodes are not to blame.
      disarm();
      yield event;
      arm();
    }
    if (isLate) throw untold(id, next, leader.trouble);
  } finally {
    unlisten();
    disarm();
  }
}

/** Everything that had happened when it was called is below it. Undefined when `signal` came first. */
async function presentIndex(
  id: string,
  { leader, nearest }: Pick<Parts, "leader" | "nearest">,
  signal: AbortSignal,
): Promise<number | undefined> {
  const told = new AbortController();
  const unlisten = onAbort(signal, () => told.abort());
  let present: number | undefined;
  const onIndex = (index: number): void => {
    present ??= index;
    told.abort();
  };
  try {
    for await (const _ of watchJobs(leader, nearest, { jobId: id, signal: told.signal, onIndex })) void _;
  } finally {
    unlisten();
  }
  return present;
}

function untold(id: string, next: number | undefined, cause: ConclaveError | undefined): ConclaveError {
  const where = next === undefined ? "anew" : `from ${next} on`;
  return new ConclaveError(
    "UNAVAILABLE",
    `job ${id} has ended, and no node has told its last events for ${silenceMs} ms: ask for them ${where}`,
    { cause, resumeIndex: next },
  );
}
