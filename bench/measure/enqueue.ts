import { runCallers, timeEach } from "../load/callers.ts";
import { warmUp } from "../load/jobs.ts";
import { median, percentile } from "../load/stats.ts";
import { scaled } from "../options.ts";
import { withCpu } from "./cpu.ts";
import { inTurn, type Measurement } from "./measurement.ts";

const callerCounts = [1, 64, 256, 1_000];
const runs = 3;

/** Single `enqueue()` calls of one client, acknowledged. */
export const enqueue: Measurement = {
  name: "enqueue",
  about: "single enqueue calls acknowledged, by concurrent callers",
  x: "callers",
  run: (bench) =>
    inTurn(bench, "enqueue", async (system, note) => {
      const { options, doing } = bench;
      await warmUp(system, options);
      for (const callers of callerCounts) {
        await using queue = await system.queue(`enqueue-${callers}`, options.payloadBytes);
        const rates: number[] = [];
        for (let run = 0; run < runs; run++) {
          doing(`enqueue: ${system.name}, ${callers} callers, run ${run + 1} of ${runs}`);
          const bound = {
            calls: scaled(options, Math.max(2_000, callers * 100)),
            ms: options.seconds * 1000,
          };
          const { ran, serverMs, clientMs } = await withCpu(system, () =>
            runCallers(callers, bound, (n) => queue.put(run * bound.calls + n)),
          );
          rates.push(ran.perSecond);
          if (callers !== 1_000) continue;
          if (serverMs !== undefined)
            note("servers' CPU per 10,000 jobs", (serverMs / ran.calls) * 10_000, "ms", callers);
          note("client's CPU per 10,000 jobs", (clientMs / ran.calls) * 10_000, "ms", callers);
        }
        note("acknowledged", median(rates), "jobs/s", callers);
      }
      await using alone = await system.queue("alone", options.payloadBytes);
      const samples = await timeEach(scaled(options, 1_000), (n) => alone.put(n));
      note("one caller alone, p50", percentile(samples, 50), "ms");
    }),
};
