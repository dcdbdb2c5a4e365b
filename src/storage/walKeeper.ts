import { copyFile, link, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { ConclaveError } from "../base/errors.ts";
import { damaged, reasonOf } from "./damage.ts";
import type { KeyValueStore } from "./keyValueStore.ts";
import { startAgainWhen } from "./remedy.ts";
import { syncDirectory, syncFolder } from "./sealedFile.ts";
import { isThere, unusable } from "./unusable.ts";
import { operationsIn, type WalOperation } from "./walBatch.ts";
import { checkWal, walFiles, walNumber } from "./walCheck.ts";
import { liveWals } from "./walManifest.ts";

/** In the database's own folder, so that it goes wherever that goes; LevelDB leaves alone what it does not know. */
const keptName = "unproven-wal";

/** What a write-ahead log leaves behind: `checksum` of the value, or null when the key is gone. */
interface Trace {
  /** The key, a character a byte. */
  readonly name: string;
  readonly checksum: number | null;
}

/**
 * Opens a database so that no synced write is lost by it. LevelDB (without `paranoid_checks`, which cannot be asked for) takes
 * a write-ahead log that it cannot open or read - too many files, a sector that fails once - for its end, and deletes it.
 * So a second name is given to those files before, and what they hold is looked for afterwards: when it is not there, this
 * rejects with DISK_FAILED, and the next start writes it once more, from what was kept. Nobody else writes in between.
 */
export async function openKeepingWal(
  path: string,
  open: () => Promise<KeyValueStore>,
): Promise<KeyValueStore> {
  const isUnproven = await ofDisk(path, () => isThere(join(path, keptName)));
  const names = await ofDisk(path, () => aboutToBeRead(path));
  const traces = await ofDisk(path, () => tracesOf(path, names));
  if (!isUnproven) {
    if (traces.length === 0) return await open();
    await ofDisk(path, () => keep(path, names));
  }
  const store = await opened(path, open, isUnproven);
  try {
    if (isUnproven) await writeAgain(path, store);
    else if (!(await holds(store, traces))) throw swallowed(path);
    await ofDisk(path, () => letGo(path));
    return store;
  } catch (error) {
    // Whatever comes of that: why it is closed is what matters.
    await Promise.allSettled([store.close()]);
    throw error;
  }
}

async function opened(
  path: string,
  open: () => Promise<KeyValueStore>,
  isUnproven: boolean,
): Promise<KeyValueStore> {
  try {
    return await open();
  } catch (error) {
    // Another process has it: LevelDB has touched nothing, and what that one writes from now on must not be written over. But
    // what an earlier start has kept may be nowhere else any more.
    const isTaken = error instanceof ConclaveError && error.code === "CONFIG_INVALID";
    if (isTaken && !isUnproven) await letGo(path);
    throw error;
  }
}

/** Names of the write-ahead logs that LevelDB is about to read, oldest first. */
async function aboutToBeRead(path: string): Promise<readonly string[]> {
  const names = await walFiles(path);
  if (names.length === 0) return names;
  const isLive = await liveWals(path);
  return names.filter((name) => isLive(walNumber(name)));
}

/** Of each file the last operation that no later one has replaced: it is lost if anything is that matters. */
async function tracesOf(path: string, names: readonly string[]): Promise<readonly Trace[]> {
  interface Last extends Trace {
    readonly file: string;
    readonly number: number;
  }
  const byKey = new Map<string, Last>();
  let number = 0;
  await checkWal(path, names, (batch, file) => {
    for (const { key, value } of operations(file, batch)) {
      const name = Buffer.from(key).toString("latin1");
      byKey.set(name, { name, checksum: value === null ? null : crc32(value), file, number: ++number });
    }
  });
  const lastOf = new Map<string, Last>();
  for (const last of byKey.values())
    if (last.number > (lastOf.get(last.file)?.number ?? 0)) lastOf.set(last.file, last);
  return [...lastOf.values()];
}

function* operations(file: string, batch: Uint8Array): Generator<WalOperation> {
  try {
    yield* operationsIn(batch);
  } catch (cause) {
    throw damaged(file, `a write in it is none, though its checksum holds (${reasonOf(cause)})`, cause);
  }
}

async function holds(store: KeyValueStore, traces: readonly Trace[]): Promise<boolean> {
  for (const { name, checksum } of traces) {
    const value = await store.get(Buffer.from(name, "latin1"));
    if ((value === undefined ? null : crc32(value)) !== checksum) return false;
  }
  return true;
}

/** Durable when it resolves, and all of it is there when its folder is. */
async function keep(path: string, names: readonly string[]): Promise<void> {
  const made = join(path, `${keptName}.new`);
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { mode: 0o700 });
  for (const name of names) await secondName(join(path, name), join(made, name));
  await syncFolder(made);
  await rename(made, join(path, keptName));
  await syncDirectory(path);
}

/** LevelDB never writes into a log again that it has opened. Where the file system has no links a copy does as well. */
async function secondName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS" && code !== "EMLINK") throw error;
    await copyFile(from, to);
  }
}

/** What may be there already is written over by the same, in the same order. */
async function writeAgain(path: string, store: KeyValueStore): Promise<void> {
  const batch = store.batch();
  const kept = join(path, keptName);
  await ofDisk(path, async () =>
    checkWal(kept, await walFiles(kept), (bytes, file) => {
      // Views of a buffer that is read into again.
      for (const { key, value } of operations(file, Uint8Array.from(bytes))) {
        if (value === null) batch.del(key);
        else batch.put(key, value);
      }
    }),
  );
  try {
    await batch.commit();
  } catch (cause) {
    const reason = `what was in its write-ahead log could not be written again: ${reasonOf(cause)}`;
    throw new ConclaveError(
      "DISK_FAILED",
      `${path}: ${reason}. It is kept; start this node again ${startAgainWhen(cause)}`,
      {
        cause,
      },
    );
  }
}

/** Before anything is served: what is written from now on must never be written over by what was kept. */
async function letGo(path: string): Promise<void> {
  const old = join(path, `${keptName}.old`);
  await rm(old, { recursive: true, force: true });
  await rename(join(path, keptName), old);
  await syncDirectory(path);
  await rm(old, { recursive: true, force: true });
}

function swallowed(path: string): ConclaveError {
  return new ConclaveError(
    "DISK_FAILED",
    `${path}: the disk or the system refused to let its write-ahead log be read when it was opened. Nothing is lost: it was kept, and ` +
      "is written again at the next start. Start this node again when the disk works and there is no want of file descriptors",
  );
}

async function ofDisk<Result>(path: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw unusable(path, error);
  }
}
