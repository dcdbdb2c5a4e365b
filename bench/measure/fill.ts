import { bytesCodec } from "conclave";
import { runCallers } from "../load/callers.ts";
import type { ConclaveSystem } from "../peers/conclave.ts";
import { payloadOf } from "../peers/system.ts";
import type { Bench } from "./measurement.ts";

const batch = 1_000;
const batchesAtOnce = 4;
/** Of jobs that nobody takes. */
export const deepQueue = "deep";

/** To `to` waiting jobs, from `from`. */
export async function fill(
  bench: Bench,
  { cluster }: ConclaveSystem,
  from: number,
  to: number,
): Promise<void> {
  const queue = cluster.queue<Uint8Array>(deepQueue, { codec: bytesCodec });
  const data = Array.from({ length: batch }, (_, n) => payloadOf(n, bench.options.payloadBytes));
  const batches = Math.ceil((to - from) / batch);
  await runCallers(batchesAtOnce, { calls: batches, ms: Number.POSITIVE_INFINITY }, async (n) => {
    bench.doing(`${from + n * batch} of ${to} jobs wait`);
    const results = await queue.enqueueMany(data.slice(0, to - from - n * batch));
    for (const { error } of results) if (error !== undefined) throw error;
  });
}
