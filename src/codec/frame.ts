import { crc32 } from "node:zlib";
import { assert, InvariantViolation } from "../base/assert.ts";
import { LogIndex, Term } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Entry, EntryKind } from "../raft/types.ts";
import { entryFormats, isReadable, unsupportedFormat } from "./formats.ts";
import { FrameSlot } from "./frameSlot.ts";

/**
 * The bytes of an entry as they travel and rest (layout: proto/conclave/v1/log.proto). A frame is made once,
 * by the leader that appended the entry, and then belongs to the entry object: whoever holds the entry can
 * send or store it without encoding it again.
 */

/** The one format that frames are written in. */
const formatVersion = 1;
const maxDataBytes = 0xffff_ffff;
/** By their number on disk: never reorder. */
const kinds: readonly EntryKind[] = ["noop", "command", "membership"];

const offsetOf = { checksum: 0, length: 4, version: 8, kind: 9, index: 10, term: 18, data: 26 } as const;

/** Bytes of a frame besides its data. */
export const frameOverheadBytes: number = offsetOf.data;
/** The checksum that the entry at index 1 is chained to. */
export const chainStart = 0;

/** Makes the frame of one entry, chained to `previousChecksum`, and registers it. */
export function frameEntry(entry: Entry, previousChecksum: number): Uint8Array {
  frameRun([entry], previousChecksum);
  return frameOf(entry);
}

/**
 * Frames consecutive entries, each chained to the one before, in one buffer, so that joining them again
 * copies nothing. Returns the last checksum.
 */
export function frameRun(entries: readonly Entry[], previousChecksum: number): number {
  let size = 0;
  for (const { data } of entries) {
    assert(data.length <= maxDataBytes, "an entry's data is below 4 GiB");
    size += offsetOf.data + data.length;
  }
  const bytes = Buffer.allocUnsafe(size);
  let start = 0;
  let checksum = previousChecksum;
  for (const entry of entries) {
    const frame = bytes.subarray(start, start + offsetOf.data + entry.data.length);
    checksum = writeFrame(frame, entry, checksum);
    FrameSlot.set(entry, frame);
    start += frame.length;
  }
  return checksum;
}

function writeFrame(frame: Buffer, entry: Entry, previousChecksum: number): number {
  frame.writeUInt32LE(entry.data.length, offsetOf.length);
  frame[offsetOf.version] = formatVersion;
  frame[offsetOf.kind] = kinds.indexOf(entry.kind);
  writeUint64(frame, entry.index, offsetOf.index);
  writeUint64(frame, entry.term, offsetOf.term);
  frame.set(entry.data, offsetOf.data);
  const checksum = crc32(frame.subarray(offsetOf.length), previousChecksum);
  frame.writeUInt32LE(checksum, offsetOf.checksum);
  return checksum;
}

export function isFramed(entry: Entry): boolean {
  return FrameSlot.get(entry) !== undefined;
}

/** The registered bytes of the entry. Throws `InvariantViolation` when it was never framed. */
export function frameOf(entry: Entry): Uint8Array {
  return registered(entry);
}

function registered(entry: Entry): Buffer {
  const frame = FrameSlot.get(entry);
  if (frame === undefined) throw new InvariantViolation(`entry ${entry.index} has no frame yet`);
  return frame;
}

/** The entry's place in the chain: equal checksums at an index mean equal logs through it. */
export function checksumOf(entry: Entry): number {
  return registered(entry).readUInt32LE(offsetOf.checksum);
}

/** Whether the entry's frame is intact and follows an entry whose checksum is `previousChecksum`. */
export function isChainedTo(entry: Entry, previousChecksum: number): boolean {
  const frame = registered(entry);
  return crc32(frame.subarray(offsetOf.length), previousChecksum) === frame.readUInt32LE(offsetOf.checksum);
}

/**
 * Reads back-to-back frames of consecutive entries; entries and their frames are views of `bytes`, not
 * copies. The chain is checked from the second entry on, and from the first when `previousChecksum` is
 * given. Throws DATA_CORRUPT naming the index and what is wrong, FORMAT_UNSUPPORTED for an entry of another format.
 */
export function readFrames(bytes: Uint8Array, previousChecksum: number | null): Entry[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: Entry[] = [];
  let start = 0;
  let checksum = previousChecksum;
  let expectedIndex: number | null = null;
  while (start < buffer.length) {
    const where = expectedIndex === null ? `at byte ${start}` : `of entry ${expectedIndex}`;
    const frame = cutFrame(buffer, start, where);
    const stored = frame.readUInt32LE(offsetOf.checksum);
    const isIntact = checksum === null || crc32(frame.subarray(offsetOf.length), checksum) === stored;
    const version = frame[offsetOf.version] ?? 0;
    // First of all: what else is in it is for the release that knows the format. A flipped bit must not pass for one.
    if (isIntact && version !== 0 && !isReadable(version, entryFormats))
      throw unsupportedFormat(`the frame ${where}`, version, entryFormats);
    const entry = readFrame(frame, where);
    if (expectedIndex !== null && entry.index !== expectedIndex) {
      throw corrupt(where, `it holds entry ${entry.index}: the log has a gap`);
    }
    if (!isIntact) {
      throw corrupt(`of entry ${entry.index}`, "its checksum does not match its bytes and the entry before");
    }
    FrameSlot.set(entry, frame);
    entries.push(entry);
    checksum = stored;
    expectedIndex = entry.index + 1;
    start += frame.length;
  }
  return entries;
}

function cutFrame(buffer: Buffer, start: number, where: string): Buffer {
  const left = buffer.length - start;
  if (left < offsetOf.data) throw corrupt(where, `only ${left} bytes are left of it`);
  const size = offsetOf.data + buffer.readUInt32LE(start + offsetOf.length);
  if (size > left) throw corrupt(where, `it claims ${size} bytes but only ${left} are left`);
  return buffer.subarray(start, start + size);
}

function readFrame(frame: Buffer, where: string): Entry {
  const version = frame[offsetOf.version] ?? 0;
  if (!isReadable(version, entryFormats)) throw corrupt(where, `it claims to be of format ${version}`);
  const kind = kinds[frame[offsetOf.kind] ?? kinds.length];
  if (kind === undefined) throw corrupt(where, `kind ${frame[offsetOf.kind]} is unknown`);
  const index = readUint64(frame, offsetOf.index);
  const term = readUint64(frame, offsetOf.term);
  if (!Number.isSafeInteger(index) || index === 0) throw corrupt(where, "its index is out of range");
  if (!Number.isSafeInteger(term) || term === 0) throw corrupt(where, "its term is out of range");
  return { index: LogIndex(index), term: Term(term), kind, data: frame.subarray(offsetOf.data) };
}

/** The frames back to back, for the wire or the disk. Frames that lie so in memory already are not copied. */
export function joinFrames(entries: readonly Entry[]): Uint8Array {
  const parts = entries.map(registered);
  const [first] = parts;
  if (first === undefined) return new Uint8Array(0);
  let end = first.byteOffset;
  for (const part of parts) {
    if (part.buffer !== first.buffer || part.byteOffset !== end) return Buffer.concat(parts);
    end += part.length;
  }
  return new Uint8Array(first.buffer, first.byteOffset, end - first.byteOffset);
}

function corrupt(where: string, reason: string): ConclaveError {
  return new ConclaveError("DATA_CORRUPT", `frame ${where}: ${reason}`);
}

/** Numbers, not BigInt: indexes and terms stay below 2^53, and a larger one is caught as out of range. */
function readUint64(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset) + bytes.readUInt32LE(offset + 4) * 0x1_0000_0000;
}

function writeUint64(bytes: Buffer, value: number, offset: number): void {
  bytes.writeUInt32LE(value % 0x1_0000_0000, offset);
  bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), offset + 4);
}
