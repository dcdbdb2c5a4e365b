import { init } from "echarts";
import type { Summary } from "./report.ts";

export interface Plot {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly svg: string;
}

const size = { width: 760, height: 420 } as const;

/** One plot for each figure that was taken more than once: lines over what was varied, else bars by system. */
export function plotsOf(
  measurement: string,
  x: string | undefined,
  summaries: readonly Summary[],
): readonly Plot[] {
  const figures = [...new Set(summaries.map(({ what }) => what))];
  return figures.flatMap((what) => {
    const found = summaries.filter((summary) => summary.what === what && Number.isFinite(summary.value));
    const [first] = found;
    if (first === undefined || found.length < 2) return [];
    const axes = first.x === undefined ? bars(found) : lines(found, x ?? "");
    const svg = draw({ title: `${measurement}: ${what}`, unit: first.unit, ...axes });
    return [{ name: `${measurement}-${fileName(what)}`, svg }];
  });
}

interface Series {
  readonly name: string;
  readonly type: "line" | "bar";
  readonly data: readonly (number | null)[];
}

interface Axes {
  readonly xName: string;
  readonly categories: readonly string[];
  readonly series: readonly Series[];
}

function lines(summaries: readonly Summary[], xName: string): Axes {
  const at = [...new Set(summaries.map(({ x = 0 }) => x))].sort((a, b) => a - b);
  const series = systemsOf(summaries).map((system) => ({
    name: system,
    type: "line" as const,
    data: at.map((x) => summaries.find((each) => each.system === system && each.x === x)?.value ?? null),
  }));
  return { xName, categories: at.map((x) => x.toLocaleString("en")), series };
}

function bars(summaries: readonly Summary[]): Axes {
  const systems = systemsOf(summaries);
  // The bars are labelled with what they stand for.
  const data = systems.map((system) => {
    const value = summaries.find((each) => each.system === system)?.value;
    return value === undefined ? null : Number(value.toPrecision(3));
  });
  return { xName: "", categories: systems, series: [{ name: "", type: "bar", data }] };
}

function systemsOf(summaries: readonly Summary[]): string[] {
  return [...new Set(summaries.map(({ system }) => system))];
}

function draw({
  title,
  unit,
  xName,
  categories,
  series,
}: Axes & { readonly title: string; readonly unit: string }): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...size });
  chart.setOption({
    animation: false,
    backgroundColor: "#fff",
    title: { text: title, left: "center", textStyle: { fontSize: 15 } },
    legend: { bottom: 4, show: series.length > 1 },
    grid: { left: 80, right: 40, top: 60, bottom: 80 },
    xAxis: { type: "category", data: [...categories], name: xName, nameLocation: "middle", nameGap: 28 },
    yAxis: { type: "value", name: unit, min: 0 },
    series: series.map((each) => ({
      ...each,
      data: [...each.data],
      connectNulls: true,
      barMaxWidth: 60,
      label: { show: each.type === "bar", position: "top" },
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function fileName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
