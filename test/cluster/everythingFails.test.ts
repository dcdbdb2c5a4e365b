import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { metricsOf, realCluster } from "../support/localCluster.ts";
import { soakSeconds } from "../support/soak.ts";

const jobs = 500;

test(
  `every job fails at every attempt for ${soakSeconds} s: no tight loop, bounded log`,
  async () => {
    await using local = await realCluster();
    await using cluster = await connect(local.endpoints);
    const leader = await local.waitForLeader();
    await using _worker = cluster.work("failing", { concurrency: 64 }, () => {
      throw new Error("induced failure");
    });
    await cluster.jobs.enqueueMany(
      Array.from({ length: jobs }, (_, n) => ({
        queue: "failing",
        data: n,
        retry: { maxAttempts: 1_000 },
      })),
    );
    const before = await metricsOf(leader.httpAddress);
    const linesBefore = linesOf(leader.logFile);
    const startedAt = performance.now();
    await delay(soakSeconds * 1000);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = await metricsOf(leader.httpAddress);
    const grown = (name: string): number => (after.get(name) ?? Number.NaN) - (before.get(name) ?? 0);

    const failures = grown('conclave_attempt_failures_total{queue="failing",end="failed"}');
    const lines = linesOf(leader.logFile) - linesBefore;
    const cpu = (grown("process_cpu_seconds_total") / seconds) * 100;
    console.log(
      `${failures} failed attempts in ${seconds.toFixed(0)} s, ${lines} log lines, leader at ${cpu.toFixed(1)} % of a core`,
    );
    expect(failures).toBeGreaterThan(0);
    // Backoff of at least 0.5 s, 1 s, 2 s, ... with jitter: after t seconds a job has failed at most log2(t / 0.5) + 1
    // times. A tight loop would reach thousands.
    expect(failures / jobs).toBeLessThanOrEqual(Math.log2(seconds / 0.5 + 1) + 1);
    // 20 lines of a kind a second and one that counts the rest.
    expect(lines).toBeLessThanOrEqual((seconds + 2) * 21);
  },
  soakSeconds * 1000 + 120_000,
);

function linesOf(file: string): number {
  return readFileSync(file, "utf8").split("\n").length - 1;
}
