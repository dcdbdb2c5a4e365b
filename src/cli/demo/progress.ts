import { MultiBar, type SingleBar } from "cli-progress";
import type { CliIo } from "../io.ts";
import { type Paint, paintFor, plain } from "../output/paint.ts";

/** What the demo shows while it runs. */
export interface DemoState {
  readonly done: number;
  readonly total: number;
  readonly enqueued: number;
  /** Jobs finished per second, over the last second. */
  readonly rate: number;
  /** Empty while there is none. */
  readonly leader: string;
  readonly term: number;
  readonly workers: number;
}

export interface Progress {
  update(state: DemoState): void;
  /** A line of its own: a fault, a recovery. */
  note(text: string): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere a line every two seconds, so that a log stays short. */
export function createProgress(io: CliIo, total: number): Progress {
  return io.stderr.isTTY === true && io.stderr === process.stderr
    ? new BarProgress(total, paintFor(io.stderr, io.env))
    : new LineProgress(io);
}

class BarProgress implements Progress {
  readonly #bars: MultiBar;
  readonly #bar: SingleBar;
  readonly #paint: Paint;

  constructor(total: number, paint: Paint) {
    this.#paint = paint;
    // A MultiBar of one: only it can write lines above the bar.
    this.#bars = new MultiBar({
      stream: process.stderr,
      format: `${paint("cyan", "{bar}")} {text}`,
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: 28,
      hideCursor: true,
      // Ctrl-C is the command's own affair.
      gracefulExit: false,
      forceRedraw: true,
    });
    this.#bar = this.#bars.create(total, 0, { text: "" });
  }

  update(state: DemoState): void {
    this.#bar.update(state.done, { text: describe(state, this.#paint) });
  }

  note(text: string): void {
    this.#bars.log(`${text}\n`);
  }

  stop(): void {
    this.#bars.update();
    this.#bars.stop();
  }
}

const lineEveryMs = 2000;

class LineProgress implements Progress {
  readonly #io: CliIo;
  #shownAt = Number.NEGATIVE_INFINITY;
  #latest: DemoState | null = null;

  constructor(io: CliIo) {
    this.#io = io;
  }

  update(state: DemoState): void {
    this.#latest = state;
    if (performance.now() - this.#shownAt >= lineEveryMs) this.#show();
  }

  note(text: string): void {
    this.#io.stderr.write(`${text}\n`);
  }

  stop(): void {
    this.#show();
  }

  #show(): void {
    if (this.#latest === null) return;
    this.#shownAt = performance.now();
    this.#io.stderr.write(`${describe(this.#latest, plain)}\n`);
  }
}

export function describe(state: DemoState, paint: Paint): string {
  const percent = state.total === 0 ? 0 : Math.floor((100 * state.done) / state.total);
  const leader = state.leader === "" ? paint("red", "no leader") : paint("green", `leader ${state.leader}`);
  return [
    `${String(percent).padStart(3)}%`,
    `${state.done}/${state.total} done`,
    `${state.enqueued} enqueued`,
    leader,
    `term ${state.term}`,
    `${Math.round(state.rate)} jobs/s`,
    `${state.workers} workers`,
  ].join("  ");
}
