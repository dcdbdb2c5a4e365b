/** Protobuf's wire types that are used here. */
const varintType = 0;
const fixed64Type = 1;
const lengthType = 2;

/** A length that is not known yet is written as a varint of this many bytes, whatever its value. */
const reservedLength = 4;
const maxReserved = 2 ** 28 - 1;
const initialBytes = 64 * 1024;
/** Above this a string is measured by Node instead of being written character by character. */
const shortString = 200;

/**
 * Writes protobuf messages field by field into a buffer of its own that is used again and again: for the few messages
 * of which there are hundreds of thousands, where protobufjs spends most of its time on objects in between and on
 * measuring lengths. A field of value 0 (not -0), "" or no bytes is left out, as proto3 has it.
 */
export class WireWriter {
  #bytes = Buffer.allocUnsafeSlow(initialBytes);
  #end = 0;

  /** Begins anew. */
  reset(): void {
    this.#end = 0;
  }

  /** A copy of what was written, followed by `room` bytes for the caller. */
  take(room: number): Buffer {
    const taken = Buffer.allocUnsafe(this.#end + room);
    this.#bytes.copy(taken, 0, 0, this.#end);
    return taken;
  }

  /** What was written and `room` bytes for the caller, until the writer is used again. */
  view(room: number): Buffer {
    this.#reserve(room);
    return this.#bytes.subarray(0, this.#end + room);
  }

  /** A whole number from 0 to 2^53 - 1. */
  uint(field: number, value: number): void {
    if (value === 0) return;
    this.#reserve(20);
    this.#varint(field * 8 + varintType);
    this.#varint(value);
  }

  /** As a `sint32`: zigzag, so that -1 is short. */
  signed(field: number, value: number): void {
    this.uint(field, value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** A repeated whole number. */
  packed(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    const start = this.open(field);
    this.#reserve(10 * values.length);
    for (const value of values) this.#varint(value);
    this.close(start);
  }

  bool(field: number, value: boolean): void {
    if (value) this.uint(field, 1);
  }

  double(field: number, value: number): void {
    if (Object.is(value, 0)) return;
    this.#reserve(18);
    this.#varint(field * 8 + fixed64Type);
    this.#end = this.#bytes.writeDoubleLE(value, this.#end);
  }

  string(field: number, value: string): void {
    if (value.length === 0) return;
    if (value.length > shortString || !this.#ascii(field, value)) this.bytes(field, Buffer.from(value));
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length === 0) return;
    this.#reserve(20 + value.length);
    this.#varint(field * 8 + lengthType);
    this.#varint(value.length);
    this.#bytes.set(value, this.#end);
    this.#end += value.length;
  }

  /** Fields that are written already. */
  raw(fields: Uint8Array): void {
    this.#reserve(fields.length);
    this.#bytes.set(fields, this.#end);
    this.#end += fields.length;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#end;
  }

  /** A copy of what was written from `start` on. */
  copyFrom(start: number): Buffer {
    return Buffer.from(this.#bytes.subarray(start, this.#end));
  }

  /** Begins a nested message of less than 128 bytes, or hardly more: saves three bytes. `closeSmall` what it returns. */
  openSmall(field: number): number {
    this.#reserve(11);
    this.#varint(field * 8 + lengthType);
    this.#end += 1;
    return this.#end;
  }

  closeSmall(start: number): void {
    const length = this.#end - start;
    if (length <= 0x7f) {
      this.#bytes[start - 1] = length;
      return;
    }
    const room = reservedLength - 1;
    this.#reserve(room);
    this.#bytes.copyWithin(start + room, start, this.#end);
    this.#end += room;
    this.close(start + room);
  }

  /** Begins a nested message; `close` what it returns. It is written also when it stays empty. */
  open(field: number): number {
    this.#reserve(10 + reservedLength);
    this.#varint(field * 8 + lengthType);
    this.#end += reservedLength;
    return this.#end;
  }

  close(start: number): void {
    const length = this.#end - start;
    if (length > maxReserved) throw new RangeError(`a nested message has ${length} bytes`);
    const at = start - reservedLength;
    this.#bytes[at] = (length & 0x7f) | 0x80;
    this.#bytes[at + 1] = ((length >>> 7) & 0x7f) | 0x80;
    this.#bytes[at + 2] = ((length >>> 14) & 0x7f) | 0x80;
    this.#bytes[at + 3] = length >>> 21;
  }

  /** False, and nothing written, when a character is beyond ASCII. */
  #ascii(field: number, value: string): boolean {
    const { length } = value;
    this.#reserve(20 + length);
    const before = this.#end;
    this.#varint(field * 8 + lengthType);
    this.#varint(length);
    const bytes = this.#bytes;
    let at = this.#end;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        this.#end = before;
        return false;
      }
      bytes[at++] = code;
    }
    this.#end = at;
    return true;
  }

  #varint(value: number): void {
    const bytes = this.#bytes;
    let at = this.#end;
    let rest = value;
    // Bit operations work on 32 bits only: what is above goes by division.
    while (rest > 0x7fffffff) {
      bytes[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.#end = at;
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}
