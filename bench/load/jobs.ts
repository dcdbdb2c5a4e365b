import { setTimeout as delay } from "node:timers/promises";
import type { BenchOptions } from "../options.ts";
import type { System } from "../peers/system.ts";
import { type Bound, type Ran, ranSince, runCallers } from "./callers.ts";

/**
 * Warm code and connections; what is measured first would else pay for them. Servers that compile while they run, as ours do, go on
 * with it for some 200,000 jobs: the default is half of that. Nothing is left waiting where jobs are handed out.
 */
export async function warmUp(
  system: System,
  { payloadBytes, scale }: BenchOptions,
  calls = 100_000,
): Promise<void> {
  const bound = { calls: Math.max(1_000, calls * scale), ms: 8_000 };
  if ((await endToEnd(system, 256, payloadBytes, bound)) !== undefined) return;
  await using queue = await system.queue("warm-up", payloadBytes);
  await runCallers(256, bound, (n) => queue.put(n));
}

/** A worker that has just begun is not at its pace yet. */
const pacedWarmUpSeconds = 1;

/**
 * Jobs put, handed to a handler that does nothing, and completed; `inFlight` of them at a time, from the call to the
 * handler. The last completions count into the time. Undefined for a system that hands out no jobs.
 */
export async function endToEnd(
  system: System,
  inFlight: number,
  payloadBytes: number,
  bound: Bound,
): Promise<Ran | undefined> {
  await using queue = await system.queue(`e2e-${inFlight}`, payloadBytes);
  if (queue.work === undefined) return undefined;
  const waiting = new Map<number, () => void>();
  await using work = await queue.work(inFlight, (n) => {
    waiting.get(n)?.();
    waiting.delete(n);
  });
  const startedAt = performance.now();
  const { calls } = await runCallers(inFlight, bound, async (n) => {
    const handled = new Promise<void>((done) => waiting.set(n, done));
    await queue.put(n);
    await handled;
  });
  await work.settled();
  return ranSince(startedAt, calls);
}

/**
 * Jobs at a steady pace, after a second at the same pace that is not measured: ms to the handler for each, from when its call
 * was due. A client that is held up calls late, and the wait must not be left out.
 * Undefined for a system that hands out no jobs.
 */
export async function paced(
  system: System,
  perSecond: number,
  payloadBytes: number,
  seconds: number,
): Promise<number[] | undefined> {
  await using queue = await system.queue("paced", payloadBytes);
  if (queue.work === undefined) return undefined;
  const dueAt = new Map<number, number>();
  const samples: number[] = [];
  const skipped = pacedWarmUpSeconds * perSecond;
  const total = skipped + seconds * perSecond;
  await using work = await queue.work(256, (n) => {
    const from = dueAt.get(n);
    if (from !== undefined && n >= skipped) samples.push(performance.now() - from);
    dueAt.delete(n);
  });
  const calls: Promise<unknown>[] = [];
  const startedAt = performance.now();
  for (let n = 0; n < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
    for (; n < due; n++) {
      dueAt.set(n, startedAt + (n / perSecond) * 1000);
      calls.push(queue.put(n));
    }
    await delay(1);
  }
  await Promise.all(calls);
  await work.settled();
  // An acknowledged job may reach its handler a little later.
  while (dueAt.size > 0) await delay(1);
  return samples;
}
