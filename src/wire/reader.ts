/** What `PlainReader` gives for what it does not read. */
export const notPlain = -1;

const maxTextBytes = 0x7f;

/**
 * Reads protobuf messages as our own writers make them, from bytes, without an object in between. It knows tags of one
 * byte (fields 1 to 15) and nothing of damage: whoever meets something else than expected (an unknown field, a length
 * beyond the end, a number above 2^53) gives the same bytes to protobufjs, whose word counts.
 */
export class PlainReader {
  readonly bytes: Buffer;
  at: number;
  end: number;
  /** False once something was met that is not read here. */
  plain = true;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.end = end;
  }

  /** Goes to another part of the same bytes. */
  to(at: number, end: number): this {
    this.at = at;
    this.end = end;
    this.plain = true;
    return this;
  }

  get more(): boolean {
    return this.at < this.end;
  }

  /** The next field's number and wire type, as they lie there. */
  tag(): number {
    return this.at < this.end ? (this.bytes[this.at++] ?? notPlain) : notPlain;
  }

  /** A whole number up to 2^53 - 1, or `notPlain`. */
  uint(): number {
    const { bytes, end } = this;
    let value = 0;
    let scale = 1;
    for (let n = 0; n < 8 && this.at < end; n++) {
      const byte = bytes[this.at++] ?? 0;
      if (byte < 0x80) {
        value += byte * scale;
        return value <= Number.MAX_SAFE_INTEGER ? value : this.fail();
      }
      value += (byte & 0x7f) * scale;
      scale *= 128;
    }
    return this.fail();
  }

  /** As `uint`, up to 2^32 - 1. */
  uint32(): number {
    const value = this.uint();
    return value <= 0xffff_ffff ? value : this.fail();
  }

  bool(): boolean {
    const value = this.uint();
    if (value > 1) this.fail();
    return value === 1;
  }

  /** Where the string, bytes or message ends whose length comes next, or `notPlain`. */
  section(): number {
    const length = this.uint();
    const until = this.at + length;
    return length >= 0 && until <= this.end ? until : this.fail();
  }

  /** Text of at most 127 bytes, all of them ASCII. */
  text(): string {
    const until = this.section();
    const { bytes, at } = this;
    if (until < 0 || until - at > maxTextBytes) return this.#noText();
    for (let i = at; i < until; i++) if ((bytes[i] ?? 0x80) >= 0x80) return this.#noText();
    this.at = until;
    return bytes.toString("latin1", at, until);
  }

  /** What may be an id: 1 to 127 of [A-Za-z0-9._:/-]. */
  name(): string {
    const until = this.section();
    const { bytes, at } = this;
    if (!isName(bytes, at, until)) return this.#noText();
    this.at = until;
    return bytes.toString("latin1", at, until);
  }

  /** A window on what is read. */
  window(): Uint8Array {
    const until = this.section();
    if (until < 0) return noBytes;
    const { bytes, at } = this;
    this.at = until;
    return windowOn(bytes, at, until);
  }

  /** Gives `notPlain`. */
  fail(): number {
    this.plain = false;
    return notPlain;
  }

  #noText(): string {
    this.plain = false;
    return "";
  }
}

/** 1 for the bytes that an id may have: [A-Za-z0-9._:/-]. */
const isNameByte = new Uint8Array(256);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/-") {
  isNameByte[character.charCodeAt(0)] = 1;
}

/** 1 to 127 of [A-Za-z0-9._:/-]. */
export function isName(bytes: Buffer, start: number, end: number): boolean {
  if (end <= start || end - start > maxTextBytes) return false;
  for (let at = start; at < end; at++) if (isNameByte[bytes[at] ?? 0] !== 1) return false;
  return true;
}

const noBytes = new Uint8Array(0);

/** The same empty array for all that are empty. */
export function windowOn(bytes: Buffer, start: number, end: number): Uint8Array {
  return start === end ? noBytes : new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}
