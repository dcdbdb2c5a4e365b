import { assert } from "../base/assert.ts";
import type { NodeId } from "../base/brands.ts";
import { type HostPort, requireHostPort } from "../base/hostPort.ts";
import type { Message } from "../raft/messages.ts";
import { Acceptor } from "./acceptor.ts";
import { IncarnationGate } from "./incarnationGate.ts";
import { PeerLink } from "./link.ts";
import { LoggedReasons } from "./loggedReasons.ts";
import {
  defaultLimits,
  defaultTimings,
  type GrpcPeersOptions,
  type PeerListener,
  type TransportLimits,
  type TransportStats,
  type TransportTimings,
} from "./types.ts";

interface Running {
  readonly address: string;
  readonly acceptor: Acceptor;
  readonly links: ReadonlyMap<NodeId, PeerLink>;
}

/**
 * gRPC between the members (proto/conclave/v1/peer.proto): one long-lived stream per pair and direction, each
 * opened and written by its sender. Messages on one stream arrive in order and at most once; what cannot be sent
 * is dropped and counted, for Raft repeats what matters.
 */
export class GrpcPeers {
  readonly #options: GrpcPeersOptions;
  readonly #timings: TransportTimings;
  readonly #limits: TransportLimits;
  readonly #endpoints: ReadonlyMap<NodeId, HostPort>;
  readonly #reasons = new LoggedReasons();
  #running: Running | null = null;
  #starting: Promise<void> | null = null;
  #closed: Promise<void> | null = null;

  /** Throws CONFIG_INVALID for an address that is none. */
  constructor(options: GrpcPeersOptions) {
    this.#options = options;
    this.#timings = { ...defaultTimings, ...options.timings };
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#endpoints = new Map(
      [...options.peers]
        .filter(([id]) => id !== options.local.nodeId)
        .map(([id, address]) => [id, requireHostPort(address, `peer ${id}`)]),
    );
  }

  /** `host:port` that was bound. */
  get address(): string {
    assert(this.#running !== null, "the address is known once start has resolved");
    return this.#running.address;
  }

  /**
   * Listens, then dials every peer. Resolves once listening; rejects with CONFIG_INVALID when the address is
   * taken or invalid. `listener` may be called before it resolves. To be called once.
   */
  start(listener: PeerListener): Promise<void> {
    assert(this.#starting === null && this.#closed === null, "a transport is started once");
    this.#starting = this.#start(listener);
    return this.#starting;
  }

  /** Never blocks and never fails for want of a connection: then the message is dropped and counted. */
  send(to: NodeId, message: Message): void {
    if (this.#running === null) return;
    const link = this.#running.links.get(to);
    if (link !== undefined) link.send(message);
    else if (this.#reasons.isNew(to, "no address")) {
      this.#options.logger.error(
        { peer: to },
        "no address is known for a member; add it to this node's peers",
      );
    }
  }

  stats(): TransportStats {
    if (this.#running === null) {
      return { peers: new Map(), refusedHandshakes: 0, malformedFrames: 0, corruptFrames: 0 };
    }
    const { links, acceptor } = this.#running;
    const peers = [...links].map(([id, link]) => [id, link.stats(acceptor.receivedFrom(id))] as const);
    return { peers: new Map(peers), ...acceptor.counters };
  }

  /** Flushes and ends all streams within `closeTimeoutMs`, then cuts them. The listener hears nothing more. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(listener: PeerListener): Promise<void> {
    const { local, incarnations, logger, random } = this.#options;
    const shared = {
      local,
      gate: new IncarnationGate(incarnations),
      timings: this.#timings,
      limits: this.#limits,
      reasons: this.#reasons,
      logger,
    };
    const links = new Map<NodeId, PeerLink>();
    for (const [peer, endpoint] of this.#endpoints) {
      links.set(peer, new PeerLink({ ...shared, peer, endpoint, listener, random }));
    }
    const acceptor = new Acceptor(
      {
        ...shared,
        members: new Set(links.keys()),
        handshakeTimeoutMs: this.#timings.handshakeTimeoutMs,
        onGreeted: (peer) => links.get(peer)?.nudge(),
      },
      listener,
    );
    const address = await acceptor.listen(this.#options.listen);
    this.#running = { address, acceptor, links };
    logger.info({ address }, "listening for peers");
    if (this.#closed === null) for (const link of links.values()) link.start();
  }

  async #close(): Promise<void> {
    // A failed start is reported to whoever called it; there is nothing to close then.
    await this.#starting?.catch(() => undefined);
    if (this.#running === null) return;
    const { links, acceptor } = this.#running;
    const { closeTimeoutMs } = this.#timings;
    await Promise.all([
      acceptor.close(closeTimeoutMs),
      ...[...links.values()].map((link) => link.close(closeTimeoutMs)),
    ]);
  }
}
