import { hostname, userInfo } from "node:os";
import type { Command } from "commander";

export interface ByWhomFlags {
  readonly by?: string;
  readonly why?: string;
}

/** For what is done by hand: it is kept with what was done, for whoever looks at it later. */
export function addByWhomFlags(command: Command): Command {
  return command
    .option("--by <NAME>", "who does this (default: the user's name and this machine's)")
    .option("--why <TEXT>", "why, for whoever looks at it later");
}

export function byWhomOf({ by, why }: ByWhomFlags): {
  readonly by: string;
  readonly why: string | undefined;
} {
  return { by: by ?? `${userName()}@${hostname()}`.slice(0, 128), why };
}

/** A container may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "somebody";
  }
}
