import { LogIndex, MonotonicMs, type NodeId } from "../../src/base/brands.ts";
import { type Random, SeededRandom } from "../../src/base/random.ts";
import type { Effect, Event, Membership, Message, RaftConfig, RaftStatus } from "../../src/raft/index.ts";
import { Raft } from "../../src/raft/index.ts";
import { RaftDisk } from "./raftDisk.ts";
import type { RaftInvariants } from "./raftInvariants.ts";
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
}

export const fastDisk: DiskTraits = { typicalMs: 2, slow: 0, slowMs: 0, reportMs: 0, readFailure: 0 };

export interface SimNodeOptions {
  readonly config: RaftConfig;
  readonly membership: Membership;
  readonly schedule: Schedule;
  readonly random: Random;
  readonly diskTraits: DiskTraits;
  readonly tickMs: number;
  /** How far this node's monotonic clock is from virtual time: clocks of different nodes cannot be compared. */
  readonly clockOffsetMs: number;
  readonly invariants: () => RaftInvariants;
  readonly transmit: (from: NodeId, to: NodeId, message: Message) => void;
  readonly observe: (node: SimNode, effect: Effect) => void;
}

/** A minimal driver around the real core: carries out effects on modelled parts, survives crash and pause. */
export class SimNode {
  readonly id: NodeId;
  readonly disk = new RaftDisk();
  readonly #options: SimNodeOptions;
  #raft: Raft | null = null;
  #life = 0;
  /** Events that come while the process is stopped (SIGSTOP) wait here. */
  #stopped: Event[] | null = null;
  #waiting: { readonly write: number; readonly to: NodeId; readonly message: Message }[] = [];
  #lastSyncAt = 0;
  #applied = LogIndex(0);
  #nextRead = 0;

  constructor(options: SimNodeOptions) {
    this.id = options.config.id;
    this.#options = options;
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

  start(): void {
    const { config, membership, random } = this.#options;
    this.#life += 1;
    this.#applied = this.disk.appliedIndex;
    this.#lastSyncAt = 0;
    const seed = random.below(2 ** 31);
    this.#raft = new Raft(config, this.disk.restored(membership), new SeededRandom(seed), this.now);
    this.#tick(this.#life);
    this.#checkpoint(this.#life);
  }

  /** kill -9 and power loss in one: what is not synced may be gone. */
  crash(): void {
    this.#life += 1;
    this.#raft = null;
    this.#stopped = null;
    this.#waiting = [];
    this.disk.crash(this.#options.random);
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
    invariants.onStep(this, raft.status(this.now), effects);
    for (const effect of effects) this.#carryOut(effect);
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
        return this.#later(random.below(20), () => {
          this.#applied = LogIndex(Math.max(this.#applied, effect.entries.at(-1)?.index ?? 0));
          this.handle({ type: "applied", index: this.#applied });
        });
      case "readLog":
        return this.#later(1 + random.below(diskTraits.typicalMs), () => {
          const failed = random.next() < diskTraits.readFailure;
          const entries = failed ? null : this.disk.read(effect.from, effect.through, effect.maxBytes);
          this.handle({ type: "logRead", peer: effect.peer, from: effect.from, entries });
        });
      case "releaseRead":
      case "rejectRead":
      case "acceptProposal":
      case "rejectProposal":
      case "roleChanged":
      case "transferFailed":
        return;
    }
  }

  #depart(to: NodeId, message: Message): void {
    this.#options.invariants().onDeparture(this, to, message);
    this.#options.transmit(this.id, to, message);
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
      const status = this.status;
      if (status !== null && this.#stopped === null) {
        this.disk.appliedIndex = this.#applied;
        const through = LogIndex(Math.min(this.#applied, status.matchedByAll));
        if (through > this.disk.compacted.index) {
          this.disk.compact(through);
          this.handle({ type: "compacted", index: through });
        }
      }
      this.#checkpoint(life);
    });
  }

  /** Runs `act` later, unless the process has died meanwhile. */
  #later(delayMs: number, act: () => void): void {
    const life = this.#life;
    this.#options.schedule.after(delayMs, () => {
      if (life === this.#life) act();
    });
  }
}
