import type { LogIndex, NodeId } from "../../../src/base/brands.ts";

/**
 * The lines that a command leaves behind: `n1  send   n2  append t1 r1 ...`. In brief only what changes the course of
 * things is told, and commits once for all nodes.
 */
export class Output {
  #lines: string[] = [];
  #isBrief = false;
  readonly #commits = new Map<NodeId, LogIndex>();

  /** Tells all that happens, messages included. */
  tell(node: NodeId, verb: string, text: string): void {
    if (!this.#isBrief) this.#line(node, verb, text);
  }

  /** Tells what is worth a line in brief as well. */
  tellAlways(node: NodeId, verb: string, text: string): void {
    this.#line(node, verb, text);
  }

  tellCommit(node: NodeId, index: LogIndex): void {
    if (this.#isBrief) this.#commits.set(node, index);
    else this.#line(node, "commit", String(index));
  }

  plain(line: string): void {
    this.#lines.push(line);
  }

  /** Carries out `work` in brief. */
  inBrief(work: () => void): void {
    const before = this.#isBrief;
    this.#isBrief = true;
    work();
    this.#isBrief = before;
    if (!before) this.#sumUpCommits();
  }

  take(): readonly string[] {
    const lines = this.#lines;
    this.#lines = [];
    this.#isBrief = false;
    return lines;
  }

  #line(node: string, verb: string, text: string): void {
    this.#lines.push(`${node.padEnd(3)} ${verb.padEnd(7)} ${text}`);
  }

  #sumUpCommits(): void {
    const commits = [...this.#commits].toSorted(([a], [b]) => a.localeCompare(b));
    this.#commits.clear();
    if (commits.length === 0) return;
    this.#line("", "commit", commits.map(([id, index]) => `${id} ${index}`).join(", "));
  }
}

/** Rows under one another, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
