import { rm } from "node:fs/promises";
import { join } from "node:path";
import { LogIndex } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Machine } from "../machine/index.ts";
import type { MachineRecord } from "../machine/types.ts";
import type { EntryId } from "../raft/types.ts";
import { lockFolder } from "../storage/directoryLock.ts";
import { foundDirectory } from "../storage/foundDirectory.ts";
import type { OpenStore } from "../storage/keyValueStore.ts";
import { pathsIn, recordsFolder } from "../storage/paths.ts";
import { syncDirectory, syncFolder } from "../storage/sealedFile.ts";
import type { Identity } from "../storage/types.ts";
import { chainSeed } from "./jump.ts";
import { loadMachine, openExisting, recordCodec } from "./openExisting.ts";
import { type JobCount, RecordCount } from "./report.ts";

export interface NewDirectory {
  /** Absent or empty. */
  readonly path: string;
  readonly identity: Identity;
  /** The log begins after it. */
  readonly start: EntryId;
  /** All records, the machine's own as of whatever entry they come from. */
  readonly records: AsyncIterable<readonly MachineRecord[]>;
  readonly openStore?: OpenStore | undefined;
}

/**
 * Makes the data directory of a new cluster, and reads it back as a node does that starts: what cannot be started from
 * is no success. Rejects with DATA_CORRUPT when the records do not fit together, DISK_FAILED, or as `records` do.
 */
export async function makeDirectory({
  path,
  identity,
  start,
  records,
  openStore,
}: NewDirectory): Promise<JobCount> {
  const { clusterId, membership } = identity;
  const count = new RecordCount();
  await foundDirectory({
    path,
    identity,
    start: { ...start, checksum: chainSeed(clusterId, start) },
    configuration: { index: LogIndex(0), membership },
    records: jumped(records, start.index, count),
    codec: recordCodec,
    openStore,
  });
  const { result } = count;
  const machine = await readBack(path, identity, openStore);
  if (result === null || machine.stateHash !== result.stateHash || machine.jobCount !== result.jobs) {
    throw new ConclaveError(
      "DISK_FAILED",
      `the new directory holds ${machine.jobCount} jobs (state ${machine.stateHash}) when it is read back, where ` +
        `${result?.jobs ?? 0} (state ${result?.stateHash ?? "none"}) were written: check the disk`,
    );
  }
  return result;
}

async function readBack(path: string, identity: Identity, openStore?: OpenStore): Promise<Machine> {
  const data = await openExisting(path, identity, openStore);
  try {
    return await loadMachine(data.records);
  } finally {
    await data.close();
    // It is to be moved to where another lock is.
    await rm(join(path, lockFolder), { recursive: true });
    // Opening a LevelDB rewrites its files.
    for (const folder of [pathsIn(path).log, recordsFolder(path, 1)]) await syncFolder(folder);
    await syncDirectory(path);
  }
}

async function* jumped(
  records: AsyncIterable<readonly MachineRecord[]>,
  appliedIndex: LogIndex,
  count: RecordCount,
): AsyncGenerator<readonly MachineRecord[]> {
  for await (const slice of records) {
    for (const record of slice) count.add(record);
    yield slice.map((record) => (record.kind === "meta" ? { ...record, appliedIndex } : record));
  }
}
