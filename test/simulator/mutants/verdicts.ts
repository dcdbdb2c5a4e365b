import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Mutant } from "./edits.ts";

/** What became of one planted bug. */
export interface Verdict {
  readonly name: string;
  /** Seeds until it was caught; null when none did. */
  readonly seeds: number | null;
  /** How many were tried; or would have been, when one of them caught it. */
  readonly most: number;
  /** What the seed that caught it said; of one that was not caught, why it was given up, if it was. */
  readonly how: string;
  /** What was run: `buildOf`. */
  readonly build: string;
}

/** Verdicts in a file, one JSON object a line, so that a run can be stopped and gone on with. */
export class Verdicts {
  readonly #path: string | null;
  readonly #byName = new Map<string, Verdict>();

  /** Verdicts of `build` alone; null: of any. */
  constructor(path: string | null, build: string | null) {
    this.#path = path;
    if (path === null || !existsSync(path)) return;
    for (const line of readFileSync(path, "utf8").split("\n")) {
      if (line === "") continue;
      const verdict = JSON.parse(line) as Verdict;
      if (build === null || verdict.build === build) this.#byName.set(verdict.name, verdict);
    }
  }

  add(verdict: Verdict): void {
    this.#byName.set(verdict.name, verdict);
    if (this.#path !== null) appendFileSync(this.#path, `${JSON.stringify(verdict)}\n`);
  }

  of(name: string): Verdict | undefined {
    return this.#byName.get(name);
  }

  /** Nothing is gained by trying it again with no more than `seeds`. */
  isKnown(name: string, seeds: number): boolean {
    const known = this.#byName.get(name);
    return known !== undefined && (known.seeds !== null || known.most >= seeds);
  }
}

/** The table of docs/verification/mutation-gate.md. */
export function tableOf(mutants: readonly Mutant[], verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ name, seeds, most, build }) => {
    const { bug } = mutants.find((each) => each.name === name) ?? {};
    const number = bug === undefined ? "" : ` (${bug})`;
    return `| ${name}${number} | ${seeds ?? `not in ${most}`} | ${build} |`;
  });
  return ["| planted bug | seeds to the first catch | build |", "|---|---|---|", ...rows].join("\n");
}

/** Of `wanted` planted bugs: one that was not tried is not caught. */
export function sumUp(verdicts: readonly Verdict[], wanted: number): string {
  const caught = verdicts.flatMap(({ seeds }) => (seeds === null ? [] : [seeds])).sort((a, b) => a - b);
  const median = caught[caught.length >> 1] ?? "-";
  return `${caught.length} of ${wanted} planted bugs caught; seeds to the first catch: median ${median}, most ${caught.at(-1) ?? "-"}`;
}
