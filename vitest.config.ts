import { defineConfig } from "vitest/config";

/** Tests that start node processes and time them: they are alone on the machine, one after the other. */
const realProcesses = ["test/cluster/**/*.test.ts", "test/cli/processes.test.ts"];

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
    projects: [
      {
        extends: true,
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: realProcesses,
          // Not "forks": under load vitest 4 now and then reports a worker that has ended as EPIPE, and fails the run.
          pool: "threads",
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "processes",
          include: realProcesses,
          // A process of its own: what a test started ends with it.
          pool: "forks",
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
