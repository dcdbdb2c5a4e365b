/**
 * What a backup consists of, as `Cluster.Backup` streams it: BackupPart of cluster.proto with its fields as plain
 * numbers and bytes, so that a client's decoded stream can be handed on as it is. The header comes first.
 */
export interface BackupPart {
  readonly header?: BackupHeader | null;
  readonly chunk?: BackupChunk | null;
}

/** SnapshotHeader of records.proto. */
export interface BackupHeader {
  readonly format: number;
  readonly clusterId: string;
  readonly index: number;
  readonly term: number;
  readonly checksum: number;
  readonly configuration: BackupConfiguration | null;
  readonly count: number;
  readonly sum: number;
  readonly bytes: number;
}

export interface BackupConfiguration {
  readonly index: number;
  readonly membership: {
    readonly voters: readonly string[];
    readonly outgoing: readonly string[];
    readonly learners: readonly string[];
    readonly details: Readonly<Record<string, BackupMember>>;
  } | null;
}

export interface BackupMember {
  readonly address: string;
  readonly incarnation: string;
  readonly since: number;
  readonly promote: boolean;
  readonly replaces: string;
}

/** SnapshotChunk of records.proto. */
export interface BackupChunk {
  readonly pairs: Uint8Array;
  readonly checksum: number;
  readonly lastKey: Uint8Array;
  readonly isLast: boolean;
}
