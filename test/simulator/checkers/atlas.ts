import { checksumOf, isFramed } from "../../../src/codec/frame.ts";
import type { Entry } from "../../../src/raft/index.ts";
import type { DurableLog } from "./durableLog.ts";

interface Known {
  readonly entry: Entry;
  readonly prevTerm: number;
  checksum: number | null;
}

/** One intact copy of every entry that was ever written, by (index, term). */
export class Atlas {
  readonly #all = new Map<string, Known>();

  find(index: number, term: number | undefined): Entry | undefined {
    return this.#all.get(`${index}:${term}`)?.entry;
  }

  /** Of a node whose disk holds this: what it has cut away was committed. */
  logOf(committed: readonly Entry[], durable: DurableLog): readonly Entry[] {
    const { compactedIndex, lastIndex } = durable;
    const further = Array.from({ length: lastIndex - compactedIndex }, (_, i) => {
      const index = compactedIndex + 1 + i;
      return this.find(index, durable.termAt(index));
    });
    return [...committed.slice(0, compactedIndex), ...further.filter((each) => each !== undefined)];
  }

  /** R3: entries of one (index, term) are the same, and so are the logs before them. */
  add(entry: Entry, prevTerm: number): { readonly isNew: boolean; readonly wrong: string | null } {
    const name = `${entry.index}:${entry.term}`;
    const known = this.#all.get(name);
    const checksum = isFramed(entry) ? checksumOf(entry) : null;
    if (known === undefined) {
      this.#all.set(name, { entry, prevTerm, checksum });
      return { isNew: true, wrong: null };
    }
    return { isNew: false, wrong: difference(known, entry, prevTerm, checksum) };
  }

  clear(): void {
    this.#all.clear();
  }
}

function difference(known: Known, entry: Entry, prevTerm: number, checksum: number | null): string | null {
  const name = `${entry.index}:${entry.term}`;
  const same = known.entry.kind === entry.kind && Buffer.compare(known.entry.data, entry.data) === 0;
  if (!same) return `R3: two different entries ${name}`;
  if (known.prevTerm !== prevTerm) return `R3: the logs differ before ${name}`;
  known.checksum ??= isFramed(known.entry) ? checksumOf(known.entry) : checksum;
  const chained = checksum === null || known.checksum === null || checksum === known.checksum;
  return chained ? null : `R5: entry ${name} travels with another frame than it was made with`;
}
