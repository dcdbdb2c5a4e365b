import type { NodeId } from "../../src/base/brands.ts";
import type { AppendReply, Effect, Entry, Membership, Message, RaftStatus } from "../../src/raft/index.ts";
import type { RaftDisk } from "./raftDisk.ts";

/** A node as the checker sees it. */
export interface Observed {
  readonly id: NodeId;
  readonly disk: RaftDisk;
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
 * FAULTS.md R1 to R4, R6 to R10 and R12, held against every step of every node of a cluster. It sees more than
 * any node does: all disks, and what was ever committed anywhere.
 */
export class RaftInvariants {
  readonly #nodes: readonly Observed[];
  readonly #membership: Membership;
  readonly #memory = new Map<NodeId, Memory>();
  readonly #leaders = new Map<number, NodeId>();
  readonly #votes = new Map<string, NodeId>();
  /** One copy of every entry that was ever written, by (index, term), with the term of the entry before it. */
  readonly #atlas = new Map<string, { readonly entry: Entry; readonly prevTerm: number }>();
  readonly #committed: Entry[] = [];
  /** In which leader's term each of them was committed; never goes down. */
  readonly #commitTerms: number[] = [];
  /** The term of the entry at an acknowledgement's matchIndex, when it was made. */
  readonly #ackedTerms = new WeakMap<AppendReply, number>();
  readonly #reads = new Map<string, number>();

  constructor(nodes: readonly Observed[], membership: Membership) {
    this.#nodes = nodes;
    this.#membership = membership;
  }

  get committed(): readonly Entry[] {
    return this.#committed;
  }

  /** A read has come to `node`: its index must cover all that is committed by now. */
  onRead(node: Observed, id: number): void {
    this.#reads.set(`${node.id}:${node.life}:${id}`, this.#committed.length);
  }

  onStep(node: Observed, status: RaftStatus, effects: readonly Effect[]): void {
    const memory = this.#memoryOf(node);
    for (const effect of effects) {
      if (effect.type === "persist") this.#onPersist(node, memory, effect, status);
    }
    this.#checkStatus(node, memory, status);
    memory.status = status;
    for (const effect of effects) this.#onEffect(node, memory, effect);
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
        return this.#onVote(node.id, message.term, to);
      case "voteRequest":
        this.#check(
          disk.hardState.currentTerm > message.term || disk.hardState.votedFor === node.id,
          `R10 ${node.id}: candidacy before the own vote is synced`,
        );
        return this.#onVote(node.id, message.term, node.id);
      case "appendReply":
        this.#check(
          disk.hardState.currentTerm >= message.term,
          `R10 ${node.id}: ack before its term is synced`,
        );
        return this.#checkAck(node, message);
      case "appendRequest":
      case "preVoteRequest":
      case "preVoteReply":
      case "timeoutNow":
        return;
    }
  }

  #onEffect(node: Observed, memory: Memory, effect: Effect): void {
    if (effect.type === "roleChanged" && effect.role === "leader") this.#onLeader(node, memory, effect.term);
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
      this.#check(entry.kind !== "membership", "R11: nobody changes the membership here");
      this.#check(entry.index === memory.log.length + 1, `R3 ${node.id}: entry ${entry.index} leaves a gap`);
      const prevTerm = memory.log.at(-1)?.term ?? 0;
      const name = `${entry.index}:${entry.term}`;
      const known = this.#atlas.get(name);
      if (known === undefined) this.#atlas.set(name, { entry, prevTerm });
      else {
        const same = known.entry.data === entry.data && known.entry.kind === entry.kind;
        this.#check(same, `R3 ${node.id}: two different entries ${name}`);
        this.#check(known.prevTerm === prevTerm, `R3 ${node.id}: the logs differ before ${name}`);
      }
      memory.log.push(entry);
    }
  }

  #onLeader(node: Observed, memory: Memory, term: number): void {
    const other = this.#leaders.get(term);
    this.#check(
      other === undefined || other === node.id,
      `R1: ${other} and ${node.id} both lead term ${term}`,
    );
    this.#leaders.set(term, node.id);
    // A late leader of an old term may lack what later terms committed: it will never commit anything.
    for (const entry of this.#committed) {
      if ((this.#commitTerms[entry.index - 1] ?? 0) >= term) break;
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
      const committed = this.#committed[entry.index - 1];
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
    const ordered = status.compactedIndex <= status.appliedIndex && status.appliedIndex <= status.commitIndex;
    this.#check(ordered && status.commitIndex <= status.lastIndex, `R9 ${id}: indexes out of order`);
    const durableTerm = memory.log[status.durableIndex - 1]?.term ?? 0;
    this.#check(disk.has(status.durableIndex, durableTerm), `R10 ${id}: believes durable what is not synced`);
    if (status.commitIndex > this.#committed.length) this.#checkCommit(memory, status);
    for (let index = (before?.commitIndex ?? 0) + 1; index <= status.commitIndex; index++) {
      const same = this.#committed[index - 1]?.term === memory.log[index - 1]?.term;
      this.#check(same, `R6 ${id}: commits another entry ${index} than was committed`);
    }
  }

  /** R7: the first node to commit an entry is a leader that counted a majority of synced disks. */
  #checkCommit(memory: Memory, status: RaftStatus): void {
    const index = status.commitIndex;
    const term = memory.log[index - 1]?.term ?? 0;
    this.#check(status.role === "leader", `R7 ${status.id}: a ${status.role} commits ${index} first`);
    this.#check(term === status.term, `R7 ${status.id}: commits ${index} of term ${term} by counting`);
    const holders = this.#membership.voters.filter((voter) =>
      this.#nodes.some((node) => node.id === voter && node.disk.has(index, term)),
    );
    const majority = holders.length * 2 > this.#membership.voters.length;
    this.#check(majority, `R7 ${status.id}: commits ${index}, synced only on ${holders.join(", ")}`);
    while (this.#committed.length < index) {
      const entry = memory.log[this.#committed.length];
      if (entry === undefined) throw new Error(`R9 ${status.id}: commit ${index} beyond the log`);
      this.#committed.push(entry);
      this.#commitTerms.push(status.term);
    }
  }

  #onVote(voter: NodeId, term: number, candidate: NodeId): void {
    const key = `${voter}:${term}`;
    const earlier = this.#votes.get(key);
    const once = earlier === undefined || earlier === candidate;
    this.#check(once, `R8: ${voter} votes for ${earlier} and ${candidate} in term ${term}`);
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
    const log = this.#committed.slice(0, node.disk.compacted.index);
    for (let index = log.length + 1; index <= node.disk.lastIndex; index++) {
      const entry = node.disk.entryAt(index);
      if (entry !== undefined) log.push(entry);
    }
    const fresh: Memory = { life: node.life, status: null, log, delivered: node.disk.appliedIndex };
    this.#memory.set(node.id, fresh);
    return fresh;
  }

  #check(holds: boolean, violation: string): void {
    if (!holds) throw new Error(`invariant violated: ${violation}`);
  }
}
