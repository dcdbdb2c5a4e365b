import { LogIndex, MonotonicMs, type NodeId } from "../../src/base/brands.ts";
import { type Random, SeededRandom } from "../../src/base/random.ts";
import type {
  Configuration,
  Effect,
  Event,
  Membership,
  Message,
  RaftConfig,
  RaftStatus,
} from "../../src/raft/index.ts";
import { Raft } from "../../src/raft/index.ts";
import { membersOf } from "../../src/raft/quorum.ts";
import { type Checkpoint, RaftDisk } from "./raftDisk.ts";
import { type Hello, incarnationOf, isNamed, type Leaving } from "./raftGate.ts";
import type { RaftInvariants } from "./raftInvariants.ts";
import { FakeMachine } from "./raftMachine.ts";
import type { Schedule } from "./raftSchedule.ts";

export interface DiskTraits {
  /** A write takes 1..typicalMs, and with the chance `slow` up to slowMs more. */
  readonly typicalMs: number;
  readonly slow: number;
  readonly slowMs: number;
  /** Completions are reported up to this much later, so out of order. */
  readonly reportMs: number;
  /** Chance that a read of the log fails. */
  readonly readFailure: number;
  /** Chance that a compaction goes as far as the checkpoint, whoever may need the entries. */
  readonly hastyCompaction: number;
}

export const fastDisk: DiskTraits = {
  typicalMs: 2,
  slow: 0,
  slowMs: 0,
  reportMs: 0,
  readFailure: 0,
  hastyCompaction: 0,
};

export interface SimNodeOptions {
  readonly config: RaftConfig;
  /** Of the founding; without voters for a node that is to join. */
  readonly membership: Membership;
  readonly incarnation: string;
  readonly schedule: Schedule;
  readonly random: Random;
  readonly diskTraits: DiskTraits;
  readonly tickMs: number;
  /** How far this node's monotonic clock is from virtual time: clocks of different nodes cannot be compared. */
  readonly clockOffsetMs: number;
  readonly invariants: () => RaftInvariants;
  readonly transmit: (from: SimNode, to: NodeId, message: Message) => void;
  /** The snapshot that `from` has on disk at the moment; null when it cannot be reached. */
  readonly openSnapshot: (from: NodeId, by: SimNode) => Checkpoint | null;
  readonly observe: (node: SimNode, effect: Effect) => void;
}

interface Fetch {
  readonly from: NodeId;
}

/** A minimal driver around the real core: carries out effects on modelled parts, survives crash and pause. */
export class SimNode {
  readonly id: NodeId;
  #disk: RaftDisk;
  #incarnation: string;
  readonly #options: SimNodeOptions;
  #raft: Raft | null = null;
  #machine = new FakeMachine(LogIndex(0), 0);
  #life = 0;
  /** Events that come while the process is stopped (SIGSTOP) wait here. */
  #stopped: Event[] | null = null;
  #waiting: { readonly write: number; readonly to: NodeId; readonly message: Message }[] = [];
  #lastSyncAt = 0;
  #nextRead = 0;
  #configuration: Configuration;
  #committed: Configuration;
  #leaving: Leaving = new Map();
  /** What is being fetched, or was and waits for the core's decision. */
  #fetch: Fetch | null = null;
  #fetched: Checkpoint | null = null;

  constructor(options: SimNodeOptions) {
    this.id = options.config.id;
    this.#options = options;
    this.#incarnation = options.incarnation;
    this.#configuration = { index: LogIndex(0), membership: options.membership };
    this.#committed = this.#configuration;
    this.#disk = new RaftDisk(this.#configuration);
  }

  get disk(): RaftDisk {
    return this.#disk;
  }

  get incarnation(): string {
    return this.#incarnation;
  }

  get life(): number {
    return this.#life;
  }

  get isUp(): boolean {
    return this.#raft !== null;
  }

  get isPaused(): boolean {
    return this.#stopped !== null;
  }

  /** In force; its last known one while the process is down. */
  get configuration(): Configuration {
    return this.#configuration;
  }

  /** Members no more that are still to be kept in touch with. */
  get leaving(): Leaving {
    return this.#leaving;
  }

  /** The state of the machine, and through which entry. */
  get machine(): Pick<FakeMachine, "appliedIndex" | "state"> {
    return this.#machine;
  }

  get now(): MonotonicMs {
    return MonotonicMs(this.#options.schedule.now + this.#options.clockOffsetMs);
  }

  /** Null while the process is down. */
  get status(): RaftStatus | null {
    return this.#raft?.status(this.now) ?? null;
  }

  get hasLease(): boolean {
    return this.#raft?.hasLease(this.now) ?? false;
  }

  /** Null while the process is down. */
  get hello(): Hello | null {
    if (!this.isUp) return null;
    const { id, incarnation } = this;
    const { index: committedIndex, membership } = this.#committed;
    return { id, incarnation, committedIndex, isMember: isNamed(membership, id, incarnation) };
  }

  start(): void {
    const { config, random } = this.#options;
    const { snapshot, state } = this.disk.checkpoint;
    this.#life += 1;
    this.#lastSyncAt = 0;
    this.#machine = new FakeMachine(snapshot.index, state);
    const seed = random.below(2 ** 31);
    this.#raft = new Raft(config, this.disk.restored(this.incarnation), new SeededRandom(seed), this.now);
    const { configuration, committedConfiguration } = this.#raft.status(this.now);
    this.#configuration = committedConfiguration;
    const before = membersOf(committedConfiguration.membership);
    const members = membersOf(configuration.membership);
    this.#onMembership(before.filter((id) => !members.includes(id)));
    this.#tick(this.#life);
    this.#checkpoint(this.#life);
  }

  /** kill -9 and power loss in one: what is not synced may be gone. */
  crash(): void {
    this.#life += 1;
    this.#raft = null;
    this.#stopped = null;
    this.#waiting = [];
    this.#fetch = null;
    this.#fetched = null;
    this.disk.crash(this.#options.random);
  }

  /** The data directory is gone for good; the node may join again with an empty one. */
  wipe(incarnation: string): void {
    if (this.isUp) this.crash();
    this.#incarnation = incarnation;
    const nobody: Membership = { voters: [], outgoing: [], learners: [] };
    this.#disk = new RaftDisk({ index: LogIndex(0), membership: nobody });
  }

  /** SIGSTOP: time goes on, events gather, the disk finishes what it has. */
  pause(): void {
    this.#stopped ??= [];
  }

  /** SIGCONT: whatever gathered is handled now, in the order in which it came. */
  resume(): void {
    const events = this.#stopped ?? [];
    this.#stopped = null;
    for (const event of events) this.handle(event);
  }

  read(): void {
    const id = this.#nextRead++;
    if (this.#raft !== null) this.handle({ type: "read", id });
  }

  handle(event: Event): void {
    const raft = this.#raft;
    if (raft === null) return;
    if (this.#stopped !== null) {
      this.#stopped.push(event);
      return;
    }
    const invariants = this.#options.invariants();
    if (event.type === "read") invariants.onRead(this, event.id);
    const effects = raft.step(event, this.now);
    const status = raft.status(this.now);
    invariants.onStep(this, status, effects);
    // A directory that is not taken in yet has promised nothing: a leader may still speak to its predecessor, which was
    // removed. The node makes the same exception (src/node/node.ts, `#forgottenEntries`).
    if (event.type === "receive" && this.disk.isTakenIn) {
      invariants.onReceived(this, status, event.message);
    }
    for (const effect of effects) this.#carryOut(effect);
    // The core has made up its mind: what it does not install now goes.
    if (event.type === "snapshotFetched") this.#fetched = null;
  }

  #carryOut(effect: Effect): void {
    const { random, diskTraits } = this.#options;
    this.#options.observe(this, effect);
    switch (effect.type) {
      case "persist":
        this.disk.write(effect);
        return this.#scheduleSync();
      case "send":
        if (effect.after === "now" || this.disk.requested === this.disk.completed) {
          return this.#depart(effect.to, effect.message);
        }
        this.#waiting.push({ write: this.disk.requested, to: effect.to, message: effect.message });
        return;
      case "apply":
        this.#machine.add(effect.entries);
        return this.#later(random.below(20), () => this.#apply(effect.entries.at(-1)?.index ?? LogIndex(0)));
      case "readLog":
        return this.#later(1 + random.below(diskTraits.typicalMs), () => {
          const failed = random.next() < diskTraits.readFailure;
          const entries = failed ? null : this.disk.read(effect.from, effect.through, effect.maxBytes);
          this.handle({ type: "logRead", peer: effect.peer, from: effect.from, entries });
        });
      case "fetchSnapshot":
        return this.#fetchFrom(effect.from);
      case "installSnapshot":
        return this.#install(effect);
      case "membershipChanged":
        return this.#onMembership(effect.leaving);
      case "releaseRead":
      case "rejectRead":
      case "acceptProposal":
      case "rejectProposal":
      case "rejectMembershipChange":
      case "roleChanged":
      case "transferFailed":
        return;
    }
  }

  /** A member that leaves keeps the address and the incarnation that it had. */
  #onMembership(leaving: readonly NodeId[]): void {
    const former = (id: NodeId) => this.#leaving.get(id) ?? incarnationOf(this.#configuration.membership, id);
    this.#leaving = new Map(leaving.map((id) => [id, former(id)]));
    const { status } = this;
    if (status === null) return;
    this.#configuration = status.configuration;
    this.#committed = status.committedConfiguration;
  }

  /** Also after a snapshot has superseded it: the report is then late, and of what is no more. */
  #apply(through: LogIndex): void {
    this.#machine.applyThrough(through);
    this.#onApplied();
    this.handle({ type: "applied", index: through });
  }

  #fetchFrom(from: NodeId): void {
    const { random, openSnapshot } = this.#options;
    if (this.#fetched !== null || this.#fetch?.from === from) return;
    const fetch = { from };
    this.#fetch = fetch;
    this.#later(1 + random.below(10), () => {
      if (this.#fetch !== fetch) return;
      const checkpoint = openSnapshot(from, this);
      if (checkpoint === null) {
        this.#fetch = null;
        return;
      }
      this.#later(1 + random.below(400), () => {
        if (this.#fetch !== fetch) return;
        this.#fetch = null;
        this.#fetched = checkpoint;
        this.handle({ type: "snapshotFetched", snapshot: checkpoint.snapshot });
      });
    });
  }

  #install(effect: Extract<Effect, { type: "installSnapshot" }>): void {
    const checkpoint = this.#fetched;
    if (checkpoint?.snapshot.index !== effect.snapshot.index)
      throw new Error("installs what was not fetched");
    const installed = { ...checkpoint, snapshot: effect.snapshot };
    this.disk.write({ type: "install", hardState: effect.hardState, checkpoint: installed });
    this.#machine.replaceBy(checkpoint.snapshot.index, checkpoint.state);
    this.#onApplied();
    this.#scheduleSync();
  }

  #onApplied(): void {
    this.#options.invariants().onApplied(this);
    const inForce = this.#raft?.configurationAt(this.#machine.appliedIndex);
    if (inForce !== undefined && isNamed(inForce.membership, this.id, this.incarnation)) {
      this.disk.isTakenIn = true;
    }
  }

  #depart(to: NodeId, message: Message): void {
    this.#options.invariants().onDeparture(this, to, message);
    this.#options.transmit(this, to, message);
  }

  /** Writes are synced in order; several that are due at once become one, as in a group commit. */
  #scheduleSync(): void {
    const { schedule, random, diskTraits } = this.#options;
    const slowness = random.next() < diskTraits.slow ? random.below(diskTraits.slowMs) : 0;
    const readyAt = schedule.now + 1 + random.below(diskTraits.typicalMs) + slowness;
    this.#lastSyncAt = Math.max(this.#lastSyncAt, readyAt);
    const write = this.disk.requested;
    this.#later(this.#lastSyncAt - schedule.now, () => {
      if (this.disk.completed >= write) return;
      const groupEnd = Math.min(this.disk.requested, write + random.below(3));
      const done = this.disk.sync(groupEnd - this.disk.completed);
      while ((this.#waiting[0]?.write ?? Number.POSITIVE_INFINITY) <= this.disk.completed) {
        const next = this.#waiting.shift();
        if (next !== undefined) this.#depart(next.to, next.message);
      }
      const report = () => this.handle({ type: "persisted", ...done });
      if (diskTraits.reportMs === 0) report();
      else this.#later(random.below(diskTraits.reportMs), report);
    });
  }

  #tick(life: number): void {
    if (life !== this.#life) return;
    // A stopped process misses its ticks; it finds one due when it wakes.
    if (this.#stopped === null || this.#stopped.at(-1)?.type !== "tick") this.handle({ type: "tick" });
    this.#later(this.#options.tickMs, () => this.#tick(life));
  }

  /** Now and then the machine's state is saved, and the log cut below what no member needs any more. */
  #checkpoint(life: number): void {
    const { random } = this.#options;
    this.#later(200 + random.below(2_000), () => {
      if (this.#stopped === null && !this.disk.isInstalling) this.#save();
      this.#checkpoint(life);
    });
  }

  #save(): void {
    const { random, diskTraits } = this.#options;
    const raft = this.#raft;
    const status = this.status;
    const { appliedIndex: index, state } = this.#machine;
    if (raft === null || status === null || index <= this.disk.checkpoint.snapshot.index) return;
    const term = this.disk.entryAt(index)?.term;
    if (term === undefined) throw new Error(`entry ${index} is applied and not on disk`);
    const snapshot = { index, term, configuration: raft.configurationAt(index) };
    this.disk.checkpoint = { snapshot, state };
    // Reports may come late: after more was written, or a snapshot installed.
    this.#later(random.below(30), () => this.handle({ type: "checkpointed", index }));
    const isHasty = random.next() < diskTraits.hastyCompaction;
    const spared = isHasty && random.next() < 0.2 ? index : (status.neededAbove ?? index);
    const needed = Math.min(index, spared, isHasty ? index : status.matchedByAll);
    if (needed <= this.disk.compacted.index) return;
    this.disk.compact(needed);
    this.#later(random.below(30), () => this.handle({ type: "compacted", index: LogIndex(needed) }));
  }

  /** Runs `act` later, unless the process has died meanwhile. */
  #later(delayMs: number, act: () => void): void {
    const life = this.#life;
    this.#options.schedule.after(delayMs, () => {
      if (life === this.#life) act();
    });
  }
}
