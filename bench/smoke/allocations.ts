import { Session } from "node:inspector/promises";

interface SampledNode {
  readonly selfSize: number;
  readonly children: readonly SampledNode[];
}

/** One allocation in so many bytes is looked at: enough of them for a sum that hardly changes. */
const samplingInterval = 8 * 1024;

/** Bytes that JavaScript allocates on the heap of this process while `run` goes on, whether they live or not. */
export async function allocatedBytes(run: () => Promise<void>): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post("HeapProfiler.startSampling", {
      samplingInterval,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    await run();
    const { profile } = await session.post("HeapProfiler.stopSampling");
    return sizeOf(profile.head);
  } finally {
    session.disconnect();
  }
}

function sizeOf({ selfSize, children }: SampledNode): number {
  return children.reduce((total, child) => total + sizeOf(child), selfSize);
}
