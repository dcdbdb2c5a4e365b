import { endToEnd, warmUp } from "../load/jobs.ts";
import { scaled } from "../options.ts";
import { inTurn, type Measurement } from "./measurement.ts";

const inFlightCounts = [1, 64, 256, 1_000];

/** Enqueued, claimed, run by a handler that does nothing, completed; each step replicated. */
export const e2e: Measurement = {
  name: "e2e",
  about: "jobs enqueued, handed out, run and completed, by jobs in flight",
  x: "in flight",
  run: (bench) =>
    inTurn(bench, "e2e", async (system, note) => {
      const { options, doing } = bench;
      await warmUp(system, options);
      for (const inFlight of inFlightCounts) {
        doing(`e2e: ${system.name}, ${inFlight} in flight`);
        const bound = { calls: scaled(options, Math.max(2_000, inFlight * 150)), ms: options.seconds * 1000 };
        const ran = await endToEnd(system, inFlight, options.payloadBytes, bound);
        if (ran !== undefined) note("completed", ran.perSecond, "jobs/s", inFlight);
      }
    }),
};
