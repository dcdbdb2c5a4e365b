/** The label under which everything beyond the bound is counted together. */
export const otherLabel = "_other";

/**
 * Keeps the values of a metric's label bounded: the first `max` distinct ones keep their name, later ones share
 * `_other`. Queues are named by clients, and each label value costs memory here and in every scraper for good.
 */
export class BoundedLabels {
  readonly #max: number;
  readonly #known = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  of(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#max) return otherLabel;
    this.#known.add(value);
    return value;
  }
}
