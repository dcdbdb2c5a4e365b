import { crc32 } from "node:zlib";
import { ConclaveError } from "../base/errors.ts";
import type { SnapshotChunk } from "../node/ports.ts";

export type RecordPair = readonly [key: Uint8Array, value: Uint8Array];

const lengthBytes = 4;
const crcBytes = 4;
/** What a pair takes in a chunk besides key and value. */
export const pairOverheadBytes: number = 2 * lengthBytes;

/** Gathers the records of one chunk (SnapshotChunk of records.proto). */
export class ChunkWriter {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  /** Of all that was added. */
  get bytes(): number {
    return this.#bytes;
  }

  add([key, value]: RecordPair): void {
    this.#parts.push(lengthsOf(key, value.length), key, value);
    this.#bytes += pairOverheadBytes + key.length + value.length;
  }

  finish(lastKey: Uint8Array, isLast: boolean): SnapshotChunk {
    const pairs = Buffer.concat(this.#parts);
    return { pairs, checksum: crc32(pairs), lastKey, same: false, isLast };
  }
}

/**
 * By which two nodes find out that they hold the same records in a range of keys. It leaves out the CRC-32 at the end of
 * each value: the CRC of bytes followed by their own CRC is the same for all bytes, so that a chunk's checksum, which is
 * good against damage on the way, is the same for all contents of equal lengths.
 */
export class RangeChecksum {
  #bytes = 0;
  #checksum = 0;

  /** Of the records as they lie in a chunk. */
  get bytes(): number {
    return this.#bytes;
  }

  get value(): number {
    return this.#checksum;
  }

  add([key, value]: RecordPair): void {
    const content = value.subarray(0, -crcBytes);
    for (const part of [lengthsOf(key, content.length), key, content])
      this.#checksum = crc32(part, this.#checksum);
    this.#bytes += pairOverheadBytes + key.length + value.length;
  }
}

function lengthsOf(key: Uint8Array, valueLength: number): Uint8Array {
  const lengths = Buffer.allocUnsafe(pairOverheadBytes);
  lengths.writeUInt32LE(key.length, 0);
  lengths.writeUInt32LE(valueLength, lengthBytes);
  return lengths;
}

/**
 * The records in a chunk, as views of it. Throws DATA_CORRUPT when its checksum does not hold, or when they are not in
 * the order of their keys, all after `afterKey`, the last one as the chunk says.
 */
export function pairsOf(
  { pairs: bytes, checksum, lastKey }: SnapshotChunk,
  afterKey: Uint8Array,
): readonly RecordPair[] {
  if (crc32(bytes) !== checksum) throw broken(`its ${bytes.length} bytes do not match their checksum`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const pairs: RecordPair[] = [];
  let previous = afterKey;
  for (let at = 0; at < bytes.length; ) {
    const keyStart = at + pairOverheadBytes;
    if (keyStart > bytes.length) throw broken(`a record is cut off at byte ${at}`);
    const keyEnd = keyStart + view.getUint32(at, true);
    const end = keyEnd + view.getUint32(at + lengthBytes, true);
    if (end > bytes.length) throw broken(`the record at byte ${at} reaches beyond its end`);
    const key = bytes.subarray(keyStart, keyEnd);
    if (Buffer.compare(key, previous) <= 0) throw broken(`the record at byte ${at} is out of order`);
    pairs.push([key, bytes.subarray(keyEnd, end)]);
    previous = key;
    at = end;
  }
  if (pairs.length > 0 && Buffer.compare(previous, lastKey) !== 0)
    throw broken("it does not end at the key that it names");
  return pairs;
}

function broken(why: string): ConclaveError {
  return new ConclaveError("DATA_CORRUPT", `a chunk of a snapshot is damaged: ${why}`);
}
