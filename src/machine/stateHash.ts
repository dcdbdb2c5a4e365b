/**
 * Order-dependent hash over what the machine did: nodes that applied the same entries hold the same 16 hex
 * digits. Two 32-bit lanes, since numbers of 64 bits would be BigInts. Each step is a bijection of the lanes for a
 * given value, so a difference once there never cancels out by itself. Finds bugs; no defence against forgers.
 */
export class StateHash {
  #a = 0x6a09e667 | 0;
  #b = 0xbb67ae85 | 0;

  /** `value`: any whole number below 2^53; its low 32 bits count. */
  mix(value: number): void {
    const v = value | 0;
    const a = this.#a ^ v;
    this.#a = Math.imul((a << 13) | (a >>> 19), 0x9e3779b1);
    const b = this.#b ^ v ^ this.#a;
    this.#b = Math.imul((b << 17) | (b >>> 15), 0x85ebca6b);
  }

  /** Both halves of a number that may go beyond 32 bits. */
  mixWide(value: number): void {
    this.mix(value);
    this.mix(value / 0x1_0000_0000);
  }

  toString(): string {
    return hex(this.#a) + hex(this.#b);
  }

  /** Goes on from what `toString` gave. False when `text` is no such thing. */
  restore(text: string): boolean {
    if (!/^[0-9a-f]{16}$/.test(text)) return false;
    this.#a = Number.parseInt(text.slice(0, 8), 16) | 0;
    this.#b = Number.parseInt(text.slice(8), 16) | 0;
    return true;
  }
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, "0");
}
