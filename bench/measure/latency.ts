import { runCallers, timeEach } from "../load/callers.ts";
import { paced, warmUp } from "../load/jobs.ts";
import { percentile } from "../load/stats.ts";
import { scaled } from "../options.ts";
import type { ConclaveSystem } from "../peers/conclave.ts";
import type { System } from "../peers/system.ts";
import { inTurn, type Measurement, type Note } from "./measurement.ts";
import { type LoopDelay, leaderLoopDelay } from "./nodeMetrics.ts";

const perSecond = 1_000;

/** One caller alone; a steady pace from call to handler; and how late the leader's event loop is. */
export const latency: Measurement = {
  name: "latency",
  about: "one caller alone, and from call to handler at 1000 jobs/s; event-loop delays of the leader",
  run: (bench) =>
    inTurn(bench, "latency", async (system, note) => {
      const { options, doing } = bench;
      await warmUp(system, options);
      doing(`latency: ${system.name}, one caller alone`);
      await using queue = await system.queue("alone", options.payloadBytes);
      notePercentiles(note, "one caller alone", await timeEach(scaled(options, 5_000), (n) => queue.put(n)));

      doing(`latency: ${system.name}, ${perSecond} jobs/s for ${options.seconds} s`);
      const handled = async (): Promise<void> => {
        const samples = await paced(system, perSecond, options.payloadBytes, options.seconds);
        if (samples !== undefined) notePercentiles(note, `call to handler at ${perSecond} jobs/s`, samples);
      };
      if (!isOurs(system)) return await handled();
      noteDelay(note, `at ${perSecond} jobs/s`, await leaderLoopDelay(system.local, handled));
      doing(`latency: ${system.name}, event loop at full load`);
      await using full = await system.queue("full-load", options.payloadBytes);
      const bound = { calls: scaled(options, 1_000_000), ms: options.seconds * 1000 };
      const load = (): Promise<unknown> => runCallers(1_000, bound, (n) => full.put(n));
      noteDelay(note, "at full load", await leaderLoopDelay(system.local, load));
    }),
};

function isOurs(system: System): system is ConclaveSystem {
  return "local" in system;
}

function notePercentiles(note: Note, what: string, samples: readonly number[]): void {
  for (const p of [50, 99, 99.9]) note(`${what}, p${p}`, percentile(samples, p), "ms");
}

function noteDelay(note: Note, when: string, { p50Ms, p99Ms, p999Ms, maxMs }: LoopDelay): void {
  note(`leader's event loop ${when}, p50`, p50Ms, "ms");
  note(`leader's event loop ${when}, p99`, p99Ms, "ms");
  note(`leader's event loop ${when}, p99.9`, p999Ms, "ms");
  note(`leader's event loop ${when}, worst`, maxMs, "ms");
}
