import type { Coverage } from "./coverage.ts";
import type { Progress } from "./progress.ts";
import { missingFrom, wantedAfter } from "./required.ts";

const width = 118;

/** What a run of many seeds came to, for programs. */
export interface Report {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly simulatedHours: number;
  readonly wallSeconds: number;
  readonly entries: number;
  readonly failures: readonly { readonly seed: number | string; readonly what: string }[];
  /** Of what must have been seen by so many seeds. */
  readonly neverSeen: readonly string[];
  readonly coverage: Readonly<Record<string, number>>;
}

export function reportOf(firstSeed: number, progress: Progress): Report {
  return {
    firstSeed,
    seeds: progress.seeds,
    simulatedHours: progress.simulatedHours,
    wallSeconds: progress.wallMs / 1_000,
    entries: progress.committed,
    failures: progress.failures.map(({ seed, failure }) => ({ seed, what: failure?.what ?? "" })),
    neverSeen: missingFrom(progress.coverage, progress.seeds),
    coverage: progress.coverage.toJSON(),
  };
}

/** How often each thing occurred, by kind, for a reader; and what should have and did not. */
export function tableOf(coverage: Coverage, seeds: number): string {
  const kinds = new Map<string, string[]>();
  for (const [name, count] of Object.entries(coverage.toJSON())) {
    const [, kind = name, what = ""] = /^(.*?): (.*)$/.exec(name) ?? [];
    kinds.set(kind, [...(kinds.get(kind) ?? []), `${what} ${count}`]);
  }
  const lines = [`how often each thing occurred in ${seeds} seeds`];
  for (const [kind, items] of kinds) lines.push(`  ${kind}`, ...wrapped(items));
  const missing = missingFrom(coverage, seeds);
  if (missing.length > 0) lines.push("never seen, so nothing was shown of it", ...wrapped(missing));
  else if (seeds >= wantedAfter) lines.push("everything that so many seeds must show was seen");
  return lines.join("\n");
}

function wrapped(items: readonly string[]): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last === undefined || last.length + item.length + 3 > width) lines.push(`      ${item}`);
    else lines[lines.length - 1] = `${last} · ${item}`;
  }
  return lines;
}
