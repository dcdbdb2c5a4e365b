import { LogIndex, NodeId, Term } from "../base/brands.ts";
import type { EntryId, HardState } from "../raft/types.ts";
import { damaged } from "./damage.ts";
import { readSealed, writeSealed } from "./sealedFile.ts";
import type { WriteFuse } from "./writeFuse.ts";

/** What is known to be durable: the log must hold at least this much when it is opened again. */
export interface Mark {
  readonly hardState: HardState;
  readonly lastEntry: EntryId;
}

export const freshMark: Mark = {
  hardState: { currentTerm: Term(0), votedFor: null },
  lastEntry: { index: LogIndex(0), term: Term(0) },
};

/** Resolves to null when there is no marker. Rejects with DATA_CORRUPT when it is damaged. */
export async function readMark(path: string): Promise<Mark | null> {
  const fields = await readSealed(path);
  if (fields === null) return null;
  const { term, votedFor, index, lastTerm } = fields;
  if (typeof term !== "number" || typeof index !== "number" || typeof lastTerm !== "number") {
    throw damaged(path, "it lacks a field");
  }
  return {
    hardState: { currentTerm: Term(term), votedFor: typeof votedFor === "string" ? NodeId(votedFor) : null },
    lastEntry: { index: LogIndex(index), term: Term(lastTerm) },
  };
}

export async function writeMark(path: string, { hardState, lastEntry }: Mark): Promise<void> {
  await writeSealed(path, {
    term: hardState.currentTerm,
    votedFor: hardState.votedFor,
    index: lastEntry.index,
    lastTerm: lastEntry.term,
  });
}

/**
 * A file outside LevelDB that says how far the log reached, because LevelDB opens a log whose tail is gone
 * as if nothing were amiss. Follows the log within `intervalMs`, and at once when term or vote change;
 * nothing waits for it but a truncation. An idle node writes nothing.
 */
export class Marker {
  readonly #path: string;
  readonly #fuse: WriteFuse;
  readonly #intervalMs: number;
  #wanted: Mark;
  #written: Mark;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #isAbandoned = false;

  constructor(path: string, written: Mark, fuse: WriteFuse, intervalMs: number) {
    this.#path = path;
    this.#written = written;
    this.#wanted = written;
    this.#fuse = fuse;
    this.#intervalMs = intervalMs;
  }

  /** The log is durable as `mark` says. */
  follow(mark: Mark): void {
    this.#wanted = mark;
    if (this.#writing === null && sameMark(mark, this.#written)) return;
    const delayMs = sameHardState(mark.hardState, this.#written.hardState) ? this.#intervalMs : 0;
    if (this.#timer !== null && delayMs > 0) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#writeInBackground(), delayMs);
    this.#timer.unref();
  }

  /** Resolves once the file promises no entry above `lastEntry`: the log is about to lose them. */
  async lower(lastEntry: EntryId): Promise<void> {
    if (this.#wanted.lastEntry.index > lastEntry.index) this.#wanted = { ...this.#wanted, lastEntry };
    // A write under way may carry the higher mark: it has to be followed by the lower one.
    if (this.#writing !== null || this.#written.lastEntry.index > lastEntry.index) await this.flush();
  }

  /** Resolves once the file says what was last followed. Rejects with DISK_FAILED. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#writing !== null) await this.#writing;
    if (this.#isAbandoned || sameMark(this.#wanted, this.#written)) return;
    this.#writing = this.#write(this.#wanted);
    try {
      await this.#writing;
    } finally {
      this.#writing = null;
    }
  }

  /** Writes nothing more: for an owner whose disk has failed, or who leaves the directory to others. */
  async abandon(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isAbandoned = true;
    await Promise.allSettled([this.#writing]);
  }

  async #write(mark: Mark): Promise<void> {
    await this.#fuse.guard(this.#path, () => writeMark(this.#path, mark));
    this.#written = mark;
  }

  #writeInBackground(): void {
    this.#timer = null;
    // A failure has blown the fuse: the next durable write reports it.
    this.flush().catch(() => undefined);
  }
}

function sameMark(a: Mark, b: Mark): boolean {
  return (
    sameHardState(a.hardState, b.hardState) &&
    a.lastEntry.index === b.lastEntry.index &&
    a.lastEntry.term === b.lastEntry.term
  );
}

function sameHardState(a: HardState, b: HardState): boolean {
  return a.currentTerm === b.currentTerm && a.votedFor === b.votedFor;
}
