import { Ascending } from "../base/ascending.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Act } from "../generated/conclave/v1/Act.ts";
import type { ActReply__Output } from "../generated/conclave/v1/ActReply.ts";
import type { ActRequest } from "../generated/conclave/v1/ActRequest.ts";
import type { ActResult__Output } from "../generated/conclave/v1/ActResult.ts";
import type { Clock } from "./clock.ts";
import { isPassing } from "./onLeader.ts";
import { fromDetail } from "./wireErrors.ts";

const maxRequestActs = 1_000;
const maxRequestBytes = 1024 * 1024;
const maxInFlight = 16;

/** One claim of one job. */
export interface ClaimName {
  readonly id: string;
  readonly fencingToken: number;
}

export interface OutgoingAct {
  readonly act: Act & ClaimName;
  /**
   * True for what ends a claim, and for checkpoints: kept until answered, over streams and leaders (they are idempotent by
   * their token). False for renewals and progress: what got lost is made anew, with a new time of sending.
   */
  readonly lasting: boolean;
  /** Nothing is gained by sending it any more: what waited too long is left out. Only of acts that do not last. */
  isMoot?(): boolean;
  /** The server's answer to it; `sentAt` in monotonic ms. */
  onResult(result: ActResult__Output, sentAt: number): void;
  /** The request was refused as a whole, and sending it again would not help. */
  onRefused(error: ConclaveError): void;
}

/** Sends it, or gives why it cannot even be written. */
type Send = (request: ActRequest) => ConclaveError | undefined;

/** An act in the outbox, with what a `WeakMap` of acts would know of it otherwise; why not, see `Bag`. */
interface Queued {
  readonly outgoing: OutgoingAct;
  /** Over all acts: what comes back keeps its place. */
  readonly order: number;
  /** The server choked on a request that it was in: such are split until the culprit is alone. */
  alone: boolean;
}

interface Request {
  readonly acts: readonly Queued[];
  readonly sentAt: number;
}

/** Acts on their way to the leader: those of a turn share a request, the lasting ones survive the stream. */
export class ActOutbox {
  readonly #inFlight = new Ascending<Request>();
  readonly #barriers = new Map<number, () => void>();
  /** In the order in which they were pushed, also those that come back. */
  #waiting: Queued[] = [];
  #pushed = 0;
  #send: Send | undefined;
  readonly #clock: Clock;
  #nextRequest = 1;
  #lasting = 0;
  #onDrained: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lasting acts without an answer. */
  get unanswered(): number {
    return this.#lasting;
  }

  /** The claims that those are about. */
  get unansweredClaims(): readonly ClaimName[] {
    const sent = this.#inFlight.values().flatMap(({ acts }) => acts);
    return [...sent, ...this.#waiting]
      .filter(({ outgoing }) => outgoing.lasting)
      .map(({ outgoing: { act } }) => ({ id: act.id, fencingToken: act.fencingToken }));
  }

  /** When the oldest request without an answer was sent; monotonic ms. */
  get oldestSentAt(): number | undefined {
    return this.#inFlight.oldest?.sentAt;
  }

  push(outgoing: OutgoingAct): void {
    if (outgoing.lasting) this.#lasting++;
    else if (this.#send === undefined) return;
    this.#waiting.push({ outgoing, order: this.#pushed++, alone: false });
  }

  /** Puts `next` in the place of a lasting act that has not been sent; false when that is on its way. */
  replace(act: OutgoingAct, next: OutgoingAct): boolean {
    const at = this.#waiting.findIndex(({ outgoing }) => outgoing === act);
    const replaced = this.#waiting[at];
    if (replaced === undefined) return false;
    this.#waiting[at] = { outgoing: next, order: replaced.order, alone: false };
    return true;
  }

  get attached(): boolean {
    return this.#send !== undefined;
  }

  attach(send: Send): void {
    this.#send = send;
  }

  /** The stream is gone: what was on it and lasts waits for the next. */
  detach(): void {
    this.#send = undefined;
    for (const resolve of this.#barriers.values()) resolve();
    this.#barriers.clear();
    const sent = this.#inFlight.values().flatMap(({ acts }) => acts);
    this.#inFlight.clear();
    this.#waiting = this.#waiting.filter(({ outgoing }) => outgoing.lasting);
    this.#putBack(sent.filter(({ outgoing }) => outgoing.lasting));
  }

  flush(): void {
    while (this.#send !== undefined && this.#waiting.length > 0 && this.#inFlight.size < maxInFlight) {
      const acts = this.#take();
      if (acts.length === 0) return;
      const requestId = this.#nextRequest++;
      this.#inFlight.add(requestId, { acts, sentAt: this.#clock.now() });
      const unwritable = this.#send({ requestId, acts: acts.map(({ outgoing }) => outgoing.act) });
      if (unwritable === undefined) continue;
      this.#inFlight.take(requestId);
      this.#blame(acts, unwritable);
    }
  }

  /** Resolves once the server has answered to all it got so far, or when the stream ends: no job comes after it. */
  barrier(): Promise<void> {
    const send = this.#send;
    if (send === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const requestId = this.#nextRequest++;
      this.#barriers.set(requestId, resolve);
      send({ requestId, acts: [] });
    });
  }

  /** Takes in an answer; gives the error when the whole request has to be sent again. */
  onReply(reply: ActReply__Output): ConclaveError | undefined {
    this.#barriers.get(reply.requestId)?.();
    this.#barriers.delete(reply.requestId);
    const request = this.#inFlight.take(reply.requestId);
    if (request === undefined) return undefined;
    if (reply.error === null) {
      let position = 0;
      for (const { outgoing } of request.acts) {
        this.#settle(outgoing);
        const result = reply.results[position++];
        if (result !== undefined) outgoing.onResult(result, request.sentAt);
        else outgoing.onRefused(new ConclaveError("INTERNAL", "the server gave no result for an act"));
      }
      return undefined;
    }
    const error = fromDetail(reply.error);
    if (isPassing(error)) {
      this.#putBack(request.acts.filter(({ outgoing }) => outgoing.lasting));
      for (const { outgoing } of request.acts) if (!outgoing.lasting) outgoing.onRefused(error);
      return error;
    }
    this.#blame(request.acts, error);
    return undefined;
  }

  /** One of them is at fault: each goes alone, and the culprit is refused. */
  #blame(acts: readonly Queued[], error: ConclaveError): void {
    if (acts.length > 1) {
      for (const act of acts) act.alone = true;
      this.#putBack(acts);
      return;
    }
    for (const { outgoing } of acts) {
      this.#settle(outgoing);
      outgoing.onRefused(error);
    }
  }

  /** Resolves when no lasting act is without an answer. */
  drained(): Promise<void> {
    if (this.#lasting === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onDrained.push(resolve));
  }

  /** Nothing will be sent any more: says so of each act that has no answer. */
  abandon(): void {
    this.detach();
    const error = new ConclaveError(
      "OUTCOME_UNKNOWN",
      "the worker ended before the cluster acknowledged what became of the job",
    );
    for (const { outgoing } of this.#waiting.splice(0)) {
      this.#settle(outgoing);
      outgoing.onRefused(error);
    }
  }

  #take(): readonly Queued[] {
    const acts: Queued[] = [];
    let bytes = 0;
    let looked = 0;
    for (const act of this.#waiting) {
      if (act.outgoing.isMoot?.() === true) {
        looked++;
        continue;
      }
      const size = sizeOf(act.outgoing.act);
      if (acts.length === maxRequestActs || (acts.length > 0 && bytes + size > maxRequestBytes)) break;
      if (acts.length > 0 && act.alone) break;
      acts.push(act);
      looked++;
      bytes += size;
      if (act.alone) break;
    }
    this.#waiting.splice(0, looked);
    return acts;
  }

  #putBack(acts: readonly Queued[]): void {
    this.#waiting = [...acts, ...this.#waiting].sort((a, b) => a.order - b.order);
  }

  #settle({ lasting }: OutgoingAct): void {
    if (!lasting) return;
    this.#lasting--;
    if (this.#lasting > 0) return;
    const waiters = this.#onDrained;
    this.#onDrained = [];
    for (const resolve of waiters) resolve();
  }
}

function sizeOf({ complete, fail, checkpoint, progress }: Act): number {
  const bytes = (complete?.result?.length ?? 0) + (checkpoint?.data?.length ?? 0);
  // In UTF-8 a character of a text takes up to three bytes for each of its UTF-16 units.
  return 200 + bytes + 3 * ((fail?.error?.length ?? 0) + (progress?.note?.length ?? 0));
}
