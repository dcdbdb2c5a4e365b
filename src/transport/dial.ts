import { assertNever } from "../base/assert.ts";
import type { NodeId } from "../base/brands.ts";
import type { HostPort } from "../base/hostPort.ts";
import { decodePeerFrame, encodeHello, type PeerFrame, type PeerHello } from "../codec/peer.ts";
import { openChannel, type PeerChannel } from "./channel.ts";
import type { Gate } from "./gate.ts";
import { helloTo, refuseAcceptor } from "./handshake.ts";
import { grpcTarget, type ProbeResult, probe } from "./probe.ts";
import type { LocalPeer, TransportLimits, TransportTimings } from "./types.ts";

/** Why a dial, or the stream that came of it, ended. */
export type DialEnd =
  /** Nobody listens at the address: the process is gone. */
  | { readonly type: "refused"; readonly reason: string }
  /** One of the two does not accept the other. */
  | { readonly type: "rejected"; readonly by: "peer" | "us"; readonly code: string; readonly reason: string }
  | { readonly type: "failed"; readonly reason: string };

export interface DialContext {
  readonly peer: NodeId;
  readonly endpoint: HostPort;
  readonly local: LocalPeer;
  readonly gate: Gate;
  readonly timings: TransportTimings;
  readonly limits: TransportLimits;
}

export interface DialEvents {
  /** The handshake is done: `write` may be used. */
  onOpen(hello: PeerHello): void;
  /** The last call; never from within the constructor. Does not come after `abandon` or `finish`. */
  onEnd(end: DialEnd): void;
}

type State =
  | { readonly name: "probing"; readonly cancel: () => void }
  /** Hello sent; `answered` while the acceptor's hello is being checked. */
  | { readonly name: "handshaking"; readonly channel: PeerChannel; readonly answered: boolean }
  | { readonly name: "open"; readonly channel: PeerChannel }
  | { readonly name: "finishing"; readonly channel: PeerChannel; readonly finished: () => void }
  | { readonly name: "ended" };

/** One attempt to reach a peer and, if it succeeds, the stream to it: probe, connect, handshake, messages. */
export class Dial {
  readonly #context: DialContext;
  readonly #events: DialEvents;
  readonly #deadline: NodeJS.Timeout;
  #state: State;
  #queuedBytes = 0;

  constructor(context: DialContext, events: DialEvents) {
    this.#context = context;
    this.#events = events;
    const { handshakeTimeoutMs } = context.timings;
    this.#deadline = setTimeout(() => this.#onDeadline(), handshakeTimeoutMs);
    this.#state = { name: "probing", cancel: probe(context.endpoint, (result) => this.#onProbed(result)) };
  }

  /** Bytes written that the connection has not taken yet. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Queues one encoded frame; only while open. */
  write(bytes: Buffer): void {
    if (this.#state.name !== "open") return;
    this.#queuedBytes += bytes.length;
    this.#state.channel.call.write(bytes, () => {
      this.#queuedBytes -= bytes.length;
    });
  }

  /** Cuts it, in whatever state, without an event. */
  abandon(): void {
    const state = this.#state;
    this.#state = { name: "ended" };
    clearTimeout(this.#deadline);
    switch (state.name) {
      case "probing":
        return state.cancel();
      case "handshaking":
      case "open":
        return state.channel.destroy();
      case "finishing":
        state.channel.destroy();
        return state.finished();
      case "ended":
        return;
      default:
        assertNever(state);
    }
  }

  /** Lets what was written go out and the peer end the stream, for at most `timeoutMs`, then cuts it. */
  async finish(timeoutMs: number): Promise<void> {
    if (this.#state.name !== "open") return this.abandon();
    const { channel } = this.#state;
    await new Promise<void>((finished) => {
      const timer = setTimeout(finished, timeoutMs);
      this.#state = {
        name: "finishing",
        channel,
        finished: () => {
          clearTimeout(timer);
          finished();
        },
      };
      channel.call.end();
    });
    this.abandon();
  }

  #onDeadline(): void {
    const waitedFor = this.#state.name === "probing" ? "the connection" : "the answer to the handshake";
    const reason = `no answer within ${this.#context.timings.handshakeTimeoutMs} ms (waited for ${waitedFor})`;
    this.#end({ type: "failed", reason });
  }

  #onProbed(result: ProbeResult): void {
    switch (result.type) {
      case "listening":
        return this.#connect(result.address);
      case "refused":
        return this.#end({ type: "refused", reason: "nobody listens there" });
      case "failed":
        return this.#end({ type: "failed", reason: result.reason });
      default:
        assertNever(result);
    }
  }

  #connect(address: HostPort): void {
    const { timings, limits, peer, local } = this.#context;
    const channel = openChannel("stream", grpcTarget(address), timings, limits);
    this.#state = { name: "handshaking", channel, answered: false };
    channel.call.on("data", (bytes: Buffer) => this.#onData(bytes));
    channel.call.on("error", (error: Error) => this.#onStreamEnd(error.message));
    channel.call.on("status", () => this.#onStreamEnd("the peer ended the stream"));
    channel.call.write(encodeHello(helloTo(peer, local)));
  }

  #onStreamEnd(reason: string): void {
    if (this.#state.name === "finishing") this.#state.finished();
    else this.#end({ type: "failed", reason });
  }

  #onData(bytes: Buffer): void {
    const state = this.#state;
    if (state.name === "ended" || state.name === "finishing") return;
    let frame: PeerFrame;
    try {
      frame = decodePeerFrame(bytes);
    } catch (error) {
      return this.#end({ type: "failed", reason: error instanceof Error ? error.message : String(error) });
    }
    if (frame.type === "refusal") {
      const { code, message } = frame.refusal;
      return this.#end({ type: "rejected", by: "peer", code, reason: message });
    }
    if (frame.type === "message" || state.name !== "handshaking" || state.answered) {
      return this.#end({ type: "failed", reason: `the peer answered with a ${frame.type} out of turn` });
    }
    this.#state = { ...state, answered: true };
    void this.#verify(frame.hello, state.channel);
  }

  async #verify(hello: PeerHello, channel: PeerChannel): Promise<void> {
    const { local, peer, gate } = this.#context;
    const unfit = refuseAcceptor(hello, local, peer) ?? (await gate.admit(hello));
    if (this.#state.name !== "handshaking") return;
    const refusal = unfit ?? gate.refusal(hello);
    if (refusal !== null) {
      return this.#end({ type: "rejected", by: "us", code: refusal.code, reason: refusal.message });
    }
    clearTimeout(this.#deadline);
    this.#state = { name: "open", channel };
    this.#events.onOpen(hello);
  }

  #end(end: DialEnd): void {
    if (this.#state.name === "ended") return;
    this.abandon();
    this.#events.onEnd(end);
  }
}
