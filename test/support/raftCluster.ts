import { NodeId, type Term } from "../../src/base/brands.ts";
import { type Random, SeededRandom } from "../../src/base/random.ts";
import type { Effect, Membership, MembershipChange, Message, RaftConfig } from "../../src/raft/index.ts";
import { membersOf } from "../../src/raft/quorum.ts";
import type { Checkpoint } from "./raftDisk.ts";
import { admits, firstIncarnation, type Hello, incarnationOf, isNamed } from "./raftGate.ts";
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

/** What a node asks for when it joins: to vote once it has caught up, and perhaps in somebody's place. */
export interface JoinWish {
  readonly promote: boolean;
  readonly replaces: NodeId | null;
}

/** How often a node that is not taken in yet asks the leader. */
const joinEveryMs = 150;

/**
 * A whole cluster in one process on virtual time: the real core on every node, modelled disks and network, and
 * the invariants held against every step. A seed fixes a run; its parts draw from generators of their own, so
 * that a change in one leaves the others alone.
 */
export class RaftCluster {
  readonly schedule = new Schedule();
  readonly network: RaftNetwork;
  readonly invariants: RaftInvariants;
  readonly seed: string;
  readonly #setup: ClusterSetup;
  readonly #nodes: SimNode[];
  readonly #observers: Observer[] = [];
  /** Those that ask to be taken in. */
  readonly #joining = new Set<SimNode>();
  #nextProposal = 1;
  #nextIncarnation = 1;

  constructor(setup: ClusterSetup) {
    this.#setup = setup;
    this.seed = String(setup.seed);
    this.network = new RaftNetwork(this.schedule, this.random("network"));
    const voters = Array.from({ length: setup.nodes ?? 3 }, (_, i) => NodeId(`n${i + 1}`));
    const membership: Membership = { voters, outgoing: [], learners: [] };
    this.#nodes = voters.map((id) => this.#createNode(id, membership, firstIncarnation));
    this.invariants = new RaftInvariants(this.#nodes, membership);
    for (const node of this.#nodes) node.start();
  }

  get nodes(): readonly SimNode[] {
    return this.#nodes;
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

  /** By the configuration that is committed. */
  get members(): readonly SimNode[] {
    return membersOf(this.invariants.history.configuration.membership).map((id) => this.node(id));
  }

  get highestTerm(): number {
    return Math.max(...this.nodes.map((node) => node.status?.term ?? 0));
  }

  propose(node: SimNode, size = 8): void {
    const id = this.#nextProposal++;
    const data = bytes(`${id}`.padEnd(size, "."));
    node.handle({ type: "propose", proposals: [{ id, kind: "command", data }] });
  }

  change(node: SimNode, change: Partial<MembershipChange>, force = false): void {
    const whole = { add: [], promote: [], remove: [], ...change };
    node.handle({ type: "changeMembership", id: this.#nextProposal++, change: whole, force });
  }

  /** A node with an empty disk asks to be taken in, until it is. */
  join(wish: JoinWish, id = NodeId(`n${this.#nodes.length + 1}`)): SimNode {
    const nobody: Membership = { voters: [], outgoing: [], learners: [] };
    const node = this.#createNode(id, nobody, this.#drawIncarnation(id));
    this.#nodes.push(node);
    node.start();
    this.#askToJoin(node, node.incarnation, () => wish);
    return node;
  }

  /** Its disk is lost, and it asks to be taken in again as what it was; or, if it is no member, as it wishes. */
  rejoin(node: SimNode, wish: JoinWish = { promote: false, replaces: null }): void {
    this.invariants.onWipe(node);
    node.wipe(this.#drawIncarnation(node.id));
    this.restart(node);
    this.#askToJoin(node, node.incarnation, ({ voters, learners, details }) => {
      if (voters.includes(node.id)) return { promote: true, replaces: null };
      const former = learners.includes(node.id) ? details?.[node.id] : undefined;
      return former ?? wish;
    });
  }

  /** Whether every configuration that may be in force keeps a majority of whole disks without this one. */
  canLose(node: SimNode): boolean {
    return this.invariants.history.liveConfigurations.every(({ membership }) =>
      [membership.voters, membership.outgoing].every((voters) => {
        const whole = voters.filter(
          (id) => id !== node.id && this.node(id).incarnation === incarnationOf(membership, id),
        );
        return voters.length === 0 || whole.length * 2 > voters.length;
      }),
    );
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

  /** A fresh proposal is committed and applied by every member. */
  runUntilProgress(limitMs: number): void {
    const before = this.invariants.committed.length;
    const everywhere = () => this.members.every((node) => (node.status?.appliedIndex ?? 0) > before);
    const end = this.schedule.now + limitMs;
    while (!everywhere()) {
      if (this.schedule.now >= end) throw new Error(`R16: no progress in ${limitMs} ms\n${this.describe()}`);
      const { leader } = this;
      if (leader !== null) this.propose(leader);
      this.schedule.runFor(50);
    }
  }

  /** Nothing of the membership is under way: nobody is to be taken in or promoted, nothing is joint or uncommitted. */
  get isSettled(): boolean {
    const { history } = this.invariants;
    const { membership } = history.configuration;
    if (this.#joining.size > 0) return false;
    if (this.leader?.status?.configuration.index !== history.configuration.index) return false;
    if (membership.outgoing.length > 0) return false;
    return membersOf(membership).every(
      (id) =>
        incarnationOf(membership, id) === this.node(id).incarnation &&
        !(membership.learners.includes(id) && membership.details?.[id]?.promote === true),
    );
  }

  describe(): string {
    const lines = this.nodes.map((node) => {
      const status = node.status;
      if (status === null) return `${node.id}: down`;
      const { role, term, leader, commitIndex, lastIndex, durableIndex, electionBackoffMs } = status;
      const { compactedIndex, snapshotIndex, configuration } = status;
      const log = `log ${compactedIndex} snapshot ${snapshotIndex} commit ${commitIndex} durable ${durableIndex} last ${lastIndex}`;
      const members = `of ${configuration.index}: ${JSON.stringify(configuration.membership)}`;
      const state = `${role} term ${term} leader ${leader} ${log} backoff ${electionBackoffMs}`;
      return `${node.id}/${node.incarnation}: ${state} ${members}`;
    });
    return [`t=${this.schedule.now}`, ...lines].join("\n");
  }

  #drawIncarnation(id: NodeId): string {
    return `${id}#${this.#nextIncarnation++}`;
  }

  /** As `Peer.Join` does it: again and again, until a committed configuration means this very data. */
  #askToJoin(node: SimNode, incarnation: string, wishFor: (membership: Membership) => JoinWish): void {
    this.#joining.add(node);
    this.schedule.after(joinEveryMs, () => {
      const { membership } = this.invariants.history.configuration;
      if (node.incarnation !== incarnation) return;
      if (isNamed(membership, node.id, incarnation)) {
        this.#joining.delete(node);
        return;
      }
      const { leader } = this;
      const inForce = leader?.status?.configuration.membership;
      const reaches = leader !== null && node.isUp && !this.network.isCut(node.id, leader.id);
      if (inForce !== undefined && reaches && leader !== node && !isNamed(inForce, node.id, incarnation)) {
        const { promote, replaces } = wishFor(inForce);
        const place = replaces !== null && membersOf(inForce).includes(replaces) ? replaces : null;
        const wish = { id: node.id, address: "", incarnation, promote, replaces: place };
        this.change(leader, { add: [wish] });
      }
      this.#askToJoin(node, incarnation, wishFor);
    });
  }

  #createNode(id: NodeId, membership: Membership, incarnation: string): SimNode {
    const setup = this.#setup;
    const random = this.random(`node ${id}`);
    return new SimNode({
      config: { ...defaultConfig, ...setup.config, id },
      membership,
      incarnation,
      schedule: this.schedule,
      random,
      diskTraits: setup.diskTraits ?? fastDisk,
      tickMs: setup.tickMs ?? 10,
      clockOffsetMs: random.below(1_000_000),
      invariants: () => this.invariants,
      transmit: (from, to, message) => this.#transmit(from, to, message),
      openSnapshot: (from, by) => this.#openSnapshot(from, by),
      observe: (node, effect) => {
        for (const observer of this.#observers) observer(node, effect);
      },
    });
  }

  /** A node is sent what another said in the life in which it said it: a connection ends with its process. */
  #transmit(from: SimNode, to: NodeId, message: Message): void {
    const node = this.nodes.find(({ id }) => id === to);
    const { hello } = from;
    if (node === undefined || hello === null) return;
    const { incarnation } = node;
    if (node.isUp && !this.#areConnected(from, node, hello)) return;
    this.network.deliver(from.id, to, () => {
      // What was on the way to a process does not reach the one that has taken its id.
      if (node.incarnation !== incarnation) return;
      if (this.#areConnected(from, node, hello)) node.handle({ type: "receive", from: from.id, message });
    });
  }

  #areConnected(from: SimNode, to: SimNode, hello: Hello): boolean {
    return this.#admit(to, hello) && this.#admitsBack(from, to, hello);
  }

  #admit(node: SimNode, hello: Hello): boolean {
    return node.isUp && admits(node.configuration, node.leaving, hello);
  }

  /** The dialler checks whom it has reached; once it is gone, what it has sent still arrives. */
  #admitsBack(from: SimNode, node: SimNode, said: Hello): boolean {
    const { hello } = node;
    if (hello === null) return false;
    return !from.isUp || from.incarnation !== said.incarnation || this.#admit(from, hello);
  }

  #openSnapshot(from: NodeId, by: SimNode): Checkpoint | null {
    const node = this.node(from);
    const { hello } = by;
    if (hello === null || !node.isUp || node.isPaused) return null;
    if (this.network.isCut(from, by.id) || this.network.isCut(by.id, from)) return null;
    if (!this.#areConnected(by, node, hello)) return null;
    return node.disk.checkpoint.snapshot.index === 0 ? null : node.disk.checkpoint;
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
