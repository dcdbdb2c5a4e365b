import { status } from "@grpc/grpc-js";
import type { NodeId } from "../base/brands.ts";
import type { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { PeerHello } from "../codec/peer.ts";
import { infoOf, quote, type Refusal } from "./handshake.ts";
import { type InboundCall, type InboundContext, InboundStream } from "./inbound.ts";
import type { LoggedReasons } from "./loggedReasons.ts";
import type { PeerListener } from "./types.ts";

export interface AcceptorOptions extends InboundContext {
  readonly logger: Logger;
  readonly reasons: LoggedReasons;
  /** A peer finished its handshake with us: it lives, and can be dialled. */
  readonly onGreeted: (hello: PeerHello) => void;
  readonly onHeard: (peer: NodeId) => void;
  /** The stream that counted has ended, and no other one has taken its place. */
  readonly onClosed: (peer: NodeId) => void;
}

/** The streams that peers open to us: at most one per peer counts, the latest. */
export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #listener: PeerListener;
  readonly #streams = new Set<InboundStream>();
  readonly #current = new Map<NodeId, InboundStream>();
  readonly #received = new Map<NodeId, number>();
  #closing = false;
  #refusedHandshakes = 0;
  #malformedFrames = 0;
  #corruptFrames = 0;

  constructor(options: AcceptorOptions, listener: PeerListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get counters(): { refusedHandshakes: number; malformedFrames: number; corruptFrames: number } {
    return {
      refusedHandshakes: this.#refusedHandshakes,
      malformedFrames: this.#malformedFrames,
      corruptFrames: this.#corruptFrames,
    };
  }

  receivedFrom(peer: NodeId): number {
    return this.#received.get(peer) ?? 0;
  }

  /** Takes no more streams, and ends those there are. */
  close(): void {
    this.#closing = true;
    for (const stream of this.#streams) stream.end();
  }

  /** Ends the peer's stream: it is nobody's any more. */
  end(peer: NodeId): void {
    this.#received.delete(peer);
    this.#current.get(peer)?.end();
  }

  /** After the members changed: ends the streams of those that may not pass any more. */
  recheck(isExempt: (peer: NodeId) => boolean): void {
    for (const [peer, stream] of this.#current) if (!isExempt(peer)) void stream.recheck();
  }

  accept(call: InboundCall): void {
    if (this.#closing) {
      call.on("error", () => undefined);
      call.emit("error", { code: status.UNAVAILABLE, details: "the node is shutting down" });
      return;
    }
    const stream: InboundStream = new InboundStream(call, this.#options, {
      onOpen: (opened, hello) => this.#onOpen(opened, hello),
      onMessage: (from, message, wallClockMs) => {
        this.#received.set(from, this.receivedFrom(from) + 1);
        this.#options.onHeard(from);
        this.#listener.onMessage(from, message, wallClockMs);
      },
      onRefused: (hello, refusal, address) => this.#onRefused(hello, refusal, address),
      onFault: (from, error, address) => this.#onFault(from, error, address),
      onEnd: (ended) => this.#onEnd(ended),
    });
    this.#streams.add(stream);
  }

  #onOpen(stream: InboundStream, hello: PeerHello): void {
    const peer = hello.nodeId as NodeId;
    const previous = this.#current.get(peer);
    this.#current.set(peer, stream);
    this.#options.reasons.forget(dialler(peer));
    if (previous !== undefined) {
      this.#options.logger.info({ peer }, "the peer opened a new stream; the one before is ended");
      previous.supersede();
    }
    this.#listener.onPeerInfo(peer, infoOf(hello));
    this.#options.onGreeted(hello);
  }

  #onRefused(hello: PeerHello, refusal: Refusal, address: string): void {
    this.#refusedHandshakes += 1;
    const { reasons, logger } = this.#options;
    if (!reasons.isNew(dialler(hello.nodeId), refusal.message)) return;
    const fields = { peer: quote(hello.nodeId), address, code: refusal.code, reason: refusal.message };
    logger.error(fields, "a node that wanted to connect was turned away");
  }

  #onFault(from: NodeId | null, error: ConclaveError, address: string): void {
    if (error.code === "DATA_CORRUPT") this.#corruptFrames += 1;
    else this.#malformedFrames += 1;
    const { reasons, logger } = this.#options;
    if (!reasons.isNew(dialler(from ?? "a stranger"), error.message)) return;
    const fields = { peer: from, address, code: error.code, reason: error.message };
    logger.error(fields, "a stream was closed for what came on it");
  }

  #onEnd(stream: InboundStream): void {
    this.#streams.delete(stream);
    for (const [peer, current] of this.#current) {
      if (current !== stream) continue;
      this.#current.delete(peer);
      this.#options.onClosed(peer);
    }
  }
}

/** Reasons of incoming streams are kept apart from those of our own to the same peer. */
function dialler(id: string): string {
  return `from ${id.slice(0, 128)}`;
}
