import { randomUUID } from "node:crypto";
import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { type ClusterId, Incarnation, NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import { derivedClusterId } from "../codec/clusterId.ts";
import { decodeRecord } from "../codec/record.ts";
import type { MachineRecord } from "../machine/types.ts";
import type { SnapshotHeader } from "../node/ports.ts";
import type { EntryId } from "../raft/types.ts";
import { DirectoryLock, lockFolder } from "../storage/directoryLock.ts";
import type { OpenStore } from "../storage/keyValueStore.ts";
import { keyOf } from "../storage/recordKeys.ts";
import { beginRenewal, carryOutRenewal, finishRenewal, isRenewalPending } from "../storage/renewal.ts";
import { makeFolder } from "../storage/sealedFile.ts";
import { someNames } from "../storage/someNames.ts";
import { StoredJobs } from "../storage/storedJobs.ts";
import type { Identity } from "../storage/types.ts";
import { unusable } from "../storage/unusable.ts";
import type { BackupSummary } from "./backupFile.ts";
import { invalidBackup } from "./backupFile.ts";
import { BackupReader } from "./backupReader.ts";
import { jumpedFrom } from "./jump.ts";
import { makeDirectory } from "./newDirectory.ts";
import { readOrigin, writeOrigin } from "./origin.ts";
import type { JobCount, RestoreReport } from "./report.ts";

/** Nothing is there to be kept: the folder stays empty, and goes. */
const keptIn = "before-restore";

/** The lock, a file system's own folder, and what an attempt can have left that came to nothing. */
const worthless: ReadonlySet<string> = new Set([lockFolder, "lost+found", keptIn, "renewed", ".renewal.tmp"]);

export interface RestoreOptions {
  /** A file that `writeBackup` wrote. */
  readonly file: string;
  /** Empty or not there yet. */
  readonly dataDir: string;
  /** This node's id, one of `peers`. */
  readonly id: string;
  /** Name of the new cluster; "" for the old one's. */
  readonly cluster: string;
  /** Founding members of the new cluster. Each restores from the same file, with the same members. */
  readonly peers: readonly { readonly id: string }[];
  /**
   * How many times this backup was made into a cluster that has worked, this time included; 1 by default. Each time the
   * tokens begin above those of the time before, and the cluster is another one.
   */
  readonly restoration?: number | undefined;
  /** Where the databases come from; LevelDB unless said otherwise. */
  readonly openStore?: OpenStore | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a data directory of a backup: one node of a new cluster. Offline, on each of its nodes alone: all that they must
 * agree on (cluster id, index, term, chain) follows from the file, the name and the founding ids.
 *
 * What the new cluster promises: every job of the backup is in it, in the state that it had, with its attempts, history
 * and id, so that an enqueue repeated by its client is the same job; what was acknowledged after the backup is lost.
 * Log time goes on from where it was. A claim that was live stays so, under its old token, for one lease from the first
 * election on: a worker that still has the job may finish it. Every new token is above all that the old cluster gave out
 * or, if it is still alive, gives out (see `indexJump`): a sink that checks fences takes the new cluster's side as soon as
 * the job is claimed there. But the old cluster is not stopped by this: work that it still hands out runs twice.
 *
 * Rejects with CONFIG_INVALID (the directory is not empty, the id is none of the members), BACKUP_INVALID,
 * FORMAT_UNSUPPORTED or DISK_FAILED; the directory is then as it was.
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const { file, dataDir, openStore, signal } = options;
  const voters = foundersOf(options);
  // The whole file before anything is touched.
  const backup = await checked(file, signal);
  const restoration = options.restoration ?? 1;
  const identity = identityOf(options, backup, voters, restoration);
  const start = jumpedFrom(backup.header, restoration);
  try {
    await makeFolder(dataDir);
    // Not even a lock in what is not ours.
    if (!(await isRenewalPending(dataDir))) await requireEmpty(dataDir);
    const lock = await DirectoryLock.take(dataDir, openStore);
    try {
      const finished = await finishedBefore(dataDir, identity);
      return finished ?? (await makeInPlace({ dataDir, identity, start, backup, openStore }, signal));
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw unusable(dataDir, error);
  }
}

interface Target {
  readonly dataDir: string;
  readonly identity: Identity;
  readonly start: EntryId;
  readonly backup: CheckedBackup;
  readonly openStore: OpenStore | undefined;
}

/** All or nothing: what is made counts only when it is whole. */
async function makeInPlace(target: Target, signal: AbortSignal | undefined): Promise<RestoreReport> {
  const { dataDir, identity, start, backup, openStore } = target;
  await requireEmpty(dataDir);
  const folder = await beginRenewal(dataDir);
  try {
    const records = recordsOf(backup.summary, signal);
    const content = await makeDirectory({ path: folder, identity, start, records, openStore });
    const report = reportOf(target, content);
    await writeOrigin(folder, "restored", report);
    await carryOutRenewal(dataDir, keptIn);
    await removeKept(dataDir);
    return report;
  } catch (error) {
    // One that is planned is a fact.
    if (!(await isRenewalPending(dataDir))) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The report of just this restore, which a crash had cut off near its end; null when there was none. */
async function finishedBefore(dataDir: string, identity: Identity): Promise<RestoreReport | null> {
  if (!(await isRenewalPending(dataDir))) return null;
  await finishRenewal(dataDir);
  await removeKept(dataDir);
  const report = (await readOrigin(dataDir, "restored")) as RestoreReport | null;
  return report?.clusterId === identity.clusterId && report.nodeId === identity.nodeId ? report : null;
}

/** An empty folder that stays does no harm. */
async function removeKept(dataDir: string): Promise<void> {
  await rmdir(join(dataDir, keptIn)).catch(() => undefined);
}

async function requireEmpty(dataDir: string): Promise<void> {
  const names = (await readdir(dataDir)).filter((name) => !worthless.has(name));
  if (names.length === 0) return;
  throw new ConclaveError(
    "CONFIG_INVALID",
    `${dataDir} is not empty: it holds ${someNames(names)}. A backup is restored into an empty directory`,
  );
}

function reportOf({ dataDir, identity, start, backup }: Target, content: JobCount): RestoreReport {
  const { nodeId, incarnation, clusterName, clusterId, membership } = identity;
  const { header, summary } = backup;
  return {
    dataDir,
    nodeId,
    incarnation,
    clusterName,
    clusterId,
    formerClusterId: header.clusterId,
    members: membership.voters,
    ...start,
    formerIndex: header.index,
    formerTerm: header.term,
    ...content,
    digest: summary.digest,
  };
}

interface CheckedBackup {
  readonly header: SnapshotHeader;
  readonly summary: BackupSummary;
}

async function checked(file: string, signal: AbortSignal | undefined): Promise<CheckedBackup> {
  await using reader = await BackupReader.open(file);
  for await (const _ of reader.records()) signal?.throwIfAborted();
  return { header: reader.header, summary: reader.summary };
}

async function* recordsOf(
  { path: file, digest }: BackupSummary,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly MachineRecord[]> {
  await using reader = await BackupReader.open(file);
  const jobs = new StoredJobs();
  for await (const pairs of reader.records()) {
    signal?.throwIfAborted();
    yield pairs.flatMap(([key, value]) => {
      const record = decodeRecord(value);
      if (Buffer.compare(key, keyOf(record)) === 0) return [...jobs.take(record)];
      throw invalidBackup(
        file,
        `the record under ${JSON.stringify(Buffer.from(key).toString("latin1"))} is another one's`,
      );
    });
  }
  yield [...jobs.end()];
  if (reader.summary.digest !== digest)
    throw invalidBackup(file, "it was changed while it was being restored");
}

function foundersOf({ id, peers }: RestoreOptions): readonly NodeId[] {
  const ids = peers.map((peer) => peer.id).sort();
  if (new Set(ids).size !== ids.length) {
    throw new ConclaveError("CONFIG_INVALID", `a founding member is named twice: ${ids.join(", ")}`);
  }
  if (!ids.includes(id)) {
    throw new ConclaveError(
      "CONFIG_INVALID",
      `this node, ${id}, is none of the founding members ${ids.join(", ")}`,
    );
  }
  return ids.map(NodeId);
}

function identityOf(
  { id, cluster }: RestoreOptions,
  { header, summary }: CheckedBackup,
  voters: readonly NodeId[],
  restoration: number,
): Identity {
  const clusterName = cluster === "" ? nameIn(header.clusterId) : cluster;
  return {
    clusterId: derivedClusterId(clusterName, ["restored", summary.digest, restoration, ...voters]),
    nodeId: NodeId(id),
    incarnation: Incarnation(randomUUID()),
    membership: { voters, outgoing: [], learners: [] },
    clusterName,
    joining: null,
    founding: voters.length > 1,
  };
}

/** The name that the old cluster's id begins with. */
function nameIn(clusterId: ClusterId): string {
  const end = clusterId.lastIndexOf("-");
  return end < 0 ? clusterId : clusterId.slice(0, end);
}
