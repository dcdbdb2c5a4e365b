import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import { formatHostPort, requireHostPort } from "../base/hostPort.ts";
import type { Logger } from "../base/logger.ts";
import type { PeerHello } from "../codec/peer.ts";
import { peerService, serverOptions } from "./channel.ts";
import { quote, type Refusal } from "./handshake.ts";
import { type InboundCall, type InboundContext, InboundStream } from "./inbound.ts";
import type { LoggedReasons } from "./loggedReasons.ts";
import { tuneServer } from "./tuneServer.ts";
import type { PeerListener, TransportLimits, TransportTimings } from "./types.ts";

export interface AcceptorOptions extends InboundContext {
  readonly timings: TransportTimings;
  readonly limits: TransportLimits;
  readonly logger: Logger;
  readonly reasons: LoggedReasons;
  /** A peer finished its handshake with us: it lives, and can be dialled. */
  readonly onGreeted: (peer: NodeId) => void;
}

/** The server for the streams that peers open to us: at most one per peer counts, the latest. */
export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #listener: PeerListener;
  readonly #server: Server;
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
    this.#server = new Server(serverOptions(options.timings, options.limits));
    this.#server.addService(peerService, { stream: (call: InboundCall) => this.#accept(call) });
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

  /** Resolves to the address that was bound. Rejects with CONFIG_INVALID when it cannot be. */
  async listen(address: string): Promise<string> {
    const { host } = requireHostPort(address, "the address to listen on for peers");
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(cannotListen(address, error));
      });
    });
    tuneServer(this.#server);
    return formatHostPort({ host, port });
  }

  /** Stops listening, ends all streams and waits for their connections for at most `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
      for (const stream of this.#streams) stream.end();
    });
    this.#server.forceShutdown();
  }

  #accept(call: InboundCall): void {
    if (this.#closing) {
      call.on("error", () => undefined);
      call.emit("error", { code: status.UNAVAILABLE, details: "the node is shutting down" });
      return;
    }
    const stream: InboundStream = new InboundStream(call, this.#options, {
      onOpen: (opened, hello) => this.#onOpen(opened, hello),
      onMessage: (from, message, wallClockMs) => {
        this.#received.set(from, this.receivedFrom(from) + 1);
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
    this.#listener.onPeerInfo(peer, { clientAddress: hello.clientAddress, version: hello.version });
    this.#options.onGreeted(peer);
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
      if (current === stream) this.#current.delete(peer);
    }
  }
}

/** Reasons of incoming streams are kept apart from those of our own to the same peer. */
function dialler(id: string): string {
  return `from ${id.slice(0, 128)}`;
}

function cannotListen(address: string, error: Error): ConclaveError {
  return new ConclaveError(
    "CONFIG_INVALID",
    `cannot listen for peers on ${address}: ${error.message}; free the address, or choose another one and tell ` +
      "it to all nodes",
    { cause: error },
  );
}
