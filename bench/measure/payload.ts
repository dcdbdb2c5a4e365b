import { runCallers } from "../load/callers.ts";
import { warmUp } from "../load/jobs.ts";
import { scaled } from "../options.ts";
import { withCpu } from "./cpu.ts";
import { inTurn, type Measurement } from "./measurement.ts";

const sizes = [64, 256, 1_024, 4_096, 16_384, 65_536];
const callers = 256;
/** Of all payloads of one size together: what waits stays in memory. */
const maxBytes = 128 * 1024 * 1024;

/** Throughput and the servers' CPU over the size of a payload. */
export const payload: Measurement = {
  name: "payload",
  about: "enqueue rate and CPU over payloads of 64 B to 64 KiB",
  x: "bytes of payload",
  run: (bench) =>
    inTurn(bench, "payload", async (system, note) => {
      const { options, doing } = bench;
      await warmUp(system, options);
      for (const bytes of sizes) {
        doing(`payload: ${system.name}, ${bytes} bytes`);
        await using queue = await system.queue(`payload-${bytes}`, bytes);
        const bound = {
          calls: scaled(options, Math.min(50_000, maxBytes / bytes)),
          ms: options.seconds * 1000,
        };
        const { ran, serverMs } = await withCpu(system, () =>
          runCallers(callers, bound, (n) => queue.put(n)),
        );
        note("acknowledged", ran.perSecond, "jobs/s", bytes);
        note("payload taken", (ran.perSecond * bytes) / 1024 / 1024, "MiB/s", bytes);
        if (serverMs !== undefined)
          note("servers' CPU per 10,000 jobs", (serverMs / ran.calls) * 10_000, "ms", bytes);
      }
    }),
};
