import type { LocalCluster, LocalNode } from "conclave/local";

/** One scrape of a node's `/metrics`. */
export interface Scrape {
  /** Of a sample with exactly these labels as they stand in the text, e.g. `name{quantile="1"}`; NaN when missing. */
  readonly value: (sample: string) => number;
  /** Of a histogram: how many samples were at or below each bound, the largest bound being infinite. */
  readonly atMost: (histogram: string) => readonly Bucket[];
}

export interface Bucket {
  readonly bound: number;
  readonly count: number;
}

export async function scrape(node: LocalNode): Promise<Scrape> {
  const text = await (await fetch(`http://${node.httpAddress}/metrics`)).text();
  const samples = new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => {
        const at = line.lastIndexOf(" ");
        return [line.slice(0, at), Number(line.slice(at + 1))] as const;
      }),
  );
  return {
    value: (sample) => samples.get(sample) ?? Number.NaN,
    atMost: (histogram) =>
      [...samples].flatMap(([sample, count]) => {
        const le = sample.startsWith(`${histogram}_bucket{`) ? /le="([^"]+)"/.exec(sample)?.[1] : undefined;
        return le === undefined
          ? []
          : [{ bound: le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le), count }];
      }),
  };
}

export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** How late the leader's event loop was while `run` went on; a scrape begins each window anew. */
export async function leaderLoopDelay(local: LocalCluster, run: () => Promise<unknown>): Promise<LoopDelay> {
  const leader = await local.waitForLeader();
  await scrape(leader);
  await run();
  const { value } = await scrape(leader);
  const ms = (quantile: string): number =>
    value(`conclave_event_loop_delay_seconds{quantile="${quantile}"}`) * 1000;
  return { p50Ms: ms("0.5"), p99Ms: ms("0.99"), p999Ms: ms("0.999"), maxMs: ms("1") };
}
