import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { inMacrotask } from "./run/inMacrotask.ts";
import { minimise } from "./run/minimise.ts";
import { asCommand, positiveNumber, typed, wholeNumber } from "./run/options.ts";
import { runPool } from "./run/pool.ts";
import { Progress } from "./run/progress.ts";
import { reportOf, tableOf } from "./run/report.ts";
import { missingFrom } from "./run/required.ts";
import { type RunResult, runSeed } from "./run/run.ts";
import { readCase, type Summary } from "./run/summary.ts";
import { realNowMs } from "./time/globals.ts";
import { toJsonLines } from "./workload/history.ts";

const usage = `npm run sim -- [options]
  --seeds N      how many seeds (1000)          --from S    the first of them (1)
  --hours H      until so many hours have been simulated
  --processes P  how many at once (all cores)   --keep-going  not only to the first failure
  --no-coverage  do not look at what was seen   --report FILE  what it came to, as JSON
  --seed S       one seed, with its trace       --case FILE   what --minimise wrote, with its trace
  --minimise     with --seed or --case: leave out what the failure does not need, and write it to a file
  --history F    with --seed or --case: the clients' operations as JSON lines`;

const progressEveryMs = 10_000;

const { values } = typed(() =>
  parseArgs({
    options: {
      seeds: { type: "string" },
      from: { type: "string" },
      hours: { type: "string" },
      processes: { type: "string" },
      seed: { type: "string" },
      case: { type: "string" },
      report: { type: "string" },
      history: { type: "string" },
      minimise: { type: "boolean" },
      "keep-going": { type: "boolean" },
      "no-coverage": { type: "boolean" },
      help: { type: "boolean" },
    },
  }),
);

if (values.help === true) console.log(usage);
else if (values.seed !== undefined || values.case !== undefined) await inMacrotask(replay);
else await asCommand(many);

/** A seed's number, or the text that it was given as. */
function seedOf(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function replay(): void {
  const given =
    values.case === undefined
      ? { seed: seedOf(values.seed ?? "1") }
      : readCase(readFileSync(values.case, "utf8"));
  const result = runSeed({ ...given, keepsTrace: true });
  if (values.minimise === true) return shrink(result);
  console.log(JSON.stringify(result.mix));
  console.log(result.world.trace.lines.join("\n"));
  const { failure, traceHash, simulatedMs, committed } = result;
  console.log(
    `trace ${traceHash}, ${(simulatedMs / 1_000).toFixed(1)} s simulated, ${committed} entries committed`,
  );
  if (values.history !== undefined) writeFileSync(values.history, toJsonLines(result.world.oracle.history));
  if (failure === null) return;
  console.log(failure.stack);
  process.exitCode = 1;
}

function shrink(result: RunResult): void {
  const smallest = minimise(result, (line) => console.log(line));
  const file = `sim-${String(result.seed).replaceAll(/[^\w-]+/g, "-")}.json`;
  writeFileSync(file, `${JSON.stringify(smallest, null, 2)}\n`);
  console.log(smallest.why);
  for (const { at, kind, lastsMs } of smallest.schedule)
    console.log(`${at.toFixed(0)} ${kind} ${lastsMs.toFixed(0)} ms`);
  console.log(`replay: npm run sim -- --case ${file}`);
}

async function many(): Promise<void> {
  const from = wholeNumber("from", values.from, 0) ?? 1;
  const hours = positiveNumber("hours", values.hours) ?? Number.POSITIVE_INFINITY;
  const seeds = wholeNumber("seeds", values.seeds, 1) ?? (values.hours === undefined ? 1_000 : 1e9);
  const processes = wholeNumber("processes", values.processes, 1) ?? availableParallelism();
  const progress = new Progress(realNowMs);
  let tellAt = realNowMs() + progressEveryMs;
  const onSummary = (summary: Summary): boolean => {
    progress.add(summary);
    if (summary.failure !== null) {
      console.log(
        `seed ${summary.seed} failed: ${summary.failure.what}\n  replay: npm run sim -- --seed ${summary.seed}`,
      );
    }
    if (realNowMs() >= tellAt) {
      console.log(progress.line());
      tellAt = realNowMs() + progressEveryMs;
    }
    const goesOn = summary.failure === null || values["keep-going"] === true;
    return goesOn && progress.simulatedHours < hours;
  };
  await runPool({ from, seeds, processes, onSummary });
  console.log(progress.line());
  if (progress.failures.length > 0) process.exitCode = 1;
  if (values.report !== undefined)
    writeFileSync(values.report, `${JSON.stringify(reportOf(from, progress), null, 2)}\n`);
  if (values["no-coverage"] === true) return;
  console.log(tableOf(progress.coverage, progress.seeds));
  if (missingFrom(progress.coverage, progress.seeds).length > 0) process.exitCode = 1;
}
