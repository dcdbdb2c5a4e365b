import { setTimeout as delay } from "node:timers/promises";
import { Option } from "commander";
import { toMs } from "../base/duration.ts";
import {
  type Cluster,
  ConclaveError,
  type Consistency,
  connect,
  type MemberStatus,
} from "../client/index.ts";
import { endpointsOf } from "./connection.ts";
import { type CliContext, type Register, runCommand } from "./context.ts";
import { type ExitCode, exitCodes } from "./exitCodes.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags } from "./flags.ts";
import { leadershipIn } from "./leadership.ts";
import { paintFor, plain } from "./output/paint.ts";
import { printAnswer } from "./output/print.ts";
import { statusAnswer } from "./statusAnswer.ts";

interface StatusFlags extends ReadingFlags {
  readonly consistency: Consistency;
  readonly watch?: boolean;
  readonly interval: string;
}

/** `conclave status`: one row a node. The exit code says whether there is a leader. */
export const registerStatus: Register = (parent, context) => {
  const command = parent
    .command("status")
    .summary("show every node of the cluster")
    .description("Shows every node, with or without a leader. Exit code 3 when no node leads.")
    .option("-w, --watch", "again and again, until Ctrl-C")
    .option("--interval <DURATION>", "how often --watch asks", "1s")
    .addOption(
      new Option(
        "--consistency <HOW>",
        "stale: what each node knows; linearizable: each asks the leader first",
      )
        .choices(["stale", "linearizable"])
        .default("stale"),
    );
  addOutputFlag(addClientFlags(command));
  command.action(async (flags: StatusFlags) => {
    await runCommand(context, (signal) => runStatus(context, flags, signal));
  });
};

async function runStatus(context: CliContext, flags: StatusFlags, signal: AbortSignal): Promise<ExitCode> {
  const intervalMs = toMs(flags.interval, "--interval");
  const paint = flags.output === "table" ? paintFor(context.io.stdout, context.io.env) : plain;
  await using asker = new StatusAsker(flags, signal);
  for (;;) {
    const members = await asker.ask();
    // From the top, over the table of the round before, so that a terminal shows one live table.
    if (flags.watch === true && context.io.stdout.isTTY === true)
      context.io.stdout.write("\u001b[H\u001b[2J");
    printAnswer(context.io, flags.output, statusAnswer(members, paint));
    if (flags.watch !== true)
      return leadershipIn(members) === undefined ? exitCodes.unavailable : exitCodes.ok;
    // Ctrl-C ends the wait, and with it the command.
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return exitCodes.ok;
  }
}

/** Asks the nodes; when none answers, says so in rows rather than by an error. */
class StatusAsker implements AsyncDisposable {
  readonly #flags: StatusFlags;
  readonly #signal: AbortSignal;
  #cluster: Cluster | null = null;

  constructor(flags: StatusFlags, signal: AbortSignal) {
    this.#flags = flags;
    this.#signal = signal;
  }

  async ask(): Promise<readonly MemberStatus[]> {
    const endpoints = endpointsOf(this.#flags);
    try {
      this.#cluster ??= await connect(endpoints, { signal: this.#signal, timeout: this.#flags.timeout });
      return await this.#cluster.status({ signal: this.#signal, consistency: this.#flags.consistency });
    } catch (error) {
      if (!(error instanceof ConclaveError) || error.code !== "UNAVAILABLE") throw error;
      return endpoints
        .split(",")
        .map((address) => ({ address: address.trim(), nodeId: undefined, status: undefined, error }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster?.close();
  }
}
