import { fileURLToPath } from "node:url";
import { SeedRunner } from "./seedRunner.ts";
import type { Summary } from "./summary.ts";

const built = fileURLToPath(new URL("../../..", import.meta.url));

export interface PoolOptions {
  readonly from: number;
  readonly seeds: number;
  readonly processes: number;
  /** Returns false when no further seed is wanted. */
  readonly onSummary: (summary: Summary) => boolean;
}

/** Runs seeds on several cores. One whose process dies or hangs has failed, and another process goes on. */
export async function runPool({ from, seeds, processes, onSummary }: PoolOptions): Promise<void> {
  let next = from;
  let wanted = true;
  const work = async (): Promise<void> => {
    const runner = new SeedRunner(built);
    while (wanted && next < from + seeds) {
      if (!onSummary(await runner.run(next++))) wanted = false;
    }
    runner.stop();
  };
  await Promise.all(Array.from({ length: processes }, work));
}
