import { stripVTControlCharacters } from "node:util";

export interface Column {
  readonly title: string;
  /** Numbers read best to the right; default left. */
  readonly align?: "left" | "right";
}

/** Aligned columns, two spaces apart, without trailing blanks; cells may hold colour codes. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map((column) => column.title), ...rows.map((row) => row.map(oneLine))];
  // By a loop: a list of all jobs has more lines than a call may have arguments.
  const widths = columns.map(() => 0);
  for (const line of lines)
    for (const [at, widest] of widths.entries()) widths[at] = Math.max(widest, width(line[at] ?? ""));
  return lines.map((line) => `${renderLine(columns, widths, line).trimEnd()}\n`).join("");
}

function renderLine(columns: readonly Column[], widths: readonly number[], cells: readonly string[]): string {
  return columns
    .map((column, at) => {
      const cell = cells[at] ?? "";
      const padding = " ".repeat((widths[at] ?? 0) - width(cell));
      return column.align === "right" ? padding + cell : cell + padding;
    })
    .join("  ");
}

/** Text from outside must not break the table, nor reach the terminal as a control sequence other than a colour. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control, at: number) =>
    control === "\u001b" && /^\[\d+m/.test(text.slice(at + 1, at + 6)) ? control : " ",
  );
}

function width(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length;
}
