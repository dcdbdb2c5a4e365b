import { SingleBar } from "cli-progress";
import type { CliIo } from "../io.ts";

/** How far something is that takes a while. */
export interface Progress extends Disposable {
  /** `share` from 0 to 1. */
  update(share: number, text: string): void;
}

/** A bar on a terminal; elsewhere a line for what has changed, every two seconds at most, so that a log stays short. */
export function showProgress(io: CliIo): Progress {
  return io.stderr.isTTY === true && io.stderr === process.stderr ? new Bar() : new Lines(io);
}

class Bar implements Progress {
  readonly #bar = new SingleBar({
    stream: process.stderr,
    format: "{bar} {percentage}%  {text}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 28,
    hideCursor: true,
    // Ctrl-C is the command's own affair.
    gracefulExit: false,
    clearOnComplete: true,
  });
  #started = false;

  update(share: number, text: string): void {
    const value = Math.floor(share * 100);
    if (this.#started) this.#bar.update(value, { text });
    else this.#bar.start(100, value, { text });
    this.#started = true;
  }

  [Symbol.dispose](): void {
    if (this.#started) this.#bar.stop();
  }
}

const lineEveryMs = 2000;

class Lines implements Progress {
  readonly #io: CliIo;
  #shownAt = Number.NEGATIVE_INFINITY;
  #shown = "";

  constructor(io: CliIo) {
    this.#io = io;
  }

  update(share: number, text: string): void {
    const line = `${Math.floor(share * 100)}%  ${text}`;
    if (line === this.#shown || performance.now() - this.#shownAt < lineEveryMs) return;
    this.#shown = line;
    this.#shownAt = performance.now();
    this.#io.stderr.write(`${line}\n`);
  }

  [Symbol.dispose](): void {
    // Whatever follows says how it ended.
  }
}
