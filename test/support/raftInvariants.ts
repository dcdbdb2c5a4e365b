import type { NodeId } from "../../src/base/brands.ts";
import type {
  AppendReply,
  Effect,
  Entry,
  Membership,
  Message,
  RaftStatus,
  SnapshotId,
} from "../../src/raft/index.ts";
import { isVoter } from "../../src/raft/quorum.ts";
import type { RaftDisk } from "./raftDisk.ts";
import { incarnationOf } from "./raftGate.ts";
import { isLegalStep, RaftHistory } from "./raftHistory.ts";
import type { FakeMachine } from "./raftMachine.ts";
import { membershipCodec } from "./raftNode.ts";

/** A node as the checker sees it. */
export interface Observed {
  readonly id: NodeId;
  readonly incarnation: string;
  readonly disk: RaftDisk;
  readonly machine: Pick<FakeMachine, "appliedIndex" | "state">;
  /** Counts restarts. */
  readonly life: number;
}

interface Memory {
  life: number;
  status: RaftStatus | null;
  /** The node's log as it believes it to be, disk and pending writes together: index -> entry, from 1. */
  log: Entry[];
  delivered: number;
}

/**
 * R1 to R13 and R15, held against every step of every node of a cluster. It sees more than any node does: all
 * disks, also those that were wiped, and what was ever committed anywhere.
 */
export class RaftInvariants {
  readonly history: RaftHistory;
  readonly #nodes: readonly Observed[];
  readonly #memory = new Map<NodeId, Memory>();
  readonly #leaders = new Map<number, string>();
  readonly #votes = new Map<string, NodeId>();
  /** One copy of every entry that was ever written, by (index, term), with the term of the entry before it. */
  readonly #atlas = new Map<string, { readonly entry: Entry; readonly prevTerm: number }>();
  /** What was on the disks that were wiped, by node and incarnation. */
  readonly #wiped = new Map<string, RaftDisk>();
  /** The term of the entry at an acknowledgement's matchIndex, when it was made. */
  readonly #ackedTerms = new WeakMap<AppendReply, number>();
  readonly #reads = new Map<string, number>();

  constructor(nodes: readonly Observed[], founding: Membership) {
    this.#nodes = nodes;
    this.history = new RaftHistory(founding);
  }

  get committed(): readonly Entry[] {
    return this.history.committed;
  }

  /** A read has come to `node`: its index must cover all that is committed by now. */
  onRead(node: Observed, id: number): void {
    this.#reads.set(`${node.id}:${node.life}:${id}`, this.committed.length);
  }

  onStep(node: Observed, status: RaftStatus, effects: readonly Effect[]): void {
    const memory = this.#memoryOf(node);
    for (const effect of effects) {
      if (effect.type === "persist") this.#onPersist(node, memory, effect, status);
      if (effect.type === "installSnapshot") this.#onInstall(node, memory, effect.snapshot);
    }
    this.#checkStatus(node, memory, status);
    if (effects.some(({ type }) => type === "membershipChanged")) this.#checkConfiguration(memory, status);
    memory.status = status;
    for (const effect of effects) this.#onEffect(node, memory, effect);
  }

  /** What a leader of the node's own term says that this node has acknowledged, it must still have. */
  onReceived(node: Observed, status: RaftStatus, message: Message): void {
    if (message.type !== "appendRequest" && message.type !== "installSnapshot") return;
    if (message.term !== status.term) return;
    const holds = message.acknowledged <= status.lastIndex;
    this.#check(
      holds,
      `R10 ${node.id}: has acknowledged ${message.acknowledged}, ends at ${status.lastIndex}`,
    );
  }

  /** R5, R13: whatever way it came to it, by log or by snapshot, a machine's state is that of the history. */
  onApplied({ id, machine }: Observed): void {
    const { appliedIndex, state } = machine;
    const expected = this.history.stateAt(appliedIndex);
    this.#check(state === expected, `R5 ${id}: another state after entry ${appliedIndex}`);
  }

  /** Called before its data is gone. */
  onWipe({ id, incarnation, disk }: Observed): void {
    this.#wiped.set(`${id}/${incarnation}`, disk);
  }

  /** R10: called when a message really leaves. Whatever it rests on has to be on the sender's disk. */
  onDeparture(node: Observed, to: NodeId, message: Message): void {
    const { disk } = node;
    switch (message.type) {
      case "voteReply":
        if (!message.granted) return;
        this.#check(
          disk.hardState.currentTerm >= message.term,
          `R10 ${node.id}: vote before its term is synced`,
        );
        this.#check(
          disk.hardState.currentTerm > message.term || disk.hardState.votedFor === to,
          `R10 ${node.id}: vote for ${to} before it is synced`,
        );
        return this.#onVote(node, message.term, to);
      case "voteRequest":
        this.#check(
          disk.hardState.currentTerm > message.term || disk.hardState.votedFor === node.id,
          `R10 ${node.id}: candidacy before the own vote is synced`,
        );
        return this.#onVote(node, message.term, node.id);
      case "appendReply":
      case "snapshotReply":
        this.#check(
          disk.hardState.currentTerm >= message.term,
          `R10 ${node.id}: ack before its term is synced`,
        );
        if (message.type === "appendReply") return this.#checkAck(node, message);
        return this.#check(
          disk.has(message.matchIndex, this.history.termAt(message.matchIndex)),
          `R10 ${node.id}: acknowledges ${message.matchIndex} before the snapshot is installed`,
        );
      case "appendRequest":
      case "installSnapshot":
      case "preVoteRequest":
      case "preVoteReply":
      case "readIndexRequest":
      case "readIndexReply":
      case "timeoutNow":
        return;
    }
  }

  #onEffect(node: Observed, memory: Memory, effect: Effect): void {
    if (effect.type === "roleChanged" && effect.role === "leader") this.#onLeader(node, memory, effect.term);
    if (effect.type === "roleChanged" && effect.role !== "follower") this.#checkMayCampaign(node, memory);
    if (effect.type === "apply") this.#onApply(node, memory, effect.entries);
    if (effect.type === "releaseRead") {
      const covers = this.#reads.get(`${node.id}:${node.life}:${effect.id}`);
      this.#check(covers !== undefined && effect.index >= covers, `R12 ${node.id}: stale read ${effect.id}`);
    }
    if (effect.type === "send" && effect.message.type === "appendReply" && effect.message.result.ok) {
      this.#ackedTerms.set(effect.message, memory.log[effect.message.result.matchIndex - 1]?.term ?? 0);
    }
  }

  #onPersist(
    node: Observed,
    memory: Memory,
    { truncateFrom, entries }: Extract<Effect, { type: "persist" }>,
    status: RaftStatus,
  ): void {
    if (truncateFrom !== null) {
      this.#check(status.role !== "leader", `R2 ${node.id}: a leader truncates its log`);
      this.#check(
        truncateFrom > (memory.status?.commitIndex ?? 0),
        `R6 ${node.id}: a committed entry is cut`,
      );
      memory.log.length = truncateFrom - 1;
    }
    for (const entry of entries) {
      this.#check(entry.index === memory.log.length + 1, `R3 ${node.id}: entry ${entry.index} leaves a gap`);
      const isOwn = status.role === "leader" && entry.term === status.term;
      if (isOwn && entry.kind === "membership") this.#checkChange(memory, entry, status);
      const prevTerm = memory.log.at(-1)?.term ?? 0;
      const name = `${entry.index}:${entry.term}`;
      const known = this.#atlas.get(name);
      if (known === undefined) {
        this.#atlas.set(name, { entry, prevTerm });
        this.history.onProposed(entry);
      } else {
        const same = known.entry.data === entry.data && known.entry.kind === entry.kind;
        this.#check(same, `R3 ${node.id}: two different entries ${name}`);
        this.#check(known.prevTerm === prevTerm, `R3 ${node.id}: the logs differ before ${name}`);
      }
      memory.log.push(entry);
    }
  }

  /** R13: a snapshot stands for the committed entries through its index, and for nothing else. */
  #onInstall(node: Observed, memory: Memory, { index, term, configuration }: SnapshotId): void {
    const { history } = this;
    this.#check(
      index <= this.committed.length,
      `R13 ${node.id}: snapshot ${index} goes beyond what is committed`,
    );
    this.#check(history.termAt(index) === term, `R13 ${node.id}: the snapshot at ${index} has term ${term}`);
    this.#check(index > (memory.status?.commitIndex ?? 0), `R8 ${node.id}: an older snapshot is installed`);
    const expected = history.configurationAt(index);
    // A node that joined does not know the founding configuration.
    const same =
      configuration.index === 0
        ? expected.index === 0
        : JSON.stringify(configuration) === JSON.stringify(expected);
    this.#check(
      same,
      `R13 ${node.id}: the snapshot at ${index} has the configuration of ${configuration.index}`,
    );
    memory.log = this.committed.slice(0, index);
    memory.delivered = index;
  }

  #onLeader(node: Observed, memory: Memory, term: number): void {
    const other = this.#leaders.get(term);
    const self = `${node.id}/${node.incarnation}`;
    this.#check(other === undefined || other === self, `R1: ${other} and ${self} both lead term ${term}`);
    this.#leaders.set(term, self);
    // A late leader of an old term may lack what later terms committed: it will never commit anything.
    for (const entry of this.committed) {
      if (this.history.commitTermAt(entry.index) >= term) break;
      const has = memory.log[entry.index - 1]?.term === entry.term;
      this.#check(has, `R4: ${node.id} leads term ${term} without committed entry ${entry.index}`);
    }
  }

  #onApply(node: Observed, memory: Memory, entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#check(
        entry.index === memory.delivered + 1,
        `R9 ${node.id}: entry ${entry.index} applied out of turn`,
      );
      memory.delivered = entry.index;
      const committed = this.committed[entry.index - 1];
      const same = committed?.term === entry.term && committed.data === entry.data;
      this.#check(same, `R6 ${node.id}: applies another entry ${entry.index} than was committed`);
      this.#check(node.disk.has(entry.index, entry.term), `R9 ${node.id}: applies what is not on its disk`);
    }
  }

  #checkStatus(node: Observed, memory: Memory, status: RaftStatus): void {
    const { id, disk } = node;
    const before = memory.status;
    this.#check(status.term >= (before?.term ?? 0), `R8 ${id}: the term went back`);
    this.#check(status.commitIndex >= (before?.commitIndex ?? 0), `R8 ${id}: commitIndex went back`);
    this.#check(status.appliedIndex >= (before?.appliedIndex ?? 0), `R8 ${id}: lastApplied went back`);
    this.#check(status.lastIndex === memory.log.length, `${id}: its log is not what it wrote`);
    const { compactedIndex, snapshotIndex, appliedIndex, commitIndex, lastIndex } = status;
    const ordered = [compactedIndex, snapshotIndex, appliedIndex, commitIndex, lastIndex];
    const ascends = ordered.every((index, i) => i === 0 || index >= (ordered[i - 1] ?? 0));
    this.#check(ascends, `R9 ${id}: indexes out of order: ${ordered.join(" ")}`);
    const durableTerm = memory.log[status.durableIndex - 1]?.term ?? 0;
    this.#check(disk.has(status.durableIndex, durableTerm), `R10 ${id}: believes durable what is not synced`);
    if (status.commitIndex > this.committed.length) this.#checkCommit(memory, status);
    for (let index = (before?.commitIndex ?? 0) + 1; index <= status.commitIndex; index++) {
      const same = this.history.termAt(index) === memory.log[index - 1]?.term;
      this.#check(same, `R6 ${id}: commits another entry ${index} than was committed`);
    }
  }

  /** R7: the first node to commit an entry is a leader that counted majorities of synced disks, of both sets if joint. */
  #checkCommit(memory: Memory, status: RaftStatus): void {
    const index = status.commitIndex;
    const term = memory.log[index - 1]?.term ?? 0;
    // Before the step: one that the entry removes has stepped down by now.
    const { role } = memory.status ?? status;
    this.#check(role === "leader", `R7 ${status.id}: a ${role} commits ${index} first`);
    this.#check(term === status.term, `R7 ${status.id}: commits ${index} of term ${term} by counting`);
    // A leader that leaves a joint configuration in this very step has counted by the joint one.
    const { membership } = (memory.status ?? status).configuration;
    for (const voters of [membership.voters, membership.outgoing]) {
      const holders = voters.filter((id) => this.#diskOf(membership, id)?.has(index, term) === true);
      const majority = voters.length === 0 || holders.length * 2 > voters.length;
      this.#check(majority, `R7 ${status.id}: commits ${index}, synced only on ${holders.join(", ")}`);
    }
    while (this.committed.length < index) {
      const entry = memory.log[this.committed.length];
      if (entry === undefined) throw new Error(`R9 ${status.id}: commit ${index} beyond the log`);
      this.history.onCommitted(entry, status.term);
    }
  }

  /** R11, and the step is one after which majorities overlap. */
  #checkChange(memory: Memory, entry: Entry, { id, term, commitIndex }: RaftStatus): void {
    const before = configurationIn(memory.log, memory.log.length) ?? this.history.configurationAt(0);
    this.#check(
      before.index <= commitIndex,
      `R11 ${id}: a second change, at ${entry.index}, while one is open`,
    );
    const isOpen = memory.log[commitIndex - 1]?.term === term;
    this.#check(isOpen, `R11 ${id}: a change at ${entry.index} before the no-op of term ${term} commits`);
    const legal = isLegalStep(before.membership, membershipCodec.decode(entry.data));
    this.#check(legal, `R11 ${id}: from entry ${before.index} to ${entry.index} majorities need not overlap`);
  }

  /** Raft 6: in force is the latest configuration in the log, committed or not. */
  #checkConfiguration(memory: Memory, { id, configuration }: RaftStatus): void {
    const expected = configurationIn(memory.log, memory.log.length);
    this.#check(
      configuration.index === (expected?.index ?? 0),
      `${id}: configuration of ${configuration.index}`,
    );
    const same =
      expected === null || JSON.stringify(expected.membership) === JSON.stringify(configuration.membership);
    this.#check(same, `${id}: another configuration than entry ${configuration.index} brought`);
  }

  /** A node that knows that it has no vote does not campaign, nor one whose vote is that of lost data. */
  #checkMayCampaign({ id, incarnation }: Observed, { status }: Memory): void {
    if (status === null || status.configuration.index > status.commitIndex) return;
    const { membership } = status.configuration;
    const isMeant = isVoter(membership, id) && incarnationOf(membership, id) === incarnation;
    this.#check(isMeant, `R15 ${id}: campaigns and is known to have no vote`);
  }

  /** The disk that a configuration means by `id`: it may have been wiped since, and counts as what it was. */
  #diskOf(membership: Membership, id: NodeId): RaftDisk | undefined {
    const incarnation = incarnationOf(membership, id);
    const node = this.#nodes.find((candidate) => candidate.id === id);
    return node?.incarnation === incarnation ? node.disk : this.#wiped.get(`${id}/${incarnation}`);
  }

  #onVote({ id, incarnation }: Observed, term: number, candidate: NodeId): void {
    const key = `${id}/${incarnation}:${term}`;
    const earlier = this.#votes.get(key);
    const once = earlier === undefined || earlier === candidate;
    this.#check(once, `R8: ${id} votes for ${earlier} and ${candidate} in term ${term}`);
    this.#votes.set(key, candidate);
  }

  /** Once a later term is synced, a later leader may have cut what was acknowledged: then it says nothing. */
  #checkAck({ id, disk }: Observed, message: AppendReply): void {
    const { term, result } = message;
    if (!result.ok || disk.hardState.currentTerm !== term) return;
    const synced = disk.has(result.matchIndex, this.#ackedTerms.get(message) ?? 0);
    this.#check(synced, `R10 ${id}: acknowledges ${result.matchIndex} before it is synced`);
  }

  #memoryOf(node: Observed): Memory {
    const memory = this.#memory.get(node.id);
    if (memory?.life === node.life) return memory;
    // A new life begins with what the disk kept. What is compacted was committed, so the history has it.
    const log = this.committed.slice(0, node.disk.compacted.index);
    for (let index = log.length + 1; index <= node.disk.lastIndex; index++) {
      const entry = node.disk.entryAt(index);
      if (entry !== undefined) log.push(entry);
    }
    const { index } = node.disk.checkpoint.snapshot;
    const fresh: Memory = { life: node.life, status: null, log, delivered: index };
    this.#memory.set(node.id, fresh);
    return fresh;
  }

  #check(holds: boolean, violation: string): void {
    if (!holds) throw new Error(`invariant violated: ${violation}`);
  }
}

/** The latest configuration among the entries through `index`; null when they hold none. */
function configurationIn(
  log: readonly Entry[],
  index: number,
): { index: number; membership: Membership } | null {
  for (let at = index; at > 0; at--) {
    const entry = log[at - 1];
    if (entry?.kind === "membership") {
      return { index: entry.index, membership: membershipCodec.decode(entry.data) };
    }
  }
  return null;
}
