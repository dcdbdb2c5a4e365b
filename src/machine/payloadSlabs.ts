import { assert } from "../base/assert.ts";

const slabBytes = 256 * 1024;
/** Payloads above it get bytes of their own, whose overhead is then small beside them. */
const maxPacked = 16 * 1024;
/** Before each payload: its length, and its place among the slab's owners. */
const headerBytes = 8;
const alignment = 8;

export const noBytes: Uint8Array = new Uint8Array(0);

/** Where a payload is: bytes of its own, or a place in a slab. Held by the one owner that packed it. */
export interface PayloadOwner {
  held: Uint8Array | PayloadSlab;
  /** The place in the slab. */
  heldAt: number;
}

/**
 * One piece of memory for many payloads. It only ever fills up: what is freed is not written again, since a reader
 * may still look at it, and the whole goes when nothing refers to it any more.
 */
export class PayloadSlab {
  readonly #bytes = new Uint8Array(slabBytes);
  readonly #words = new Uint32Array(this.#bytes.buffer);
  readonly #owners: (PayloadOwner | null)[] = [];
  #used = 0;
  /** Bytes of payloads that have an owner, headers included. */
  live = 0;

  /** A window on it, which stays as it is. */
  read(at: number): Uint8Array {
    return this.#bytes.subarray(at + headerBytes, at + headerBytes + (this.#words[at / 4] ?? 0));
  }

  /** False when there is no room for it. */
  add(owner: PayloadOwner, payload: Uint8Array): boolean {
    const at = this.#used;
    const size = cellSize(payload.length);
    if (at + size > slabBytes) return false;
    this.#words[at / 4] = payload.length;
    this.#words[at / 4 + 1] = this.#owners.length;
    this.#bytes.set(payload, at + headerBytes);
    this.#owners.push(owner);
    this.#used += size;
    this.live += size;
    owner.held = this;
    owner.heldAt = at;
    return true;
  }

  free(at: number): void {
    const ordinal = this.#words[at / 4 + 1] ?? -1;
    assert(this.#owners[ordinal]?.heldAt === at, "a payload is freed once, by its owner");
    this.#owners[ordinal] = null;
    this.live -= cellSize(this.#words[at / 4] ?? 0);
  }

  get owners(): readonly (PayloadOwner | null)[] {
    return this.#owners;
  }
}

/**
 * Payloads packed into slabs, off the heap: an `ArrayBuffer` for each would cost some three hundred bytes beside
 * it. A full slab of which half is free gives the rest to the current one and goes.
 */
export class PayloadSlabs {
  #current = new PayloadSlab();
  #slabs = 1;

  /** Slabs in use. */
  get slabs(): number {
    return this.#slabs;
  }

  /** Copies what the owner holds, which may be a window on a large message, to memory that is kept for payloads. */
  pack(owner: PayloadOwner): void {
    if (owner.held instanceof PayloadSlab) return;
    if (owner.held.length === 0) owner.held = noBytes;
    else if (owner.held.length > maxPacked) owner.held = ownBytes(owner.held);
    else this.#add(owner, owner.held);
  }

  /** The owner is gone. It holds nothing afterwards. */
  free(owner: PayloadOwner): void {
    const slab = owner.held;
    if (slab instanceof PayloadSlab) {
      slab.free(owner.heldAt);
      if (slab !== this.#current && slab.live <= slabBytes / 2) this.#empty(slab);
    }
    owner.held = noBytes;
    owner.heldAt = 0;
  }

  #add(owner: PayloadOwner, payload: Uint8Array): void {
    if (this.#current.add(owner, payload)) return;
    this.#current = new PayloadSlab();
    this.#slabs += 1;
    this.#current.add(owner, payload);
  }

  #empty(slab: PayloadSlab): void {
    for (const owner of slab.owners) if (owner !== null) this.#add(owner, slab.read(owner.heldAt));
    this.#slabs -= 1;
  }
}

export function payloadOf(owner: PayloadOwner): Uint8Array {
  return owner.held instanceof PayloadSlab ? owner.held.read(owner.heldAt) : owner.held;
}

/** `bytes`, or a copy when they are a small window on a large buffer, all of which they would keep in memory. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return noBytes;
  // Not bytes.slice(): a Buffer's gives a window again.
  return bytes.buffer.byteLength > 2 * bytes.length + 1_024 ? new Uint8Array(bytes) : bytes;
}

function cellSize(length: number): number {
  return Math.ceil((headerBytes + length) / alignment) * alignment;
}
