import { LogIndex, NodeId, Term } from "../../../src/base/brands.ts";
import type { Entry, EntryKind, HardState } from "../../../src/raft/types.ts";
import type { DurableBatch } from "../../../src/storage/types.ts";

/** A fresh, unframed entry; its data tells index and term, padded to `bytes`. */
export function entry(index: number, term = 1, bytes = 20, kind: EntryKind = "command"): Entry {
  const data = Buffer.alloc(bytes, `${index}/${term} `);
  return { index: LogIndex(index), term: Term(term), kind, data };
}

export function entries(from: number, through: number, term = 1, bytes = 20): Entry[] {
  return Array.from({ length: through - from + 1 }, (_, offset) => entry(from + offset, term, bytes));
}

export function hardState(term: number, votedFor: string | null = null): HardState {
  return { currentTerm: Term(term), votedFor: votedFor === null ? null : NodeId(votedFor) };
}

export function batch(
  parts: { hardState?: HardState; truncateFrom?: number; entries?: readonly Entry[] } = {},
): DurableBatch {
  return {
    hardState: parts.hardState ?? null,
    truncateFrom: parts.truncateFrom === undefined ? null : LogIndex(parts.truncateFrom),
    entries: parts.entries ?? [],
  };
}

/** What of an entry can be compared: its bytes as text. */
export function shown({ index, term, kind, data }: Entry): string {
  return `${index} ${term} ${kind} ${Buffer.from(data).toString("hex")}`;
}
