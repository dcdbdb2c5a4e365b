import { ConclaveError } from "../base/errors.ts";
import type { EndedJob__Output } from "../generated/conclave/v1/EndedJob.ts";
import type { Job__Output } from "../generated/conclave/v1/Job.ts";
import type { WaitStreamReply__Output } from "../generated/conclave/v1/WaitStreamReply.ts";
import type { WaitStreamRequest } from "../generated/conclave/v1/WaitStreamRequest.ts";
import { Budget, pause } from "./budget.ts";
import type { Leader } from "./leader.ts";
import type { Nearest } from "./nearest.ts";
import { NodeStream } from "./nodeStream.ts";
import type { Node } from "./nodes.ts";
import { Pursuit } from "./onLeader.ts";
import { asConclaveError, fromDetail } from "./wireErrors.ts";

const findTimeoutMs = 5_000;
const restMs = 100;
/** A node that may have lost touch with the others is asked this often whether it still hears from a leader. */
const confirmMs = 5_000;
const maxRequestIds = 1_000;
/** Half of what the server takes: ids that are on their way back do not matter then. */
const maxWatched = 50_000;

interface Waiting {
  readonly resolve: (job: Job__Output) => void;
  readonly reject: (error: ConclaveError) => void;
}

/** What the job became, and how to wait no longer. */
export interface Wait {
  readonly ended: Promise<Job__Output>;
  readonly cancel: () => void;
  /** Whether a node that answers is to tell of it. */
  readonly isHeard: () => boolean;
}

/**
 * Waits for jobs to end: one stream carries all ids of a cluster handle, to the leader or, where it cannot be reached,
 * to any member. After a broken stream it asks again, elsewhere; what ended meanwhile is told of then.
 */
export class Waiter {
  readonly #leader: Leader;
  readonly #nearest: Nearest;
  readonly #pursuit: Pursuit;
  readonly #closing = new AbortController();
  readonly #waiting = new Map<string, Set<Waiting>>();
  /** Of `#waiting`: not told to the node yet; told to it. */
  readonly #unsent = new Set<string>();
  readonly #watched = new Set<string>();
  #forgotten: string[] = [];
  /** Requests without an answer. */
  readonly #open = new Set<number>();
  /** The node of the stream has answered there. */
  #answered = false;
  #nextRequest = 1;
  #stream: NodeStream<WaitStreamRequest, WaitStreamReply__Output> | undefined;
  #running = false;
  #flushing: NodeJS.Immediate | undefined;

  constructor(leader: Leader, nearest: Nearest) {
    this.#leader = leader;
    this.#nearest = nearest;
    this.#pursuit = new Pursuit(leader);
  }

  /** `ended` rejects with NOT_FOUND, SHUTTING_DOWN once closed, the reason of `close`, or what no other try would mend. */
  wait(id: string): Wait {
    let cancel = (): void => undefined;
    const ended = new Promise<Job__Output>((resolve, reject) => {
      this.#leader.checkOpen();
      const waiting: Waiting = { resolve, reject };
      const others = this.#waiting.get(id);
      if (others === undefined) {
        this.#waiting.set(id, new Set([waiting]));
        this.#unsent.add(id);
        this.#flushSoon();
        void this.#run();
      } else {
        others.add(waiting);
      }
      cancel = () => this.#cancel(id, waiting);
    });
    return { ended, cancel, isHeard: () => this.#answered && this.#watched.has(id) };
  }

  close(reason = new ConclaveError("SHUTTING_DOWN", "the cluster handle was closed; the job goes on")): void {
    this.#closing.abort();
    clearImmediate(this.#flushing);
    this.#stream?.cancel();
    this.#rejectAll(reason);
  }

  #cancel(id: string, waiting: Waiting): void {
    const all = this.#waiting.get(id);
    if (all?.delete(waiting) !== true || all.size > 0) return;
    this.#waiting.delete(id);
    this.#unsent.delete(id);
    if (!this.#watched.delete(id)) return;
    this.#forgotten.push(id);
    this.#flushSoon();
  }

  /** Keeps a stream for as long as anybody waits. */
  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    const { clock } = this.#leader;
    const { signal } = this.#closing;
    while (!signal.aborted && this.#waiting.size > 0) {
      let node: Node;
      try {
        node = await this.#leader.findReader(new Budget({ signal }, findTimeoutMs, clock), this.#nearest);
      } catch {
        await pause(clock, restMs, signal);
        continue;
      }
      // Closed meanwhile, and the connections with it.
      if (signal.aborted) break;
      const error = await this.#serve(node).catch(asConclaveError);
      if (error === null || signal.aborted) continue;
      this.#nearest.leave(node);
      if (this.#pursuit.mayGoOn(error)) await pause(clock, this.#pursuit.delayAfter(node, error), signal);
      else this.#rejectAll(error);
    }
    this.#running = false;
    this.#pursuit.reset();
  }

  /** One stream from its opening to its end; resolves with the reason, null when nobody waits any more; rejects when none could be opened. */
  #serve(node: Node): Promise<ConclaveError | null> {
    return new Promise((resolve) => {
      const finish = (error: ConclaveError | null) => {
        disarm();
        this.#stream = undefined;
        stream.cancel();
        this.#open.clear();
        this.#answered = false;
        this.#forgotten = [];
        for (const id of this.#watched) this.#unsent.add(id);
        this.#watched.clear();
        resolve(error);
      };
      let disarm = (): void => undefined;
      const look = () => {
        if (this.#waiting.size === 0) return finish(null);
        if (this.#open.size > 0) {
          return finish(new ConclaveError("UNAVAILABLE", `${node.address}: no answer for ${confirmMs} ms`));
        }
        this.#send({});
        disarm = this.#leader.clock.after(confirmMs, look);
      };
      const stream: NodeStream<WaitStreamRequest, WaitStreamReply__Output> = new NodeStream(
        node,
        node.jobs.WaitStream(node.metadata()),
        { onMessage: (reply) => this.#onReply(reply), onEnd: finish },
      );
      this.#stream = stream;
      disarm = this.#leader.clock.after(confirmMs, look);
      this.#flush();
    });
  }

  #flushSoon(): void {
    this.#flushing ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = undefined;
    if (this.#stream === undefined) return;
    while (this.#forgotten.length > 0) this.#send({ forget: this.#forgotten.splice(0, maxRequestIds) });
    while (this.#unsent.size > 0 && this.#watched.size < maxWatched) {
      const ids: string[] = [];
      for (const id of this.#unsent) {
        if (ids.length === maxRequestIds) break;
        ids.push(id);
        this.#unsent.delete(id);
        this.#watched.add(id);
      }
      this.#send({ ids });
    }
  }

  #send(request: WaitStreamRequest): void {
    const requestId = this.#nextRequest++;
    this.#open.add(requestId);
    this.#stream?.send({ ...request, requestId });
  }

  #onReply({ requestId, jobs }: WaitStreamReply__Output): void {
    this.#pursuit.reset();
    this.#open.delete(requestId);
    this.#answered = true;
    for (const job of jobs) this.#onEnded(job);
    if (this.#unsent.size > 0) this.#flushSoon();
  }

  #onEnded({ id, job, error }: EndedJob__Output): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#watched.delete(id);
    for (const { resolve, reject } of waiting ?? []) {
      if (job !== null) resolve(job);
      else if (error !== null) reject(fromDetail(error));
      else reject(asConclaveError(new Error(`the server said nothing of job ${id}`)));
    }
  }

  #rejectAll(error: ConclaveError): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#unsent.clear();
    this.#watched.clear();
    for (const waiting of all) for (const { reject } of waiting) reject(error);
  }
}
