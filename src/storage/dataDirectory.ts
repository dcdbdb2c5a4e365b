import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Incarnation, type LogIndex, type NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Entry, EntryId, HardState, Membership } from "../raft/types.ts";
import { beginBootstrap, bootstrapState, endBootstrap } from "./bootstrap.ts";
import { damaged } from "./damage.ts";
import { checkIdentity, readIdentity, writeIdentity } from "./identity.ts";
import { type KeyValueStore, openLevel } from "./keyValueStore.ts";
import { LevelLog, type OpenedLog } from "./levelLog.ts";
import { LevelRecords } from "./levelRecords.ts";
import { freshMark, Marker, readMark, writeMark } from "./marker.ts";
import { PeerIncarnations } from "./peerIncarnations.ts";
import { syncDirectory } from "./sealedFile.ts";
import type { Identity, RecordCodec } from "./types.ts";
import { unusable } from "./unusable.ts";
import { WriteFuse } from "./writeFuse.ts";

const defaultMarkerIntervalMs = 1000;

export interface DataDirectoryOptions {
  /** Made when missing. Its files are readable by this user only. */
  readonly path: string;
  readonly clusterId: Identity["clusterId"];
  readonly nodeId: NodeId;
  /** The cluster's first configuration: written down when the directory is fresh, ignored afterwards. */
  readonly membership: Membership;
  readonly codec: RecordCodec;
  /** How far the marker may be behind the log. */
  readonly markerIntervalMs?: number;
}

/** What the core starts from; fits `Restored` of src/raft/config.ts. */
export interface RestoredState {
  readonly hardState: HardState;
  /** The first configuration; later ones are in the log. */
  readonly membership: Membership;
  readonly compacted: EntryId;
  readonly appliedIndex: LogIndex;
  readonly termStarts: readonly EntryId[];
  readonly entries: readonly Entry[];
}

interface Paths {
  readonly root: string;
  readonly log: string;
  readonly records: string;
  readonly identity: string;
  readonly marker: string;
  readonly peers: string;
}

/** One node's files: the log, the records, and what says whose they are and how far they reached. */
export class DataDirectory {
  readonly identity: Identity;
  /** Made by this very call: the node has never run before. */
  readonly isFresh: boolean;
  readonly log: LevelLog;
  readonly records: LevelRecords;
  readonly restored: RestoredState;
  readonly #peers: PeerIncarnations;

  /**
   * Opens the directory, or makes it when it is empty or absent. Rejects with DATA_CORRUPT, IDENTITY_MISMATCH,
   * CONFIG_INVALID (another process uses it) or DISK_FAILED; then nothing is left open.
   */
  static async open(options: DataDirectoryOptions): Promise<DataDirectory> {
    const paths = pathsIn(options.path);
    const opened: KeyValueStore[] = [];
    try {
      const isFresh = await prepare(paths, options);
      const identity = isFresh
        ? await bootstrap(paths, options, opened)
        : await openExisting(paths, options, opened);
      return await assemble(paths, options, identity, isFresh, opened);
    } catch (error) {
      for (const store of opened) await store.close();
      throw unusable(paths.root, error);
    }
  }

  constructor(parts: {
    readonly identity: Identity;
    readonly isFresh: boolean;
    readonly opened: OpenedLog;
    readonly records: LevelRecords;
    readonly peers: PeerIncarnations;
  }) {
    const { identity, opened, records } = parts;
    this.identity = identity;
    this.isFresh = parts.isFresh;
    this.log = opened.log;
    this.records = records;
    this.#peers = parts.peers;
    this.restored = {
      hardState: opened.hardState,
      membership: identity.membership,
      compacted: opened.log.compacted,
      appliedIndex: records.appliedIndex,
      termStarts: opened.termStarts,
      entries: opened.entries,
    };
  }

  /** The incarnation of a peer that this node has met, or null. */
  knownIncarnation(id: NodeId): Incarnation | null {
    return this.#peers.known(id);
  }

  /** Resolves once durable. Rejects with IDENTITY_MISMATCH when another incarnation of the peer is known. */
  rememberIncarnation(id: NodeId, incarnation: Incarnation): Promise<void> {
    return this.#peers.remember(id, incarnation);
  }

  /** Finishes writes under way, brings the marker up to date and closes the databases. */
  async close(): Promise<void> {
    try {
      await this.log.close();
    } finally {
      await this.records.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function pathsIn(root: string): Paths {
  return {
    root,
    log: join(root, "log"),
    records: join(root, "records"),
    identity: join(root, "identity.json"),
    marker: join(root, "marker"),
    peers: join(root, "peers.json"),
  };
}

/** Whether the directory is to be made. Checks whose it is before anything in it is touched. */
async function prepare(paths: Paths, options: DataDirectoryOptions): Promise<boolean> {
  await mkdir(paths.root, { recursive: true, mode: 0o700 });
  const identity = await readIdentity(paths.identity);
  if (identity !== null) {
    checkIdentity(paths.identity, identity, options);
    return false;
  }
  const state = await bootstrapState(paths.root);
  if (state.type === "foreign") {
    throw damaged(
      paths.root,
      `it holds ${state.names.join(", ")} but no identity.json, so it is either damaged or no data directory of ours`,
    );
  }
  return true;
}

/**
 * Makes a fresh directory. A crash in the middle leaves the bootstrap mark and no identity: nothing was ever
 * served, and the next start does it all again over what is there. The identity comes last.
 */
async function bootstrap(
  paths: Paths,
  options: DataDirectoryOptions,
  opened: KeyValueStore[],
): Promise<Identity> {
  await beginBootstrap(paths.root);
  // The log's lock first: of two processes one makes the directory and the other is refused.
  opened.push(await openLevel(paths.log, true));
  if ((await readIdentity(paths.identity)) !== null) {
    throw new ConclaveError(
      "CONFIG_INVALID",
      `another process has just made ${paths.root}: start this one again`,
    );
  }
  opened.push(await openLevel(paths.records, true));
  await writeMark(paths.marker, freshMark);
  await PeerIncarnations.create(paths.peers);
  const { clusterId, nodeId, membership } = options;
  const identity = { clusterId, nodeId, incarnation: Incarnation(randomUUID()), membership };
  await syncDirectory(paths.root);
  await writeIdentity(paths.identity, identity);
  await endBootstrap(paths.root);
  return identity;
}

async function openExisting(
  paths: Paths,
  options: DataDirectoryOptions,
  opened: KeyValueStore[],
): Promise<Identity> {
  opened.push(await openLevel(paths.log, false));
  opened.push(await openLevel(paths.records, false));
  // Read again behind the lock: another process may have been at work.
  const identity = await readIdentity(paths.identity);
  if (identity === null) throw damaged(paths.identity, "it vanished while the directory was opened");
  checkIdentity(paths.identity, identity, options);
  await endBootstrap(paths.root);
  return identity;
}

async function assemble(
  paths: Paths,
  options: DataDirectoryOptions,
  identity: Identity,
  isFresh: boolean,
  stores: readonly KeyValueStore[],
): Promise<DataDirectory> {
  const [logStore, recordStore] = stores;
  if (logStore === undefined || recordStore === undefined)
    throw new ConclaveError("INTERNAL", "no databases");
  const mark = await readMark(paths.marker);
  if (mark === null) throw damaged(paths.marker, "the marker is gone, so how far the log reached is unknown");
  const fuse = new WriteFuse();
  const peers = await PeerIncarnations.open(paths.peers, fuse);
  let log: LevelLog | null = null;
  const records = await LevelRecords.open({
    store: recordStore,
    where: paths.records,
    fuse,
    codec: options.codec,
    whenDurable: async (index) => log?.whenDurable(index),
  });
  const marker = new Marker(paths.marker, mark, fuse, options.markerIntervalMs ?? defaultMarkerIntervalMs);
  const keepAbove = records.appliedIndex;
  const opened = await LevelLog.open({ store: logStore, where: paths.log, fuse, marker, mark, keepAbove });
  log = opened.log;
  checkReach(paths, opened.log, records.appliedIndex);
  return new DataDirectory({ identity, isFresh, opened, records, peers });
}

/** Log and records must overlap, or entries between them are lost. */
function checkReach(paths: Paths, log: LevelLog, appliedIndex: LogIndex): void {
  if (log.compacted.index > appliedIndex) {
    throw damaged(
      paths.root,
      `the records are as of entry ${appliedIndex} but the log was compacted through ${log.compacted.index}: the ` +
        "last checkpoint is lost, with the entries between",
    );
  }
  if (log.lastEntry.index < appliedIndex) {
    throw damaged(
      paths.root,
      `the records are as of entry ${appliedIndex} but the log ends at ${log.lastEntry.index}: it has lost its tail`,
    );
  }
}
