#!/usr/bin/env -S node --max-semi-space-size=16
import { logVerbosity, setLogVerbosity } from "@grpc/grpc-js";
import { runCli } from "./cli/index.ts";
import { inspect, recover, restore, writeBackup } from "./disaster/index.ts";
import { startNode, version } from "./main.ts";

// What it would print to stderr (a port that is taken, say) comes as a typed error of ours as well.
setLogVerbosity(logVerbosity.NONE);

process.exit(await runCli(process.argv, { startNode, version, writeBackup, restore, recover, inspect }));
