/** One line on stderr that says what goes on: rewritten on a terminal, elsewhere a line for each change. */
export class Progress implements Disposable {
  readonly #terminal = process.stderr.isTTY;
  readonly #startedAt = performance.now();
  #shown = "";

  /** `share`: of all that is to be done, 0 to 1. */
  show(share: number, text: string): void {
    const head = `${Math.floor(share * 100)}% ${Math.round((performance.now() - this.#startedAt) / 1000)} s`;
    if (this.#terminal) process.stderr.write(`\r\x1b[K${head}  ${text}`);
    else if (withoutCounts(text) !== withoutCounts(this.#shown)) process.stderr.write(`${head}  ${text}\n`);
    this.#shown = text;
  }

  /** A line that stays, on stdout. */
  say(line: string): void {
    this.#clear();
    process.stdout.write(`${line}\n`);
  }

  [Symbol.dispose](): void {
    this.#clear();
  }

  #clear(): void {
    if (this.#terminal) process.stderr.write("\r\x1b[K");
  }
}

/** In a log, lines that differ only in how far something is say nothing new. */
function withoutCounts(text: string): string {
  return text.replaceAll(/\d+ of \d+/g, "");
}
