import { Command } from "commander";
import type { CliContext, Register } from "./context.ts";

/** Each command's module is loaded when it is asked for: a start costs some hundred files less than with all of them. */
const commands = {
  node: async () => (await import("./nodeCommand.ts")).registerNode,
  dev: async () => (await import("./dev/devCommand.ts")).registerDev,
  status: async () => (await import("./statusCommand.ts")).registerStatus,
  job: async () => (await import("./job/jobCommand.ts")).registerJob,
  queue: async () => (await import("./queue/queueCommand.ts")).registerQueue,
  breaker: async () => (await import("./breaker/breakerCommand.ts")).registerBreaker,
  schedule: async () => (await import("./schedule/scheduleCommand.ts")).registerSchedule,
  work: async () => (await import("./work/workCommand.ts")).registerWork,
  backup: async () => (await import("./disaster/backup.ts")).registerBackup,
  restore: async () => (await import("./disaster/restore.ts")).registerRestore,
  inspect: async () => (await import("./disaster/inspect.ts")).registerInspect,
  recover: async () => (await import("./disaster/recover.ts")).registerRecover,
  demo: async () => (await import("./demo/demoCommand.ts")).registerDemo,
  "demo-worker": async () => (await import("./demo/workerCommand.ts")).registerDemoWorker,
} as const satisfies Record<string, () => Promise<Register>>;

/**
 * The command line: all of it, or what is needed for the command of this `name`. Commander's own errors are thrown, not
 * printed and exited upon.
 */
export async function buildProgram(context: CliContext, name?: string): Promise<Command> {
  const program = new Command("conclave")
    .description("A Raft cluster whose elected leader distributes durable, fenced work")
    .version(context.version, "-V, --version", "print the version")
    .configureOutput({
      writeOut: (text) => context.io.stdout.write(text),
      writeErr: (text) => context.io.stderr.write(text),
      // In the form of all other errors (docs/cli.md), so that one pattern finds them.
      outputError: (text, write) =>
        write(
          text
            .replace(/^error: /, "conclave: INVALID_ARGUMENT: ")
            .replace(/(unknown command '[^']*')/, "$1; --help in its place lists the commands"),
        ),
    })
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride()
    .hook("preAction", (_program, command) => {
      context.command = command;
    });
  const wanted = isCommand(name) ? [commands[name]] : Object.values(commands);
  for (const register of await Promise.all(wanted.map((load) => load()))) register(program, context);
  return program;
}

function isCommand(name: string | undefined): name is keyof typeof commands {
  return name !== undefined && Object.hasOwn(commands, name);
}
