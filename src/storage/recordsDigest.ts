import { crc32 } from "node:zlib";
import type { LogIndex } from "../base/brands.ts";
import type { RecordsSum } from "./storedValues.ts";

const modulus = 2 ** 52;
const trailerBytes = 4;

/**
 * Count and sum of the checksums of all records, kept up to date by their changes. Stored with each
 * checkpoint, it shows on the next start that a record is missing, or is older than it should be: CRCs on
 * the records themselves cannot. Holds one number a record in memory.
 */
export class RecordsDigest {
  /** As signed numbers, which need no object of their own. */
  readonly #checksums = new Map<string, number>();
  #sum = 0;

  /** The record `name` now has this key and value. */
  set(name: string, key: Uint8Array, value: Uint8Array): void {
    this.delete(name);
    // Without the CRC-32 at its end: the CRC of bytes followed by their CRC is the same for all contents.
    const checksum = crc32(value.subarray(0, -trailerBytes), crc32(key));
    this.#checksums.set(name, checksum | 0);
    this.#sum = (this.#sum + checksum) % modulus;
  }

  delete(name: string): void {
    const checksum = this.#checksums.get(name);
    if (checksum === undefined) return;
    this.#checksums.delete(name);
    this.#sum = (this.#sum + modulus - (checksum >>> 0)) % modulus;
  }

  at(appliedIndex: LogIndex): RecordsSum {
    return { appliedIndex, count: this.#checksums.size, sum: this.#sum };
  }
}
