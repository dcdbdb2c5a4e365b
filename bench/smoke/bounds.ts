import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Counts } from "./counts.ts";

/** A count as it was when it was recorded, and the most that it may be. */
interface Bound {
  readonly recorded: number;
  readonly most: number;
}

/** Kept with the sources, not with what is built from them. */
const path = resolve(import.meta.dirname, "../../../bench/smoke/bounds.json");

export async function record(counts: Counts): Promise<void> {
  const bounds = [...counts].map(([name, { value, room }]) => [
    name,
    { recorded: rounded(value), most: rounded(value * room) },
  ]);
  await writeFile(path, `${JSON.stringify(Object.fromEntries(bounds), null, 2)}\n`);
}

export interface Judged {
  readonly name: string;
  readonly value: number;
  readonly bound: Bound | undefined;
  /** Undefined when it is within its bound. */
  readonly wrong: string | undefined;
}

/** Each count beside its bound, and those bounds whose count is gone. */
export async function judge(counts: Counts): Promise<readonly Judged[]> {
  const bounds = JSON.parse(await readFile(path, "utf8")) as Readonly<Record<string, Bound>>;
  const gone = Object.keys(bounds).filter((name) => !counts.has(name));
  return [
    ...[...counts].map(([name, { value }]) => ({
      name,
      value,
      bound: bounds[name],
      wrong: wrong(value, bounds[name]),
    })),
    ...gone.map((name) => ({
      name,
      value: Number.NaN,
      bound: bounds[name],
      wrong: "it is not counted any more",
    })),
  ];
}

function wrong(value: number, bound: Bound | undefined): string | undefined {
  if (bound === undefined) return "it has no bound";
  if (!(value > 0)) return "nothing was counted: the counting does not fit the code any more";
  return value > bound.most ? `${rounded(value)} is above ${bound.most}` : undefined;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
