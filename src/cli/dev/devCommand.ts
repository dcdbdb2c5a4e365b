import { setTimeout as delay } from "node:timers/promises";
import { Option } from "commander";
import { ConclaveError } from "../../base/errors.ts";
import { isFree } from "../cluster/freePorts.ts";
import type { LocalNode } from "../cluster/localNode.ts";
import { type CliContext, type Register, runCommand } from "../context.ts";
import { type ExitCode, exitCodes } from "../exitCodes.ts";
import { wholeNumber } from "../flags.ts";
import { fired } from "../interruption.ts";
import { type LocalCluster, startLocalCluster } from "../localCluster.ts";
import { paintFor } from "../output/paint.ts";
import { describeExit } from "../processes/spawnSelf.ts";
import { LogFormatter } from "./formatLog.ts";
import { sharedSettings } from "./sharedSettings.ts";

interface DevFlags {
  readonly nodes: string;
  readonly data?: string;
  readonly basePort: number;
  readonly restart?: boolean;
  readonly logLevel: string;
}

const restartDelayMs = 1000;

/** `conclave dev`: a cluster of real node processes on this machine, until Ctrl-C. */
export const registerDev: Register = (parent, context) => {
  parent
    .command("dev")
    .summary("run a cluster on this machine")
    .description("Runs a cluster of real node processes on this machine and shows their logs, until Ctrl-C.")
    .addOption(new Option("--nodes <COUNT>", "how many nodes").choices(["1", "3", "5"]).default("3"))
    .option("--data <DIR>", "keep the data there (default: a temporary directory, removed at the end)")
    .option(
      "--base-port <PORT>",
      "n1 serves clients there, n2 at the next; peers +100, HTTP +200",
      wholeNumber(1),
      7400,
    )
    .option("--restart", "start a node again that ended on its own account")
    .option("--log-level <LEVEL>", "the nodes' log level", "info")
    .action(async (flags: DevFlags) => {
      await runCommand(context, (signal) => runDev(context, flags, signal));
    });
};

async function runDev(context: CliContext, flags: DevFlags, signal: AbortSignal): Promise<ExitCode> {
  const { stdout, env } = context.io;
  const count = Number(flags.nodes);
  await refuseBusyPorts(flags.basePort, count);
  const paint = paintFor(stdout, env);
  const formatter = new LogFormatter(
    Array.from({ length: count }, (_, at) => `n${at + 1}`),
    paint,
  );
  const say = (text: string): void => void stdout.write(`${paint("bold", text)}\n`);
  await using cluster = await startLocalCluster({
    nodes: count,
    binPath: context.binPath,
    dataDir: flags.data,
    basePort: flags.basePort,
    env: sharedSettings(env),
    extraArgs: ["--log-level", flags.logLevel],
    onLine: (id, line) => void stdout.write(`${formatter.format(id, line)}\n`),
    signal,
  });
  say(howToConnect(cluster, flags));
  const ends = cluster.nodes.map((node) => watch(node, flags.restart === true, signal, say));
  const allEnded = await Promise.race([fired(signal).then(() => false), Promise.all(ends).then(() => true)]);
  if (allEnded) {
    say("all nodes have ended");
    return exitCodes.failure;
  }
  say("stopping all nodes; Ctrl-C again ends them at once");
  await cluster.stop();
  return exitCodes.ok;
}

/** Reports a node that ended on its own account; resolves when it will not run again. */
async function watch(
  node: LocalNode,
  restart: boolean,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  for (;;) {
    const status = await node.exited;
    if (signal.aborted) return;
    say(`${node.id} ended: ${describeExit(status)}${restart ? "; starting it again" : ""}`);
    if (!restart) return;
    await delay(restartDelayMs);
    if (!signal.aborted) node.start();
  }
}

function howToConnect(cluster: LocalCluster, flags: DevFlags): string {
  const isDefault = flags.basePort === 7400 && cluster.nodes.length === 3;
  return [
    "",
    `The cluster is up: ${cluster.nodes.map((node) => `${node.id} (pid ${node.pid ?? "?"})`).join(", ")}`,
    `  clients   ${cluster.endpoints}`,
    `  metrics   ${cluster.nodes.map((node) => `http://${node.httpAddress}/metrics`).join(" ")}`,
    `  data      ${cluster.dataDir}${flags.data === undefined ? " (removed at the end)" : ""}`,
    ...(isDefault ? [] : [`In another terminal: export CONCLAVE_ENDPOINTS=${cluster.endpoints}`]),
    'Try: conclave status; conclave job enqueue mail \'{"to":"ann"}\'; conclave work mail -- cat',
    "",
  ].join("\n");
}

async function refuseBusyPorts(basePort: number, count: number): Promise<void> {
  const ports = [0, 100, 200].flatMap((offset) =>
    Array.from({ length: count }, (_, at) => basePort + offset + at),
  );
  if (ports.some((port) => port > 65_535)) {
    throw new ConclaveError(
      "INVALID_ARGUMENT",
      `--base-port ${basePort}: the nodes' ports would be above 65535`,
    );
  }
  const busy: number[] = [];
  for (const port of ports) if (!(await isFree(port))) busy.push(port);
  if (busy.length > 0) {
    throw new ConclaveError(
      "CONFIG_INVALID",
      `port ${busy.join(", ")} of 127.0.0.1 is taken; end what listens there or choose another --base-port`,
    );
  }
}
