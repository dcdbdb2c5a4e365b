import { crc32 } from "node:zlib";
import { ChecksumTable } from "./checksumTable.ts";

const modulus = 2 ** 52;
const trailerBytes = 4;

/** What a set of records adds up to, in whatever order they come. */
export interface DigestSum {
  readonly count: number;
  readonly sum: number;
}

export const emptySum: DigestSum = { count: 0, sum: 0 };

/** With one more record. */
export function sumWith({ count, sum }: DigestSum, key: Uint8Array, value: Uint8Array): DigestSum {
  return { count: count + 1, sum: (sum + checksumOf(key, value)) % modulus };
}

/** Without the CRC-32 at its end: the CRC of bytes followed by their CRC is the same for all contents. */
function checksumOf(key: Uint8Array, value: Uint8Array): number {
  return crc32(value.subarray(0, -trailerBytes), crc32(key));
}

/**
 * Count and sum of the checksums of all records, kept up to date by their changes. Stored with each
 * checkpoint, it shows on the next start that a record is missing, or is older than it should be: CRCs on
 * the records themselves cannot. Holds one number a record in memory.
 */
export class RecordsDigest {
  readonly #checksums = new ChecksumTable();
  #sum = 0;
  #bytes = 0;

  /** The record under this key now has this value. */
  set(key: Uint8Array, value: Uint8Array): void {
    const checksum = checksumOf(key, value);
    this.#replaced(this.#checksums.set(key, checksum), this.#checksums.size);
    this.#sum = (this.#sum + checksum) % modulus;
    this.#bytes += key.length + value.length;
  }

  delete(key: Uint8Array): void {
    this.#replaced(this.#checksums.delete(key), this.#checksums.size + 1);
  }

  get total(): DigestSum {
    return { count: this.#checksums.size, sum: this.#sum };
  }

  /** Of all keys and values, about: one that goes is taken to be of average size, since its own is not kept. */
  get bytes(): number {
    return Math.round(this.#bytes);
  }

  #replaced(checksum: number | null, records: number): void {
    if (checksum === null) return;
    this.#bytes -= this.#bytes / records;
    this.#sum = (this.#sum + modulus - checksum) % modulus;
  }
}
