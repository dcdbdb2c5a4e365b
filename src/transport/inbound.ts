import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import { encodeHello, encodeRefusal, FrameReader, type PeerFrame, type PeerHello } from "../codec/peer.ts";
import type { Message } from "../raft/messages.ts";
import type { Gate } from "./gate.ts";
import { helloTo, type Refusal, refuseDialler } from "./handshake.ts";
import type { LocalPeer } from "./types.ts";

export type InboundCall = ServerDuplexStream<Buffer, Buffer>;

export interface InboundContext {
  readonly local: LocalPeer;
  readonly gate: Gate;
  readonly handshakeTimeoutMs: number;
  /** Asked last: a seat for a node that is no member; null when it has one, or needs none. */
  readonly seat: (hello: PeerHello) => Refusal | null;
}

export interface InboundEvents {
  /** The handshake is done; messages follow. */
  onOpen(stream: InboundStream, hello: PeerHello): void;
  onMessage(from: NodeId, message: Message, wallClockMs: number): void;
  onRefused(hello: PeerHello, refusal: Refusal, address: string): void;
  /** What came is no frame (INVALID_ARGUMENT), or was damaged on its way (DATA_CORRUPT). */
  onFault(from: NodeId | null, error: ConclaveError, address: string): void;
  /** The last call, also after `onRefused` and `onFault`. */
  onEnd(stream: InboundStream): void;
}

type State =
  | { readonly name: "greeting" }
  | { readonly name: "checking" }
  | { readonly name: "open"; readonly peer: NodeId; readonly hello: PeerHello }
  | { readonly name: "ended" };

/** A stream that a peer opened to us: its hello, our answer, then its messages. */
export class InboundStream {
  readonly #call: InboundCall;
  readonly #context: InboundContext;
  readonly #events: InboundEvents;
  readonly #deadline: NodeJS.Timeout;
  readonly #frames = new FrameReader();
  #state: State = { name: "greeting" };

  constructor(call: InboundCall, context: InboundContext, events: InboundEvents) {
    this.#call = call;
    this.#context = context;
    this.#events = events;
    const { handshakeTimeoutMs } = context;
    this.#deadline = setTimeout(() => {
      this.#fail(status.DEADLINE_EXCEEDED, `no hello within ${handshakeTimeoutMs} ms`);
    }, handshakeTimeoutMs);
    call.on("data", (bytes: Buffer) => this.#onData(bytes));
    call.on("end", () => this.end());
    call.on("error", () => this.#ended());
    call.on("cancelled", () => this.#ended());
    call.on("close", () => this.#ended());
  }

  get peer(): NodeId | null {
    return this.#state.name === "open" ? this.#state.peer : null;
  }

  /** Ends it when the peer may not pass any more, by the members of this moment. */
  async recheck(): Promise<void> {
    if (this.#state.name !== "open") return;
    const { hello } = this.#state;
    const refusal = this.#context.gate.refusal(hello) ?? (await this.#context.gate.admit(hello));
    if (refusal !== null) this.#fail(status.FAILED_PRECONDITION, refusal.message);
  }

  /** Ends it in good order; what was received and not yet read is not delivered. */
  end(): void {
    if (this.#ended()) this.#call.end();
  }

  /** Another stream of the same peer takes over: nothing of this one is delivered after it. */
  supersede(): void {
    this.#fail(status.ABORTED, "a later stream from the same node id took over");
  }

  #onData(bytes: Buffer): void {
    if (this.#state.name === "ended") return;
    let frame: PeerFrame;
    try {
      frame = this.#frames.read(bytes);
    } catch (error) {
      if (!(error instanceof ConclaveError)) throw error;
      return this.#fault(error);
    }
    if (this.#state.name === "open" && frame.type === "message") {
      return this.#events.onMessage(this.#state.peer, frame.message, frame.wallClockMs);
    }
    if (this.#state.name === "greeting" && frame.type === "hello") {
      this.#state = { name: "checking" };
      void this.#check(frame.hello);
      return;
    }
    this.#fault(new ConclaveError("INVALID_ARGUMENT", `a ${frame.type} came out of turn`));
  }

  async #check(hello: PeerHello): Promise<void> {
    const { local, gate, seat } = this.#context;
    const peer = hello.nodeId as NodeId;
    const unfit = refuseDialler(hello, local) ?? (await gate.admit(hello));
    if (this.#state.name !== "checking") return;
    clearTimeout(this.#deadline);
    const refusal = unfit ?? gate.refusal(hello) ?? seat(hello);
    if (refusal !== null) {
      this.#call.write(encodeRefusal(refusal));
      this.#events.onRefused(hello, refusal, this.#call.getPeer());
      return this.end();
    }
    this.#state = { name: "open", peer, hello };
    this.#call.write(encodeHello(helloTo(peer, local)));
    this.#events.onOpen(this, hello);
  }

  #fault(error: ConclaveError): void {
    this.#events.onFault(this.peer, error, this.#call.getPeer());
    this.#fail(status.INVALID_ARGUMENT, error.message);
  }

  #fail(code: status, details: string): void {
    if (this.#ended()) this.#call.emit("error", { code, details });
  }

  /** True the first time. */
  #ended(): boolean {
    if (this.#state.name === "ended") return false;
    clearTimeout(this.#deadline);
    this.#state = { name: "ended" };
    this.#events.onEnd(this);
    return true;
  }
}
