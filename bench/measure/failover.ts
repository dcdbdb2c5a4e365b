import { median } from "../load/stats.ts";
import { inTurn, type Measurement } from "./measurement.ts";

/** From SIGKILL of the leader to the next acknowledged write. */
export const failover: Measurement = {
  name: "failover",
  about: "from SIGKILL of the leader to the next acknowledged write",
  run: (bench) =>
    inTurn(bench, "failover", async (system, note) => {
      const { options, doing } = bench;
      if (system.failover === undefined) return;
      const gaps: number[] = [];
      for (let kill = 0; kill < options.kills; kill++) {
        doing(`failover: ${system.name}, kill ${kill + 1} of ${options.kills}`);
        gaps.push(await system.failover());
      }
      note("next write, median", median(gaps), "ms");
      note("next write, best", Math.min(...gaps), "ms");
      note("next write, worst", Math.max(...gaps), "ms");
    }),
};
