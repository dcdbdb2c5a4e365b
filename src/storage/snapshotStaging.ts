import { ConclaveError } from "../base/errors.ts";
import type { SnapshotChunk, SnapshotHeader, SnapshotPull } from "../codec/snapshot.ts";
import { pairsOf } from "../codec/snapshotPairs.ts";
import { isDamage, type Offer, type StagedRecords } from "./stagedRecords.ts";
import { recordsSumKey, sameKey } from "./storedValues.ts";
import type { Turnstile } from "./turnstile.ts";

/** Of what is there already one offer takes about so much, until the caller has said how large its chunks are. */
const defaultOfferBytes = 256 * 1024;

/**
 * One snapshot on its way in, from the first key to the last. What is staged beyond the position that it has reached, of
 * this or of another snapshot, is offered to the sender piece by piece; what the sender does not have is replaced.
 */
export class SnapshotStaging {
  readonly header: SnapshotHeader;
  readonly #records: StagedRecords;
  readonly #turnstile: Turnstile;
  /** Through this key the records are those of the snapshot. */
  #position: Uint8Array = new Uint8Array(0);
  #bytes = 0;
  /** What is there after `position`. */
  #offer: Offer | null = null;
  #offerBytes = defaultOfferBytes;
  #state: "incomplete" | "whole" | "complete" | "superseded" = "incomplete";

  static async begin(
    header: SnapshotHeader,
    records: StagedRecords,
    turnstile: Turnstile,
  ): Promise<SnapshotStaging> {
    const staging = new SnapshotStaging(header, records, turnstile);
    try {
      await staging.#lookAhead();
    } catch (error) {
      if (!isDamage(error)) throw error;
      await records.wipe();
    }
    return staging;
  }

  private constructor(header: SnapshotHeader, records: StagedRecords, turnstile: Turnstile) {
    this.header = header;
    this.#records = records;
    this.#turnstile = turnstile;
  }

  /** Bytes staged so far, and those that the snapshot will have, about. */
  get progress(): { readonly bytes: number; readonly totalBytes: number } {
    return { bytes: this.#bytes, totalBytes: this.header.bytes };
  }

  /** Verified and durable. */
  get isComplete(): boolean {
    return this.#state === "complete";
  }

  get isSuperseded(): boolean {
    return this.#state === "superseded";
  }

  /** What to pull next; null when all is there. */
  next(maxBytes: number): SnapshotPull | null {
    if (this.#state !== "incomplete") return null;
    this.#offerBytes = maxBytes;
    const offer = this.#offer;
    const have = offer === null ? null : { throughKey: offer.throughKey, checksum: offer.checksum };
    return { afterKey: this.#position, have, maxBytes };
  }

  /**
   * Rejects with DATA_CORRUPT when the chunk is damaged, and nothing has changed; or when what is staged is, and nothing
   * is staged any more: then, as when another staging has taken over, later calls reject with ABORTED.
   */
  put(pull: SnapshotPull, chunk: SnapshotChunk): Promise<void> {
    return this.#turnstile.run(() => this.#put(pull, chunk));
  }

  /**
   * All is there: verifies it against the header, and syncs. Rejects with DATA_CORRUPT when it is not what the header
   * sums up; nothing is staged then.
   */
  complete(): Promise<SnapshotHeader> {
    return this.#turnstile.run(async () => {
      if (this.#state === "complete") return this.header;
      this.#check("whole");
      await this.#orWipe(() => this.#records.seal(this.header));
      this.#state = "complete";
      return this.header;
    });
  }

  /** Takes no chunk any more: the database is another one's now. */
  supersede(): void {
    this.#state = "superseded";
  }

  async #put(pull: SnapshotPull, chunk: SnapshotChunk): Promise<void> {
    this.#check("incomplete");
    if (!sameKey(pull.afterKey, this.#position)) {
      throw new ConclaveError("INVALID_ARGUMENT", "the chunk is not the one that is to come next");
    }
    const change = chunk.same ? this.#keep(pull, chunk) : this.#replace(chunk);
    await this.#orWipe(async () => {
      await change();
      if (chunk.isLast) this.#state = "whole";
      else await this.#lookAhead();
    });
  }

  /** Throws when the chunk is not to be taken; what is returned takes it. */
  #keep(pull: SnapshotPull, { lastKey, isLast }: SnapshotChunk): () => Promise<void> {
    const offer = this.#offer;
    const isOffered =
      offer !== null && pull.have?.checksum === offer.checksum && sameKey(lastKey, offer.throughKey);
    if (!isOffered)
      throw new ConclaveError("DATA_CORRUPT", "the sender agrees to records that were not offered");
    return async () => {
      if (isLast) await this.#records.replace(lastKey, null, []);
      this.#bytes += offer.bytes;
      this.#position = lastKey;
    };
  }

  #replace(chunk: SnapshotChunk): () => Promise<void> {
    const { lastKey, isLast } = chunk;
    const pairs = pairsOf(chunk, this.#position);
    const isEmpty = pairs.length === 0;
    if ((isEmpty && !isLast) || pairs.some(([key]) => sameKey(key, recordsSumKey))) {
      throw new ConclaveError("DATA_CORRUPT", "a chunk of a snapshot holds no records, or what is none");
    }
    return async () => {
      await this.#records.replace(this.#position, isLast ? null : lastKey, pairs);
      for (const [key, value] of pairs) this.#bytes += key.length + value.length;
      if (!isEmpty) this.#position = lastKey;
    };
  }

  async #lookAhead(): Promise<void> {
    this.#offer = await this.#records.offer(this.#position, this.#offerBytes);
  }

  /** A staging whose own records are damaged is of no more use. */
  async #orWipe(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isDamage(error)) {
        this.supersede();
        await this.#records.wipe();
      }
      throw error;
    }
  }

  #check(state: "incomplete" | "whole"): void {
    if (this.#state === state) return;
    if (this.#state === "superseded") {
      throw new ConclaveError("ABORTED", "another snapshot is being staged, or this one was given up");
    }
    throw new ConclaveError("INVALID_ARGUMENT", `the snapshot is ${this.#state}, it should be ${state}`);
  }
}
