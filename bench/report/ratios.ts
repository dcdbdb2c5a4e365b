import type { Summary } from "./report.ts";

/** The same figure of ours and of a peer. */
export interface Ratio {
  readonly what: string;
  readonly unit: string;
  readonly x?: number;
  readonly peer: string;
  readonly ours: number;
  readonly theirs: number;
  /** Ours / theirs: above 1 is better for a rate, below 1 for a time or a cost. */
  readonly ratio: number;
}

export function ratiosOf(summaries: readonly Summary[]): readonly Ratio[] {
  const ours = summaries.filter(({ system }) => system === "conclave");
  return ours.flatMap(({ what, unit, x, value }) =>
    summaries
      .filter((other) => other.system !== "conclave" && other.what === what && other.x === x)
      .map((other) => ({
        what,
        unit,
        ...(x === undefined ? {} : { x }),
        peer: other.system,
        ours: value,
        theirs: other.value,
        ratio: value / other.value,
      })),
  );
}
