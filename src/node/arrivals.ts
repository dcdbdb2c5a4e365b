import type { JobSpec } from "../machine/types.ts";

/** Jobs by queue that will be ready as soon as they are applied. */
export function countReady(jobs: readonly JobSpec[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const job of jobs) {
    if (job.delayMs === 0 && job.runAt === 0) counts.set(job.queue, (counts.get(job.queue) ?? 0) + 1);
  }
  return counts;
}
