#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=1048576 node --max-semi-space-size=16
import { logVerbosity, setLogVerbosity } from "@grpc/grpc-js";
import { runCli } from "./cli/index.ts";
import { version } from "./compose/version.ts";

// What it would print to stderr (a port that is taken, say) comes as a typed error of ours as well.
setLogVerbosity(logVerbosity.NONE);

// The node's own code and the tools for its files are most of the program, and few commands need them.
process.exit(
  await runCli(process.argv, {
    version,
    startNode: async (...given) => (await import("./main.ts")).startNode(...given),
    writeBackup: async (...given) => (await import("./disaster/index.ts")).writeBackup(...given),
    restore: async (given) => (await import("./disaster/index.ts")).restore(given),
    recover: async (given) => (await import("./disaster/index.ts")).recover(given),
    inspect: async (given) => (await import("./disaster/index.ts")).inspect(given),
  }),
);
