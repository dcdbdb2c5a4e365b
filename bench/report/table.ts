import { ratiosOf } from "./ratios.ts";
import type { Summary } from "./report.ts";

/** A measurement as text: a row for each figure, a column for each system, and how many times theirs ours is. */
export function table(name: string, x: string | undefined, summaries: readonly Summary[]): string[] {
  const systems = [...new Set(summaries.map(({ system }) => system))];
  const rows = new Map<string, Summary[]>();
  for (const summary of summaries) {
    const key = rowName(summary, x);
    rows.set(key, [...(rows.get(key) ?? []), summary]);
  }
  const ratios = ratiosOf(summaries);
  const lines = [...rows].map(([row, found]) => [
    row,
    ...systems.map((system) => {
      const summary = found.find((each) => each.system === system);
      if (summary === undefined) return "";
      const ratio = ratios.find(
        (each) => each.peer === system && each.what === summary.what && each.x === summary.x,
      );
      return `${shown(summary.value)}${ratio === undefined ? "" : ` (${ratio.ratio.toFixed(2)}x)`}`;
    }),
  ]);
  return ["", ...aligned([[name, ...systems], ...lines])];
}

/** Three digits that matter. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en");
  return Number(value.toPrecision(3)).toString();
}

function rowName({ what, unit, x: at }: Summary, x: string | undefined): string {
  return `${what}${at === undefined ? "" : `, ${at.toLocaleString("en")} ${x ?? ""}`.trimEnd()} [${unit}]`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart((widths[at] ?? 0) + 2)))
      .join(""),
  );
}
