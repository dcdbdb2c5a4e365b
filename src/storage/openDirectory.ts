import { randomUUID } from "node:crypto";
import { Incarnation, LogIndex } from "../base/brands.ts";
import type { Configuration } from "../raft/types.ts";
import { beginBootstrap, bootstrapState, endBootstrap } from "./bootstrap.ts";
import { damaged, repairable, unreadable } from "./damage.ts";
import type { DataDirectoryOptions } from "./dataDirectory.ts";
import { DirectoryLock } from "./directoryLock.ts";
import { makeEmpty } from "./foundDirectory.ts";
import { checkIdentity, readIdentity, writeIdentity } from "./identity.ts";
import { type KeyValueStore, openLevel, recordsBufferBytes } from "./keyValueStore.ts";
import { LevelLog, type OpenedLog } from "./levelLog.ts";
import { LevelRecords } from "./levelRecords.ts";
import { Marker, readMark } from "./marker.ts";
import { type Paths, pathsIn, recordsFolder } from "./paths.ts";
import { PeerIncarnations } from "./peerIncarnations.ts";
import { finishRenewal, isRenewalPending } from "./renewal.ts";
import { makeFolder, readSealed, syncDirectory } from "./sealedFile.ts";
import { Snapshots, tidyGenerations } from "./snapshots.ts";
import { someNames } from "./someNames.ts";
import { decodeGeneration, generationKey } from "./storedValues.ts";
import { checkTables } from "./tableCheck.ts";
import type { Identity } from "./types.ts";
import { unusable } from "./unusable.ts";
import { WriteFuse } from "./writeFuse.ts";

const defaultMarkerIntervalMs = 1000;

/** All that a data directory holds, open and verified. */
export interface Opened {
  readonly paths: Paths;
  readonly lock: DirectoryLock;
  readonly identity: Identity;
  readonly isFresh: boolean;
  readonly fuse: WriteFuse;
  readonly log: OpenedLog;
  readonly records: LevelRecords;
  readonly snapshots: Snapshots;
  readonly peers: PeerIncarnations;
  /** In force at the records' index. */
  readonly configuration: Configuration;
}

/** What is to be closed when opening fails, in this order. */
type Closers = (() => Promise<void>)[];

/** See `DataDirectory.open`. */
export async function openDirectory(options: DataDirectoryOptions): Promise<Opened> {
  const paths = pathsIn(options.path);
  const { openStore } = options;
  const closers: Closers = [];
  let identity: Identity | null = null;
  try {
    await checkOwner(paths, options);
    const lock = await DirectoryLock.take(paths.root, openStore);
    closers.unshift(() => lock.release());
    await finishRenewal(paths.root);
    // Read again behind the lock: another process may have been at work.
    const found = await readIdentity(paths.identity);
    if (found !== null) checkIdentity(paths.identity, found, options);
    identity = found;
    const owner = found ?? (await bootstrap(paths, options));
    const opened = await openFiles(paths, options, owner, closers);
    await endBootstrap(paths.root);
    return { ...opened, lock, isFresh: found === null };
  } catch (error) {
    for (const close of closers) await close();
    throw unusable(paths.root, identity === null ? error : repairable(identity, error));
  }
}

/** Before anything is touched: whose directory it is, or that it may become ours. */
async function checkOwner(paths: Paths, options: DataDirectoryOptions): Promise<void> {
  await makeFolder(paths.root);
  const identity = await readIdentity(paths.identity);
  if (identity !== null) return checkIdentity(paths.identity, identity, options);
  if (await isRenewalPending(paths.root)) return;
  const state = await bootstrapState(paths.root);
  if (state.type === "foreign") {
    throw damaged(
      paths.root,
      `it holds ${someNames(state.names)} but no identity.json, so it is either damaged or no data directory of ours`,
    );
  }
}

/**
 * Makes a fresh directory. A crash in the middle leaves the bootstrap mark and no identity: nothing was ever
 * served, and the next start does it all again over what is there. The identity comes last.
 */
async function bootstrap(paths: Paths, options: DataDirectoryOptions): Promise<Identity> {
  await beginBootstrap(paths.root);
  await makeEmpty(paths, options.openStore);
  const { clusterId, clusterName, nodeId, membership, joining = null } = options;
  const incarnation = Incarnation(randomUUID());
  // One that is alone has nobody to forget it.
  const founding = joining === null && membership.voters.some((id) => id !== nodeId);
  const identity = { clusterId, nodeId, incarnation, membership, clusterName, joining, founding };
  await syncDirectory(paths.root);
  await writeIdentity(paths.identity, identity);
  return identity;
}

async function openFiles(
  paths: Paths,
  options: DataDirectoryOptions,
  identity: Identity,
  closers: Closers,
): Promise<Omit<Opened, "lock" | "isFresh">> {
  await checkNotCondemned(paths);
  const { openStore = openLevel, codec } = options;
  await checkTables(paths.log);
  const logStore = await openStore(paths.log, false);
  closers.unshift(() => logStore.close());
  const generation = await readGeneration(paths, logStore);
  const folder = recordsFolder(paths.root, generation);
  await checkTables(folder);
  const recordStore = await openStore(folder, false, recordsBufferBytes);
  closers.unshift(() => recordStore.close());
  const mark = await readMark(paths.marker);
  if (mark === null) throw damaged(paths.marker, "the marker is gone, so how far the log reached is unknown");
  const fuse = new WriteFuse();
  const peers = await PeerIncarnations.open(paths.peers, fuse);
  let log: LevelLog | null = null;
  const records = await LevelRecords.open({
    store: recordStore,
    where: folder,
    fuse,
    codec,
    whenDurable: async (index) => log?.whenDurable(index),
    explain: (error) => repairable(identity, error),
  });
  const marker = new Marker(paths.marker, mark, fuse, options.markerIntervalMs ?? defaultMarkerIntervalMs);
  // It would write into a directory that may be another one by then.
  closers.unshift(() => marker.abandon());
  const keepAbove = records.appliedIndex;
  const opened = await LevelLog.open({ store: logStore, where: paths.log, fuse, marker, mark, keepAbove });
  log = opened.log;
  checkReach(paths, opened.log, records.appliedIndex);
  await tidyGenerations(paths, generation);
  const parts = { paths, identity, log, records, generation, fuse, codec, openStore };
  const snapshots = new Snapshots(parts);
  const founding = { index: LogIndex(0), membership: identity.membership };
  const configuration = records.configuration ?? founding;
  return { paths, identity, fuse, log: opened, records, snapshots, peers, configuration };
}

/** This node, or an operator, has found out that the data is not to be used. */
async function checkNotCondemned(paths: Paths): Promise<void> {
  const fields = await readSealed(paths.condemned);
  if (fields !== null) throw damaged(paths.root, String(fields["why"]));
}

async function readGeneration(paths: Paths, log: KeyValueStore): Promise<number> {
  const bytes = await log.get(generationKey);
  if (bytes === undefined) return 1;
  try {
    return decodeGeneration(bytes);
  } catch (cause) {
    throw unreadable(paths.log, "the generation of the records", cause);
  }
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
