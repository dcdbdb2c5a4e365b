import type { Fault } from "../faults/kinds.ts";
import { calmMix, type Mix } from "./mix.ts";
import type { RunResult } from "./run.ts";
import type { Loss } from "./seedRunner.ts";

/** What is left of a run once it is over; travels between processes. */
export interface Summary {
  readonly seed: number | string;
  readonly failure: RunResult["failure"];
  /** The process did not live to tell: what failed is that, and no checker. */
  readonly lost?: Loss;
  readonly traceHash: string;
  readonly simulatedMs: number;
  readonly committed: number;
  readonly coverage: Readonly<Record<string, number>>;
}

export function summaryOf(result: RunResult): Summary {
  const { seed, failure, traceHash, simulatedMs, committed, coverage } = result;
  return { seed, failure, traceHash, simulatedMs, committed, coverage };
}

/** Everything that a run follows from, in a file: a failure as `--minimise` leaves it. */
export interface Case {
  readonly seed: number | string;
  readonly why: string;
  /** Of one written by hand: what must come to pass in it, by the names of the coverage, or it shows nothing any more. */
  readonly shows?: readonly string[];
  readonly mix: Mix;
  readonly schedule: readonly Fault[];
  /** Of the cluster that is made of the first one's data; drawn where a case says nothing. */
  readonly scheduleAfter?: readonly Fault[] | undefined;
}

/** A case as it is in a file: written by hand, it says only what is not calm. */
interface Written extends Omit<Case, "mix"> {
  readonly mix: Partial<Omit<Mix, "workload">> & { readonly workload?: Partial<Mix["workload"]> };
}

export function readCase(text: string): Case {
  const { mix, ...rest } = JSON.parse(text) as Written;
  const calm = calmMix();
  return { ...rest, mix: { ...calm, ...mix, workload: { ...calm.workload, ...mix.workload } } };
}

/** The rule that was broken, without the particulars: "R7", "Q4", or the first words. */
export function ruleOf(what: string): string {
  return /^[RQ]\d+/.exec(what)?.[0] ?? what.split(/[:,]/)[0]?.replaceAll(/n\d+/g, "a node") ?? what;
}
