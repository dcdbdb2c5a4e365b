import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { ConclaveError } from "../base/errors.ts";
import { formats, isReadable } from "../codec/formats.ts";
import { decodeSnapshotChunk, decodeSnapshotHeader } from "../codec/snapshot.ts";
import type { RecordPair } from "../codec/snapshotPairs.ts";
import type { SnapshotHeader } from "../node/ports.ts";
import {
  type BackupSummary,
  decodeTrailer,
  encodePreamble,
  fileFormat,
  invalidBackup,
  magic,
  maxSectionBytes,
  otherFormat,
  preambleBytes,
  sectionChecksum,
  sectionHeadBytes,
  sectionTypes,
} from "./backupFile.ts";
import { RecordsCheck } from "./recordsCheck.ts";

interface Section {
  /** Where it begins in the file. */
  readonly at: number;
  readonly type: number;
  readonly head: Uint8Array;
  readonly payload: Uint8Array;
}

/** Reads the whole file and verifies every checksum. Rejects as `BackupReader` does. */
export async function verifyBackup(path: string): Promise<BackupSummary> {
  await using reader = await BackupReader.open(path);
  for await (const _ of reader.records()) {
    // Each was verified on the way.
  }
  return reader.summary;
}

/**
 * A backup file, read from its begin to its end. Rejects with BACKUP_INVALID (damaged, cut off, no backup at all) and
 * FORMAT_UNSUPPORTED (of a newer release), naming the byte; CONFIG_INVALID when it cannot be read.
 */
export class BackupReader {
  readonly header: SnapshotHeader;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #digest;
  #position: number;
  #summary: BackupSummary | null = null;

  static async open(path: string): Promise<BackupReader> {
    const file = await openToRead(path);
    try {
      return await BackupReader.#begin(path, file);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  static async #begin(path: string, file: FileHandle): Promise<BackupReader> {
    const { size } = await ofDisk(path, () => file.stat());
    const preamble = await readAt(path, file, 0, Math.min(size, preambleBytes));
    checkPreamble(path, preamble);
    const digest = createHash("sha256").update(preamble);
    const { section, end } = await readSection(path, file, preambleBytes, size);
    const where = `the header at byte ${section.at}`;
    if (section.type !== sectionTypes.header) throw invalidBackup(path, `${where} is missing`);
    digest.update(section.head).update(section.payload);
    const header = explained(path, where, () => decodeSnapshotHeader(section.payload));
    if (!isReadable(header.format)) {
      throw otherFormat(
        path,
        `its records have format ${header.format}, this release reads ${formats.min} to ${formats.max}`,
      );
    }
    return new BackupReader({ path, file, size, header, digest, position: end });
  }

  private constructor(parts: {
    readonly path: string;
    readonly file: FileHandle;
    readonly size: number;
    readonly header: SnapshotHeader;
    readonly digest: ReturnType<typeof createHash>;
    readonly position: number;
  }) {
    this.header = parts.header;
    this.#path = parts.path;
    this.#file = parts.file;
    this.#size = parts.size;
    this.#digest = parts.digest;
    this.#position = parts.position;
  }

  /**
   * All records, once, a chunk at a time. Only when it has ended is it known that the backup is whole: use nothing for
   * good before.
   */
  async *records(): AsyncGenerator<readonly RecordPair[]> {
    const check = new RecordsCheck(this.header);
    for (;;) {
      const { section, end } = await readSection(this.#path, this.#file, this.#position, this.#size);
      this.#position = end;
      if (section.type === sectionTypes.trailer) {
        this.#finish(check, section);
        return;
      }
      const where = `chunk ${check.totals.chunks + 1} at byte ${section.at}`;
      if (section.type !== sectionTypes.chunk) {
        throw invalidBackup(this.#path, `${where}: a section of type ${section.type} is not expected there`);
      }
      this.#digest.update(section.head).update(section.payload);
      yield explained(this.#path, where, () => check.take(decodeSnapshotChunk(section.payload)));
    }
  }

  /** Of a backup whose records were all read. */
  get summary(): BackupSummary {
    if (this.#summary === null) throw new ConclaveError("INTERNAL", `${this.#path} was not read to its end`);
    return this.#summary;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  #finish(check: RecordsCheck, { at, payload }: Section): void {
    const where = `the trailer at byte ${at}`;
    const trailer = decodeTrailer(payload);
    if (trailer === null) throw invalidBackup(this.#path, `${where} has ${payload.length} bytes`);
    explained(this.#path, where, () => check.finish());
    const { chunks, records, bytes } = check.totals;
    const digest = this.#digest.digest("hex");
    if (trailer.chunks !== chunks || trailer.records !== records || trailer.bytes !== bytes) {
      const said = `${trailer.records} records in ${trailer.chunks} chunks (${trailer.bytes} bytes)`;
      throw invalidBackup(
        this.#path,
        `${where} tells of ${said}, but there are ${records} in ${chunks} (${bytes} bytes)`,
      );
    }
    if (trailer.digest !== digest) {
      throw invalidBackup(
        this.#path,
        `the SHA-256 of its content is ${digest}, ${where} says ${trailer.digest}`,
      );
    }
    if (this.#position !== this.#size) {
      throw invalidBackup(this.#path, `${this.#size - this.#position} bytes follow ${where}`);
    }
    const { clusterId, index, term } = this.header;
    this.#summary = {
      path: this.#path,
      fileBytes: this.#size,
      ...check.totals,
      digest,
      clusterId,
      index,
      term,
    };
  }
}

function checkPreamble(path: string, preamble: Uint8Array): void {
  if (preamble.length < preambleBytes || Buffer.compare(preamble.subarray(0, magic.length), magic) !== 0) {
    throw invalidBackup(path, "this is no backup of Conclave: it does not begin like one");
  }
  const format = Buffer.from(preamble).readUInt32LE(magic.length);
  if (Buffer.compare(preamble, encodePreamble(format)) !== 0) {
    throw invalidBackup(path, "its first bytes are damaged: their checksum does not match");
  }
  if (format > fileFormat) {
    throw otherFormat(
      path,
      `the file has format ${format}, the newest that this release reads is ${fileFormat}`,
    );
  }
  if (format !== fileFormat) throw invalidBackup(path, `a backup of format ${format} never existed`);
}

async function readSection(
  path: string,
  file: FileHandle,
  at: number,
  size: number,
): Promise<{ readonly section: Section; readonly end: number }> {
  if (at === size) throw invalidBackup(path, `it ends at byte ${at}, before its trailer: it was cut off`);
  if (at + sectionHeadBytes > size) throw invalidBackup(path, `it is cut off in the section at byte ${at}`);
  const head = await readAt(path, file, at, sectionHeadBytes);
  const type = head[0] ?? 0;
  const length = head.readUInt32LE(1);
  const end = at + sectionHeadBytes + length;
  if (length > maxSectionBytes || end > size) {
    const left = size - at - sectionHeadBytes;
    throw invalidBackup(
      path,
      `the section at byte ${at} claims ${length} bytes, ${left} are left: cut off or damaged`,
    );
  }
  const payload = await readAt(path, file, at + sectionHeadBytes, length);
  if (sectionChecksum(head.subarray(0, 5), payload) !== head.readUInt32LE(5)) {
    throw invalidBackup(path, `the section at byte ${at} is damaged: its checksum does not match`);
  }
  return { section: { at, type, head, payload }, end };
}

async function readAt(path: string, file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await ofDisk(path, () => file.read(bytes, done, length - done, position + done));
    if (bytesRead === 0)
      throw invalidBackup(path, `it became shorter while it was read, at byte ${position + done}`);
    done += bytesRead;
  }
  return bytes;
}

/** What `read` throws, as BACKUP_INVALID with the place. */
function explained<Result>(path: string, where: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    throw invalidBackup(path, `${where}: ${reasonOf(cause)}`, cause);
  }
}

async function openToRead(path: string): Promise<FileHandle> {
  const file = await ofDisk(path, () => open(path, "r"));
  try {
    const stat = await ofDisk(path, () => file.stat());
    if (!stat.isFile()) throw new ConclaveError("CONFIG_INVALID", `${path} is no file`);
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}

async function ofDisk<Result>(path: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (cause) {
    throw new ConclaveError("CONFIG_INVALID", `the backup ${path} cannot be read: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
