/** Percentile of unsorted samples; `p` in [0, 100]. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length));
  return sorted[at] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 50);
}

/** Runs `operation` from `concurrency` callers until `count` calls were made; calls per second. */
export async function callsPerSecond(
  concurrency: number,
  count: number,
  operation: (n: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  const caller = async (): Promise<void> => {
    while (next < count) await operation(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  return count / ((performance.now() - startedAt) / 1000);
}
