import { CommanderError } from "commander";
import { ConclaveError } from "../base/errors.ts";
import { CommandFailed } from "./commandFailed.ts";
import type { CliContext } from "./context.ts";
import type { OfflineTools } from "./disaster/types.ts";
import { exitCodeOf, exitCodes } from "./exitCodes.ts";
import { inFlags } from "./inFlags.ts";
import { type CliIo, processIo } from "./io.ts";
import type { StartNode } from "./nodeOptions.ts";
import { buildProgram } from "./program.ts";

export interface CliDependencies extends OfflineTools {
  /** The composition root's: `conclave node` runs it in this process. */
  readonly startNode: StartNode;
  /** What `--version` prints. */
  readonly version: string;
  /** For tests; default: the process' own streams and environment. */
  readonly io?: CliIo;
}

/**
 * Runs one command line, `argv` as in `process.argv`. Never rejects: what went wrong is on stderr, and the
 * result is the exit code of docs/cli.md, with which the caller should end the process.
 */
export async function runCli(argv: readonly string[], dependencies: CliDependencies): Promise<number> {
  const context: CliContext = {
    ...dependencies,
    io: dependencies.io ?? processIo,
    binPath: argv[1] ?? "",
    exitCode: exitCodes.ok,
  };
  if (dependencies.io === undefined) endWithItsReader();
  try {
    const program = await buildProgram(context, argv[2]);
    await program.parseAsync(argv);
    return context.exitCode;
  } catch (thrown) {
    const error = inFlags(thrown, context.command);
    // Commander has printed its own errors and help already.
    if (!(error instanceof CommanderError)) context.io.stderr.write(`conclave: ${describeError(error)}\n`);
    return exitCodeOf(error);
  }
}

/** The message of what was foreseen, with its code if it has one; a stack for a bug. */
function describeError(error: unknown): string {
  if (error instanceof ConclaveError) return `${error.code}: ${error.message}`;
  if (error instanceof CommandFailed) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** `conclave job list | head`: the reader has seen enough, which is no error. */
function endWithItsReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCodes.ok);
    throw error;
  });
}
