/** How often each thing of note happened. Mergeable, so that a whole run of seeds can be looked at. */
export class Coverage {
  readonly #counts = new Map<string, number>();

  count(kind: string, what: string, by = 1): void {
    const name = `${kind}: ${what}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  merge(counts: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(counts)) {
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
    }
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
