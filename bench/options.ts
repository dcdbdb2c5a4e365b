/** What the command line asks for. */
export interface BenchOptions {
  /** Where JSON and plots go. */
  readonly out: string;
  readonly nodes: number;
  /** Length of a paced measurement, and the longest of each other run. */
  readonly seconds: number;
  /** Each measurement is made so often, for all systems in turn; medians are reported. */
  readonly rounds: number;
  /** Waiting jobs of `depth`. */
  readonly jobs: number;
  /** Kills of `failover`. */
  readonly kills: number;
  readonly payloadBytes: number;
  /** Multiplies the number of calls of each run; below 1 only to try the bench itself. */
  readonly scale: number;
}

/** `calls` at the scale that was asked for, and no fewer than make a sample. */
export function scaled(options: BenchOptions, calls: number): number {
  return Math.max(10, Math.round(calls * options.scale));
}
