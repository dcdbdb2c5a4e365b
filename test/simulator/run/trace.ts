const keptLines = 400;

/** What happened, as a hash of everything and as text of what matters to a reader. */
export class Trace {
  readonly lines: string[] = [];
  readonly #keepsAll: boolean;
  #a = 0x6a09e667 | 0;
  #b = 0xbb67ae85 | 0;

  constructor(keepsAll: boolean) {
    this.#keepsAll = keepsAll;
  }

  get hash(): string {
    return (this.#a >>> 0).toString(16).padStart(8, "0") + (this.#b >>> 0).toString(16).padStart(8, "0");
  }

  mix(value: number): void {
    const v = value | 0;
    const a = this.#a ^ v;
    this.#a = Math.imul((a << 13) | (a >>> 19), 0x9e3779b1);
    const b = this.#b ^ v ^ this.#a;
    this.#b = Math.imul((b << 17) | (b >>> 15), 0x85ebca6b);
  }

  mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.mix(text.charCodeAt(i));
  }

  note(at: number, who: string, what: string): void {
    const line = `${at.toFixed(2).padStart(12)}  ${who.padEnd(4)} ${what}`;
    this.mixText(line);
    this.lines.push(line);
    if (!this.#keepsAll && this.lines.length > 2 * keptLines) this.lines.splice(0, keptLines);
  }
}
