import { status } from "@grpc/grpc-js";
import type { NodeId } from "../base/brands.ts";
import type { Logger } from "../base/logger.ts";
import type { PeerHello } from "../codec/peer.ts";
import { quote, type Refusal } from "./handshake.ts";
import type { LoggedReasons } from "./loggedReasons.ts";
import { type SnapshotContext, type SnapshotServerCall, SnapshotStream } from "./snapshotStream.ts";

export interface SnapshotServerOptions extends Omit<SnapshotContext, "claim" | "onRefused" | "onEnd"> {
  readonly logger: Logger;
  readonly reasons: LoggedReasons;
}

/** Serves our records to members that lack compacted entries: a few at a time, and one stream for each. */
export class SnapshotServer {
  readonly #options: SnapshotServerOptions;
  readonly #context: SnapshotContext;
  /** Calls that are not over. */
  readonly #streams = new Set<SnapshotStream>();
  /** Those that hold a place, until their reader is closed. */
  readonly #served = new Map<SnapshotStream, NodeId>();
  #closing = false;

  constructor(options: SnapshotServerOptions) {
    this.#options = options;
    this.#context = {
      ...options,
      claim: (stream, peer) => this.#claim(stream, peer),
      onRefused: (hello, refusal) => this.#onRefused(hello, refusal),
      onEnd: (stream) => {
        this.#streams.delete(stream);
      },
    };
  }

  accept(call: SnapshotServerCall): void {
    const stream = new SnapshotStream(call, this.#context);
    this.#streams.add(stream);
    if (this.#closing) stream.fail(status.UNAVAILABLE, "the node is shutting down");
  }

  /** After the members changed. */
  recheck(): void {
    for (const stream of this.#streams) stream.recheck();
  }

  /** Resolves when no reader is open any more. */
  async close(): Promise<void> {
    this.#closing = true;
    const all = [...new Set([...this.#streams, ...this.#served.keys()])];
    for (const stream of this.#streams) stream.end();
    await Promise.all(all.map((stream) => stream.closed));
  }

  /** A peer that comes again has lost its stream before, whether we have noticed or not. */
  async #claim(stream: SnapshotStream, peer: NodeId): Promise<boolean> {
    for (;;) {
      const before = [...this.#served].find(([, id]) => id === peer)?.[0];
      if (before === undefined) break;
      before.fail(status.ABORTED, "a later stream from the same node id took over");
      await before.closed;
    }
    if (this.#served.size >= this.#options.limits.maxSnapshots || !this.#streams.has(stream)) return false;
    this.#served.set(stream, peer);
    void stream.closed.then(() => this.#served.delete(stream));
    this.#options.logger.info({ peer }, "sending a snapshot");
    return true;
  }

  #onRefused(hello: PeerHello, refusal: Refusal): void {
    const { reasons, logger } = this.#options;
    const peer = quote(hello.nodeId);
    if (!reasons.isNew(`snapshot for ${hello.nodeId.slice(0, 128)}`, refusal.message)) return;
    logger.warn({ peer, code: refusal.code, reason: refusal.message }, "a snapshot was not sent");
  }
}
