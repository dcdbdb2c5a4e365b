import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { crc32c } from "./crc32c.ts";
import { damaged } from "./damage.ts";

/**
 * Format of LevelDB's write-ahead log (its doc/log_format.md): blocks of 32 KiB; records of masked CRC-32C (4
 * bytes), length (2), type (1), payload, little-endian; less than a header's room at a block's end is padding.
 */
const blockBytes = 32_768;
const headerBytes = 7;
const typeFull = 1;
const typeFirst = 2;
const typeLast = 4;
const crcMaskDelta = 0xa282_ead8;
const blocksPerRead = 32;

/**
 * Rejects with DATA_CORRUPT when one of these write-ahead logs has a broken record with a later one behind
 * it. Opening such a log, LevelDB drops the broken record and the rest of its block; at the end of the log
 * that would pass for a write torn by a crash. It is none: every write is synced before the next begins, so
 * where a next one begins, the broken one was whole. Must come before LevelDB opens the log and rewrites it.
 * A broken *last* record cannot be told from a torn one.
 */
export async function checkWal(directory: string, names: readonly string[], onWrite: OnWrite): Promise<void> {
  for (const name of names) {
    const path = join(directory, name);
    await recordsOf(path, (batch) => onWrite(batch, path));
  }
}

/** Told of each whole write, oldest first, and of the file that it is in. The bytes are a LevelDB WriteBatch, and are good until it returns. */
export type OnWrite = (batch: Uint8Array, path: string) => void;

/** Names of the write-ahead logs in a database's folder, oldest first. */
export async function walFiles(directory: string): Promise<readonly string[]> {
  const names = (await readdir(directory)).filter((name) => /^\d+\.log$/.test(name));
  return names.sort((a, b) => walNumber(a) - walNumber(b));
}

export function walNumber(name: string): number {
  return Number.parseInt(name, 10);
}

/** Tells of each whole record of a file in the format of write-ahead logs. The bytes are good until `onWhole` returns. */
export async function recordsOf(path: string, onWhole: (bytes: Uint8Array) => void): Promise<void> {
  const file = await open(path, "r");
  try {
    const buffer = Buffer.alloc(blockBytes * blocksPerRead);
    const onRecord = joined(onWhole);
    let broken: number | null = null;
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      for (let start = 0; start < bytesRead; start += blockBytes) {
        const block = buffer.subarray(start, Math.min(start + blockBytes, bytesRead));
        const found: number | null = broken === null ? checkBlock(block, onRecord) : null;
        if (found !== null) broken ??= position + start + found;
        if (broken !== null && beginsAnotherWrite(block, Math.max(0, broken - position - start))) {
          throw damaged(path, `the record at byte ${broken} is broken although later ones were written`);
        }
      }
      position += bytesRead;
    }
  } finally {
    await file.close();
  }
}

type OnRecord = (type: number, payload: Uint8Array) => void;

/** A write that does not fit into its block is cut into records. */
function joined(onWhole: (bytes: Uint8Array) => void): OnRecord {
  let parts: Uint8Array[] = [];
  return (type, payload) => {
    if (type === typeFull) return onWhole(payload);
    if (type === typeFirst) parts = [];
    // The buffer that it lies in is read into again.
    parts.push(Uint8Array.from(payload));
    if (type === typeLast) onWhole(Buffer.concat(parts));
  };
}

/** Offset of the first broken record; null when there is none. */
function checkBlock(block: Buffer, onRecord: OnRecord): number | null {
  for (let offset = 0; offset + headerBytes <= block.length; ) {
    if (!isRecord(block, offset)) return offset;
    const end = offset + headerBytes + block.readUInt16LE(offset + 4);
    onRecord(block[offset + 6] ?? 0, block.subarray(offset + headerBytes, end));
    offset = end;
  }
  return null;
}

/** Whether an intact first fragment of a write lies behind `from`, at any offset: the lengths may be broken. */
function beginsAnotherWrite(block: Buffer, from: number): boolean {
  for (let offset = from; offset + headerBytes <= block.length; offset++) {
    const type = block[offset + 6];
    if ((type === typeFull || type === typeFirst) && isRecord(block, offset)) return true;
  }
  return false;
}

function isRecord(block: Buffer, offset: number): boolean {
  const length = block.readUInt16LE(offset + 4);
  const type = block[offset + 6] ?? 0;
  const end = offset + headerBytes + length;
  if (type < typeFull || type > typeLast || end > block.length) return false;
  return block.readUInt32LE(offset) === mask(crc32c(block.subarray(offset + 6, end)));
}

/** LevelDB stores checksums rotated by 15 bits plus a constant, so that the CRC of a CRC is no trap. */
function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + crcMaskDelta) >>> 0;
}
