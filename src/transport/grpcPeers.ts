import { assert } from "../base/assert.ts";
import type { NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import { requireHostPort } from "../base/hostPort.ts";
import type { Message } from "../raft/messages.ts";
import type { Configuration } from "../raft/types.ts";
import { Connections, type ConnectionsOptions } from "./connections.ts";
import {
  defaultLimits,
  defaultTimings,
  type GrpcPeersOptions,
  type Members,
  type PeerListener,
  type SnapshotCall,
  type TransportStats,
} from "./types.ts";

interface Running {
  readonly address: string;
  readonly connections: Connections;
}

/**
 * gRPC between the members (proto/conclave/v1/peer.proto): one long-lived stream per pair and direction, each
 * opened and written by its sender. Messages on one stream arrive in order and at most once; what cannot be sent
 * is dropped and counted, for Raft repeats what matters. Snapshots have a connection of their own.
 */
export class GrpcPeers {
  readonly #options: ConnectionsOptions;
  #members: { readonly members: Members; readonly configuration: Configuration } | null = null;
  #running: Running | null = null;
  #starting: Promise<void> | null = null;
  #closed: Promise<void> | null = null;

  /** Throws CONFIG_INVALID for an address that is none. */
  constructor(options: GrpcPeersOptions) {
    const founding = [...options.peers].filter(([id]) => id !== options.local.nodeId);
    this.#options = {
      ...options,
      settings: new Map(founding.map(([id, address]) => [id, requireHostPort(address, `peer ${id}`)])),
      timings: { ...defaultTimings, ...options.timings },
      limits: { ...defaultLimits, ...options.limits },
    };
  }

  /** `host:port` that was bound. */
  get address(): string {
    assert(this.#running !== null, "the address is known once start has resolved");
    return this.#running.address;
  }

  /**
   * Listens, then dials every member. Resolves once listening; rejects with CONFIG_INVALID when the address is
   * taken or invalid. `listener` may be called before it resolves. To be called once.
   */
  start(listener: PeerListener): Promise<void> {
    assert(this.#starting === null && this.#closed === null, "a transport is started once");
    this.#starting = this.#start(listener);
    return this.#starting;
  }

  /**
   * Who is a member from now on: nobody before the first call, which may come before `start`. Streams to and from those
   * that are gone stay for `departureMs`; those of another data directory than the configuration means end at once.
   */
  setMembers(members: Members, configuration: Configuration): void {
    this.#members = { members, configuration };
    if (this.#closed === null) this.#running?.connections.setMembers(members, configuration);
  }

  /** Never blocks and never fails for want of a connection: then the message is dropped and counted. */
  send(to: NodeId, message: Message): void {
    this.#running?.connections.send(to, message);
  }

  /**
   * Rejects with UNAVAILABLE when the peer cannot be reached or has no snapshot, OVERLOADED when it serves others,
   * ABORTED by the signal, and with what the peer turns this node away for.
   */
  async openSnapshot(from: NodeId, signal: AbortSignal): Promise<SnapshotCall> {
    if (this.#running === null || this.#closed !== null) {
      throw new ConclaveError("SHUTTING_DOWN", "the transport is not open");
    }
    return this.#running.connections.openSnapshot(from, signal);
  }

  stats(): TransportStats {
    return (
      this.#running?.connections.stats() ?? {
        peers: new Map(),
        refusedHandshakes: 0,
        malformedFrames: 0,
        corruptFrames: 0,
      }
    );
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
    const connections = new Connections(this.#options, listener);
    const atFirst = this.#members;
    // Before anybody can call: members are no guests.
    if (atFirst !== null) connections.setMembers(atFirst.members, atFirst.configuration);
    const address = await connections.listen(this.#options.listen);
    this.#running = { address, connections };
    this.#options.logger.info({ address }, "listening for peers");
    if (this.#closed !== null) return;
    const now = this.#members;
    if (now !== null && now !== atFirst) connections.setMembers(now.members, now.configuration);
    connections.dial();
  }

  async #close(): Promise<void> {
    // A failed start is reported to whoever called it; there is nothing to close then.
    await this.#starting?.catch(() => undefined);
    await this.#running?.connections.close();
  }
}
