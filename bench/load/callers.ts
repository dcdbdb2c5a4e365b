/** A load ends with whichever comes first. */
export interface Bound {
  readonly calls: number;
  readonly ms: number;
}

export interface Ran {
  readonly calls: number;
  readonly seconds: number;
  readonly perSecond: number;
}

/** Callers that each make one call after the other; `n` counts from 0 over all of them. */
export async function runCallers(
  callers: number,
  bound: Bound,
  call: (n: number) => Promise<unknown>,
): Promise<Ran> {
  let next = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + bound.ms;
  const caller = async (): Promise<void> => {
    while (next < bound.calls && performance.now() < endsAt) await call(next++);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return ranSince(startedAt, next);
}

export function ranSince(startedAt: number, calls: number): Ran {
  const seconds = (performance.now() - startedAt) / 1000;
  return { calls, seconds, perSecond: calls / seconds };
}

/** One caller alone: how long each of `count` calls took, in ms. */
export async function timeEach(count: number, call: (n: number) => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let n = 0; n < count; n++) {
    const startedAt = performance.now();
    await call(n);
    samples.push(performance.now() - startedAt);
  }
  return samples;
}
