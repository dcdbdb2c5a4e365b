import { ClusterId, Incarnation, LogIndex, NodeId, Term } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { frameRun } from "../../src/codec/frame.ts";
import { decodePeerFrame, type PeerFrame, type PeerHello } from "../../src/codec/peer.ts";
import type { ClusterDescription, PeerListener, PeerTransport } from "../../src/node/ports.ts";
import type { AppendRequest, Message, VoteReply } from "../../src/raft/messages.ts";
import type { Configuration, Entry } from "../../src/raft/types.ts";
import { openChannel, type PeerChannel } from "../../src/transport/channel.ts";
import { GrpcPeers } from "../../src/transport/grpcPeers.ts";
import {
  defaultLimits,
  defaultTimings,
  type GrpcPeersOptions,
  type Incarnations,
  type LocalPeer,
  type MemberAddress,
  type PeerInfo,
  type PeerStats,
} from "../../src/transport/types.ts";
import { type LoggedLine, recordingLogger } from "../support/silence.ts";
import { TcpProxy } from "../support/tcpProxy.ts";
import { until } from "../support/until.ts";

/** In memory, as a data directory keeps it on disk. */
export class MemoryIncarnations implements Incarnations {
  readonly map = new Map<string, Incarnation>();

  known(id: NodeId, since: LogIndex): Incarnation | undefined {
    return this.map.get(`${id} since ${since}`);
  }

  remember(id: NodeId, since: LogIndex, incarnation: Incarnation): void {
    this.map.set(`${id} since ${since}`, incarnation);
  }
}

export interface Received {
  readonly from: NodeId;
  readonly message: Message;
  readonly wallClockMs: number;
}

/** Keeps all that the transport tells; it fits the driver's port as well as the transport's own interface. */
export class RecordingListener implements PeerListener {
  readonly messages: Received[] = [];
  readonly events: string[] = [];
  readonly infos = new Map<NodeId, PeerInfo>();
  readonly removals: { readonly by: NodeId; readonly why: string }[] = [];
  /** What the calls of others are answered; a test sets what it needs. */
  openSnapshot: PeerListener["openSnapshot"] = async () => null;
  join: PeerListener["join"] = async () => {
    throw new ConclaveError("NO_LEADER", "no leader is known");
  };
  description: ClusterDescription = {
    clusterId: ClusterId("test"),
    clusterName: "a test",
    leaderId: null,
    leaderPeerAddress: "",
    members: [],
    format: 1,
  };
  /** When each of `events` came, on the clock of `performance.now()`. */
  readonly times: number[] = [];

  onMessage(from: NodeId, message: Message, wallClockMs: number): void {
    this.messages.push({ from, message, wallClockMs });
  }

  onReachable(peer: NodeId): void {
    this.#note(`reachable ${peer}`);
  }

  onUnreachable(peer: NodeId, refused: boolean): void {
    this.#note(refused ? `refused ${peer}` : `unreachable ${peer}`);
  }

  onPeerInfo(peer: NodeId, info: PeerInfo): void {
    this.infos.set(peer, info);
  }

  onLeft(peer: NodeId): void {
    this.infos.delete(peer);
    this.#note(`left ${peer}`);
  }

  onRemoved(by: NodeId, why: string): void {
    this.removals.push({ by, why });
    this.#note(`removed by ${by}`);
  }

  describe(): ClusterDescription {
    return this.description;
  }

  count(event: string): number {
    return this.events.filter((each) => each === event).length;
  }

  #note(event: string): void {
    this.events.push(event);
    this.times.push(performance.now());
  }
}

/** Quick enough for tests, far enough apart not to fire in a slow run. */
export const testTimings = { backoffInitialMs: 5, backoffMaxMs: 50 };

export type TestPeerOptions = Partial<Omit<GrpcPeersOptions, "peers" | "local">> & {
  readonly local?: Partial<LocalPeer>;
};

/** What a configuration says of a member: nothing of a founding one. */
export type MembersById = Readonly<Record<string, MemberAddress | null>>;

export function member(address: string, incarnation: string, since: number): MemberAddress {
  return { address, incarnation, since: LogIndex(since) };
}

export function configurationOf(index: number, members: MembersById): Configuration {
  const details = Object.entries(members).flatMap(([id, details]) =>
    details === null ? [] : [[id, { ...details, promote: false, replaces: null }]],
  );
  const voters = Object.keys(members).map(NodeId);
  const membership = { voters, outgoing: [], learners: [], details: Object.fromEntries(details) };
  return { index: LogIndex(index), membership };
}

/** A transport that runs in this process, with all it said. `peers` are founding members, as it is itself. */
export class TestPeer {
  readonly id: NodeId;
  readonly listener = new RecordingListener();
  readonly lines: LoggedLine[] = [];
  readonly transport: GrpcPeers & PeerTransport;
  #committed: Configuration;

  constructor(id: string, peers: Readonly<Record<string, string>>, options: TestPeerOptions = {}) {
    this.id = NodeId(id);
    const founding = Object.fromEntries([...Object.keys(peers), id].map((each) => [each, null]));
    this.#committed = configurationOf(0, founding);
    this.transport = new GrpcPeers({
      listen: "127.0.0.1:0",
      incarnations: new MemoryIncarnations(),
      random: new SeededRandom(`transport ${id}`),
      logger: recordingLogger(this.lines),
      timings: testTimings,
      ...options,
      local: {
        ...localPeer(id),
        peerAddress: () => this.address,
        committed: () => this.#committed,
        ...options.local,
      },
      peers: new Map(Object.entries(peers).map(([peer, address]) => [NodeId(peer), address])),
    });
    this.configure(0, founding);
  }

  /** A node that knows no configuration yet. */
  static async startAlone(id: string, options: TestPeerOptions = {}): Promise<TestPeer> {
    const peer = new TestPeer(id, {}, options);
    peer.configure(0, {});
    await peer.transport.start(peer.listener);
    return peer;
  }

  /** The configuration in force from now on; it is committed unless told otherwise. `leaving` are no members by it. */
  configure(index: number, members: MembersById, isCommitted = true, leaving: MembersById = {}): void {
    const configuration = configurationOf(index, members);
    if (isCommitted) this.#committed = configuration;
    const byId = Object.entries({ ...members, ...leaving }).map(
      ([id, details]) => [NodeId(id), details] as const,
    );
    this.transport.setMembers(new Map(byId), configuration);
  }

  static async start(
    id: string,
    peers: Readonly<Record<string, string>>,
    options: TestPeerOptions = {},
  ): Promise<TestPeer> {
    const peer = new TestPeer(id, peers, options);
    await peer.transport.start(peer.listener);
    return peer;
  }

  get address(): string {
    return this.transport.address;
  }

  stats(peer: string): PeerStats {
    const stats = this.transport.stats().peers.get(NodeId(peer));
    if (stats === undefined) throw new Error(`${this.id} knows no ${peer}`);
    return stats;
  }

  linesAbout(text: string): LoggedLine[] {
    return this.lines.filter((line) => JSON.stringify(line).includes(text));
  }

  close(): Promise<void> {
    return this.transport.close();
  }
}

function localPeer(id: string): Omit<LocalPeer, "peerAddress" | "committed"> {
  return {
    clusterId: ClusterId("test"),
    nodeId: NodeId(id),
    incarnation: Incarnation(`incarnation of ${id}`),
    version: "1.2.3",
    clientAddress: () => `${id}:7400`,
    formats: { min: 1, max: 1 },
    joining: () => false,
    founding: () => false,
  };
}

/** A reply whose term tells it from the others. */
export function numbered(term: number): VoteReply {
  return { type: "voteReply", term: Term(term), granted: term % 2 === 0 };
}

/** Framed entries from index 1 on, of term 1, with these numbers of bytes of data. */
export function entriesOf(sizes: readonly number[]): Entry[] {
  const entries = sizes.map((size, i): Entry => {
    return { index: LogIndex(i + 1), term: Term(1), kind: "command", data: Buffer.alloc(size, i + 1) };
  });
  frameRun(entries, 0);
  return entries;
}

export function appendOf(entries: readonly Entry[], round = 1): AppendRequest {
  return {
    type: "appendRequest",
    term: Term(1),
    prevLogIndex: LogIndex(0),
    prevLogTerm: Term(0),
    entries,
    leaderCommit: LogIndex(0),
    round,
    matchedByAll: LogIndex(0),
    acknowledged: LogIndex(0),
  };
}

/** `a` and `b`, connected both ways; what `a` sends goes through `link`. */
export interface ConnectedPair {
  readonly a: TestPeer;
  readonly b: TestPeer;
  readonly link: TcpProxy;
  close(): Promise<void>;
}

export async function connectedPair(
  optionsOfA: TestPeerOptions = {},
  optionsOfB: TestPeerOptions = {},
): Promise<ConnectedPair> {
  const back = await TcpProxy.listen();
  const b = await TestPeer.start("b", { a: back.address }, optionsOfB);
  const link = await TcpProxy.listen(b.address);
  const a = await TestPeer.start("a", { b: link.address }, optionsOfA);
  back.target = a.address;
  await until("both directions to connect", () => a.stats("b").connected && b.stats("a").connected);
  const close = async (): Promise<void> => {
    await Promise.all([a.close(), b.close(), link.close(), back.close()]);
  };
  return { a, b, link, close };
}

/** A dialler that says whatever a test wants. */
export class RawDialler {
  readonly frames: PeerFrame[] = [];
  readonly #channel: PeerChannel;
  #ended: string | null = null;

  constructor(address: string) {
    const limits = { ...defaultLimits, maxMessageBytes: 64 * 1024 * 1024 };
    this.#channel = openChannel("stream", `ipv4:${address}`, defaultTimings, limits);
    this.#channel.call.on("data", (bytes: Buffer) => this.frames.push(decodePeerFrame(bytes)));
    this.#channel.call.on("error", (error: Error) => {
      this.#ended ??= error.message;
    });
    this.#channel.call.on("status", () => {
      this.#ended ??= "ended";
    });
  }

  /** The error it ended with, "ended" for none, null while open. */
  get ended(): string | null {
    return this.#ended;
  }

  send(bytes: Uint8Array): void {
    this.#channel.call.write(Buffer.from(bytes));
  }

  async close(): Promise<void> {
    this.#channel.destroy();
  }
}

export function helloFrom(id: string, to: string, overrides: Partial<PeerHello> = {}): PeerHello {
  return {
    protocol: 1,
    clusterId: "test",
    nodeId: id,
    incarnation: `incarnation of ${id}`,
    expectedNodeId: to,
    clientAddress: `${id}:7400`,
    version: "1.2.3",
    peerAddress: "127.0.0.1:1",
    configurationIndex: 0,
    member: true,
    formats: { min: 1, max: 1 },
    founding: false,
    ...overrides,
  };
}

/** How it ends: the code it is rejected with, "resolved" when it is not. Watches from now on. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "resolved";
  } catch (error) {
    return error instanceof ConclaveError ? error.code : String(error);
  }
}
