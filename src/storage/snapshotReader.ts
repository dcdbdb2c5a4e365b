import { crc32 } from "node:zlib";
import { ConclaveError } from "../base/errors.ts";
import type { SnapshotChunk, SnapshotHeader, SnapshotPull } from "../codec/snapshot.ts";
import { ChunkWriter, pairOverheadBytes, RangeChecksum, type RecordPair } from "../codec/snapshotPairs.ts";
import type { KeyRange, KeyValueView } from "./keyValueStore.ts";
import { printable } from "./recordKeys.ts";
import { recordsSumKey, sameKey } from "./storedValues.ts";

const noKey = new Uint8Array(0);
const crcBytes = 4;
/** What a receiver has is compared at most for so long: a range of this size was never one chunk. */
const maxComparedBytes = 16 * 1024 * 1024;
/** However much a receiver asks for. */
const maxChunkBytes = 4 * 1024 * 1024;

/**
 * The records as of one checkpoint, whatever is written meanwhile. Reads in slices that leave the event loop free
 * between them. Every value's own checksum is verified before it is handed out: a node spreads no damage. The sum of the
 * records is none of them: the header tells it.
 */
export class SnapshotReader {
  readonly header: SnapshotHeader;
  readonly #view: KeyValueView;
  readonly #onClose: () => void;
  readonly #reading = new Set<Promise<unknown>>();
  /** Why it is closed. */
  #closed: string | null = null;

  constructor(header: SnapshotHeader, view: KeyValueView, onClose: () => void) {
    this.header = header;
    this.#view = view;
    this.#onClose = onClose;
  }

  /** Rejects with DATA_CORRUPT when a record is damaged, UNAVAILABLE when the reader is closed. */
  async read(pull: SnapshotPull): Promise<SnapshotChunk> {
    if (this.#closed !== null) throw new ConclaveError("UNAVAILABLE", this.#closed);
    const reading = this.#read(pull);
    this.#reading.add(reading);
    try {
      return await reading;
    } finally {
      this.#reading.delete(reading);
    }
  }

  /** Resolves once nothing reads any more. `why` is what later reads are told. */
  async close(why = "this snapshot is closed: open another one"): Promise<void> {
    if (this.#closed !== null) return;
    this.#closed = why;
    this.#onClose();
    await Promise.allSettled(this.#reading);
    await this.#view.close();
  }

  async #read({ afterKey, have, maxBytes }: SnapshotPull): Promise<SnapshotChunk> {
    if (have !== null && (await this.#checksumOf(afterKey, have.throughKey)) === have.checksum) {
      return {
        pairs: noKey,
        checksum: 0,
        lastKey: have.throughKey,
        same: true,
        isLast: !(await this.#isAnyAfter(have.throughKey)),
      };
    }
    const bound = Math.min(maxBytes, maxChunkBytes);
    const writer = new ChunkWriter();
    let lastKey = afterKey;
    for await (const slice of this.#view.scan(after(afterKey))) {
      for (const pair of slice) {
        const [key, value] = pair;
        if (sameKey(key, recordsSumKey)) continue;
        const size = pairOverheadBytes + key.length + value.length;
        if (writer.bytes > 0 && writer.bytes + size > bound) return writer.finish(lastKey, false);
        verify(pair);
        writer.add(pair);
        lastKey = key;
      }
    }
    return writer.finish(lastKey, true);
  }

  /** Of the records after `from` through `through`, as a chunk has it; null when they are too many for one. */
  async #checksumOf(from: Uint8Array, through: Uint8Array): Promise<number | null> {
    if (Buffer.compare(through, from) <= 0 || sameKey(through, recordsSumKey)) return null;
    const checksum = new RangeChecksum();
    for await (const slice of this.#view.scan({ ...after(from), lte: through })) {
      for (const pair of slice) {
        if (sameKey(pair[0], recordsSumKey)) continue;
        verify(pair);
        checksum.add(pair);
      }
      if (checksum.bytes > maxComparedBytes) return null;
    }
    return checksum.value;
  }

  async #isAnyAfter(key: Uint8Array): Promise<boolean> {
    for await (const slice of this.#view.scan(after(key))) {
      if (slice.some((pair) => !sameKey(pair[0], recordsSumKey))) return true;
    }
    return false;
  }
}

function after(key: Uint8Array): KeyRange {
  return key.length === 0 ? {} : { gt: key };
}

function verify([key, value]: RecordPair): void {
  const end = value.length - crcBytes;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  if (end >= 0 && crc32(bytes.subarray(0, end)) === bytes.readUInt32LE(end)) return;
  throw new ConclaveError(
    "DATA_CORRUPT",
    `the record under ${printable(key)} does not match its checksum. It was intact when this node started, so the disk ` +
      "is failing. Stop this node, check the disk, and let the node rejoin the cluster",
  );
}
