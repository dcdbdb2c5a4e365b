import { setTimeout as delay } from "node:timers/promises";

const everyMs = 5;

/**
 * Kills by `kill`, then begins a write every 5 ms until one of them is acknowledged; ms from the signal until then. A
 * client that waits long before it tries again so does not count against its servers.
 */
export async function nextWriteAfter(
  kill: () => Promise<unknown>,
  write: () => Promise<unknown>,
): Promise<number> {
  const killed = kill();
  const startedAt = performance.now();
  let gapMs: number | undefined;
  const attempts: Promise<void>[] = [];
  const acknowledged = (): void => {
    gapMs ??= performance.now() - startedAt;
  };
  while (gapMs === undefined) {
    // A write that fails finds no leader yet.
    attempts.push(write().then(acknowledged, () => undefined));
    await delay(everyMs);
  }
  await killed;
  await Promise.all(attempts);
  return gapMs;
}
