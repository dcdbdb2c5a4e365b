import type { Command } from "commander";
import { toMs } from "../base/duration.ts";
import { fields, flagOf, variableOf } from "./config/fields.ts";
import { readConfigFile } from "./config/readFile.ts";
import { resolveNodeOptions } from "./config/resolve.ts";
import { type CliContext, type Register, runCommand } from "./context.ts";
import { type ExitCode, exitCodes } from "./exitCodes.ts";
import { fired } from "./interruption.ts";
import { registerAdd, registerReplace } from "./members/add.ts";
import { registerList } from "./members/list.ts";
import { registerPromote } from "./members/promote.ts";
import { registerRemove } from "./members/remove.ts";
import { whenParentGone } from "./processes/whenParentGone.ts";
import { registerTransfer } from "./transferCommand.ts";

/** `conclave node`: one node in this process, until a signal or a fatal error ends it. */
export const registerNode: Register = (parent, context) => {
  const command = parent
    .command("node")
    .summary("run one node; show and change the members")
    .description(
      "Runs one node of a cluster; its subcommands show and change who belongs to it. Every setting may stand in a flag, in the environment or in a file; " +
        "a flag goes before the environment, the environment before the file.",
    )
    .option("-c, --config <FILE>", "settings as .yaml or .json (CONCLAVE_CONFIG)")
    .option("--stop-timeout <DURATION>", "end at once when an orderly stop takes longer", "10s");
  for (const field of fields) addField(command, field);
  for (const register of [
    registerList,
    registerAdd,
    registerPromote,
    registerRemove,
    registerReplace,
    registerTransfer,
  ]) {
    register(command, context);
  }
  command.action(async (flags: NodeFlags) => {
    await runCommand(context, (signal) => runNode(context, flags, signal));
  });
};

type NodeFlags = Readonly<Record<string, unknown>> & {
  readonly config?: string;
  readonly stopTimeout: string;
};

function addField(command: Command, field: (typeof fields)[number]): void {
  const fallback = field.fallback === undefined ? "" : `; default: ${field.fallback}`;
  const flag = field.kind === "flag" ? flagOf(field.key) : `${flagOf(field.key)} <${field.placeholder}>`;
  command.option(flag, `${field.describe} (${variableOf(field.key)}${fallback})`);
}

async function runNode(context: CliContext, flags: NodeFlags, signal: AbortSignal): Promise<ExitCode> {
  const path = flags.config ?? context.io.env["CONCLAVE_CONFIG"];
  const file = path === undefined || path === "" ? null : { path, content: await readConfigFile(path) };
  const stopTimeoutMs = toMs(flags.stopTimeout, "--stop-timeout");
  const { options, warnings } = resolveNodeOptions({ flags, env: context.io.env, file });
  for (const warning of warnings) context.io.stderr.write(`conclave: warning: ${warning}\n`);

  const ending = AbortSignal.any([signal, parentGone()]);
  const toEnd = new AbortController();
  void fired(ending).then(() => toEnd.abort());
  const life = async (): Promise<"ended"> => {
    const node = await context.startNode(options, ending);
    await Promise.race([node.ended, fired(ending)]);
    toEnd.abort();
    await node.stop();
    await node.ended;
    return "ended";
  };
  // Whatever it is at by then, be it that it still starts.
  let timer: NodeJS.Timeout | undefined;
  const late = fired(toEnd.signal).then(
    () => new Promise<"late">((resolve) => (timer = setTimeout(resolve, stopTimeoutMs, "late"))),
  );
  try {
    if ((await Promise.race([life(), late])) === "ended") return exitCodes.ok;
  } finally {
    clearTimeout(timer);
  }
  context.io.stderr.write(
    `conclave: the node did not stop within ${flags.stopTimeout}; ending it, it will recover from its log\n`,
  );
  return exitCodes.failure;
}

/** Fires when whoever spawned this process is gone. */
function parentGone(): AbortSignal {
  const controller = new AbortController();
  void whenParentGone().then(() => controller.abort());
  return controller.signal;
}
