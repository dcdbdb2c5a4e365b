/**
 * A failure that was foreseen and whose message says all: shown without a stack, exit code 1. What crosses the
 * SDK's surface is a ConclaveError; this is for the command's own processes and checks.
 */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}
