import type { ClusterId, Incarnation, LogIndex, LogTimeMs, NodeId, Term } from "../base/brands.ts";
import { type JobState, jobStates, type MachineRecord } from "../machine/types.ts";
import type { EntryId } from "../raft/types.ts";

export interface JobCount {
  readonly jobs: number;
  readonly jobsByState: Readonly<Record<JobState, number>>;
  /** Log time of the last entry, ms since the epoch: what came later is lost. */
  readonly logTime: LogTimeMs;
  /** As the old cluster's nodes had it after that entry. */
  readonly stateHash: string;
}

/** The new cluster that a restore or a recovery has made of old data. */
export interface DisasterReport extends JobCount {
  readonly dataDir: string;
  readonly nodeId: NodeId;
  /** Drawn anew: nothing that the node said before is held against it. */
  readonly incarnation: Incarnation;
  readonly clusterName: string;
  readonly clusterId: ClusterId;
  readonly formerClusterId: ClusterId;
  /** Voters of the new cluster: this node alone after a recovery. */
  readonly members: readonly NodeId[];
  /** The new cluster's log begins after this index: all its fencing tokens are above it. */
  readonly index: LogIndex;
  readonly term: Term;
  /** The last entry of the old cluster that is in it. */
  readonly formerIndex: LogIndex;
  readonly formerTerm: Term;
}

export interface RestoreReport extends DisasterReport {
  /** SHA-256 of the backup's content, in hex: the same for every node of the new cluster. */
  readonly digest: string;
}

export interface RecoveryReport extends DisasterReport {
  /** Entries through here were known to be committed: the directory's last checkpoint. */
  readonly knownCommitted: LogIndex;
  /** Entries above it. All of them are taken in: the directory alone cannot tell which were acknowledged. */
  readonly entriesAbove: number;
  /** Folder with all of the old files. */
  readonly keptIn: string;
}

/** What a data directory holds, to choose the survivor by. */
export interface Inspection {
  readonly nodeId: NodeId;
  readonly clusterName: string;
  readonly clusterId: ClusterId;
  readonly incarnation: Incarnation;
  /** What the node is in the last configuration of its log. */
  readonly standing: "voter" | "learner" | "joining" | "none";
  /** Of that configuration. */
  readonly members: readonly NodeId[];
  /** The term that the node was in. */
  readonly term: Term;
  /**
   * The survivor to recover is the one whose last entry has the highest term and, of equal terms, the highest index: the
   * order of Raft 5.4.1, in which a leader would have been chosen.
   */
  readonly lastEntry: EntryId;
  /** As of its last checkpoint: what is known to be committed. */
  readonly appliedIndex: LogIndex;
  /** As of that checkpoint: what the entries above it did is not counted. */
  readonly jobs: number;
}

/** Counts records on their way into a new directory. */
export class RecordCount {
  readonly #states = new Map<JobState, number>(jobStates.map((state) => [state, 0]));
  #jobs = 0;
  #logTime: LogTimeMs | null = null;
  #stateHash = "";

  add(record: MachineRecord): void {
    if (record.kind === "meta") {
      this.#logTime = record.now;
      this.#stateHash = record.stateHash;
      return;
    }
    if (record.kind !== "job") return;
    const { state } = record.job;
    this.#states.set(state, (this.#states.get(state) ?? 0) + 1);
    this.#jobs++;
  }

  /** Null when the machine's own record was not among them. */
  get result(): JobCount | null {
    if (this.#logTime === null) return null;
    const jobsByState = Object.fromEntries(this.#states) as Record<JobState, number>;
    return { jobs: this.#jobs, jobsByState, logTime: this.#logTime, stateHash: this.#stateHash };
  }
}
