import { setTimeout as delay } from "node:timers/promises";

interface PollOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Asks until the answer is neither undefined nor false; undefined when the time is up. */
export async function poll<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  options: PollOptions,
): Promise<T | undefined> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() >= deadline) return undefined;
    await delay(
      options.everyMs ?? 50,
      undefined,
      options.signal === undefined ? {} : { signal: options.signal },
    );
  }
}
