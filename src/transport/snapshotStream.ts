import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { PeerHello } from "../codec/peer.ts";
import {
  decodeSnapshotCall,
  encodeChunk,
  encodeSnapshotRefusal,
  encodeSnapshotStart,
  type SnapshotCallFrame,
  type SnapshotPull,
} from "../codec/peerSnapshot.ts";
import type { Gate } from "./gate.ts";
import { type Refusal, refuseDialler } from "./handshake.ts";
import type { LocalPeer, PeerListener, SnapshotReader, TransportLimits, TransportTimings } from "./types.ts";

export type SnapshotServerCall = ServerDuplexStream<Buffer, Buffer>;

export interface SnapshotContext {
  readonly local: LocalPeer;
  readonly gate: Gate;
  readonly listener: Pick<PeerListener, "openSnapshot">;
  readonly timings: TransportTimings;
  readonly limits: TransportLimits;
  /** Resolves once there is room to serve the peer; false when there is none. */
  readonly claim: (stream: SnapshotStream, peer: NodeId) => Promise<boolean>;
  readonly onRefused: (hello: PeerHello, refusal: Refusal) => void;
  /** The call is over; `closed` resolves when the reader is closed, too. */
  readonly onEnd: (stream: SnapshotStream) => void;
}

type State =
  | { readonly name: "greeting" }
  | { readonly name: "opening"; readonly hello: PeerHello }
  /** `isBusy`: a chunk is being read or has not left yet. One more pull may wait for that. */
  | {
      readonly name: "serving";
      readonly hello: PeerHello;
      readonly reader: SnapshotReader;
      isBusy: boolean;
      next: SnapshotPull | null;
    }
  | { readonly name: "ended" };

/** A snapshot that a peer pulls: one chunk at a time, at its pace, for as long as it goes on pulling. */
export class SnapshotStream {
  readonly #call: SnapshotServerCall;
  readonly #context: SnapshotContext;
  readonly #closed: Promise<void>;
  #state: State = { name: "greeting" };
  #deadline: NodeJS.Timeout;
  /** Resolves `#closed`. */
  #onClosed: () => void = () => undefined;
  /** What is under way with the reader: it is not closed before. */
  #work: Promise<void> = Promise.resolve();

  constructor(call: SnapshotServerCall, context: SnapshotContext) {
    this.#call = call;
    this.#context = context;
    this.#closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    this.#deadline = this.#failAfter(context.timings.handshakeTimeoutMs, "no hello");
    call.on("data", (bytes: Buffer) => this.#onData(bytes));
    call.on("end", () => this.end());
    call.on("error", () => this.#ended());
    call.on("cancelled", () => this.#ended());
    call.on("close", () => this.#ended());
  }

  /** Resolves when the call is over and nothing is left open. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** Ends it in good order. */
  end(): void {
    if (this.#ended()) this.#call.end();
  }

  fail(code: status, details: string): void {
    if (this.#ended()) this.#call.emit("error", { code, details });
  }

  /** Ends it when the peer may not pass any more, by the members of this moment. */
  recheck(): void {
    if (this.#state.name !== "serving" && this.#state.name !== "opening") return;
    const refusal = this.#context.gate.refusal(this.#state.hello);
    if (refusal !== null) this.fail(status.FAILED_PRECONDITION, refusal.message);
  }

  #onData(bytes: Buffer): void {
    if (this.#state.name === "ended") return;
    let frame: SnapshotCallFrame;
    try {
      frame = decodeSnapshotCall(bytes);
    } catch (error) {
      if (!(error instanceof ConclaveError)) throw error;
      return this.fail(status.INVALID_ARGUMENT, error.message);
    }
    if (frame.type === "hello" && this.#state.name === "greeting") {
      this.#state = { name: "opening", hello: frame.hello };
      this.#work = this.#open(frame.hello);
    } else if (frame.type === "pull" && this.#state.name === "serving" && this.#state.next === null) {
      this.#state.next = frame.pull;
      this.#serve();
    } else {
      this.fail(status.INVALID_ARGUMENT, `a ${frame.type} came out of turn`);
    }
  }

  async #open(hello: PeerHello): Promise<void> {
    const { local, gate, claim, listener, timings } = this.#context;
    const peer = hello.nodeId as NodeId;
    const unfit = refuseDialler(hello, local) ?? (await gate.admit(hello));
    const refusal = unfit ?? gate.refusal(hello);
    if (this.#state.name !== "opening") return;
    if (refusal !== null) return this.#refuse(hello, refusal);
    const hasRoom = await claim(this, peer);
    if (this.#state.name !== "opening") return;
    if (!hasRoom)
      return this.fail(status.RESOURCE_EXHAUSTED, "other members pull snapshots; come again later");
    clearTimeout(this.#deadline);
    let reader: SnapshotReader | null;
    try {
      reader = await listener.openSnapshot(peer);
    } catch (error) {
      return this.#refuse(hello, refusalOf(error));
    }
    if (reader === null) {
      return this.#refuse(hello, { code: "UNAVAILABLE", message: "there is no checkpoint to send yet" });
    }
    if (this.#hasEnded()) return closeQuietly(reader);
    this.#state = { name: "serving", hello, reader, isBusy: false, next: null };
    this.#deadline = this.#failAfter(timings.snapshotIdleMs, "no pull");
    this.#call.write(encodeSnapshotStart(reader.header));
  }

  /** A pull waits; it is served when the chunk before it has left. */
  #serve(): void {
    const state = this.#state;
    if (state.name !== "serving" || state.isBusy || state.next === null) return;
    const pull = state.next;
    state.isBusy = true;
    state.next = null;
    clearTimeout(this.#deadline);
    this.#work = this.#answer(state.reader, pull);
  }

  async #answer(reader: SnapshotReader, pull: SnapshotPull): Promise<void> {
    const { limits, timings } = this.#context;
    const maxBytes = Math.min(pull.maxBytes, limits.maxChunkBytes);
    let bytes: Buffer;
    try {
      bytes = encodeChunk(await reader.read({ ...pull, maxBytes }));
    } catch (error) {
      return this.fail(status.ABORTED, refusalOf(error).message);
    }
    if (this.#state.name !== "serving") return;
    // Also for a peer that pulls and does not read.
    this.#deadline = this.#failAfter(timings.snapshotIdleMs, "no pull");
    this.#call.write(bytes, () => {
      if (this.#state.name !== "serving") return;
      this.#state.isBusy = false;
      this.#serve();
    });
  }

  #refuse(hello: PeerHello, refusal: Refusal): void {
    if (this.#state.name === "ended") return;
    this.#context.onRefused(hello, refusal);
    this.#call.write(encodeSnapshotRefusal(refusal));
    this.end();
  }

  #failAfter(ms: number, what: string): NodeJS.Timeout {
    return setTimeout(() => this.fail(status.DEADLINE_EXCEEDED, `${what} within ${ms} ms`), ms);
  }

  #hasEnded(): boolean {
    return this.#state.name === "ended";
  }

  /** True the first time. */
  #ended(): boolean {
    const state = this.#state;
    if (state.name === "ended") return false;
    clearTimeout(this.#deadline);
    this.#state = { name: "ended" };
    void this.#close(state.name === "serving" ? state.reader : null);
    this.#context.onEnd(this);
    return true;
  }

  async #close(reader: SnapshotReader | null): Promise<void> {
    await this.#work;
    if (reader !== null) await closeQuietly(reader);
    this.#onClosed();
  }
}

/** A reader that cannot be closed is the store's trouble, and shows there. */
async function closeQuietly(reader: SnapshotReader): Promise<void> {
  await reader.close().catch(() => undefined);
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof ConclaveError) return { code: error.code, message: error.message };
  return { code: "INTERNAL", message: error instanceof Error ? error.message : String(error) };
}
