import { pairsOf, type RecordPair } from "../codec/snapshotPairs.ts";
import type { SnapshotChunk, SnapshotHeader } from "../node/ports.ts";
import { type DigestSum, emptySum, sumWith } from "../storage/recordsDigest.ts";
import type { BackupTotals } from "./backupFile.ts";

/**
 * Follows the records of a snapshot from the first chunk to the last: each chunk is what was sent, keys only go up, and
 * in the end there are as many as the header says, with the sum that it says. Throws an Error that says what is wrong.
 */
export class RecordsCheck {
  readonly #header: SnapshotHeader;
  #lastKey: Uint8Array = new Uint8Array(0);
  #isComplete = false;
  #chunks = 0;
  #bytes = 0;
  #sum: DigestSum = emptySum;

  constructor(header: SnapshotHeader) {
    this.#header = header;
  }

  get totals(): BackupTotals {
    return { chunks: this.#chunks, records: this.#sum.count, bytes: this.#bytes };
  }

  /** Returns the chunk's records. */
  take(chunk: SnapshotChunk): readonly RecordPair[] {
    if (this.#isComplete) throw new RangeError("it follows the chunk that says it is the last");
    if (chunk.same) throw new RangeError("it refers to a chunk of another snapshot");
    const pairs = pairsOf(chunk, this.#lastKey);
    for (const [key, value] of pairs) {
      this.#sum = sumWith(this.#sum, key, value);
      this.#bytes += key.length + value.length;
      this.#lastKey = key;
    }
    this.#chunks++;
    this.#isComplete = chunk.isLast;
    return pairs;
  }

  /** There is no further chunk. */
  finish(): void {
    const { count, sum } = this.#header;
    const found = this.#sum;
    if (!this.#isComplete) throw new RangeError("the last chunk is missing");
    if (found.count !== count)
      throw new RangeError(`there are ${found.count} records, the header says ${count}`);
    if (found.sum !== sum) throw new RangeError("they are not those that the header sums up");
  }
}
