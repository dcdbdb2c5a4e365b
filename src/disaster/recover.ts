import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Incarnation } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import { derivedClusterId } from "../codec/clusterId.ts";
import type { DataDirectory } from "../storage/dataDirectory.ts";
import { DirectoryLock } from "../storage/directoryLock.ts";
import type { OpenStore } from "../storage/keyValueStore.ts";
import { pathsIn } from "../storage/paths.ts";
import { beginRenewal, carryOutRenewal } from "../storage/renewal.ts";
import type { Identity } from "../storage/types.ts";
import { jumpedFrom } from "./jump.ts";
import { makeDirectory } from "./newDirectory.ts";
import { asSurvivor, identityIn, openSurvivor } from "./openExisting.ts";
import { readOrigin, writeOrigin } from "./origin.ts";
import type { RecoveryReport } from "./report.ts";
import { survivorRecords } from "./survivorRecords.ts";

export interface RecoverOptions {
  readonly dataDir: string;
  /** Must be the id that the directory belongs to. */
  readonly id: string;
  /** Name of the new cluster; "" to keep the one that it had. */
  readonly cluster: string;
  readonly signal?: AbortSignal | undefined;
  /** Where the databases come from; LevelDB unless said otherwise. */
  readonly openStore?: OpenStore | undefined;
}

/**
 * Makes a new cluster of one survivor when the quorum is lost for good: offline, on its data directory. The survivor is
 * the only voter; other nodes join it with empty directories.
 *
 * Its log is applied to the end. An acknowledged entry may lie above what it knew to be committed, so none may be left
 * out; an entry there that was never acknowledged has an unknown outcome for its caller anyway. Lost is what was
 * acknowledged by a majority without this survivor: choose it by `inspect`. The records, ids and claims stay as they are
 * then; index and term jump as after a restore (see `restore`).
 *
 * The old files are kept in a folder beside the new ones. A crash leaves the old directory or the new one; in between it
 * is the new one as soon as anybody opens it. On a directory that was recovered, and on which no node was started since,
 * nothing is done, and the report is that of the first time.
 *
 * Rejects with CONFIG_INVALID (no data directory, in use, still joining), IDENTITY_MISMATCH, DATA_CORRUPT,
 * FORMAT_UNSUPPORTED or DISK_FAILED; the directory is then as it was.
 */
export async function recover(options: RecoverOptions): Promise<RecoveryReport> {
  const { dataDir, id, cluster, openStore } = options;
  // Brings one to its end that a crash has cut off.
  const former = await identityIn(dataDir, openStore);
  checkSurvivor(dataDir, former, id);
  const data = await openSurvivor(dataDir, former, openStore);
  let made: Made;
  try {
    const done = await doneBefore(dataDir, data, cluster);
    if (done !== null) return done;
    made = await asSurvivor(dataDir, () => makeBeside(data, options));
  } finally {
    // Its lock goes with it, and its marker, which would otherwise be written into the new directory.
    await data.close();
  }
  await swap(dataDir, made, openStore);
  return made.report;
}

interface Made {
  readonly folder: string;
  readonly report: RecoveryReport;
  /** Of the old log, while it was still open. */
  readonly manifest: string;
}

/** The report of the recovery that has made this directory, if no node was started on it since; else null. */
async function doneBefore(
  dataDir: string,
  { identity, log }: DataDirectory,
  cluster: string,
): Promise<RecoveryReport | null> {
  const report = (await readOrigin(dataDir, "recovered")) as RecoveryReport | null;
  const isOfThis = report?.incarnation === identity.incarnation && report.index === log.lastEntry.index;
  return isOfThis && (cluster === "" || cluster === identity.clusterName) ? report : null;
}

function checkSurvivor(dataDir: string, identity: Identity, id: string): void {
  if (identity.nodeId !== id) {
    throw new ConclaveError(
      "IDENTITY_MISMATCH",
      `${dataDir} belongs to node ${identity.nodeId}, not to ${id}. Nothing was changed. Correct the id or the directory`,
    );
  }
  if (identity.joining === null) return;
  throw new ConclaveError(
    "CONFIG_INVALID",
    `node ${id} has not joined its cluster (again) yet: ${dataDir} holds no data that was ever acknowledged. Recover ` +
      "another survivor",
  );
}

/** Makes the new directory, which does not count yet, in the old one, whose own files are only read. */
async function makeBeside(
  data: DataDirectory,
  { dataDir, cluster, signal, openStore }: RecoverOptions,
): Promise<Made> {
  const { lastEntry } = data.log;
  if (lastEntry.index === 0) {
    throw new ConclaveError("CONFIG_INVALID", `${dataDir} holds no entry at all. Recover another survivor`);
  }
  const records = await survivorRecords(data, signal);
  const identity = newIdentity(data.identity, cluster);
  const start = jumpedFrom(lastEntry);
  const folder = await beginRenewal(dataDir);
  try {
    const content = await makeDirectory({ path: folder, identity, start, records, openStore });
    const knownCommitted = data.records.appliedIndex;
    const { nodeId, incarnation, clusterName, clusterId, membership } = identity;
    const report: RecoveryReport = {
      dataDir,
      nodeId,
      incarnation,
      clusterName,
      clusterId,
      formerClusterId: data.identity.clusterId,
      members: membership.voters,
      ...start,
      formerIndex: lastEntry.index,
      formerTerm: lastEntry.term,
      ...content,
      knownCommitted,
      entriesAbove: lastEntry.index - knownCommitted,
      keptIn: join(dataDir, `before-recovery-${new Date().toISOString().replaceAll(":", "-")}`),
    };
    await writeOrigin(folder, "recovered", report);
    return { folder, report, manifest: await manifestOf(dataDir) };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The new directory takes the place of the old one, unless somebody opened the old one after it was closed here: what he
 * has written to it is not in the new one.
 */
async function swap(
  dataDir: string,
  { folder, report, manifest }: Made,
  openStore: OpenStore | undefined,
): Promise<void> {
  const lock = await DirectoryLock.take(dataDir, openStore);
  try {
    if ((await manifestOf(dataDir)) !== manifest) {
      await rm(folder, { recursive: true, force: true });
      throw new ConclaveError(
        "CONFIG_INVALID",
        `another process has used ${dataDir} meanwhile: nothing was changed. Stop the node and recover again`,
      );
    }
    await carryOutRenewal(dataDir, basename(report.keptIn));
  } finally {
    await lock.release();
  }
}

/** LevelDB begins another one whenever a database is opened, and at no other time. */
function manifestOf(dataDir: string): Promise<string> {
  return readFile(join(pathsIn(dataDir).log, "CURRENT"), "utf8");
}

function newIdentity({ nodeId, clusterId, clusterName }: Identity, cluster: string): Identity {
  const name = cluster === "" ? clusterName : cluster;
  const incarnation = Incarnation(randomUUID());
  return {
    // Drawn with the incarnation: two recoveries of one directory and its copy are two clusters.
    clusterId: derivedClusterId(name, ["recovered", clusterId, incarnation]),
    nodeId,
    incarnation,
    membership: { voters: [nodeId], outgoing: [], learners: [] },
    clusterName: name,
    joining: null,
    founding: false,
  };
}
