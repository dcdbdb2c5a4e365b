import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ConclaveError } from "../base/errors.ts";
import {
  encodeSnapshotChunk,
  encodeSnapshotHeader,
  snapshotChunkFromProto,
  snapshotHeaderFromProto,
} from "../codec/snapshot.ts";
import type { SnapshotChunk__Output } from "../generated/conclave/v1/SnapshotChunk.ts";
import type { SnapshotHeader__Output } from "../generated/conclave/v1/SnapshotHeader.ts";
import { syncDirectory } from "../storage/sealedFile.ts";
import { isThere } from "../storage/unusable.ts";
import {
  type BackupSummary,
  encodePreamble,
  encodeSection,
  encodeTrailer,
  sectionTypes,
} from "./backupFile.ts";
import { verifyBackup } from "./backupReader.ts";
import { JobTally } from "./jobTally.ts";
import type { BackupPart } from "./parts.ts";
import { RecordsCheck } from "./recordsCheck.ts";

export interface WriteBackupOptions {
  /** Replace a file that is there already. Without it that is CONFIG_INVALID. */
  readonly overwrite: boolean;
  /** Gives up, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface WrittenBackup extends BackupSummary {
  /** Null when its records are of a release that this one cannot read: they are kept as they are. */
  readonly jobs: number | null;
}

/**
 * Writes the parts to `path`.part, synced and read back, and only then gives it its name: under `path` there is a whole
 * and verified backup or what was there before. Whatever fails, the part is removed if that can be.
 *
 * Rejects with BACKUP_INVALID when the stream breaks off or does not add up, with CONFIG_INVALID when the path cannot
 * be used, with DISK_FAILED, and with what `parts` rejects with.
 */
export async function writeBackup(
  path: string,
  parts: AsyncIterable<BackupPart>,
  { overwrite, signal }: WriteBackupOptions,
): Promise<WrittenBackup> {
  if (!overwrite && (await carryOut(path, () => isThere(path)))) {
    throw new ConclaveError(
      "CONFIG_INVALID",
      `${path} exists already: name another file, or have it overwritten (\`--force\`)`,
    );
  }
  const part = `${path}.part`;
  const file = await carryOut(path, () => open(part, "w", 0o600));
  try {
    let jobs: number | null;
    try {
      jobs = await new BackupWriter(path, file).write(parts, signal);
      await carryOut(path, () => file.sync());
    } finally {
      await file.close();
    }
    // Also finds out that another backup wrote to the same file meanwhile.
    const summary = await verifyBackup(part);
    await carryOut(path, () => rename(part, path));
    await carryOut(path, () => syncDirectory(dirname(resolve(path))));
    return { ...summary, path, jobs };
  } catch (error) {
    // What went wrong is what is to be told, also where the disk does not even let go of the part.
    await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
}

class BackupWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #digest = createHash("sha256");

  constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Returns how many jobs it holds; see `WrittenBackup`. */
  async write(parts: AsyncIterable<BackupPart>, signal: AbortSignal | undefined): Promise<number | null> {
    let check: RecordsCheck | null = null;
    const jobs = new JobTally();
    await this.#append(encodePreamble());
    for await (const { header, chunk } of parts) {
      signal?.throwIfAborted();
      if (header) {
        if (check !== null) throw this.#broken("a second header came");
        const whole = this.#checked("the header", () =>
          snapshotHeaderFromProto(header as SnapshotHeader__Output),
        );
        check = new RecordsCheck(whole);
        await this.#append(encodeSection(sectionTypes.header, encodeSnapshotHeader(whole)));
      } else if (chunk) {
        const into = check;
        if (into === null) throw this.#broken("records came before the header");
        const whole = this.#checked(`chunk ${into.totals.chunks + 1}`, () => {
          const message = snapshotChunkFromProto(chunk as SnapshotChunk__Output);
          for (const [, value] of into.take(message)) jobs.take(value);
          return message;
        });
        await this.#append(encodeSection(sectionTypes.chunk, encodeSnapshotChunk(whole)));
      }
    }
    const complete = check;
    if (complete === null) throw this.#broken("nothing came");
    this.#checked("the records", () => complete.finish());
    const trailer = encodeTrailer(complete.totals, this.#digest.copy().digest());
    await this.#append(encodeSection(sectionTypes.trailer, trailer));
    return jobs.total;
  }

  #checked<Result>(what: string, act: () => Result): Result {
    try {
      return act();
    } catch (cause) {
      throw this.#broken(`${what}: ${reasonOf(cause)}`, cause);
    }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.#digest.update(bytes);
    // Writes all of it, from where the last write ended.
    await carryOut(this.#path, () => this.#file.writeFile(bytes));
  }

  #broken(what: string, cause?: unknown): ConclaveError {
    return new ConclaveError(
      "BACKUP_INVALID",
      `no backup was written to ${this.#path}: what the node sent is not whole: ${what}. Take the backup again`,
      { cause },
    );
  }
}

async function carryOut<Result>(path: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

const misplaced: ReadonlySet<unknown> = new Set([
  "EACCES",
  "EISDIR",
  "ENOENT",
  "ENOTDIR",
  "EPERM",
  "EROFS",
  "ENAMETOOLONG",
]);

function unwritable(path: string, cause: unknown): ConclaveError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (misplaced.has(code)) {
    return new ConclaveError("CONFIG_INVALID", `no backup can be written to ${path}: ${reasonOf(cause)}`, {
      cause,
    });
  }
  return new ConclaveError(
    "DISK_FAILED",
    `writing the backup ${path} failed: ${reasonOf(cause)}. What was there before is untouched`,
    { cause },
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
