import { type ServiceError, status } from "@grpc/grpc-js";
import { assert, assertNever } from "../base/assert.ts";
import type { NodeId } from "../base/brands.ts";
import { ConclaveError, isErrorCode } from "../base/errors.ts";
import type { HostPort } from "../base/hostPort.ts";
import {
  decodeSnapshotAnswer,
  encodePull,
  encodeSnapshotHello,
  type SnapshotAnswerFrame,
  type SnapshotChunk,
  type SnapshotHeader,
  type SnapshotPull,
} from "../codec/peerSnapshot.ts";
import { openChannel, type PeerChannel } from "./channel.ts";
import { helloTo, quote } from "./handshake.ts";
import { aborted, reach } from "./reach.ts";
import type { LocalPeer, SnapshotCall, TransportLimits, TransportTimings } from "./types.ts";

export interface SnapshotClientContext {
  readonly peer: NodeId;
  readonly endpoint: HostPort;
  readonly local: LocalPeer;
  readonly timings: TransportTimings;
  readonly limits: TransportLimits;
}

/**
 * Opens a snapshot at a peer, on a connection of its own: a chunk in front of a heartbeat would delay it. Rejects with
 * UNAVAILABLE when the peer cannot be reached or has none, OVERLOADED when it serves others, ABORTED by the signal,
 * and with what the peer refuses us for.
 */
export async function pullSnapshot(
  context: SnapshotClientContext,
  signal: AbortSignal,
): Promise<SnapshotCall> {
  const { endpoint, timings, limits, local, peer } = context;
  const target = await reach(endpoint, timings.handshakeTimeoutMs, signal);
  const pipe = new SnapshotPipe(openChannel("snapshot", target, timings, limits), context, signal);
  try {
    const answer = await pipe.ask(encodeSnapshotHello(helloTo(peer, local)));
    if (answer.type !== "header") throw outOfTurn(answer.type);
    checkHeader(answer.header, context);
    return new PulledSnapshot(answer.header, pipe);
  } catch (error) {
    pipe.close();
    throw error;
  }
}

class PulledSnapshot implements SnapshotCall {
  readonly header: SnapshotHeader;
  readonly #pipe: SnapshotPipe;

  constructor(header: SnapshotHeader, pipe: SnapshotPipe) {
    this.header = header;
    this.#pipe = pipe;
  }

  async pull(pull: SnapshotPull): Promise<SnapshotChunk> {
    const answer = await this.#pipe.ask(encodePull(pull));
    if (answer.type === "chunk" && isProgress(pull, answer.chunk)) return answer.chunk;
    this.#pipe.close();
    throw answer.type === "chunk" ? noProgress() : outOfTurn(answer.type);
  }

  close(): void {
    this.#pipe.close();
  }
}

interface Question {
  readonly resolve: (answer: Exclude<SnapshotAnswerFrame, { readonly type: "refusal" }>) => void;
  readonly reject: (error: ConclaveError) => void;
  readonly timer: NodeJS.Timeout;
}

/** One question at a time, each with one answer, until it breaks. */
class SnapshotPipe {
  readonly #channel: PeerChannel;
  readonly #context: SnapshotClientContext;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#break(aborted());
  #question: Question | null = null;
  #broken: ConclaveError | null = null;

  constructor(channel: PeerChannel, context: SnapshotClientContext, signal: AbortSignal) {
    this.#channel = channel;
    this.#context = context;
    this.#signal = signal;
    channel.call.on("data", (bytes: Buffer) => this.#onData(bytes));
    channel.call.on("error", (error: ServiceError) => this.#break(this.#lost(error)));
    channel.call.on("status", () => this.#break(this.#unavailable("the peer ended it")));
    signal.addEventListener("abort", this.#onAbort);
    if (signal.aborted) this.#onAbort();
  }

  ask(bytes: Buffer): Promise<Exclude<SnapshotAnswerFrame, { readonly type: "refusal" }>> {
    assert(this.#question === null, "a snapshot is pulled one chunk at a time");
    const { snapshotIdleMs } = this.#context.timings;
    return new Promise((resolve, reject) => {
      if (this.#broken !== null) return reject(this.#broken);
      const timer = setTimeout(() => {
        this.#break(this.#unavailable(`no answer within ${snapshotIdleMs} ms`));
      }, snapshotIdleMs);
      this.#question = { resolve, reject, timer };
      this.#channel.call.write(bytes);
    });
  }

  close(): void {
    this.#break(aborted());
  }

  #onData(bytes: Buffer): void {
    const question = this.#question;
    if (question === null) return this.#break(this.#unavailable("an answer came that nobody asked for"));
    let answer: SnapshotAnswerFrame;
    try {
      answer = decodeSnapshotAnswer(bytes);
    } catch (error) {
      return this.#break(error instanceof ConclaveError ? error : this.#unavailable(String(error)));
    }
    switch (answer.type) {
      case "refusal": {
        const { code, message } = answer.refusal;
        return this.#break(new ConclaveError(isErrorCode(code) ? code : "UNAVAILABLE", message));
      }
      case "header":
      case "chunk":
        clearTimeout(question.timer);
        this.#question = null;
        return question.resolve(answer);
      default:
        assertNever(answer);
    }
  }

  /** The first reason counts. */
  #break(error: ConclaveError): void {
    if (this.#broken !== null) return;
    this.#broken = error;
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#channel.destroy();
    if (this.#question === null) return;
    clearTimeout(this.#question.timer);
    this.#question.reject(error);
    this.#question = null;
  }

  #lost(error: ServiceError): ConclaveError {
    if (error.code !== status.RESOURCE_EXHAUSTED) return this.#unavailable(error.message);
    return new ConclaveError("OVERLOADED", error.details, { cause: error, retryAfterMs: 1_000 });
  }

  #unavailable(why: string): ConclaveError {
    return new ConclaveError("UNAVAILABLE", `the snapshot stream from ${this.#context.peer} broke: ${why}`);
  }
}

function checkHeader({ clusterId, format, index }: SnapshotHeader, context: SnapshotClientContext): void {
  const { local, peer } = context;
  if (clusterId !== local.clusterId) {
    throw new ConclaveError(
      "IDENTITY_MISMATCH",
      `${peer} offers a snapshot of cluster ${quote(clusterId)}, this node belongs to ${quote(local.clusterId)}`,
    );
  }
  const { min, max } = local.formats;
  if (format >= min && format <= max) return;
  throw new ConclaveError(
    "FORMAT_UNSUPPORTED",
    `the snapshot of ${peer} through entry ${index} has format ${format}, this release reads ${min} to ${max}; ` +
      "run releases that share a format",
  );
}

/** Whoever pulls goes on after `lastKey`: a sender that does not move on would be pulled from for ever. */
function isProgress(pull: SnapshotPull, { lastKey, isLast }: SnapshotChunk): boolean {
  return isLast || Buffer.compare(lastKey, pull.afterKey) > 0;
}

function noProgress(): ConclaveError {
  return new ConclaveError(
    "INVALID_ARGUMENT",
    "a snapshot's chunk ends where it began; the sender is faulty",
  );
}

function outOfTurn(what: string): ConclaveError {
  return new ConclaveError(
    "INVALID_ARGUMENT",
    `the sender of a snapshot answered with a ${what} out of turn`,
  );
}
