import type { BenchOptions } from "../options.ts";
import type { Contender, System } from "../peers/system.ts";
import { closeAll, interrupted } from "../processes/owned.ts";
import type { Figure, Report } from "../report/report.ts";

/** Takes a figure of the system that is measured just now. */
export type Note = (what: string, value: number, unit: string, x?: number) => void;

export interface Bench {
  readonly options: BenchOptions;
  /** Ours first. */
  readonly contenders: readonly Contender[];
  readonly report: Report;
  /** Says on the progress line what goes on. */
  readonly doing: (text: string) => void;
}

export interface Measurement {
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  /** What `x` of the figures is, when they have one. */
  readonly x?: string;
  readonly run: (bench: Bench) => Promise<void>;
}

/** Starts each system in turn on empty data, measures it and stops it; all of that once per round. */
export async function inTurn(
  bench: Bench,
  name: string,
  measure: (system: System, note: Note) => Promise<void>,
): Promise<void> {
  const { options, report, doing } = bench;
  for (let round = 0; round < options.rounds; round++) {
    for (const contender of bench.contenders) {
      const isPeer = contender !== bench.contenders[0];
      if (isPeer && report.hasFailed(contender.name)) continue;
      doing(`${name}: ${contender.name} starts (round ${round + 1} of ${options.rounds})`);
      try {
        await using system = await contender.start(options.nodes);
        report.describe(system.name, system.settings);
        await measure(system, noteFor(report, name, system.name));
      } catch (error) {
        if (!isPeer || interrupted.aborted) throw error;
        // A peer that does not run here is no failure of ours: the others are compared without it.
        await closeAll();
        report.failed(contender.name, error);
      }
    }
  }
}

export function noteFor(report: Report, measurement: string, system: string): Note {
  return (what, value, unit, x) => {
    const figure: Figure = { measurement, system, what, unit, value, ...(x === undefined ? {} : { x }) };
    report.note(figure);
  };
}
