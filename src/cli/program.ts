import { Command } from "commander";
import { registerBreaker } from "./breaker/breakerCommand.ts";
import type { CliContext } from "./context.ts";
import { registerDemo } from "./demo/demoCommand.ts";
import { registerDemoWorker } from "./demo/workerCommand.ts";
import { registerDev } from "./dev/devCommand.ts";
import { registerBackup } from "./disaster/backup.ts";
import { registerInspect } from "./disaster/inspect.ts";
import { registerRecover } from "./disaster/recover.ts";
import { registerRestore } from "./disaster/restore.ts";
import { registerJob } from "./job/jobCommand.ts";
import { registerNode } from "./nodeCommand.ts";
import { registerQueue } from "./queue/queueCommand.ts";
import { registerSchedule } from "./schedule/scheduleCommand.ts";
import { registerStatus } from "./statusCommand.ts";
import { registerWork } from "./work/workCommand.ts";

/** The whole command line. Commander's own errors are thrown, not printed and exited upon. */
export function buildProgram(context: CliContext): Command {
  const program = new Command("conclave")
    .description("A Raft cluster whose elected leader distributes durable, fenced work")
    .version(context.version, "-V, --version", "print the version")
    .configureOutput({
      writeOut: (text) => context.io.stdout.write(text),
      writeErr: (text) => context.io.stderr.write(text),
      // In the form of all other errors (docs/cli.md), so that one pattern finds them.
      outputError: (text, write) => write(text.replace(/^error: /, "conclave: INVALID_ARGUMENT: ")),
    })
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride();
  for (const register of [
    registerNode,
    registerDev,
    registerStatus,
    registerJob,
    registerQueue,
    registerBreaker,
    registerSchedule,
    registerWork,
    registerBackup,
    registerRestore,
    registerInspect,
    registerRecover,
    registerDemo,
    registerDemoWorker,
  ]) {
    register(program, context);
  }
  return program;
}
