import { assert } from "../base/assert.ts";

const slabBytes = 256 * 1024;
/** Payloads above it get bytes of their own, whose overhead is then small beside them. */
export const maxPacked = 16 * 1024;
/** Before each payload: the lengths of payload and id, and the row. */
const headerBytes = 8;
const alignment = 8;
const maxIdLength = 0xff;
/** In place of the row of a job that is gone. */
const nobody = 0xffff_ffff;

export const noBytes: Uint8Array = new Uint8Array(0);

/**
 * One piece of memory for the payloads and ids of many jobs, each of which is named by its row. It only ever fills up: what
 * is freed is not written again, since a reader may still look at it, and the whole goes when nothing refers to it any more.
 */
export class JobSlab {
  readonly #bytes = new Uint8Array(slabBytes);
  readonly #words = new Uint32Array(this.#bytes.buffer);
  #used = 0;
  /** Bytes of jobs that are not gone, headers included. */
  live = 0;

  /** Returns the place, or -1 when there is no room. An id that is too long or not ASCII is left out. */
  add(row: number, id: string, payload: Uint8Array): number {
    const idLength = isPackable(id) ? id.length : 0;
    const at = this.#used;
    const size = cellSize(payload.length, idLength);
    if (at + size > slabBytes) return -1;
    this.#words[at / 4] = payload.length * 0x1_0000 + idLength;
    this.#words[at / 4 + 1] = row;
    this.#bytes.set(payload, at + headerBytes);
    const idAt = at + headerBytes + payload.length;
    for (let n = 0; n < idLength; n++) this.#bytes[idAt + n] = id.charCodeAt(n);
    this.#used += size;
    this.live += size;
    return at;
  }

  /** Takes a job over from another slab. As `add`. */
  copy(from: JobSlab, fromAt: number): number {
    const size = from.#sizeAt(fromAt);
    const at = this.#used;
    if (at + size > slabBytes) return -1;
    this.#bytes.set(from.#bytes.subarray(fromAt, fromAt + size), at);
    this.#used += size;
    this.live += size;
    return at;
  }

  /** A window on it, which stays as it is. */
  payload(at: number): Uint8Array {
    const from = at + headerBytes;
    return this.#bytes.subarray(from, from + this.payloadLength(at));
  }

  /** Empty when it was left out. */
  id(at: number): string {
    const from = at + headerBytes + this.payloadLength(at);
    let id = "";
    for (let n = 0; n < this.#idLength(at); n++) id += ascii[this.#bytes[from + n] ?? 0];
    return id;
  }

  hasId(at: number): boolean {
    return this.#idLength(at) > 0;
  }

  isId(at: number, id: string): boolean {
    if (this.#idLength(at) !== id.length) return false;
    const from = at + headerBytes + this.payloadLength(at);
    for (let n = 0; n < id.length; n++) if (this.#bytes[from + n] !== id.charCodeAt(n)) return false;
    return true;
  }

  free(row: number, at: number): void {
    assert(this.#words[at / 4 + 1] === row, "a payload is freed once, by its owner");
    this.#words[at / 4 + 1] = nobody;
    this.live -= this.#sizeAt(at);
  }

  /** Of all that are not gone. */
  *cells(): Iterable<{ readonly row: number; readonly at: number }> {
    for (let at = 0; at < this.#used; at += this.#sizeAt(at)) {
      const row = this.#words[at / 4 + 1] ?? nobody;
      if (row !== nobody) yield { row, at };
    }
  }

  payloadLength(at: number): number {
    return (this.#words[at / 4] ?? 0) >>> 16;
  }

  #idLength(at: number): number {
    return (this.#words[at / 4] ?? 0) & 0xffff;
  }

  #sizeAt(at: number): number {
    return cellSize(this.payloadLength(at), this.#idLength(at));
  }
}

/** Spreading bytes into `String.fromCharCode` takes twenty times as long. */
const ascii = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code));

/** Is told where a job's bytes are now. */
export type OnMoved = (row: number, slab: JobSlab, at: number) => void;

/**
 * Payloads and ids packed into slabs, off the heap: an `ArrayBuffer` for each would cost some three hundred bytes
 * beside it. A full slab of which half is free gives the rest to the current one and goes.
 */
export class JobSlabs {
  readonly #onMoved: OnMoved;
  #current = new JobSlab();
  #slabs = 1;

  constructor(onMoved: OnMoved) {
    this.#onMoved = onMoved;
  }

  /** Slabs in use. */
  get slabs(): number {
    return this.#slabs;
  }

  /** Copies a payload of at most `maxPacked` bytes, which may be a window on a large message. Tells where it is. */
  add(row: number, id: string, payload: Uint8Array): void {
    let at = this.#current.add(row, id, payload);
    if (at < 0) at = this.#next().add(row, id, payload);
    this.#onMoved(row, this.#current, at);
  }

  free(row: number, slab: JobSlab, at: number): void {
    slab.free(row, at);
    if (slab !== this.#current && slab.live <= slabBytes / 2) this.#empty(slab);
  }

  #next(): JobSlab {
    this.#current = new JobSlab();
    this.#slabs += 1;
    return this.#current;
  }

  #empty(slab: JobSlab): void {
    for (const { row, at } of slab.cells()) {
      let to = this.#current.copy(slab, at);
      if (to < 0) to = this.#next().copy(slab, at);
      this.#onMoved(row, this.#current, to);
    }
    this.#slabs -= 1;
  }
}

/** `bytes`, or a copy when they are a small window on a large buffer, all of which they would keep in memory. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return noBytes;
  // Not bytes.slice(): a Buffer's gives a window again.
  return bytes.buffer.byteLength > 2 * bytes.length + 1_024 ? new Uint8Array(bytes) : bytes;
}

function isPackable(id: string): boolean {
  if (id.length > maxIdLength) return false;
  for (let n = 0; n < id.length; n++) if (id.charCodeAt(n) > 0x7f) return false;
  return true;
}

function cellSize(payloadLength: number, idLength: number): number {
  return Math.ceil((headerBytes + payloadLength + idLength) / alignment) * alignment;
}
