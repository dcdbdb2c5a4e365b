import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import type { NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { HostPort } from "../base/hostPort.ts";
import type { PeerHello } from "../codec/peer.ts";
import type { Message } from "../raft/messages.ts";
import type { Configuration } from "../raft/types.ts";
import { Acceptor } from "./acceptor.ts";
import { endpointOf } from "./endpoint.ts";
import { Gate } from "./gate.ts";
import { Guests } from "./guests.ts";
import { quote, type Refusal } from "./handshake.ts";
import type { InboundCall } from "./inbound.ts";
import { JoinService } from "./joinService.ts";
import { PeerLink } from "./link.ts";
import { PeerLinks } from "./links.ts";
import { LoggedReasons } from "./loggedReasons.ts";
import { PeerServer } from "./peerServer.ts";
import { Roster } from "./roster.ts";
import { pullSnapshot } from "./snapshotClient.ts";
import { SnapshotServer } from "./snapshotServer.ts";
import type { SnapshotServerCall } from "./snapshotStream.ts";
import type {
  GrpcPeersOptions,
  Members,
  PeerListener,
  SnapshotCall,
  TransportLimits,
  TransportStats,
  TransportTimings,
} from "./types.ts";

export interface ConnectionsOptions extends Omit<GrpcPeersOptions, "timings" | "limits" | "peers"> {
  /** Founding members, by this node's own settings. */
  readonly settings: ReadonlyMap<NodeId, HostPort>;
  readonly timings: TransportTimings;
  readonly limits: TransportLimits;
}

/** All streams of a node, in both directions, kept in step with who is a member. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #listener: PeerListener;
  readonly #roster: Roster;
  readonly #reasons = new LoggedReasons();
  readonly #links: PeerLinks;
  readonly #acceptor: Acceptor;
  readonly #guests: Guests;
  readonly #snapshots: SnapshotServer;
  readonly #server: PeerServer;
  /** Where peers say that they listen, for those of whom nothing else tells it. */
  readonly #told = new Map<NodeId, HostPort>();

  constructor(options: ConnectionsOptions, listener: PeerListener) {
    this.#options = options;
    this.#listener = listener;
    const { local, logger, random, timings, limits, incarnations } = options;
    this.#roster = new Roster(local.nodeId);
    const gate = new Gate(incarnations, this.#roster, local);
    const shared = { local, gate, timings, limits, reasons: this.#reasons, logger, listener };
    this.#guests = new Guests(timings, limits, (id) => this.#letGo(id));
    this.#links = new PeerLinks({
      make: (peer, endpoint) => new PeerLink({ ...shared, peer, endpoint, random }),
      // Later, for the node is in the middle of telling us who its members are.
      onDropped: (peer) => queueMicrotask(() => listener.onUnreachable(peer, false)),
      closeTimeoutMs: timings.closeTimeoutMs,
    });
    this.#acceptor = new Acceptor(
      {
        ...shared,
        handshakeTimeoutMs: timings.handshakeTimeoutMs,
        seat: (hello) => this.#seat(hello),
        onGreeted: (hello) => this.#onGreeted(hello),
        onHeard: (peer) => this.#guests.heard(peer),
        onClosed: (peer) => this.#guests.closed(peer),
      },
      listener,
    );
    this.#snapshots = new SnapshotServer(shared);
    const joins = new JoinService(local, listener, logger);
    this.#server = new PeerServer(
      {
        stream: (call: InboundCall) => this.#acceptor.accept(call),
        snapshot: (call: SnapshotServerCall) => this.#snapshots.accept(call),
        describe: (_call: unknown, answer: sendUnaryData<Buffer>) => joins.describe(answer),
        join: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) =>
          void joins.join(call, answer),
      },
      timings,
      limits,
    );
  }

  /** Resolves to the address that was bound. Rejects with CONFIG_INVALID when it cannot be. */
  listen(address: string): Promise<string> {
    return this.#server.listen(address);
  }

  /** From now on all members are dialled. */
  dial(): void {
    this.#links.start();
  }

  send(to: NodeId, message: Message): void {
    const link = this.#links.get(to);
    if (link !== undefined) link.send(message);
    else if (this.#roster.has(to) && this.#reasons.isNew(to, "no address")) {
      this.#options.logger.warn(
        { peer: to },
        "no address is known for a member, until it calls; add it to this node's peers",
      );
    }
  }

  async openSnapshot(from: NodeId, signal: AbortSignal): Promise<SnapshotCall> {
    const endpoint = this.#links.get(from)?.endpoint;
    if (endpoint === undefined) {
      throw new ConclaveError("UNAVAILABLE", `no address is known for ${from}, to fetch a snapshot from`);
    }
    const { local, timings, limits } = this.#options;
    return pullSnapshot({ peer: from, endpoint, local, timings, limits }, signal);
  }

  setMembers(members: Members, configuration: Configuration): void {
    const before = this.#roster.members;
    this.#roster.set(members, configuration);
    for (const [id, member] of this.#roster.members) {
      this.#guests.forget(id);
      const endpoint = this.#endpointOf(id);
      const was = before.get(id);
      const isOther =
        was !== undefined && (was?.since !== member?.since || was?.incarnation !== member?.incarnation);
      // One that speaks for the new incarnation already came ahead of the configuration that names it.
      if (isOther && this.#links.get(id)?.incarnation !== member?.incarnation) this.#links.drop(id);
      if (endpoint !== undefined) this.#links.connect(id, endpoint);
    }
    for (const id of before.keys()) if (!this.#roster.has(id)) this.#guests.depart(id);
    const isDeparting = (id: NodeId): boolean => this.#guests.isDeparting(id);
    this.#acceptor.recheck(isDeparting);
    this.#links.recheck(isDeparting);
    this.#snapshots.recheck();
  }

  stats(): TransportStats {
    const peers = [...this.#links].map(
      ([id, link]) => [id, link.stats(this.#acceptor.receivedFrom(id))] as const,
    );
    return { peers: new Map(peers), ...this.#acceptor.counters };
  }

  async close(): Promise<void> {
    this.#guests.close();
    const { closeTimeoutMs } = this.#options.timings;
    let snapshots: Promise<void> = Promise.resolve();
    await Promise.all([
      this.#server.close(closeTimeoutMs, () => {
        this.#acceptor.close();
        snapshots = this.#snapshots.close();
      }),
      this.#links.close(),
    ]);
    // Their readers hold on to a store that is about to be closed.
    await snapshots;
  }

  /** The configuration knows better than this node's settings, and these better than the peer itself. */
  #endpointOf(id: NodeId): HostPort | undefined {
    const named = this.#roster.get(id)?.address ?? "";
    const endpoint = endpointOf(named);
    if (named !== "" && endpoint === undefined && this.#reasons.isNew(id, named)) {
      this.#options.logger.error(
        { peer: id, address: quote(named) },
        "the configuration names an address for a member that cannot be dialled; remove the member and add it again",
      );
    }
    return endpoint ?? this.#options.settings.get(id) ?? this.#told.get(id);
  }

  #seat(hello: PeerHello): Refusal | null {
    return this.#roster.has(hello.nodeId as NodeId) ? null : this.#guests.take(hello);
  }

  #onGreeted(hello: PeerHello): void {
    const id = hello.nodeId as NodeId;
    const told = endpointOf(hello.peerAddress);
    if (told !== undefined) this.#told.set(id, told);
    const endpoint = this.#endpointOf(id);
    if (endpoint !== undefined) this.#links.connect(id, endpoint);
    this.#links.get(id)?.nudge();
  }

  /** A guest left, or the time of a former member is up. */
  #letGo(id: NodeId): void {
    this.#told.delete(id);
    this.#acceptor.end(id);
    this.#links.drop(id);
    this.#listener.onLeft(id);
  }
}
