import { Ascending } from "../base/ascending.ts";
import type { LogIndex, LogTimeMs, MonotonicMs, Term } from "../base/brands.ts";
import type { ConclaveError } from "../base/errors.ts";
import type { Command, CommandBatch, Outcome } from "../machine/types.ts";
import type { Proposal } from "../raft/events.ts";
import { maxItemsPerEntry, sizeOf } from "./commandSize.ts";
import { outcomeUnknown, overloaded } from "./errors.ts";
import type { BatchCodec } from "./ports.ts";

const maxBytesPerEntry = 1024 * 1024;
/** Commands that wait for their place in the log beyond this are refused rather than kept. */
const maxWaitingBytes = 64 * 1024 * 1024;
/**
 * Puts a command into the next entry. Exactly one of the callbacks is called, `resolve` in the very step that
 * applies the entry: whoever keeps counts of what is under way has them right before the next command is made.
 */
export type Submit = (
  command: Command,
  resolve: (outcome: Outcome) => void,
  reject: (error: ConclaveError) => void,
  /** As which it counts in an entry, where the command alone does not tell. */
  items?: number,
) => void;

interface Waiting {
  readonly command: Command;
  readonly bytes: number;
  readonly items: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: ConclaveError) => void;
}

interface Proposed {
  readonly batch: CommandBatch;
  readonly bytes: number;
  readonly waiting: readonly Waiting[];
  readonly proposedAt: MonotonicMs;
  readonly term: Term;
}

/** Turns the commands of a turn into entries, and entries that were applied into answers. */
export class Proposer {
  readonly #codec: BatchCodec;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #nextId = 1;
  /** Offered to the core in this turn, by proposal id. */
  readonly #offered = new Ascending<Omit<Proposed, "term">>();
  /** Accepted, by log index. */
  readonly #proposed = new Ascending<Proposed>();
  #underWayBytes = 0;

  constructor(codec: BatchCodec) {
    this.#codec = codec;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Bytes that wait for a place in the log. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Bytes that are in the log and not yet applied, so that nobody has been answered. */
  get underWayBytes(): number {
    return this.#underWayBytes;
  }

  readonly submit: Submit = (command, resolve, reject, weight) => {
    const { bytes, items: counted } = sizeOf(command);
    const items = weight ?? counted;
    if (this.#waitingBytes + bytes > maxWaitingBytes) {
      reject(overloaded(`${maxWaitingBytes} bytes of commands already wait for their place in the log`));
      return;
    }
    this.#waitingBytes += bytes;
    this.#waiting.push({ command, bytes, items, resolve, reject });
  };

  /** The commands of the next entries, in order, within the bounds of an entry. */
  take(now: LogTimeMs, proposedAt: MonotonicMs): readonly Proposal[] {
    const proposals: Proposal[] = [];
    const all = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (let start = 0; start < all.length; ) {
      const end = endOfEntry(all, start);
      const waiting = all.slice(start, end);
      const batch: CommandBatch = { now, commands: waiting.map((each) => each.command) };
      const data = this.#codec.encode(batch);
      const id = this.#nextId++;
      this.#offered.add(id, { batch, bytes: data.byteLength, waiting, proposedAt });
      proposals.push({ id, kind: "command", data });
      start = end;
    }
    return proposals;
  }

  accepted(id: number, index: LogIndex, term: Term): void {
    const offered = this.#offered.take(id);
    if (offered === undefined) return;
    this.#proposed.add(index, { ...offered, term });
    this.#underWayBytes += offered.bytes;
  }

  /** Not appended: nothing was done. */
  rejected(id: number, error: ConclaveError): void {
    const offered = this.#offered.take(id);
    for (const each of offered?.waiting ?? []) each.reject(error);
  }

  /** The batch as it was before encoding, when this node proposed the entry: saves the leader a decode. */
  batchAt(index: LogIndex, term: Term): CommandBatch | undefined {
    const proposed = this.#proposed.get(index);
    return proposed?.term === term ? proposed.batch : undefined;
  }

  /** Answers the callers of the entry. Returns when it was proposed, or null when it was not ours. */
  applied(index: LogIndex, term: Term, outcomes: readonly Outcome[]): MonotonicMs | null {
    const proposed = this.#proposed.take(index);
    if (proposed === undefined) return null;
    this.#underWayBytes -= proposed.bytes;
    if (proposed.term !== term) {
      // Another leader's entry took the index: ours can never commit.
      for (const each of proposed.waiting) each.reject(outcomeUnknown());
      return null;
    }
    proposed.waiting.forEach((each, i) => {
      const outcome = outcomes[i];
      if (outcome !== undefined) each.resolve(outcome);
    });
    return proposed.proposedAt;
  }

  /** No turn comes any more, and the last one may have broken off: what it had offered is in the log or not. */
  end(notDone: ConclaveError): void {
    for (const { waiting } of this.#offered.values()) {
      for (const each of waiting) each.reject(outcomeUnknown());
    }
    this.#offered.clear();
    this.leadershipLost(notDone);
  }

  /** Leadership is gone: what was not yet in the log was not done, what was may still commit. */
  leadershipLost(notDone: ConclaveError): void {
    for (const each of this.#waiting) each.reject(notDone);
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { waiting } of this.#proposed.values()) {
      for (const each of waiting) each.reject(outcomeUnknown());
    }
    this.#proposed.clear();
    this.#underWayBytes = 0;
  }
}

/** At least one command an entry; commands above the bounds come alone (`NodeService` cuts what it is given). */
function endOfEntry(all: readonly Waiting[], start: number): number {
  let items = 0;
  let bytes = 0;
  let end = start;
  for (; end < all.length; end++) {
    const next = all[end];
    if (next === undefined) break;
    items += next.items;
    bytes += next.bytes;
    if (end > start && (items > maxItemsPerEntry || bytes > maxBytesPerEntry)) break;
  }
  return end;
}
