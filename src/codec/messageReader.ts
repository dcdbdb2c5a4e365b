import protobuf from "protobufjs";
import type { NumberReader } from "./proto.ts";

/** Reads the length of a message and gives the end that it comes to. */
function messageEnd(from: NumberReader): number {
  const length = from.uint32();
  const end = from.pos + length;
  if (end > from.len) throw new RangeError("a message runs over the end of the one around it");
  return end;
}

/** Reads the length of a message and makes its end the reader's; gives the end before, for `leave`. */
export function enter(from: NumberReader): number {
  const outer = from.len;
  from.len = messageEnd(from);
  return outer;
}

export function leave(from: NumberReader, outer: number): void {
  if (from.pos !== from.len) throw new RangeError("a field runs over the end of its message");
  from.len = outer;
}

/** Remembers what the last bytes were read as: a million jobs in a row have one queue and one retry policy. */
export class Shared<T> {
  readonly #make: (from: NumberReader, start: number, end: number) => T;
  #bytes = new Uint8Array(0);
  #value: T | undefined;

  constructor(make: (from: NumberReader, start: number, end: number) => T) {
    this.#make = make;
  }

  read(from: NumberReader): T {
    const lengthAt = from.pos;
    const end = messageEnd(from);
    const start = from.pos;
    if (this.#value === undefined || !this.#same(from.buf, start, end)) {
      from.pos = lengthAt;
      const value = this.#make(from, start, end);
      this.#bytes = Uint8Array.from(from.buf.subarray(start, end));
      this.#value = value;
    }
    from.pos = end;
    return this.#value;
  }

  #same(bytes: Uint8Array, start: number, end: number): boolean {
    const last = this.#bytes;
    if (last.length !== end - start) return false;
    for (let i = 0; i < last.length; i++) if (last[i] !== bytes[start + i]) return false;
    return true;
  }
}

export class SharedString extends Shared<string> {
  constructor() {
    super((from, start, end) => protobuf.util.utf8.read(from.buf, start, end));
  }

  override read(from: NumberReader): string {
    const lengthAt = from.pos;
    const end = messageEnd(from);
    // protobufjs completes a character that is cut off with bytes that follow: such a text is read anew each time.
    const isWhole = from.buf.subarray(Math.max(from.pos, end - 3), end).every((byte) => byte < 0xc0);
    from.pos = lengthAt;
    return isWhole ? super.read(from) : from.string();
  }
}
