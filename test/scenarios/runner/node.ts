import { LogIndex, type MonotonicMs, type NodeId } from "../../../src/base/brands.ts";
import type { Random } from "../../../src/base/random.ts";
import {
  type Effect,
  type Event,
  type Message,
  Raft,
  type RaftConfig,
  type RaftStatus,
} from "../../../src/raft/index.ts";
import type { Entry, EntryId } from "../../../src/raft/types.ts";
import { type Checkpoint, Disk, type MachineState, type Write } from "./disk.ts";
import { decodeMembership } from "./membershipText.ts";

export interface Waiting {
  readonly afterWrite: number;
  readonly to: NodeId;
  readonly message: Message;
}

export interface Founding {
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
}

/** The driver around one core, taken apart: each of its acts is a call of its own. */
export class ScenarioNode {
  readonly id: NodeId;
  disk: Disk;
  /** Null while the process is down. */
  raft: Raft | null = null;
  /** Counts starts. */
  life = 0;
  /** Why the process ended itself; null when it did not. */
  stoppedBy: string | null = null;
  /** Stopped by SIGSTOP: neither messages nor time reach it. */
  isPaused = false;
  /** Writes are done only when the scenario says so. */
  diskIsSlow = false;
  /** Reads of the log are answered only when the scenario says so. */
  readsAreSlow = false;
  readonly pendingReads: Extract<Effect, { type: "readLog" }>[] = [];
  waiting: Waiting[] = [];
  machine: MachineState;
  /** The log as the core believes it to be, pending writes included, above `base`. */
  believed: Entry[] = [];
  base: EntryId;
  /** What this node could or can send as a snapshot, oldest first. */
  readonly checkpoints: Checkpoint[] = [];
  fetching: Extract<Effect, { type: "fetchSnapshot" }> | null = null;
  readonly staged: Checkpoint[] = [];
  readonly #config: RaftConfig;
  readonly #random: Random;

  constructor(config: RaftConfig, founding: Founding, random: Random) {
    this.id = config.id;
    this.#config = config;
    this.#random = random;
    this.disk = new Disk(founding.voters, founding.learners);
    this.machine = this.disk.checkpoint;
    this.base = this.disk.compacted;
  }

  get isUp(): boolean {
    return this.raft !== null;
  }

  start(now: MonotonicMs): void {
    this.life += 1;
    this.stoppedBy = null;
    this.machine = this.disk.checkpoint;
    this.base = this.disk.compacted;
    this.believed = [...this.disk.entries];
    this.raft = new Raft(this.#config, this.disk.restored(), this.#random, now);
  }

  stop(why: string | null): void {
    this.raft = null;
    this.stoppedBy = why;
    this.isPaused = false;
    this.waiting = [];
    this.pendingReads.length = 0;
    this.fetching = null;
    this.disk.crash();
  }

  /** The directory is lost; the next start finds an empty one, which knows of no members. */
  wipe(): void {
    this.disk = new Disk([], []);
    this.checkpoints.length = 0;
    this.staged.length = 0;
  }

  step(event: Event, now: MonotonicMs): readonly Effect[] {
    if (this.raft === null) throw new Error(`${this.id} is down`);
    return this.raft.step(event, now);
  }

  status(now: MonotonicMs): RaftStatus {
    if (this.raft === null) throw new Error(`${this.id} is down`);
    return this.raft.status(now);
  }

  write(write: Write): void {
    this.disk.write(write);
    if (write.type === "install") {
      const { appliedIndex: index, term } = write.checkpoint;
      this.base = { index, term };
      this.believed = [];
      return;
    }
    if (write.truncateFrom !== null) this.believed.length = write.truncateFrom - this.base.index - 1;
    this.believed.push(...write.entries);
  }

  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const { commands, configuration } = this.machine;
      this.machine = {
        appliedIndex: entry.index,
        commands: entry.kind === "command" ? [...commands, new TextDecoder().decode(entry.data)] : commands,
        configuration:
          entry.kind === "membership"
            ? { index: entry.index, membership: decodeMembership(entry.data) }
            : configuration,
      };
    }
  }

  /** The machine's records become durable as they are now. */
  saveCheckpoint(): Checkpoint {
    const { appliedIndex } = this.machine;
    const term = this.believedTermAt(appliedIndex);
    if (term === undefined) throw new Error(`${this.id} does not know the term of entry ${appliedIndex}`);
    const { configuration } = this.machine;
    const known = this.raft?.configurationAt(appliedIndex);
    if (JSON.stringify(known) !== JSON.stringify(configuration)) {
      throw new Error(
        `${this.id} believes another configuration in force at ${appliedIndex} than it applied`,
      );
    }
    const checkpoint: Checkpoint = { ...this.machine, term };
    this.disk.checkpoint = checkpoint;
    this.checkpoints.push(checkpoint);
    return checkpoint;
  }

  believedTermAt(index: number): EntryId["term"] | undefined {
    if (index === this.base.index) return this.base.term;
    return this.believed[index - this.base.index - 1]?.term;
  }

  readLog({ from, through, maxBytes }: Extract<Effect, { type: "readLog" }>): readonly Entry[] {
    const entries: Entry[] = [];
    let bytes = 0;
    for (let index: number = from; index <= through; index++) {
      const entry = this.disk.entryAt(index);
      if (entry === undefined) break;
      bytes += entry.data.length;
      if (bytes > maxBytes && entries.length > 0) break;
      entries.push(entry);
    }
    return entries;
  }

  get lastIndex(): LogIndex {
    return LogIndex(this.base.index + this.believed.length);
  }
}
