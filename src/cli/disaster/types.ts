import type { BackupPart } from "../../client/index.ts";

/** A backup file that is whole and undamaged. */
export interface BackupSummary {
  readonly path: string;
  readonly fileBytes: number;
  readonly records: number;
  /** Null when its records are of a release that this one cannot read: they are kept as they are. */
  readonly jobs: number | null;
  /** SHA-256 of the content, in hex. */
  readonly digest: string;
  readonly clusterId: string;
  /** Everything through this entry is in it. */
  readonly index: number;
  readonly term: number;
}

/** Under `path` there is then a whole and verified backup; when it rejects, what was there before. */
export type WriteBackup = (
  path: string,
  parts: AsyncIterable<BackupPart>,
  options: { readonly overwrite: boolean; readonly signal?: AbortSignal | undefined },
) => Promise<BackupSummary>;

/** One node of a new cluster, made of a backup. */
export interface RestoreOptions {
  /** A file that `conclave backup` wrote. */
  readonly file: string;
  /** Empty or not there yet. */
  readonly dataDir: string;
  /** This node's id, one of `peers`. */
  readonly id: string;
  /** Name of the new cluster; "" for the old one's. */
  readonly cluster: string;
  /** Founding members of the new cluster. Each restores from the same file, with the same members. */
  readonly peers: readonly { readonly id: string; readonly address: string }[];
  /** How many times this backup was made into a cluster that has worked, this time included. */
  readonly restoration: number;
  readonly signal?: AbortSignal | undefined;
}

/** The only voter of a new cluster, made of a survivor's data directory. */
export interface RecoverOptions {
  readonly dataDir: string;
  /** Must be the id that the directory belongs to. */
  readonly id: string;
  /** Name of the new cluster; "" to keep the one that it had. */
  readonly cluster: string;
  readonly signal?: AbortSignal | undefined;
}

/** The new cluster that was made of old data. */
export interface DisasterReport {
  readonly nodeId: string;
  readonly clusterName: string;
  readonly clusterId: string;
  readonly formerClusterId: string;
  /** Voters of the new cluster. */
  readonly members: readonly string[];
  /** The new cluster's log begins after it: above every fencing token that the old one ever issued. */
  readonly index: number;
  /** The last entry of the old cluster that is in it, and its log time, ms since the epoch. */
  readonly formerIndex: number;
  readonly logTime: number;
  readonly jobs: number;
}

export interface RecoveryReport extends DisasterReport {
  /** Entries above those that were known to be committed; all of them are taken in. */
  readonly entriesAbove: number;
  /** Folder with the old directory's files. */
  readonly keptIn: string;
}

/** What a stopped node's data directory holds. */
export interface Inspection {
  readonly nodeId: string;
  readonly clusterName: string;
  readonly clusterId: string;
  readonly standing: "voter" | "learner" | "joining" | "none";
  readonly members: readonly string[];
  readonly term: number;
  /** The survivor to recover has the one of the highest term and, of equal terms, the highest index. */
  readonly lastEntry: { readonly index: number; readonly term: number };
  /** As of its last checkpoint: what is known to be committed. */
  readonly appliedIndex: number;
  /** As of that checkpoint. */
  readonly jobs: number;
}

/** What works on files and on the directories of stopped nodes: the composition root's. */
export interface OfflineTools {
  readonly writeBackup: WriteBackup;
  readonly restore: (options: RestoreOptions) => Promise<DisasterReport>;
  readonly recover: (options: RecoverOptions) => Promise<RecoveryReport>;
  readonly inspect: (dataDir: string) => Promise<Inspection>;
}
