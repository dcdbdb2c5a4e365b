import type { NodeId } from "../../../src/base/brands.ts";
import type { Random } from "../../../src/base/random.ts";
import type { Identity } from "../../../src/node/ports.ts";
import type {
  Configuration,
  Effect,
  Entry,
  Event,
  Message,
  RaftStatus,
  SnapshotId,
} from "../../../src/raft/index.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import { Atlas } from "./atlas.ts";
import { Configurations, groupsToCome } from "./configurations.ts";
import { Directories } from "./directories.ts";
import type { DurableLog } from "./durableLog.ts";
import { isInOrder, wrongOrder } from "./indexOrder.ts";
import {
  checkNewConfiguration,
  isToVote,
  lacksMajority,
  maySitIn,
  wrongConfiguration,
} from "./memberChecks.ts";
import { Promises } from "./promises.ts";
import { Proposals } from "./proposals.ts";
import { type Truth, uselessSnapshot, wrongCheckpoint, wrongCut, wrongInstall } from "./snapshotChecks.ts";
import { countStep } from "./stepCoverage.ts";

/** What a node believes, followed from step to step through one life of its process. */
interface Belief {
  readonly life: number;
  status: RaftStatus | null;
  /** Its log as terms, disk and pending writes together: position 0 is index 1. */
  readonly terms: number[];
  /** What its log says is in force. */
  configuration: Configuration;
  /** Before the step that is looked at. */
  configurationBefore: Configuration;
  delivered: number;
}

/** R1 to R4, R6 to R10, R12 and R15 at every step of every node: it sees all disks, and all that was committed. */
export class RaftChecker {
  /** Every entry that was ever committed, in order: the one truth that all nodes must come to. */
  readonly committed: Entry[] = [];
  readonly proposals: Proposals;
  readonly #world: World;
  readonly #directories: Directories;
  readonly #configurations: Configurations;
  readonly #beliefs = new Map<NodeId, Belief>();
  readonly #leaders = new Map<number, NodeId>();
  readonly #atlas = new Atlas();
  /** The term of each. */
  readonly #committedTerms: number[] = [];
  /** In which leader's term each was committed; never goes down. */
  readonly #commitTerms: number[] = [];
  readonly #truth: Truth;
  readonly #promises: Promises;
  readonly #reads = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    this.proposals = new Proposals(world);
    this.#directories = new Directories(world.base);
    this.#configurations = new Configurations(world.founders, world.base > 0);
    this.#truth = { committedTerms: this.#committedTerms, configurations: this.#configurations };
    this.#promises = new Promises(world, this.#directories, this.#configurations, this.#committedTerms);
  }

  follow(member: Member): void {
    this.#directories.follow(member.id);
    member.disk.onSynced = (where, operations) => {
      const log = this.durable(member.id);
      const { status = null } = this.#beliefs.get(member.id) ?? {};
      const fail = (what: string): void => this.#refuse(member.id, what);
      if (where === `${member.root}/log` && log.onSynced(operations, fail)) this.#world.onInstalled(member);
      this.#refuse(member.id, wrongOrder(member, operations, log, status, this.#world.base));
    };
  }

  /** Its data is gone, or damaged. */
  onLost(id: NodeId): void {
    this.#directories.onLost(id);
  }

  /** Nothing of what was done to its data was done to the directory that it has now. */
  isIntact(id: NodeId): boolean {
    return this.#directories.isIntact(id);
  }

  /** Its directory is what it was when its log was `log`. */
  onOldCopy(id: NodeId, log: DurableLog): void {
    this.#directories.onOldCopy(id, log);
  }

  /** What stands in its place belongs to another cluster. */
  onStranger(id: NodeId): void {
    this.#directories.disown(id);
  }

  /** The cluster is founded anew: nothing of it was ever committed. */
  reset(): void {
    const known = [this.#beliefs, this.#leaders, this.#promises, this.#atlas, this.#reads];
    for (const each of [this.#directories, this.#configurations, this.proposals, ...known]) each.clear();
  }

  durable(id: NodeId): DurableLog {
    return this.#directories.current(id).log;
  }

  /** All that is synced of its log. */
  logOf(id: NodeId): readonly Entry[] {
    return this.#atlas.logOf(this.committed, this.durable(id));
  }

  /** Voters of every configuration that is or may come into force: each group must agree. */
  quorums(): readonly (readonly NodeId[])[] {
    const last = this.inForce();
    return [last.membership, ...this.#configurations.above(last.index)].flatMap(groupsToCome);
  }

  /** The newest configuration that is committed. */
  inForce(): Configuration {
    return this.#configurations.in(this.#committedTerms);
  }

  onStarted(member: Member, status: RaftStatus, identity: Identity): void {
    const before = this.#directories.opened(member.id, identity);
    this.#check(
      before === null || before === identity.incarnation,
      `${member.id}: another directory stands in the place of ${before}`,
    );
    // Killed before anybody was told.
    const mayBeTakenIn = before !== null && member.lost !== null && member.forgot === null;
    if (mayBeTakenIn && this.#directories.hasJoined(member.id, identity)) member.onTakenIn(identity);
    const durable = this.durable(member.id);
    const terms = this.committed.slice(0, durable.compactedIndex).map(({ term }) => Number(term));
    for (let index = durable.compactedIndex + 1; index <= durable.lastIndex; index++)
      terms.push(durable.termAt(index) ?? 0);
    const { currentTerm, votedFor } = durable.hardState;
    const { id } = member;
    this.#check(
      status.lastIndex === durable.lastIndex,
      `R10 ${id}: starts with a log that ends at ${status.lastIndex}, synced was ${durable.lastIndex}`,
    );
    this.#check(
      status.term === currentTerm,
      `R8 ${id}: starts in term ${status.term}, synced was ${currentTerm}`,
    );
    this.#check(
      status.votedFor === votedFor,
      `R8 ${id}: starts with a vote for ${status.votedFor}, synced was ${votedFor}`,
    );
    this.#beliefs.set(id, {
      life: member.life?.number ?? 0,
      status: null,
      terms,
      configuration: this.#configurations.in(terms),
      configurationBefore: this.#configurations.in(terms),
      delivered: status.appliedIndex,
    });
    this.#checkStatus(member, this.#beliefOf(member), status);
  }

  onStep(member: Member, event: Event, status: RaftStatus, effects: readonly Effect[]): void {
    const belief = this.#beliefOf(member);
    countStep(this.#world.coverage, belief.status, event, status, effects);
    if (event.type === "read")
      this.#reads.set(`${member.id}:${belief.life}:${event.id}`, this.committed.length);
    belief.configurationBefore = belief.configuration;
    for (const effect of effects) {
      if (effect.type === "persist") this.#onPersist(member, belief, effect, status);
      if (effect.type === "installSnapshot") this.#onInstall(member, belief, effect);
    }
    this.#checkStatus(member, belief, status);
    belief.status = status;
    for (const effect of effects) this.#onEffect(member, belief, effect);
  }

  /** The driver is about to cut its log through `index`. */
  onCut({ id }: Member, status: RaftStatus, index: number): void {
    this.#refuse(id, wrongCut(status, index));
  }

  /** A checkpoint of what is applied through `index` is about to be written. */
  onCheckpoint({ id }: Member, index: number, configuration: Configuration): void {
    this.#refuse(id, wrongCheckpoint(this.#truth, index, configuration));
  }

  /** A true snapshot that this node's core has no use for: it must not install it. */
  uselessSnapshot(member: Member, status: RaftStatus, random: Random): SnapshotId | null {
    return uselessSnapshot(this.#truth, this.#beliefOf(member).terms, status, random);
  }

  onDeparture(member: Member, to: NodeId, message: Message): void {
    this.#promises.onDeparture(member, to, message);
  }

  #onEffect(member: Member, belief: Belief, effect: Effect): void {
    if (effect.type === "roleChanged") this.#onRole(member, belief, effect);
    if (effect.type === "apply") this.#onApply(member, belief, effect.entries);
    if (effect.type === "releaseRead") {
      const covers = this.#reads.get(`${member.id}:${belief.life}:${effect.id}`);
      this.#check(
        covers !== undefined && effect.index >= covers,
        `R12 ${member.id}: a read at ${effect.index} misses entry ${covers}`,
      );
    }
    if (effect.type === "send" && effect.message.type === "appendReply" && effect.message.result.ok) {
      this.#promises.acknowledges(effect.message, belief.terms[effect.message.result.matchIndex - 1] ?? 0);
    }
  }

  #onRole(member: Member, belief: Belief, effect: Extract<Effect, { type: "roleChanged" }>): void {
    const { role, term, leader } = effect;
    this.#world.note(
      member.id,
      `${role} in term ${term}${leader === null ? "" : `, leader ${leader}`}: ${effect.why}`,
    );
    if (role === "preCandidate" || role === "candidate") {
      const directory = this.#directories.current(member.id);
      const may = isToVote(directory, this.#configurations, member.id, belief.terms);
      this.#check(
        may,
        `R15 ${member.id}: a ${role}, and no configuration of its log makes a voter of its data`,
      );
    }
    if (role !== "leader") return;
    const other = this.#leaders.get(term);
    this.#check(
      other === undefined || other === member.id,
      `R1: ${other} and ${member.id} both lead term ${term}`,
    );
    this.#leaders.set(term, member.id);
    // By log matching it has all before, if it has the last that earlier terms committed. A late leader of an old
    // term may lack what later terms committed: it will never commit anything.
    let last = this.committed.length;
    while (last > 0 && (this.#commitTerms[last - 1] ?? 0) >= term) last -= 1;
    const entry = this.committed[last - 1];
    const has = entry === undefined || belief.terms[last - 1] === entry.term;
    this.#check(has, `R4: ${member.id} leads term ${term} without committed entry ${last}`);
  }

  #onPersist(
    { id }: Member,
    belief: Belief,
    { truncateFrom, entries }: Extract<Effect, { type: "persist" }>,
    status: RaftStatus,
  ): void {
    const { terms } = belief;
    if (truncateFrom !== null) {
      const before = belief.status;
      const wasLeader = before?.role === "leader" && before.term === status.term;
      this.#check(!wasLeader, `R2 ${id}: a leader cuts its log from ${truncateFrom}`);
      this.#check(
        truncateFrom > (before?.commitIndex ?? 0),
        `R6 ${id}: committed entry ${truncateFrom} is cut`,
      );
      terms.length = truncateFrom - 1;
      this.#world.coverage.count("raft", "log truncated");
      if (belief.configuration.index >= truncateFrom) {
        this.#world.coverage.count("membership", "configuration rolled back");
        belief.configuration = this.#configurations.in(terms);
      }
    }
    for (const entry of entries) {
      this.#check(
        entry.index === terms.length + 1,
        `R3 ${id}: entry ${entry.index} leaves a gap after ${terms.length}`,
      );
      const { isNew, wrong } = this.#atlas.add(entry, terms.at(-1) ?? 0);
      this.#refuse(id, wrong);
      if (isNew) this.proposals.onNew(id, entry, status);
      if (entry.kind === "membership") {
        const membership = this.#configurations.add(entry);
        if (isNew) checkNewConfiguration(this.#world, this.#directories, belief, entry, status, membership);
        belief.configuration = { index: entry.index, membership };
      }
      terms.push(entry.term);
    }
  }

  /** The log is replaced by nothing: all that the snapshot includes is committed, and more than was known here. */
  #onInstall(
    { id }: Member,
    belief: Belief,
    { snapshot }: Extract<Effect, { type: "installSnapshot" }>,
  ): void {
    this.#refuse(id, wrongInstall(this.#truth, belief.terms, belief.status?.commitIndex ?? 0, snapshot));
    const { index } = snapshot;
    belief.terms.length = 0;
    for (let at = 0; at < index; at++) belief.terms.push(this.#committedTerms[at] ?? 0);
    belief.delivered = index;
    belief.configuration = this.#configurations.in(this.#committedTerms, index);
  }

  #onApply(member: Member, belief: Belief, entries: readonly Entry[]): void {
    const durable = this.durable(member.id);
    for (const entry of entries) {
      this.#check(
        entry.index === belief.delivered + 1,
        `R9 ${member.id}: entry ${entry.index} is applied after ${belief.delivered}`,
      );
      belief.delivered = entry.index;
      const committed = this.committed[entry.index - 1];
      const same = committed?.term === entry.term && Buffer.compare(committed.data, entry.data) === 0;
      this.#check(same, `R6 ${member.id}: applies another entry ${entry.index} than was committed`);
      this.#check(
        durable.has(entry.index, entry.term),
        `R9 ${member.id}: applies entry ${entry.index}, which is not on its disk`,
      );
    }
  }

  #checkStatus(member: Member, belief: Belief, status: RaftStatus): void {
    const { id } = member;
    const before = belief.status;
    if (before !== null) {
      this.#check(
        status.term >= before.term,
        `R8 ${id}: the term goes back from ${before.term} to ${status.term}`,
      );
      this.#check(status.commitIndex >= before.commitIndex, `R8 ${id}: commitIndex goes back`);
      this.#check(status.appliedIndex >= before.appliedIndex, `R8 ${id}: lastApplied goes back`);
      const keptVote =
        status.term > before.term || before.votedFor === null || status.votedFor === before.votedFor;
      this.#check(keptVote, `R8 ${id}: the vote of term ${status.term} changes`);
    }
    this.#check(
      status.lastIndex === belief.terms.length,
      `${id}: its log ends at ${status.lastIndex}, written was ${belief.terms.length}`,
    );
    this.#check(isInOrder(status), `R9 ${id}: indexes out of order`);
    if (before === null || status.durableIndex !== before.durableIndex) {
      const term = belief.terms[status.durableIndex - 1] ?? 0;
      const synced = this.durable(id).has(status.durableIndex, term);
      this.#check(synced, `R10 ${id}: believes entry ${status.durableIndex} durable, which is not synced`);
    }
    const isAnother = before?.configuration !== status.configuration;
    // One that stays in force when its entry is cut off is the same as before.
    if (isAnother || status.configuration.index !== belief.configuration.index)
      this.#refuse(id, wrongConfiguration(status.configuration, belief.configuration));
    if (status.commitIndex > (before?.commitIndex ?? 0)) this.#onCommit(member, belief, status);
    if (status.role !== "leader") return;
    this.#check(maySitIn(status), `R11 ${id}: leads a cluster that has removed it`);
    this.#check(status.uncommittedBytes >= 0, `${id}: a negative count of uncommitted bytes`);
  }

  #onCommit(member: Member, belief: Belief, status: RaftStatus): void {
    if (status.commitIndex > this.committed.length) this.#onFirstCommit(belief, status);
    for (let index = (belief.status?.commitIndex ?? 0) + 1; index <= status.commitIndex; index++) {
      const same = this.committed[index - 1]?.term === belief.terms[index - 1];
      this.#check(same, `R6 ${member.id}: commits another entry ${index} than was committed`);
    }
  }

  /** R7: the first node to commit an entry is a leader that counted a majority of synced disks, in its own term. */
  #onFirstCommit(belief: Belief, status: RaftStatus): void {
    const { id, commitIndex: index, role } = status;
    const term = belief.terms[index - 1] ?? 0;
    // One that has removed itself leads no longer once that is committed.
    const hasLed = belief.status?.role === "leader" && belief.status.term === status.term;
    this.#check(role === "leader" || hasLed, `R7 ${id}: a ${role} is the first to commit entry ${index}`);
    this.#check(
      term === status.term,
      `R7 ${id}: commits entry ${index} of term ${term} in term ${status.term}`,
    );
    // A configuration that is appended in this very step may have come before the counting or after it.
    const inForce = [...new Set([belief.configuration, belief.configurationBefore])];
    const lacking = inForce.map(({ membership }) =>
      lacksMajority(this.#directories, membership, index, term),
    );
    this.#check(lacking.includes(null), `R7 ${id}: commits entry ${index}, which ${lacking.join(" and ")}`);
    while (this.committed.length < index) {
      const next = this.committed.length + 1;
      const entry = this.#atlas.find(next, belief.terms[next - 1]);
      if (entry === undefined) return this.#refuse(id, `R9: commits entry ${next}, which nobody wrote`);
      this.committed.push(entry);
      this.#committedTerms.push(entry.term);
      this.#commitTerms.push(status.term);
    }
  }

  #beliefOf(member: Member): Belief {
    const belief = this.#beliefs.get(member.id);
    if (belief === undefined) throw new Error(`${member.id} steps before it has started`);
    return belief;
  }

  #refuse(id: NodeId, wrong: string | null): void {
    if (wrong !== null) this.#world.fail(`${wrong} (${id})`);
  }

  #check(holds: boolean, violation: string): void {
    if (!holds) this.#world.fail(violation);
  }
}
