/** A value that faults set for a while, whose times may overlap: in force is what was set last and is not taken back yet. */
export class Overlay<Value> {
  /** In force while no fault has set another. */
  base: Value;
  readonly #laid: { readonly value: Value }[] = [];

  constructor(base: Value) {
    this.base = base;
  }

  get value(): Value {
    const last = this.#laid.at(-1);
    return last === undefined ? this.base : last.value;
  }

  /** Returns how to take it back, which counts once. */
  lay(value: Value): () => void {
    const layer = { value };
    this.#laid.push(layer);
    return () => {
      const at = this.#laid.indexOf(layer);
      if (at >= 0) this.#laid.splice(at, 1);
    };
  }

  clear(): void {
    this.#laid.length = 0;
  }
}
