import type { NodeId } from "../../../src/base/brands.ts";
import type { Effect, Message, RaftStatus } from "../../../src/raft/index.ts";
import type { Entry, Membership } from "../../../src/raft/types.ts";
import type { ScenarioNode } from "./node.ts";

interface Memory {
  readonly life: number;
  readonly status: RaftStatus;
}

/**
 * R1 to R13, held against every step of every node. It sees more than any node does: all disks, and what was
 * ever committed anywhere.
 */
export class Invariants {
  readonly #nodes: () => readonly ScenarioNode[];
  readonly #memory = new Map<NodeId, Memory>();
  readonly #leaders = new Map<number, NodeId>();
  readonly #votes = new Map<string, NodeId>();
  /** One copy of every entry ever written, by (index, term), with the term of the entry before it. */
  readonly #atlas = new Map<string, { readonly entry: Entry; readonly prevTerm: number }>();
  readonly #committed: Entry[] = [];
  readonly #commitTerms: number[] = [];
  readonly #ackedTerms = new WeakMap<Message, number>();
  readonly #reads = new Map<string, number>();

  constructor(nodes: () => readonly ScenarioNode[]) {
    this.#nodes = nodes;
  }

  get committed(): readonly Entry[] {
    return this.#committed;
  }

  /** A log that was there before the scenario began; its first `applied` entries are committed. */
  onGiven(entries: readonly Entry[], applied: number): void {
    entries.forEach((entry, i) => this.#remember("given", entry, entries[i - 1]?.term ?? 0));
    for (const entry of entries.slice(this.#committed.length, applied)) {
      this.#committed.push(entry);
      this.#commitTerms.push(entry.term);
    }
  }

  onRead(node: ScenarioNode, id: number): void {
    this.#reads.set(`${node.id}:${node.life}:${id}`, this.#committed.length);
  }

  /** Before the effects are carried out; `before` is the log as the node believed it to be until now. */
  onPersist(node: ScenarioNode, { truncateFrom, entries }: Extract<Effect, { type: "persist" }>): void {
    const status = this.#memory.get(node.id)?.status;
    if (truncateFrom !== null) {
      check(status?.role !== "leader", `R2 ${node.id}: a leader truncates its log`);
      check(truncateFrom > (status?.commitIndex ?? 0), `R6 ${node.id}: a committed entry is cut`);
    }
    let last = truncateFrom === null ? node.lastIndex : truncateFrom - 1;
    for (const [i, entry] of entries.entries()) {
      check(entry.index === last + 1, `R3 ${node.id}: entry ${entry.index} leaves a gap`);
      const before = i === 0 ? node.believedTermAt(last) : entries[i - 1]?.term;
      this.#remember(node.id, entry, before ?? 0);
      last = entry.index;
    }
  }

  onStep(node: ScenarioNode, status: RaftStatus, effects: readonly Effect[]): void {
    this.#checkStatus(node, status);
    this.#memory.set(node.id, { life: node.life, status });
    for (const effect of effects) {
      if (effect.type === "roleChanged" && effect.role === "leader") this.#onLeader(node, status);
      if (effect.type === "persist" && status.role === "leader") this.#checkChange(status, effect.entries);
      if (effect.type === "releaseRead") {
        const covers = this.#reads.get(`${node.id}:${node.life}:${effect.id}`);
        check(covers !== undefined && effect.index >= covers, `R12 ${node.id}: stale read ${effect.id}`);
      }
      if (effect.type === "send") {
        this.#ackedTerms.set(effect.message, node.believedTermAt(matchIndexOf(effect.message) ?? 0) ?? 0);
      }
    }
  }

  /** R5 and R13: whatever way the machine came to its state, it is that of the committed commands. */
  onApplied(node: ScenarioNode): void {
    const { appliedIndex, commands } = node.machine;
    const expected = this.#committed
      .slice(0, appliedIndex)
      .filter((entry) => entry.kind === "command")
      .map((entry) => new TextDecoder().decode(entry.data));
    check(appliedIndex <= this.#committed.length, `R9 ${node.id}: applies ${appliedIndex}, not committed`);
    const same = expected.length === commands.length && expected.every((text, i) => text === commands[i]);
    check(same, `R5 ${node.id}: its state at ${appliedIndex} is ${commands.join()}, not ${expected.join()}`);
  }

  /** R10: called when a message really leaves. Whatever it rests on has to be on the sender's disk. */
  onDeparture({ id, disk, base }: ScenarioNode, to: NodeId, message: Message): void {
    const { currentTerm, votedFor } = disk.hardState;
    const voteFor = (candidate: NodeId): void => {
      const synced = currentTerm > message.term || (currentTerm === message.term && votedFor === candidate);
      check(synced, `R10 ${id}: a vote for ${candidate} in term ${message.term} leaves before it is synced`);
      const key = `${id}:${message.term}`;
      const earlier = this.#votes.get(key) ?? candidate;
      check(earlier === candidate, `R8 ${id}: votes for ${earlier} and ${candidate} in ${message.term}`);
      this.#votes.set(key, candidate);
    };
    if (message.type === "voteReply" && message.granted) voteFor(to);
    if (message.type === "voteRequest") voteFor(id);
    const matchIndex = matchIndexOf(message);
    if (matchIndex === undefined) return;
    check(currentTerm >= message.term, `R10 ${id}: an ack leaves before term ${message.term} is synced`);
    // Once a later term is synced, a later leader may have cut what was acknowledged: then it says nothing.
    if (currentTerm !== message.term || matchIndex <= base.index) return;
    const synced = disk.has(matchIndex, this.#ackedTerms.get(message) ?? 0);
    check(synced, `R10 ${id}: acknowledges ${matchIndex} before it is synced`);
  }

  #remember(where: string, entry: Entry, prevTerm: number): void {
    const name = `${entry.index}@${entry.term}`;
    const known = this.#atlas.get(name);
    if (known === undefined) {
      this.#atlas.set(name, { entry, prevTerm });
      return;
    }
    check(sameBytes(known.entry, entry), `R3 ${where}: two different entries ${name}`);
    check(known.prevTerm === prevTerm, `R3 ${where}: the logs differ before ${name}`);
  }

  #onLeader(node: ScenarioNode, { term }: RaftStatus): void {
    const other = this.#leaders.get(term) ?? node.id;
    check(other === node.id, `R1: ${other} and ${node.id} both lead term ${term}`);
    this.#leaders.set(term, node.id);
    // A late leader of an old term may lack what later terms committed: it will never commit anything.
    for (const entry of this.#committed) {
      if ((this.#commitTerms[entry.index - 1] ?? 0) >= term) break;
      const has = entry.index <= node.base.index || node.believedTermAt(entry.index) === entry.term;
      check(has, `R4: ${node.id} leads term ${term} without committed entry ${entry.index}`);
    }
  }

  /** R11: one change at a time, and none before the term's own no-op has committed. */
  #checkChange({ term, id }: RaftStatus, entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.kind !== "membership") continue;
      const isOpen = this.#committed.some((known) => known.term === term);
      check(isOpen, `R11 ${id}: a change before the term's own no-op`);
      for (const other of this.#believedBy(id)) {
        const open = other.index > this.#committed.length && other.index < entry.index;
        check(!open || other.kind !== "membership", `R11 ${id}: ${other.index} is a change under way`);
      }
    }
  }

  #believedBy(id: NodeId): readonly Entry[] {
    return this.#nodes().find((node) => node.id === id)?.believed ?? [];
  }

  #checkStatus(node: ScenarioNode, status: RaftStatus): void {
    const { id, disk } = node;
    const memory = this.#memory.get(id);
    const before = memory?.life === node.life ? memory.status : null;
    check(status.term >= (before?.term ?? 0), `R8 ${id}: the term went back`);
    check(status.commitIndex >= (before?.commitIndex ?? 0), `R8 ${id}: commitIndex went back`);
    check(status.appliedIndex >= (before?.appliedIndex ?? 0), `R8 ${id}: lastApplied went back`);
    check(status.lastIndex === node.lastIndex, `${id}: its log is not what it wrote`);
    const { compactedIndex, appliedIndex, commitIndex, lastIndex, durableIndex } = status;
    const ordered = compactedIndex <= appliedIndex && appliedIndex <= commitIndex;
    check(ordered && commitIndex <= lastIndex, `R9 ${id}: indexes out of order`);
    if (durableIndex > node.base.index) {
      const durable = disk.has(durableIndex, node.believedTermAt(durableIndex) ?? 0);
      check(durable, `R10 ${id}: believes ${durableIndex} durable, which is not synced`);
    }
    if (commitIndex > this.#committed.length) this.#checkCommit(node, before ?? status, status);
    for (let index = Math.max(before?.commitIndex ?? 0, node.base.index) + 1; index <= commitIndex; index++) {
      const same = this.#committed[index - 1]?.term === node.believedTermAt(index);
      check(same, `R6 ${id}: commits another entry ${index} than was committed`);
    }
  }

  /**
   * R7: the first node to commit an entry is a leader that counted a majority of synced disks. With the same step it may
   * change the configuration, or be dismissed: it counted by what was in force `before`.
   */
  #checkCommit(node: ScenarioNode, before: RaftStatus, { commitIndex, term, id }: RaftStatus): void {
    const { role, configuration } = before;
    const entryTerm = node.believedTermAt(commitIndex) ?? 0;
    check(role === "leader", `R7 ${id}: a ${role} commits ${commitIndex} first`);
    check(entryTerm === term, `R7 ${id}: commits ${commitIndex} of term ${entryTerm} by counting`);
    this.#checkMajority(id, commitIndex, entryTerm, configuration.membership);
    for (let index = this.#committed.length + 1; index <= commitIndex; index++) {
      const entry = node.believed[index - node.base.index - 1];
      check(entry !== undefined, `R9 ${id}: commit ${index} beyond the log`);
      if (entry !== undefined) this.#committed.push(entry);
      this.#commitTerms.push(term);
    }
  }

  #checkMajority(id: NodeId, index: number, term: number, { voters, outgoing }: Membership): void {
    for (const side of [voters, outgoing]) {
      if (side.length === 0) continue;
      const holders = this.#nodes().filter((node) => side.includes(node.id) && node.disk.has(index, term));
      const isMajority = holders.length * 2 > side.length;
      check(
        isMajority,
        `R7 ${id}: commits ${index}, synced only on ${holders.map((node) => node.id).join()}`,
      );
    }
  }
}

function matchIndexOf(message: Message): number | undefined {
  if (message.type === "snapshotReply") return message.matchIndex;
  return message.type === "appendReply" && message.result.ok ? message.result.matchIndex : undefined;
}

function sameBytes(a: Entry, b: Entry): boolean {
  return a.kind === b.kind && Buffer.from(a.data).equals(b.data);
}

function check(holds: boolean, violation: string): void {
  if (!holds) throw new InvariantBroken(violation);
}

/** The scenario shows that the core breaks what it promises. */
export class InvariantBroken extends Error {
  override readonly name = "InvariantBroken";

  constructor(violation: string) {
    super(`invariant violated: ${violation}`);
  }
}
