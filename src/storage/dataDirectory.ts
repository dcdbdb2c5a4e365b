import type { Incarnation, LogIndex, NodeId } from "../base/brands.ts";
import type { SnapshotHeader } from "../codec/snapshot.ts";
import type { Configuration, Entry, EntryId, HardState, Membership, SnapshotId } from "../raft/types.ts";
import { DirectoryLock } from "./directoryLock.ts";
import { readIdentity, writeIdentity } from "./identity.ts";
import type { OpenStore } from "./keyValueStore.ts";
import type { LevelLog } from "./levelLog.ts";
import type { LevelRecords } from "./levelRecords.ts";
import { MemberAddresses, readMemberAddresses } from "./memberAddresses.ts";
import { type Opened, openDirectory } from "./openDirectory.ts";
import { pathsIn } from "./paths.ts";
import { finishRenewal, isRenewalPending } from "./renewal.ts";
import { writeSealed } from "./sealedFile.ts";
import { type SetAside, setAside } from "./setAside.ts";
import type { SnapshotReader } from "./snapshotReader.ts";
import type { SnapshotStaging } from "./snapshotStaging.ts";
import type { Identity, Owner, RecordCodec } from "./types.ts";
import { unusable } from "./unusable.ts";
import { WriteFuse } from "./writeFuse.ts";

export interface DataDirectoryOptions extends Owner {
  /** Made when missing. Its files are readable by this user only. */
  readonly path: string;
  /** Of the cluster, when the directory is fresh; ignored afterwards, as the next two are. */
  readonly clusterId: Identity["clusterId"];
  /** The cluster's first configuration; empty for a node that joins. */
  readonly membership: Membership;
  readonly joining?: Identity["joining"];
  readonly codec: RecordCodec;
  /** How far the marker may be behind the log. */
  readonly markerIntervalMs?: number;
  /** Where the databases come from; LevelDB unless said otherwise. */
  readonly openStore?: OpenStore;
}

/** What the core starts from; fits `Restored` of src/raft/config.ts. */
export interface RestoredState {
  /** A directory that no applied configuration has named yet; null for a member's. */
  readonly newcomer: { readonly incarnation: string } | null;
  readonly hardState: HardState;
  /** In force at `appliedIndex`; later ones are in the log. */
  readonly configuration: Configuration;
  readonly compacted: EntryId;
  readonly appliedIndex: LogIndex;
  readonly termStarts: readonly EntryId[];
  readonly entries: readonly Entry[];
}

/**
 * One node's files: the log, the records, and what says whose they are and how far they reached. Also a `SnapshotStore`
 * of src/node/ports.ts.
 */
export class DataDirectory {
  /** Made by this very call: the node has never run before. */
  readonly isFresh: boolean;
  readonly log: LevelLog;
  readonly records: LevelRecords;
  readonly restored: RestoredState;
  readonly #opened: Opened;
  readonly #addresses: MemberAddresses;
  #identity: Identity;

  /**
   * Opens the directory, or makes it when it is empty or absent. Rejects with DATA_CORRUPT (as `DamagedDirectory` when
   * rejoining repairs it), FORMAT_UNSUPPORTED, IDENTITY_MISMATCH, CONFIG_INVALID (another process uses it) or
   * DISK_FAILED; then nothing is left open.
   */
  static async open(options: DataDirectoryOptions): Promise<DataDirectory> {
    return new DataDirectory(await openDirectory(options));
  }

  /**
   * Whose directory it is, or null when it is nobody's yet. Rejects with DATA_CORRUPT when that cannot be told, CONFIG_INVALID
   * or DISK_FAILED.
   */
  static async identityAt(path: string, openStore?: OpenStore): Promise<Identity | null> {
    try {
      if (await isRenewalPending(path)) {
        const lock = await DirectoryLock.take(path, openStore);
        try {
          await finishRenewal(path);
        } finally {
          await lock.release();
        }
      }
      return await readIdentity(pathsIn(path).identity);
    } catch (error) {
      throw unusable(path, error);
    }
  }

  /** Where the other members were last heard of, also if the rest is damaged; empty when that is not known. */
  static memberAddressesAt(path: string): Promise<readonly string[]> {
    return readMemberAddresses(pathsIn(path).addresses);
  }

  /** Puts an empty directory in the place of a damaged one, whose files are kept; see setAside.ts. */
  static setAside(path: string, owner: Owner, openStore?: OpenStore): Promise<SetAside> {
    return setAside(path, owner, openStore);
  }

  constructor(opened: Opened) {
    const { log, records } = opened;
    this.#opened = opened;
    this.#identity = opened.identity;
    this.#addresses = new MemberAddresses(opened.paths.addresses, opened.fuse);
    this.isFresh = opened.isFresh;
    this.log = log.log;
    this.records = records;
    const { joining, incarnation } = opened.identity;
    this.restored = {
      newcomer: joining === null ? null : { incarnation },
      hardState: log.hardState,
      configuration: opened.configuration,
      compacted: log.log.compacted,
      appliedIndex: records.appliedIndex,
      termStarts: log.termStarts,
      entries: log.entries,
    };
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** The node is a member under its incarnation. Resolves once durable. Rejects with DISK_FAILED. */
  async endJoining(): Promise<void> {
    if (this.#identity.joining !== null) await this.#rewrite({ joining: null });
  }

  /** All other founders have met this directory. Resolves once durable. Rejects with DISK_FAILED. */
  async endFounding(): Promise<void> {
    if (this.#identity.founding) await this.#rewrite({ founding: false });
  }

  /**
   * Durably marks the data as not to be used any more: from now on it is not opened, but repaired by rejoining. For what
   * opening cannot find, such as a log that ends below what this node has acknowledged.
   */
  async condemn(why: string): Promise<void> {
    const { condemned } = this.#opened.paths;
    // With a fuse of its own: it may be why nothing else is written any more.
    await new WriteFuse().guard(condemned, () => writeSealed(condemned, { why }));
  }

  /** The incarnation that this node has met of the member that the entry `since` took in (0: a founding one). */
  knownIncarnation(id: NodeId, since: LogIndex): Incarnation | null {
    return this.#opened.peers.known(id, since);
  }

  /** Resolves once durable. Rejects with IDENTITY_MISMATCH when another incarnation of that member is known. */
  rememberIncarnation(id: NodeId, since: LogIndex, incarnation: Incarnation): Promise<void> {
    return this.#opened.peers.remember(id, since, incarnation);
  }

  /**
   * The members of a *committed* configuration: of each the entry that took it in, so that other incarnations can be
   * forgotten; and where the others listen for peers. Resolves once durable. Rejects with DISK_FAILED.
   */
  async rememberMembers(members: ReadonlyMap<NodeId, LogIndex>, addresses: readonly string[]): Promise<void> {
    await this.#opened.peers.forgetOthers(members);
    await this.#addresses.remember(addresses);
  }

  /** The records as of the last checkpoint, for a follower or a backup; null while there is none. */
  openSnapshot(): Promise<SnapshotReader | null> {
    return this.#opened.snapshots.open();
  }

  /** Begins or goes on taking a snapshot in; see snapshotStaging.ts. */
  stage(header: SnapshotHeader): Promise<SnapshotStaging> {
    return this.#opened.snapshots.stage(header);
  }

  discardStaged(): Promise<void> {
    return this.#opened.snapshots.discard();
  }

  /** See snapshots.ts. The log and the records go on as the same objects. */
  install(snapshot: SnapshotId): Promise<void> {
    return this.#opened.snapshots.install(snapshot);
  }

  /** Finishes writes under way, brings the marker up to date and closes the databases. */
  async close(): Promise<void> {
    try {
      await this.#opened.snapshots.close();
    } finally {
      try {
        await this.log.close();
      } finally {
        await this.records.close();
        await this.#opened.lock.release();
      }
    }
  }

  async #rewrite(change: Partial<Pick<Identity, "joining" | "founding">>): Promise<void> {
    const { fuse, paths } = this.#opened;
    const identity = { ...this.#identity, ...change };
    await fuse.guard(paths.identity, () => writeIdentity(paths.identity, identity));
    this.#identity = identity;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
