import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import type { Measurement } from "../measure/measurement.ts";
import type { BenchOptions } from "../options.ts";
import { plotsOf } from "./plots.ts";
import { ratiosOf } from "./ratios.ts";
import type { Report } from "./report.ts";

/** `NAME.json` with all figures and what they were measured on, and the plots beside it. */
export async function write(report: Report, { name, x }: Measurement, options: BenchOptions): Promise<void> {
  const figures = report.of(name);
  const { out, ...settings } = options;
  const json = {
    measurement: name,
    at: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? "",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 1024 ** 3),
      platform: `${process.platform}-${process.arch}`,
      node: process.version,
    },
    options: settings,
    systems: report.settings,
    failures: report.failures,
    x: x ?? null,
    figures,
    ratios: ratiosOf(figures),
  };
  await mkdir(out, { recursive: true });
  await writeFile(join(out, `${name}.json`), `${JSON.stringify(json, null, 2)}\n`);
  for (const plot of plotsOf(name, x, figures)) await writeFile(join(out, `${plot.name}.svg`), plot.svg);
}
