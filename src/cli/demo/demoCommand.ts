import { Option } from "commander";
import { type Register, runCommand } from "../context.ts";
import { wholeNumber } from "../flags.ts";
import { runDemo } from "./run.ts";

/** Flags of `conclave demo`. */
export interface DemoFlags {
  readonly nodes: string;
  readonly dir?: string;
  readonly workers: number;
  readonly keep?: boolean;
}

/** `conclave demo`: a cluster, real work, a killed worker, a killed leader, and an audit of what came of it. */
export const registerDemo: Register = (parent, context) => {
  parent
    .command("demo")
    .summary("kill a worker and the leader in mid-run, and lose nothing")
    .description(
      "Starts a cluster on this machine, enqueues a job for every file below a folder, has worker processes compute " +
        "SHA-256 and line counts, kills one of them and then the leader, and audits every job at the end. " +
        "Exit code 1 when any check fails.",
    )
    .addOption(new Option("--nodes <COUNT>", "how many nodes").choices(["3", "5"]).default("3"))
    .option("--dir <DIR>", "a job for every file below it (default: this project's node_modules)")
    .option("--workers <COUNT>", "worker processes, one of which is killed", wholeNumber(2), 3)
    .option("--keep", "leave the cluster running at the end, until Ctrl-C")
    .action(async (flags: DemoFlags) => {
      await runCommand(context, (signal) => runDemo(context, flags, signal));
    });
};
