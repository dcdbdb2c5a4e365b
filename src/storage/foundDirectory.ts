import { readdir } from "node:fs/promises";
import { assert } from "../base/assert.ts";
import { ConclaveError } from "../base/errors.ts";
import type { MachineRecord } from "../machine/types.ts";
import type { Configuration, HardState } from "../raft/types.ts";
import { writeIdentity } from "./identity.ts";
import { JobPages } from "./jobPages.ts";
import { type OpenStore, openLevel } from "./keyValueStore.ts";
import { freshMark, writeMark } from "./marker.ts";
import { type Paths, pathsIn, recordsFolder } from "./paths.ts";
import { Pause } from "./pause.ts";
import { PeerIncarnations } from "./peerIncarnations.ts";
import { RecordsBatch } from "./recordsBatch.ts";
import { type DigestSum, RecordsDigest } from "./recordsDigest.ts";
import { makeFolder, syncFolder } from "./sealedFile.ts";
import { someNames } from "./someNames.ts";
import {
  type Compacted,
  compactedKey,
  encodeCompacted,
  encodeHardState,
  encodeRecordsSum,
  hardStateKey,
  recordsSumKey,
} from "./storedValues.ts";
import type { Identity, RecordCodec } from "./types.ts";
import { unusable } from "./unusable.ts";
import { WriteFuse } from "./writeFuse.ts";

export interface Founding {
  /** Absent or empty. */
  readonly path: string;
  readonly identity: Identity;
  /** The records are as of this entry, the log begins after it: its first entry is chained to `checksum`. */
  readonly start: Compacted;
  /** In force as of `start`. */
  readonly configuration: Configuration;
  /** All records, in any order, the one `meta` record as of `start` among them. */
  readonly records: AsyncIterable<readonly MachineRecord[]>;
  readonly codec: RecordCodec;
  /** Where the databases come from; LevelDB unless said otherwise. */
  readonly openStore?: OpenStore | undefined;
}

/**
 * Makes a whole data directory of given records. Everything is synced when it resolves; identity.json comes last, so
 * that one that was not finished is none. Rejects with CONFIG_INVALID, DISK_FAILED, or as `records` do.
 */
export async function foundDirectory(founding: Founding): Promise<DigestSum> {
  const { path, identity, start } = founding;
  const paths = pathsIn(path);
  try {
    await makeFolder(path);
    await requireEmpty(path);
    const total = await writeRecords(paths, founding);
    const hardState = { currentTerm: start.term, votedFor: null };
    await writeLog(paths, start, hardState, founding.openStore);
    await writeMark(paths.marker, { hardState, lastEntry: { index: start.index, term: start.term } });
    await PeerIncarnations.create(paths.peers);
    await writeIdentity(paths.identity, identity);
    return total;
  } catch (error) {
    throw unusable(path, error);
  }
}

/** The databases and files of a node that has nothing yet, all but its identity; those that are there already stay. */
export async function makeEmpty(paths: Paths, openStore: OpenStore = openLevel): Promise<void> {
  for (const path of [paths.log, recordsFolder(paths.root, 1)]) {
    await (await openStore(path, true)).close();
    await syncFolder(path);
  }
  await writeMark(paths.marker, freshMark);
  await PeerIncarnations.create(paths.peers);
}

async function requireEmpty(path: string): Promise<void> {
  const names = await readdir(path);
  if (names.length === 0) return;
  throw new ConclaveError("CONFIG_INVALID", `${path} is not empty: it holds ${someNames(names)}`);
}

async function writeRecords(
  paths: Paths,
  { start, configuration, records, codec, openStore = openLevel }: Founding,
): Promise<DigestSum> {
  const path = recordsFolder(paths.root, 1);
  const store = await openStore(path, true);
  const fuse = new WriteFuse();
  const digest = new RecordsDigest();
  let isMetaThere = false;
  try {
    const pages = new JobPages();
    const pause = new Pause();
    for await (const slice of records) {
      const batch = store.batch();
      const into = new RecordsBatch({ store, where: path, batch, codec, pages, digest, pause });
      await into.add(slice.toSorted(byPage));
      for (const record of slice) {
        if (record.kind !== "meta") continue;
        assert(
          record.appliedIndex === start.index,
          "the meta record is of the index that the directory begins at",
        );
        isMetaThere = true;
      }
      await fuse.guard(path, () => batch.commit("unsynced"));
    }
    assert(isMetaThere, "there is a meta record");
    const batch = store.batch();
    batch.put(recordsSumKey, encodeRecordsSum({ appliedIndex: start.index, ...digest.total, configuration }));
    await fuse.guard(path, () => batch.commit());
  } finally {
    await store.close();
  }
  await syncFolder(path);
  return digest.total;
}

function byPage(a: MachineRecord, b: MachineRecord): number {
  return (a.kind === "job" ? a.sequence : 0) - (b.kind === "job" ? b.sequence : 0);
}

async function writeLog(
  paths: Paths,
  start: Compacted,
  hardState: HardState,
  openStore: OpenStore = openLevel,
): Promise<void> {
  const store = await openStore(paths.log, true);
  try {
    const batch = store.batch();
    batch.put(compactedKey, encodeCompacted(start));
    batch.put(hardStateKey, encodeHardState(hardState));
    await new WriteFuse().guard(paths.log, () => batch.commit());
  } finally {
    await store.close();
  }
  await syncFolder(paths.log);
}
