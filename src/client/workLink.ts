import { randomInt } from "node:crypto";
import { ConclaveError } from "../base/errors.ts";
import type { Subscribe } from "../generated/conclave/v1/Subscribe.ts";
import type { WorkerMessage } from "../generated/conclave/v1/WorkerMessage.ts";
import type { WorkMessage__Output } from "../generated/conclave/v1/WorkMessage.ts";
import { Budget, pause } from "./budget.ts";
import type { JobRunner } from "./jobRunner.ts";
import type { Leader } from "./leader.ts";
import { NodeStream } from "./nodeStream.ts";
import type { Node } from "./nodes.ts";
import { isPassing, Pursuit } from "./onLeader.ts";
import { whyNoWork } from "./protocol.ts";
import { onAbort } from "./signals.ts";
import { StallWatch } from "./stallWatch.ts";
import { asConclaveError, isUntyped } from "./wireErrors.ts";

const findTimeoutMs = 5_000;
/** More than the server takes: then nothing is said of them, and what never came waits for its lease. */
const maxHeld = 10_000;

interface LinkSettings {
  readonly leader: Leader;
  readonly workerId: string;
  readonly queues: readonly string[];
  readonly runner: Pick<
    JobRunner<never, never>,
    | "logClock"
    | "onCancelRequested"
    | "onClaimsEnded"
    | "onWork"
    | "outbox"
    | "received"
    | "refuse"
    | "renewAll"
    | "room"
    | "take"
  >;
  readonly onError: (error: ConclaveError) => void;
  readonly onConsuming: (consuming: boolean) => void;
}

/**
 * A worker's stream to whoever leads, opened anew after each failure. Credits told to a leader are never more
 * than the free slots, and a new stream begins with the slots that are free then.
 */
export class WorkLink {
  readonly #settings: LinkSettings;
  readonly #pursuit: Pursuit;
  readonly #stall: StallWatch;
  /** Tells this worker's claims from those of any other under its id, a predecessor that crashed above all. */
  readonly #session = randomInt(1, 2 ** 48 - 1);
  #streams = 0;
  #stream: NodeStream<WorkerMessage, WorkMessage__Output> | undefined;
  /** Jobs that the leader may still send without being told of more room. */
  #credits = 0;
  #draining = false;
  #onReturn: () => void = () => undefined;
  #flushing: NodeJS.Immediate | undefined;
  #resting: (() => void) | undefined;
  /** Ends the stream in use. */
  #leave: (error: ConclaveError) => void = () => undefined;

  constructor(settings: LinkSettings) {
    this.#settings = settings;
    this.#pursuit = new Pursuit(settings.leader);
    this.#stall = new StallWatch(
      settings.leader.clock,
      () => settings.runner.outbox.oldestSentAt,
      () => void this.#checkLeader(),
    );
    settings.runner.onWork = () => {
      this.#flushing ??= setImmediate(() => this.#flush());
    };
  }

  /** Keeps a stream until `ended` aborts; rejects when a node refuses in a way that no retry mends, or the cluster is gone for good. */
  async run(ended: AbortSignal): Promise<void> {
    const { leader, onError } = this.#settings;
    try {
      while (!ended.aborted) {
        let node: Node;
        try {
          node = await leader.find(new Budget({ signal: ended }, findTimeoutMs, leader.clock));
        } catch (error) {
          if (ended.aborted || (leader.closed && leader.gone === undefined)) return;
          onError(asConclaveError(error));
          if (leader.gone !== undefined) throw leader.gone;
          continue;
        }
        // Nobody would end a stream that is opened after that.
        if (ended.aborted) return;
        const error = await this.#serve(node, ended);
        if (ended.aborted) return;
        onError(error);
        if (error === leader.gone || !(isPassing(error) || isUntyped(error))) throw error;
        await pause(leader.clock, this.#pursuit.delayAfter(node, error), ended, leader.closing);
      }
    } finally {
      clearImmediate(this.#flushing);
      this.#resting?.();
      this.#settings.runner.onWork = () => undefined;
    }
  }

  /**
   * Tells the leader to send no more; resolves when what was on its way has come. Between two streams it waits for the
   * next: the leader there learns that what was on its way has not.
   */
  drain(): Promise<void> {
    this.#draining = true;
    this.#credits = 0;
    this.#settings.runner.refuse();
    this.#stream?.send({ drain: {} });
    if (this.#stream !== undefined || this.#streams === 0) return this.#settings.runner.outbox.barrier();
    return new Promise((resolve) => {
      this.#onReturn = resolve;
    });
  }

  /** One stream from its opening to its end; resolves with the reason. */
  #serve(node: Node, ended: AbortSignal): Promise<ConclaveError> {
    const { leader, runner, onConsuming } = this.#settings;
    return new Promise((resolve) => {
      const finish = (error: ConclaveError) => {
        ended.removeEventListener("abort", onEnded);
        unlisten();
        this.#stream = undefined;
        stream.cancel();
        runner.outbox.detach();
        this.#stall.disarm();
        this.#leave = () => undefined;
        onConsuming(false);
        resolve(error);
      };
      const onEnded = () => finish(new ConclaveError("SHUTTING_DOWN", "the worker has stopped"));
      const unlisten = onAbort(leader.closing, () => {
        if (leader.gone !== undefined) finish(leader.gone);
      });
      const stream: NodeStream<WorkerMessage, WorkMessage__Output> = new NodeStream(
        node,
        node.work.Stream(node.metadata()),
        {
          onMessage: (message) => this.#onMessage(message),
          onEnd: finish,
        },
      );
      this.#stream = stream;
      this.#leave = finish;
      ended.addEventListener("abort", onEnded, { once: true });
      runner.logClock.reset();
      this.#credits = runner.room;
      stream.send({ subscribe: this.#subscribe() });
      if (this.#draining) stream.send({ drain: {} });
      runner.outbox.attach((acts) => {
        const message = { acts };
        const unwritable = whyNoWork(message);
        if (unwritable === undefined) stream.send(message);
        return unwritable;
      });
      runner.renewAll();
      this.#flush();
    });
  }

  /** From the second stream on it says what came on those before: all else that was claimed for them got lost. */
  #subscribe(): Subscribe {
    const { runner, workerId, queues } = this.#settings;
    this.#streams++;
    const claims = runner.received;
    const mayTell = this.#streams > 1 && claims.length <= maxHeld;
    return {
      workerId,
      queues: [...queues],
      credits: this.#credits,
      session: this.#session,
      stream: this.#streams,
      held: mayTell ? { claims: [...claims] } : null,
    };
  }

  #onMessage(message: WorkMessage__Output): void {
    const { runner, onConsuming } = this.#settings;
    if (message.subscribed) {
      this.#pursuit.reset();
      onConsuming(true);
      this.#onReturn();
    } else if (message.jobs) {
      this.#credits = Math.max(0, this.#credits - message.jobs.jobs.length);
      runner.take(message.jobs.jobs);
    } else if (message.cancelRequested) {
      runner.onCancelRequested(message.cancelRequested.claims);
    } else if (message.claimsEnded) {
      runner.onClaimsEnded(message.claimsEnded.claims);
      // Who let a lease run out gets no jobs until it is heard from.
      void runner.outbox.barrier();
    } else if (message.acts) {
      const error = runner.outbox.onReply(message.acts);
      if (error === undefined) this.#settings.runner.onWork();
      else if (error.code === "OVERLOADED") this.#rest(error);
      else this.#leave(error);
    }
  }

  /** Acts first, room after them: the slots they free are counted in it. */
  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#stream === undefined || this.#resting !== undefined) return;
    const { runner } = this.#settings;
    runner.outbox.flush();
    if (runner.outbox.oldestSentAt !== undefined) this.#stall.arm();
    const count = runner.room - this.#credits;
    if (count <= 0 || this.#draining) return;
    this.#credits += count;
    this.#stream.send({ credits: { count } });
  }

  #rest(error: ConclaveError): void {
    if (this.#stream === undefined) return;
    this.#resting?.();
    this.#resting = this.#settings.leader.clock.after(
      this.#pursuit.delayAfter(this.#stream.node, error),
      () => {
        this.#resting = undefined;
        this.#flush();
      },
    );
  }

  async #checkLeader(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined || !(await this.#settings.leader.superseded(stream.node))) return;
    if (this.#stream !== stream) return;
    this.#leave(new ConclaveError("NOT_LEADER", `${stream.node.address} went silent and was replaced`));
  }
}
