import type { Paint } from "../output/paint.ts";
import { humanMs } from "../output/print.ts";
import { oneLine } from "../output/table.ts";
import { refusedCompletions } from "./accepted.ts";
import type { Check, Evidence } from "./audit.ts";
import type { FaultReport } from "./faults.ts";
import type { Gap } from "./outage.ts";

export interface DemoFigures {
  readonly evidence: Evidence;
  readonly checks: readonly Check[];
  readonly faults: FaultReport;
  readonly tookMs: number;
  readonly gap: Gap;
  readonly writes: number;
}

/** The demo's last words: figures, then the checks. */
export function renderReport(figures: DemoFigures, paint: Paint): string {
  const rows = figureRows(figures);
  const width = Math.max(...rows.map(([title]) => title.length));
  return [
    "",
    paint("bold", "Report"),
    ...rows.map(([title, value]) => `  ${title.padEnd(width)}  ${oneLine(value)}`),
    "",
    paint("bold", "Checks"),
    ...figures.checks.map(
      ({ name, ok, detail }) =>
        `  ${ok ? paint("green", "ok    ") : paint("red", "FAILED")}  ${name}: ${oneLine(detail)}`,
    ),
    "",
    "",
  ].join("\n");
}

function figureRows({ evidence, faults, tookMs, gap, writes }: DemoFigures): readonly [string, string][] {
  const { jobs, records, ledgers, counts } = evidence;
  const history = [...records.values()].flatMap((record) => record.history);
  const ended = (end: string): number => history.filter((attempt) => attempt.end === end).length;
  const rescued = history.filter(
    (attempt) => attempt.end === "expired" && attempt.workerId === faults.killedWorker,
  );
  const attempts = [...records.values()].reduce((sum, record) => sum + record.attempt, 0);
  const percent = (done: number): string => `${Math.round((100 * done) / jobs.length)}% done`;
  const rate = Math.round((jobs.length * 1000) / tookMs);
  return [
    ["jobs", `${jobs.length} enqueued = ${counts.completed} completed + ${counts.dead} dead`],
    ["took", `${humanMs(tookMs)}, ${rate} jobs/s, faults and leases included`],
    ["attempts", `${attempts} begun, ${ended("failed")} failed, ${ended("expired")} leases expired`],
    [
      "worker killed",
      `${faults.killedWorker} at ${percent(faults.workerKilledAtDone)}, ${rescued.length} jobs rescued from it when their leases ended`,
    ],
    [
      "leader killed",
      `${faults.before.id} at ${percent(faults.leaderKilledAtDone)}, in term ${faults.before.term}`,
    ],
    [
      "without a leader",
      `${Math.round(faults.leaderlessMs)} ms from the SIGKILL until ${faults.after.id} led in term ${faults.after.term} (asked every 10 ms)`,
    ],
    [
      "writes held up",
      `${Math.round(gap.to - gap.from)} ms, the prober's longest wait between two of its ${writes} acknowledged writes`,
    ],
    ["leader restarted", `${faults.before.id} at ${percent(faults.restartedAtDone)}`],
    ["stale completions refused", String(refusedCompletions(ledgers))],
  ];
}
