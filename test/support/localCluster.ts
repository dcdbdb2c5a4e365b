import { resolve } from "node:path";
import {
  type LocalCluster,
  type LocalClusterOptions,
  startLocalCluster,
} from "../../src/cli/localCluster.ts";

/** The executable that `npm test` builds before the tests run. */
export const binPath = resolve(import.meta.dirname, "../../dist/bin.js");

/** A cluster of real processes on loopback; stops with the scope that awaits it. */
export function realCluster(options: Partial<LocalClusterOptions> = {}): Promise<LocalCluster> {
  return startLocalCluster({ nodes: 3, binPath, ...options });
}

/** One node's Prometheus metrics, by name with its labels. */
export async function metricsOf(httpAddress: string): Promise<Map<string, number>> {
  const response = await fetch(`http://${httpAddress}/metrics`, { signal: AbortSignal.timeout(5_000) });
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const cut = line.lastIndexOf(" ");
      return [line.slice(0, cut), Number(line.slice(cut + 1))];
    }),
  );
}
