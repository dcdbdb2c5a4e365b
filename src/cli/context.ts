import type { Command } from "commander";
import { ConclaveError } from "../base/errors.ts";
import type { OfflineTools } from "./disaster/types.ts";
import { type ExitCode, exitCodes } from "./exitCodes.ts";
import { listenForInterruption } from "./interruption.ts";
import type { CliIo } from "./io.ts";
import type { StartNode } from "./nodeOptions.ts";

/** What every command is given. */
export interface CliContext extends OfflineTools {
  readonly io: CliIo;
  readonly startNode: StartNode;
  /** The script to spawn for `conclave` itself: nodes of `dev`, workers of `demo`. */
  readonly binPath: string;
  readonly version: string;
  /** The command that runs, for its flags to be told apart. */
  command?: Command;
  /** Set by the command that ran. */
  exitCode: ExitCode;
}

/** Runs a command's body with Ctrl-C turned into an AbortSignal; its return value is the exit code. */
export async function runCommand(
  context: CliContext,
  body: (signal: AbortSignal) => Promise<ExitCode | void>,
): Promise<void> {
  using interruption = listenForInterruption();
  try {
    context.exitCode = (await body(interruption.signal)) ?? exitCodes.ok;
  } catch (cause) {
    // Whatever an interrupted command fails with, Ctrl-C was the reason.
    if (!interruption.signal.aborted) throw cause;
    throw new ConclaveError("ABORTED", "interrupted", { cause });
  }
}

/** Adds a subcommand to its parent; one function a command, one file each. */
export type Register = (parent: Command, context: CliContext) => void;
