import { NodeId, type Term } from "../../src/base/brands.ts";
import { type Random, SeededRandom } from "../../src/base/random.ts";
import type { Effect, Membership, Message, RaftConfig } from "../../src/raft/index.ts";
import { RaftInvariants } from "./raftInvariants.ts";
import { calm, RaftNetwork } from "./raftNetwork.ts";
import { bytes, defaultConfig } from "./raftNode.ts";
import { Schedule } from "./raftSchedule.ts";
import { type DiskTraits, fastDisk, SimNode } from "./raftSimNode.ts";

export interface ClusterSetup {
  readonly seed: string | number;
  readonly nodes?: number;
  readonly config?: Partial<RaftConfig>;
  readonly diskTraits?: DiskTraits;
  readonly tickMs?: number;
}

export type Observer = (node: SimNode, effect: Effect) => void;

/**
 * A whole cluster in one process on virtual time: the real core on every node, modelled disks and network, and
 * the invariants held against every step. A seed fixes a run; its parts draw from generators of their own, so
 * that a change in one leaves the others alone.
 */
export class RaftCluster {
  readonly schedule = new Schedule();
  readonly network: RaftNetwork;
  readonly nodes: readonly SimNode[];
  readonly invariants: RaftInvariants;
  readonly seed: string;
  readonly #observers: Observer[] = [];
  #nextProposal = 1;

  constructor(setup: ClusterSetup) {
    this.seed = String(setup.seed);
    this.network = new RaftNetwork(this.schedule, this.random("network"));
    const voters = Array.from({ length: setup.nodes ?? 3 }, (_, i) => NodeId(`n${i + 1}`));
    const membership: Membership = { voters, outgoing: [], learners: [] };
    this.nodes = voters.map((id) => this.#createNode(id, membership, setup));
    this.invariants = new RaftInvariants(this.nodes, membership);
    for (const node of this.nodes) node.start();
  }

  /** A generator of its own for one part of the run. */
  random(part: string): Random {
    return new SeededRandom(`${this.seed}/${part}`);
  }

  observe(observer: Observer): void {
    this.#observers.push(observer);
  }

  node(id: NodeId): SimNode {
    const node = this.nodes.find((candidate) => candidate.id === id);
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  /** The leader of the highest term among the processes that run; null while nobody leads. */
  get leader(): SimNode | null {
    let best: { readonly node: SimNode; readonly term: Term } | null = null;
    for (const node of this.nodes) {
      const status = node.status;
      if (status?.role !== "leader" || node.isPaused) continue;
      if (best === null || status.term > best.term) best = { node, term: status.term };
    }
    return best?.node ?? null;
  }

  get highestTerm(): number {
    return Math.max(...this.nodes.map((node) => node.status?.term ?? 0));
  }

  propose(node: SimNode, size = 8): void {
    const id = this.#nextProposal++;
    const data = bytes(`${id}`.padEnd(size, "."));
    node.handle({ type: "propose", proposals: [{ id, kind: "command", data }] });
  }

  crash(node: SimNode, refused = true): void {
    node.crash();
    for (const other of this.nodes) {
      if (other !== node) this.#notice(other, node, { type: "peerUnreachable", peer: node.id, refused });
    }
  }

  restart(node: SimNode): void {
    node.start();
    for (const other of this.nodes) {
      if (other !== node && other.isUp) this.#notice(other, node, { type: "peerReachable", peer: node.id });
    }
  }

  /** Cuts both directions between the two sides. */
  partition(side: readonly NodeId[], otherSide?: readonly NodeId[]): void {
    const others = otherSide ?? this.nodes.map(({ id }) => id).filter((id) => !side.includes(id));
    for (const a of side) {
      for (const b of others) {
        this.network.cut(a, b);
        this.network.cut(b, a);
      }
    }
  }

  /** The faults end: links whole, messages quick, every process running. */
  healAll(): void {
    this.network.heal();
    this.network.traits = calm;
    for (const node of this.nodes) {
      if (!node.isUp) this.restart(node);
      else if (node.isPaused) node.resume();
    }
  }

  runFor(ms: number): void {
    this.schedule.runFor(ms);
  }

  /** Runs until `condition` holds; throws when it does not within `limitMs` of virtual time. */
  runUntil(condition: () => boolean, limitMs: number, what: string): void {
    const end = this.schedule.now + limitMs;
    while (!condition()) {
      if (this.schedule.now >= end) throw new Error(`not within ${limitMs} ms: ${what}\n${this.describe()}`);
      this.schedule.runFor(5);
    }
  }

  /** A leader, with a lease, whose term is open. */
  runUntilLeader(limitMs = 10_000): SimNode {
    this.runUntil(() => this.leader?.hasLease === true, limitMs, "a leader");
    const { leader } = this;
    if (leader === null) throw new Error("unreachable: there was a leader a moment ago");
    return leader;
  }

  /** A fresh proposal is committed and applied by every node. */
  runUntilProgress(limitMs: number): void {
    const before = this.invariants.committed.length;
    const everywhere = () => this.nodes.every((node) => (node.status?.appliedIndex ?? 0) > before);
    const end = this.schedule.now + limitMs;
    while (!everywhere()) {
      if (this.schedule.now >= end) throw new Error(`R16: no progress in ${limitMs} ms\n${this.describe()}`);
      const { leader } = this;
      if (leader !== null) this.propose(leader);
      this.schedule.runFor(50);
    }
  }

  describe(): string {
    const lines = this.nodes.map((node) => {
      const status = node.status;
      if (status === null) return `${node.id}: down`;
      const { role, term, leader, commitIndex, lastIndex, durableIndex, electionBackoffMs } = status;
      const log = `commit ${commitIndex} durable ${durableIndex} last ${lastIndex}`;
      return `${node.id}: ${role} term ${term} leader ${leader} ${log} backoff ${electionBackoffMs}`;
    });
    return [`t=${this.schedule.now}`, ...lines].join("\n");
  }

  #createNode(id: NodeId, membership: Membership, setup: ClusterSetup): SimNode {
    const random = this.random(`node ${id}`);
    return new SimNode({
      config: { ...defaultConfig, ...setup.config, id },
      membership,
      schedule: this.schedule,
      random,
      diskTraits: setup.diskTraits ?? fastDisk,
      tickMs: setup.tickMs ?? 10,
      clockOffsetMs: random.below(1_000_000),
      invariants: () => this.invariants,
      transmit: (from, to, message) => this.#transmit(from, to, message),
      observe: (node, effect) => {
        for (const observer of this.#observers) observer(node, effect);
      },
    });
  }

  #transmit(from: NodeId, to: NodeId, message: Message): void {
    const node = this.node(to);
    this.network.deliver(from, to, () => node.handle({ type: "receive", from, message }));
  }

  /** A connection breaks or comes back within milliseconds, where the network lets it be noticed at all. */
  #notice(
    observer: SimNode,
    peer: SimNode,
    event:
      | { type: "peerUnreachable"; peer: NodeId; refused: boolean }
      | { type: "peerReachable"; peer: NodeId },
  ): void {
    this.network.deliver(peer.id, observer.id, () => {
      if (peer.isUp === (event.type === "peerReachable")) observer.handle(event);
    });
  }
}
