import type { Fault } from "../faults/kinds.ts";
import type { Mix } from "./mix.ts";
import type { RunResult } from "./run.ts";

/** What is left of a run once it is over; travels between processes. */
export interface Summary {
  readonly seed: number | string;
  readonly failure: RunResult["failure"];
  readonly traceHash: string;
  readonly simulatedMs: number;
  readonly committed: number;
  readonly events: number;
  readonly coverage: Readonly<Record<string, number>>;
}

export function summaryOf(result: RunResult): Summary {
  const { seed, failure, traceHash, simulatedMs, committed, events, coverage } = result;
  return { seed, failure, traceHash, simulatedMs, committed, events, coverage };
}

/** Everything that a run follows from, in a file: a failure as `--minimise` leaves it. */
export interface Case {
  readonly seed: number | string;
  readonly why: string;
  readonly mix: Mix;
  readonly schedule: readonly Fault[];
}

/** The rule that was broken, without the particulars: "R7", "Q4", or the first words. */
export function ruleOf(what: string): string {
  return /^[RQ]\d+/.exec(what)?.[0] ?? what.split(/[:,]/)[0]?.replaceAll(/n\d+/g, "a node") ?? what;
}
