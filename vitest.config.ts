import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longestFirst.ts";

/** Tests of code without state of its own, in memory and virtual time: nothing of a file is left for the next one. */
const pure = ["calendar", "codec", "machine", "node", "paper", "wire"].map(
  (area) => `test/${area}/**/*.test.ts`,
);

/** Tests of servers, clients and commands in one process, each with its own on its own ports. */
const served = ["api", "cli", "client", "duties", "testing"].map((area) => `test/${area}/**/*.test.ts`);

/** Tests of whole clusters in real time. Half of it they wait: for elections, leases, due times. */
const clusters = ["test/cluster/**/*.test.ts", "test/cli/processes.test.ts"];

/** Those of them that measure leases and memory, or expect that nobody campaigns: they have the machine to themselves. */
const timed = ["handover", "leaderPaused", "longAway", "overload", "steady"].map(
  (name) => `test/cluster/${name}.test.ts`,
);

/** What the documentation's examples import, as their readers do. */
const src = (path: string): string => new URL(`src/${path}`, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    alias: [
      { find: /^conclave\/testing$/, replacement: src("testing/index.ts") },
      { find: /^conclave\/node$/, replacement: src("main.ts") },
      { find: /^conclave$/, replacement: src("client/index.ts") },
    ],
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: [...pure, ...served, ...clusters],
          // Not "forks": under load vitest 4 now and then reports a worker that has ended as EPIPE, and fails the run.
          pool: "threads",
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      ...Object.entries({ pure, served }).map(([name, include]) => ({
        extends: true as const,
        test: {
          name,
          include,
          exclude: clusters,
          pool: "threads" as const,
          // To load the modules anew for each file is a quarter of what these tests cost, and more.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      })),
      {
        extends: true,
        test: {
          name: "clusters",
          include: clusters,
          exclude: timed,
          // A process of its own: what a test started ends with it.
          pool: "forks",
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "timed",
          include: timed,
          pool: "forks",
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
