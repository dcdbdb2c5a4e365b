import { type ClientReadableStream, type StatusObject, status } from "@grpc/grpc-js";
import { ConclaveError } from "../base/errors.ts";
import type { JobEvent__Output } from "../generated/conclave/v1/JobEvent.ts";
import type { JobEventType__Output } from "../generated/conclave/v1/JobEventType.ts";
import type { WatchReply__Output } from "../generated/conclave/v1/WatchReply.ts";
import type { WatchRequest } from "../generated/conclave/v1/WatchRequest.ts";
import { aborted, Budget, pause } from "./budget.ts";
import { checkCount, checkWellFormed } from "./checks.ts";
import type { Leader } from "./leader.ts";
import { type JobState, nameOfState, toWire } from "./names.ts";
import type { Nearest } from "./nearest.ts";
import type { Node } from "./nodes.ts";
import { Pursuit } from "./onLeader.ts";
import { onAbort } from "./signals.ts";
import { asConclaveError, fromGrpc } from "./wireErrors.ts";

const eventTypes = {
  enqueued: "JOB_EVENT_TYPE_ENQUEUED",
  ready: "JOB_EVENT_TYPE_READY",
  scheduled: "JOB_EVENT_TYPE_SCHEDULED",
  started: "JOB_EVENT_TYPE_STARTED",
  progress: "JOB_EVENT_TYPE_PROGRESS",
  checkpoint: "JOB_EVENT_TYPE_CHECKPOINT",
  cancelRequested: "JOB_EVENT_TYPE_CANCEL_REQUESTED",
  failed: "JOB_EVENT_TYPE_FAILED",
  expired: "JOB_EVENT_TYPE_EXPIRED",
  timedOut: "JOB_EVENT_TYPE_TIMED_OUT",
  released: "JOB_EVENT_TYPE_RELEASED",
  completed: "JOB_EVENT_TYPE_COMPLETED",
  dead: "JOB_EVENT_TYPE_DEAD",
  cancelled: "JOB_EVENT_TYPE_CANCELLED",
  redriven: "JOB_EVENT_TYPE_REDRIVEN",
  removed: "JOB_EVENT_TYPE_REMOVED",
} as const satisfies Record<string, JobEventType__Output>;

/** `failed`, `expired`, `timedOut`, `released`: an attempt ended so; what became of the job follows. */
export type JobEventType = keyof typeof eventTypes;

export interface JobEvent {
  /** Of its entry in the cluster's log, the same at every member; an entry may have several. */
  readonly index: number;
  readonly atMs: number;
  readonly type: JobEventType;
  readonly jobId: string;
  readonly queue: string;
  readonly agent: string;
  /** Of the job after it; of an attempt that ended: still `running`. */
  readonly state: JobState | undefined;
  readonly attempt: number;
  /** Of the last claim, 0 before the first. */
  readonly fencingToken: number;
  /** For people: an error, a reason, a note. */
  readonly detail: string;
}

export interface WatchOptions {
  readonly queue?: string | undefined;
  readonly jobId?: string | undefined;
  readonly agent?: string | undefined;
  readonly types?: readonly JobEventType[] | undefined;
  /** The index of the first entry whose events are wanted; default: what comes from now on. */
  readonly from?: number | undefined;
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Told from where to watch again should this end, each time that something was told. */
  readonly onIndex?: ((nextIndex: number) => void) | undefined;
}

const names = new Map<string, JobEventType>();
for (const [name, wire] of Object.entries(eventTypes)) names.set(wire, name as JobEventType);

const findTimeoutMs = 5_000;
const restMs = 100;

/**
 * Events as they are applied, over changes of leader, lost connections and nodes that are removed or cut off: none is left out. After a broken stream those of
 * an entry may come again. Rejects with EVENTS_GONE (`error.resumeIndex` says from where on there are events) when what is
 * to follow is not kept any more, because `from` is too old or what comes is not taken fast enough.
 */
export async function* watchJobs(
  leader: Leader,
  nearest: Nearest,
  options: WatchOptions,
): AsyncGenerator<JobEvent, void, undefined> {
  const { signal, onIndex } = options;
  let from = options.from === undefined ? 0 : checkCount(options.from, "from", 1, Number.MAX_SAFE_INTEGER);
  const request: WatchRequest = {
    queue: checkWellFormed(options.queue ?? "", "queue"),
    jobId: checkWellFormed(options.jobId ?? "", "jobId"),
    agent: checkWellFormed(options.agent ?? "", "agent"),
    types: (options.types ?? []).map((type) => toWire(eventTypes, type, "types")),
  };
  const pursuit = new Pursuit(leader);
  const stopped = (): boolean => signal?.aborted === true;
  while (!stopped()) {
    leader.checkOpen();
    let node: Node | undefined;
    try {
      node = await leader.findReader(new Budget({ signal }, findTimeoutMs, leader.clock), nearest);
      // Aborted meanwhile: no stream is opened that would only be left again.
      if (stopped()) return;
      for await (const reply of replies(node, { ...request, fromIndex: from }, signal, leader.closing)) {
        pursuit.reset();
        for (const event of reply.events) yield* eventView(event);
        from = reply.nextIndex;
        onIndex?.(from);
      }
    } catch (thrown) {
      if (stopped()) return;
      const error = asConclaveError(thrown);
      if (node !== undefined) nearest.leave(node);
      if (!pursuit.mayGoOn(error)) throw error;
      // Who leads is asked anew: it may be the leader of old that sent us away.
      const delayMs = node === undefined ? restMs : pursuit.delayAfter(node, error);
      await pause(leader.clock, delayMs, signal, leader.closing);
    }
  }
}

/** The messages of one stream, read no faster than they are taken. */
async function* replies(
  node: Node,
  request: WatchRequest,
  signal: AbortSignal | undefined,
  closing: AbortSignal,
): AsyncGenerator<WatchReply__Output, void, undefined> {
  const stream: ClientReadableStream<WatchReply__Output> = node.manage.Watch(request, node.metadata());
  const ended = new Promise<StatusObject>((resolve) => stream.on("status", resolve));
  const listening = [signal, closing].map((each) => onAbort(each, () => stream.cancel()));
  try {
    for await (const reply of stream as AsyncIterable<WatchReply__Output>) yield reply;
    const end = await ended;
    if (end.code !== status.OK) throw fromGrpc(end, node.address);
    throw new ConclaveError("UNAVAILABLE", `${node.address}: the server ended the stream`);
  } catch (error) {
    if (signal?.aborted === true) throw aborted(signal);
    throw error instanceof ConclaveError ? error : fromGrpc(await ended, node.address);
  } finally {
    for (const unlisten of listening) unlisten();
    stream.cancel();
  }
}

/** None for an event of a kind that this release does not know. */
function eventView(event: JobEvent__Output): readonly JobEvent[] {
  const type = names.get(event.type);
  if (type === undefined) return [];
  const { index, atMs, jobId, queue, agent, attempt, fencingToken, detail } = event;
  const state = nameOfState(event.state);
  return [{ index, atMs, type, jobId, queue, agent, state, attempt, fencingToken, detail }];
}
