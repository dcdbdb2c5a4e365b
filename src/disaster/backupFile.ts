import { crc32 } from "node:zlib";
import { ConclaveError } from "../base/errors.ts";

/**
 * The backup file (little-endian):
 *
 *   preamble   magic (16 bytes), format version (4, now 1), CRC-32 of these 20 bytes (4)
 *   sections   type (1 byte), length of the payload (4), CRC-32 of type, length and payload (4), payload
 *
 *   type 1     SnapshotHeader of records.proto: first, once
 *   type 2     SnapshotChunk of records.proto: any number, records in key order
 *   type 3     trailer: number of chunks (8), of records (8), bytes of keys and values (8), SHA-256 of everything
 *              before this section (32). Last: nothing follows it
 *
 * Every release knows the preamble, so that a file of a newer format is told from a damaged one.
 */
export const magic: Uint8Array = Buffer.from("CONCLAVE-BACKUP\n");
export const fileFormat = 1;
export const preambleBytes = 24;
export const sectionHeadBytes = 9;
export const digestBytes = 32;
const trailerBytes = 24 + digestBytes;
/** Far above any chunk: a section that claims more is damaged. */
export const maxSectionBytes: number = 256 * 1024 * 1024;

export const sectionTypes = { header: 1, chunk: 2, trailer: 3 } as const;

/** What the trailer says of all before it. */
export interface BackupTotals {
  readonly chunks: number;
  readonly records: number;
  /** Of all keys and values. */
  readonly bytes: number;
}

/** A backup that is whole and undamaged. */
export interface BackupSummary extends BackupTotals {
  readonly path: string;
  readonly fileBytes: number;
  /** SHA-256 of the content, in hex. */
  readonly digest: string;
  readonly clusterId: string;
  /** The entry as of which the records are. */
  readonly index: number;
  readonly term: number;
}

export function encodePreamble(format = fileFormat): Uint8Array {
  const bytes = Buffer.alloc(preambleBytes);
  bytes.set(magic);
  bytes.writeUInt32LE(format, magic.length);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, magic.length + 4)), magic.length + 4);
  return bytes;
}

export function encodeSection(type: number, payload: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(sectionHeadBytes + payload.length);
  bytes[0] = type;
  bytes.writeUInt32LE(payload.length, 1);
  bytes.writeUInt32LE(sectionChecksum(bytes.subarray(0, 5), payload), 5);
  bytes.set(payload, sectionHeadBytes);
  return bytes;
}

/** `head`: type and length. */
export function sectionChecksum(head: Uint8Array, payload: Uint8Array): number {
  return crc32(payload, crc32(head));
}

export function encodeTrailer({ chunks, records, bytes }: BackupTotals, digest: Uint8Array): Uint8Array {
  const payload = Buffer.alloc(trailerBytes);
  payload.writeBigUInt64LE(BigInt(chunks), 0);
  payload.writeBigUInt64LE(BigInt(records), 8);
  payload.writeBigUInt64LE(BigInt(bytes), 16);
  payload.set(digest, 24);
  return payload;
}

/** Null when this is no trailer. */
export function decodeTrailer(payload: Uint8Array): (BackupTotals & { readonly digest: string }) | null {
  if (payload.length !== trailerBytes) return null;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const number = (offset: number): number => Number(bytes.readBigUInt64LE(offset));
  const digest = bytes.toString("hex", 24);
  return { chunks: number(0), records: number(8), bytes: number(16), digest };
}

/** BACKUP_INVALID: what is wrong with which file, and that it is of no use. */
export function invalidBackup(path: string, what: string, cause?: unknown): ConclaveError {
  return new ConclaveError(
    "BACKUP_INVALID",
    `${path}: ${what}. Nothing was restored from it; use another copy or an older backup`,
    { cause },
  );
}

/** FORMAT_UNSUPPORTED: the file is not damaged, but of another release. */
export function otherFormat(path: string, what: string): ConclaveError {
  return new ConclaveError(
    "FORMAT_UNSUPPORTED",
    `${path}: ${what}; restore it with the release that wrote it`,
  );
}
