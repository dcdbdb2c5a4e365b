import { toMs } from "../../base/duration.ts";
import { isMapping } from "./sources.ts";
import { nearest } from "./suggest.ts";

/** Reads the fields of one nested mapping; each mistake becomes a line in `problems` and the fallback stands in. */
export class Shape {
  /** Where it stands, for complaints. */
  readonly at: string;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #problems: string[];

  /** `known`: all fields that it may have. */
  constructor(value: unknown, at: string, known: readonly string[], problems: string[]) {
    this.at = at;
    this.#problems = problems;
    this.#fields = isMapping(value) ? value : {};
    if (!isMapping(value)) this.refuse(`must be a mapping of ${known.join(", ")}`);
    for (const field of Object.keys(this.#fields)) {
      if (known.includes(field)) continue;
      const meant = nearest(field, known);
      const advice = meant === undefined ? `known are ${known.join(", ")}` : `did you mean "${meant}"?`;
      this.refuse(`unknown setting "${field}"; ${advice}`);
    }
  }

  has(field: string): boolean {
    return this.get(field) !== undefined;
  }

  get(field: string): unknown {
    return this.#fields[field] ?? undefined;
  }

  refuse(problem: string): void {
    this.#problems.push(`${this.at}: ${problem}`);
  }

  /** Required when there is no fallback. */
  text(field: string, pattern: RegExp, expected: string, fallback?: string): string {
    if (!this.has(field)) {
      if (fallback === undefined) this.refuse(`${field}: missing; it must be ${expected}`);
      return fallback ?? "";
    }
    return this.#read(field, "", expected, (value) =>
      typeof value === "string" && pattern.test(value) ? value : undefined,
    );
  }

  durationMs(field: string, fallback: number, least: number, most: number): number {
    const expected = `a duration such as "250ms", "1s" or "5m", from ${least} to ${most} ms`;
    return this.#read(field, fallback, expected, (value) => {
      if (typeof value !== "number" && typeof value !== "string") return undefined;
      try {
        const ms = toMs(value, field);
        return ms >= least && ms <= most ? ms : undefined;
      } catch {
        return undefined;
      }
    });
  }

  number(field: string, fallback: number, least: number, most: number, whole: boolean): number {
    const expected = `a ${whole ? "whole number" : "number"} from ${least} to ${most}`;
    return this.#read(field, fallback, expected, (value) =>
      typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value))
        ? value
        : undefined,
    );
  }

  /** A nested mapping; an empty one when there is none. */
  shape(field: string, known: readonly string[]): Shape {
    return new Shape(this.get(field) ?? {}, `${this.at}: ${field}`, known, this.#problems);
  }

  #read<T>(field: string, fallback: T, expected: string, parse: (value: unknown) => T | undefined): T {
    const value = this.get(field);
    if (value === undefined) return fallback;
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    this.refuse(`${field}: ${JSON.stringify(value) ?? typeof value} must be ${expected}`);
    return fallback;
  }
}
