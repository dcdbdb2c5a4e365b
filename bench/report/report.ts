import { median } from "../load/stats.ts";

export interface Figure {
  readonly measurement: string;
  readonly system: string;
  readonly what: string;
  readonly unit: string;
  readonly value: number;
  /** What was varied, such as the number of callers. */
  readonly x?: number;
}

/** All values of one figure, and their median. */
export interface Summary extends Figure {
  readonly samples: readonly number[];
}

/** Gathers the figures of one run. */
export class Report {
  readonly #figures: Figure[] = [];
  readonly #settings = new Map<string, string>();
  readonly #failures = new Map<string, string>();
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  note(figure: Figure): void {
    this.#figures.push(figure);
  }

  describe(system: string, settings: string): void {
    if (this.#settings.get(system) === settings) return;
    this.#settings.set(system, settings);
    this.#say(`${system}: ${settings}`);
  }

  /** A peer could not be measured; it is left out of the rest. */
  failed(system: string, error: unknown): void {
    const why = reasonOf(error);
    this.#failures.set(system, why);
    this.#say(`${system} is left out from here on: ${why}`);
  }

  hasFailed(system: string): boolean {
    return this.#failures.has(system);
  }

  get settings(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#settings);
  }

  get failures(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#failures);
  }

  /** One for each figure, in the order of their first values. */
  of(measurement: string): readonly Summary[] {
    const groups = new Map<string, Figure[]>();
    for (const figure of this.#figures) {
      if (figure.measurement !== measurement) continue;
      const key = JSON.stringify([figure.system, figure.what, figure.x]);
      groups.set(key, [...(groups.get(key) ?? []), figure]);
    }
    return [...groups.values()].flatMap((figures) => {
      const [first] = figures;
      const samples = figures.map(({ value }) => value);
      return first === undefined ? [] : [{ ...first, value: median(samples), samples }];
    });
  }
}

/** When the disposal failed as well, what had failed first. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && "suppressed" in error) return reasonOf(error.suppressed);
  return error instanceof Error ? error.message : String(error);
}
