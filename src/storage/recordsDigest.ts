import { crc32 } from "node:zlib";

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
  /** As signed numbers, which need no object of their own. */
  readonly #checksums = new Map<string, number>();
  #sum = 0;
  #bytes = 0;

  /** The record `name` now has this key and value. */
  set(name: string, key: Uint8Array, value: Uint8Array): void {
    this.delete(name);
    const checksum = checksumOf(key, value);
    this.#checksums.set(name, checksum | 0);
    this.#sum = (this.#sum + checksum) % modulus;
    this.#bytes += key.length + value.length;
  }

  delete(name: string): void {
    const checksum = this.#checksums.get(name);
    if (checksum === undefined) return;
    this.#bytes -= this.#bytes / this.#checksums.size;
    this.#checksums.delete(name);
    this.#sum = (this.#sum + modulus - (checksum >>> 0)) % modulus;
  }

  get total(): DigestSum {
    return { count: this.#checksums.size, sum: this.#sum };
  }

  /** Of all keys and values, about: one that goes is taken to be of average size, since its own is not kept. */
  get bytes(): number {
    return Math.round(this.#bytes);
  }
}
