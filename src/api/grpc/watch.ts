import type { handleServerStreamingCall, ServerWritableStream } from "@grpc/grpc-js";
import { LogIndex } from "../../base/brands.ts";
import { ConclaveError } from "../../base/errors.ts";
import { eventBytes, eventToWire, type Watching, watching } from "../../codec/api/events.ts";
import type { JobEvent } from "../../generated/conclave/v1/JobEvent.ts";
import type { WatchReply } from "../../generated/conclave/v1/WatchReply.ts";
import type { WatchRequest__Output } from "../../generated/conclave/v1/WatchRequest.ts";
import { checkAddressee } from "./addressee.ts";
import type { ServiceContext } from "./context.ts";
import type { Received } from "./services.ts";
import { readable, refuseUnlessMember } from "./standing.ts";
import { opened } from "./unary.ts";

type Call = ServerWritableStream<Received<WatchRequest__Output>, WatchReply>;

/** One message's worth: whole entries, at least one. */
const maxMessageBytes = 512 * 1024;
/** Entries that a filter passes over before others get a turn. */
const maxEntriesAtOnce = 1_000;
/** However little happens, the watcher hears so often how far it is, and both sides that the other is there. */
const quietMs = 10_000;

/** A watch looks this often whether its node still hears of anything. */
const confirmMs = 5_000;
/** At so many looks in a row no leader: ten seconds at least, when elections take one or two. */
const leaderlessLooks = 3;

/** `Manage.Watch`. */
export function watch(
  context: ServiceContext,
): handleServerStreamingCall<Received<WatchRequest__Output>, WatchReply> {
  const begin = async (call: Call): Promise<void> => {
    const { node } = context;
    try {
      context.calls.check();
      checkAddressee(context, call);
      const { message } = opened(call.request);
      const asked = watching(message);
      await readable(node, asked.from !== null);
      if (!call.cancelled) new Watcher(context, call, asked).open();
    } catch (error) {
      call.emit("error", context.errors.status(error, call.getPath()));
    }
  };
  return (call) => void begin(call);
}

/**
 * Follows the node's events at the reader's pace: one message is under way at a time, and what comes meanwhile waits in the
 * node's own bounded log, where a slow reader's place may get lost.
 */
class Watcher {
  readonly #context: ServiceContext;
  readonly #call: Call;
  readonly #wants: Watching["wants"];
  #next: LogIndex;
  #busy = false;
  #over = false;
  #leave: readonly (() => void)[] = [];
  #disarm: () => void = () => undefined;
  #unconfirm: () => void = () => undefined;
  #leaderless = 0;

  constructor(context: ServiceContext, call: Call, { from, wants }: Watching) {
    this.#context = context;
    this.#call = call;
    this.#wants = wants;
    this.#next = from ?? context.node.events.nextIndex;
  }

  open(): void {
    const { node, calls } = this.#context;
    this.#leave = [node.events.listen(() => this.#wake()), calls.add((reason) => this.#end(reason))];
    this.#call.once("cancelled", () => this.#close());
    this.#confirm();
    // The first message says where it began, also when nothing happens.
    this.#pump(true);
  }

  /**
   * A node that was removed, or has lost touch with the others, has nothing more to tell, and its watchers would take that for
   * nothing happening: they are sent elsewhere. That it has no leader for a moment is no reason to leave.
   */
  #confirm(): void {
    const { node, after } = this.#context;
    this.#unconfirm = after(confirmMs, () => {
      this.#leaderless = node.status().raft.leader === null ? this.#leaderless + 1 : 0;
      try {
        refuseUnlessMember(node);
        if (this.#leaderless >= leaderlessLooks) throw cutOff(node.nodeId);
        this.#confirm();
      } catch (error) {
        this.#end(error);
      }
    });
  }

  /** Events of one turn share a message. */
  #wake(): void {
    if (this.#busy || this.#over) return;
    this.#busy = true;
    setImmediate(() => this.#pump(false));
  }

  #pump(evenIfEmpty: boolean): void {
    if (this.#over) return;
    this.#busy = true;
    const { events: log } = this.#context.node;
    if (this.#next < log.firstIndex) return this.#end(gone(this.#next, log.firstIndex));
    const { events, next, more } = this.#gather();
    this.#next = next;
    if (events.length === 0 && !evenIfEmpty) {
      if (more) setImmediate(() => this.#pump(false));
      else this.#rest();
      return;
    }
    this.#disarm();
    this.#call.write({ events, nextIndex: next }, () => this.#pump(false));
  }

  #gather(): { readonly events: JobEvent[]; readonly next: LogIndex; readonly more: boolean } {
    const { events: log } = this.#context.node;
    const events: JobEvent[] = [];
    let bytes = 0;
    let entries = 0;
    for (const entry of log.from(this.#next)) {
      if (bytes > maxMessageBytes || entries >= maxEntriesAtOnce)
        return { events, next: entry.index, more: true };
      entries++;
      for (const event of entry.events) {
        if (!this.#wants(event)) continue;
        events.push(eventToWire(entry, event));
        bytes += eventBytes(event);
      }
    }
    return { events, next: LogIndex(Math.max(this.#next, log.nextIndex)), more: false };
  }

  /** Nothing to tell for now. */
  #rest(): void {
    this.#busy = false;
    this.#disarm();
    this.#disarm = this.#context.after(quietMs, () => this.#pump(true));
  }

  #end(reason: unknown): void {
    if (this.#over) return;
    this.#close();
    this.#call.emit("error", this.#context.errors.status(reason, this.#call.getPath()));
  }

  #close(): void {
    this.#over = true;
    this.#disarm();
    this.#unconfirm();
    for (const leave of this.#leave) leave();
  }
}

function cutOff(nodeId: string): ConclaveError {
  return new ConclaveError(
    "UNAVAILABLE",
    `node ${nodeId} hears from no leader, and so of nothing that happens: watch on at another node`,
  );
}

function gone(asked: LogIndex, first: LogIndex): ConclaveError {
  return new ConclaveError(
    "EVENTS_GONE",
    `events from index ${asked} on were asked for, and this node keeps those from ${first} on: read the jobs anew, and ` +
      `watch from ${first}`,
    { resumeIndex: first },
  );
}
