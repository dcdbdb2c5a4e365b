import { Ascending } from "../base/ascending.ts";
import { ConclaveError, type ErrorCode } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { EnqueueReply__Output } from "../generated/conclave/v1/EnqueueReply.ts";
import type { EnqueueRequest } from "../generated/conclave/v1/EnqueueRequest.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import { checkAtomicBatch, mayBeTooLarge } from "./atomicBatch.ts";
import { Budget, pause } from "./budget.ts";
import { CallClock } from "./callClock.ts";
import type { Clock } from "./clock.ts";
import { EnqueueCall, type EnqueueResult, type Entry, entryBytes } from "./enqueueCall.ts";
import type { Leader } from "./leader.ts";
import { NodeStream } from "./nodeStream.ts";
import type { Node } from "./nodes.ts";
import { isPassing, isRefusal, Pursuit } from "./onLeader.ts";
import { whyNoEnqueue } from "./protocol.ts";
import { SendQueue } from "./sendQueue.ts";
import { StallWatch } from "./stallWatch.ts";
import { asConclaveError, fromDetail } from "./wireErrors.ts";

/** More wait in the queue, where they gather into larger requests. */
const maxInFlight = 16;
const findTimeoutMs = 5_000;
const restMs = 100;

/** What a request is refused for on account of one of its jobs; the rest would meet each of them. */
const ofOneJob: ReadonlySet<ErrorCode> = new Set(["INVALID_ARGUMENT", "PAYLOAD_TOO_LARGE"]);

interface InFlight {
  readonly entries: readonly Entry[];
  readonly sentAt: number;
}

/**
 * Carries all enqueue calls of a cluster handle over one stream to the leader: what is called within a turn
 * of the event loop shares a request. Unanswered jobs are sent again after a broken stream, to whoever leads
 * then, which is safe since a job's id makes the second sending the same job.
 */
export class Enqueuer {
  readonly #leader: Leader;
  readonly #clock: Clock;
  readonly #logger: Logger | undefined;
  readonly #queue = new SendQueue();
  readonly #inFlight = new Ascending<InFlight>();
  readonly #calls: CallClock;
  readonly #pursuit: Pursuit;
  readonly #stall: StallWatch;
  readonly #closing = new AbortController();
  #stream: NodeStream<EnqueueRequest, EnqueueReply__Output> | undefined;
  #connecting = false;
  #flushing: NodeJS.Immediate | undefined;
  #resting: (() => void) | undefined;
  #nextRequest = 1;
  #sequence = 0;
  #parts = 0;
  #trouble: ConclaveError | undefined;
  readonly #onSettled = (call: EnqueueCall): void => {
    this.#calls.remove(call);
    this.#queue.settle(call);
  };

  constructor(leader: Leader, logger: Logger | undefined) {
    this.#leader = leader;
    this.#clock = leader.clock;
    this.#logger = logger;
    this.#pursuit = new Pursuit(leader);
    this.#calls = new CallClock(this.#clock, (call) => call.expire(this.#trouble ?? this.#leader.trouble));
    this.#stall = new StallWatch(
      this.#clock,
      () => this.#oldestSentAt(),
      () => void this.#checkLeader(),
    );
  }

  /**
   * Resolves with what `make` makes of the results. Rejects with OVERLOADED when too much waits already, with what the server
   * refused of an atomic batch, or when the budget ends; else what was refused is among the results.
   */
  enqueue<Made>(
    specs: readonly JobSpec[],
    budget: Budget,
    atomic: boolean,
    make: (results: readonly EnqueueResult[]) => Made,
  ): Promise<Made> {
    try {
      if (specs.length === 0) return Promise.resolve(make([]));
      let bytes = 0;
      for (const spec of specs) bytes += entryBytes(spec);
      if (atomic && mayBeTooLarge(specs, bytes)) {
        return checkAtomicBatch(this.#leader, specs, budget).then(() =>
          this.#queueUp(specs, bytes, budget, atomic, make),
        );
      }
      return this.#queueUp(specs, bytes, budget, atomic, make);
    } catch (error) {
      return Promise.reject(asConclaveError(error));
    }
  }

  #queueUp<Made>(
    specs: readonly JobSpec[],
    bytes: number,
    budget: Budget,
    atomic: boolean,
    make: (results: readonly EnqueueResult[]) => Made,
  ): Promise<Made> {
    try {
      this.#leader.checkOpen();
      if (this.#closing.signal.aborted)
        throw new ConclaveError("SHUTTING_DOWN", "this cluster handle is closed");
      budget.check();
      this.#queue.checkRoom(specs.length, bytes);
      const call = new EnqueueCall(specs, budget, atomic, make, this.#onSettled);
      let index = 0;
      for (const spec of specs) {
        this.#sequence++;
        this.#queue.push({ spec, index, call, bytes: entryBytes(spec), sequence: this.#sequence, part: 0 });
        index++;
      }
      this.#calls.add(call);
      this.#flushing ??= setImmediate(() => this.#flush());
      return call.promise as Promise<Made>;
    } catch (error) {
      return Promise.reject(asConclaveError(error));
    }
  }

  /** `gone`: why there is no cluster any more, for the calls under way. */
  close(gone?: ConclaveError): void {
    this.#closing.abort();
    clearImmediate(this.#flushing);
    this.#resting?.();
    this.#stall.disarm();
    this.#stream?.cancel();
    for (const call of this.#calls.close()) {
      if (gone !== undefined) {
        const message = call.mayHaveArrived ? `${gone.message}; ${call.mayExist()}` : gone.message;
        call.fail(new ConclaveError(gone.code, message, { cause: gone }));
        continue;
      }
      call.fail(
        call.mayHaveArrived
          ? new ConclaveError("OUTCOME_UNKNOWN", `the cluster handle was closed; ${call.mayExist()}`)
          : new ConclaveError("SHUTTING_DOWN", "the cluster handle was closed; nothing was enqueued"),
      );
    }
    this.#inFlight.clear();
  }

  #flush(): void {
    this.#flushing = undefined;
    if (this.#closing.signal.aborted || this.#resting !== undefined) return;
    if (this.#stream === undefined) {
      void this.#connect();
      return;
    }
    while (this.#inFlight.size < maxInFlight) {
      const entries = this.#queue.take();
      if (entries.length === 0) return;
      const requestId = this.#nextRequest++;
      const inFlight = { entries, sentAt: this.#clock.now() };
      const atomic = entries[0]?.call.atomic === true;
      const request = { requestId, jobs: entries.map((entry) => entry.spec), atomic };
      const unwritable = whyNoEnqueue(request);
      if (unwritable !== undefined) {
        this.#blame(inFlight, unwritable);
        continue;
      }
      this.#inFlight.add(requestId, inFlight);
      for (const { call } of entries) call.inFlight++;
      this.#stream.send(request);
      this.#stall.arm();
    }
  }

  async #connect(): Promise<void> {
    if (this.#connecting) return;
    this.#connecting = true;
    while (!this.#closing.signal.aborted && !this.#queue.empty) {
      try {
        const node = await this.#leader.find(new Budget({}, findTimeoutMs, this.#clock));
        if (!this.#closing.signal.aborted) this.#open(node);
        break;
      } catch (error) {
        this.#trouble = asConclaveError(error);
        await pause(this.#clock, restMs, this.#closing.signal);
      }
    }
    this.#connecting = false;
    if (this.#stream !== undefined) this.#flush();
  }

  #open(node: Node): void {
    const stream: NodeStream<EnqueueRequest, EnqueueReply__Output> = new NodeStream(
      node,
      node.jobs.EnqueueStream(node.metadata()),
      {
        onMessage: (reply) => this.#onReply(reply),
        onEnd: (error) => {
          if (this.#stream === stream) this.#abandon(error);
        },
      },
    );
    this.#stream = stream;
  }

  #onReply(reply: EnqueueReply__Output): void {
    const request = this.#inFlight.take(reply.requestId);
    if (request === undefined) return;
    for (const { call } of request.entries) call.inFlight--;
    if (reply.error !== null) {
      this.#onRefused(request, fromDetail(reply.error));
      return;
    }
    this.#pursuit.reset();
    this.#trouble = undefined;
    let position = 0;
    for (const entry of request.entries) entry.call.answer(entry.index, reply.results[position++]);
    if (!this.#queue.empty) this.#flushing ??= setImmediate(() => this.#flush());
  }

  /** The server refused a request as a whole. */
  #onRefused(request: InFlight, error: ConclaveError): void {
    if (error.code === "OVERLOADED") {
      this.#trouble = error;
      this.#queue.putBack(request.entries);
      const delayMs = this.#stream === undefined ? 0 : this.#pursuit.delayAfter(this.#stream.node, error);
      this.#rest(delayMs);
    } else if (isPassing(error)) {
      this.#sendAgain([request], !isRefusal(error));
      this.#abandon(error);
    } else {
      this.#blame(request, error);
      this.#flushing ??= setImmediate(() => this.#flush());
    }
  }

  /** Something in the request is at fault. It goes again in halves until that is alone, so that all others are taken in. */
  #blame({ entries }: InFlight, error: ConclaveError): void {
    const [first] = entries;
    if (first === undefined) return;
    const { call, index } = first;
    const ofOneCall = entries.every((entry) => entry.call === call);
    if (ofOneCall && (call.atomic || !ofOneJob.has(error.code))) {
      call.refuseRest(error);
    } else if (entries.length === 1) {
      call.refuse(index, error);
    } else {
      const parts = [++this.#parts, ++this.#parts] as const;
      for (const [at, entry] of entries.entries()) entry.part = parts[at < entries.length / 2 ? 0 : 1];
      this.#queue.putBack(entries);
    }
  }

  /** Leaves the stream; what it left unanswered goes to the next leader. */
  #abandon(error: ConclaveError): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#stream = undefined;
    stream.cancel();
    this.#stall.disarm();
    this.#trouble = error;
    const unanswered = this.#inFlight.values();
    this.#inFlight.clear();
    for (const { entries } of unanswered) for (const { call } of entries) call.inFlight--;
    this.#sendAgain(unanswered, true);
    const delayMs = this.#pursuit.delayAfter(stream.node, error);
    this.#logger?.debug(
      { address: stream.node.address, code: error.code, unanswered: unanswered.length },
      "enqueue stream lost",
    );
    if (!this.#queue.empty) this.#rest(delayMs);
  }

  #sendAgain(requests: readonly InFlight[], uncertain: boolean): void {
    for (const { entries } of requests) {
      if (uncertain) for (const entry of entries) entry.call.uncertain = true;
      this.#queue.putBack(entries);
    }
  }

  #rest(delayMs: number): void {
    this.#resting?.();
    this.#resting = this.#clock.after(delayMs, () => {
      this.#resting = undefined;
      this.#flush();
    });
  }

  async #checkLeader(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined || !(await this.#leader.superseded(stream.node))) return;
    if (this.#stream !== stream) return;
    this.#abandon(new ConclaveError("NOT_LEADER", `${stream.node.address} went silent and was replaced`));
  }

  #oldestSentAt(): number | undefined {
    return this.#inFlight.oldest?.sentAt;
  }
}
