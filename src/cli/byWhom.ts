import { hostname, userInfo } from "node:os";
import type { Command } from "commander";

export interface ByWhomFlags {
  readonly by?: string;
  readonly why?: string;
}

/** For what is done by hand and needs no reason. */
export function addByFlag(command: Command): Command {
  return command.option("--by <NAME>", "who does this (default: the user's name and this machine's)");
}

/** For what is done by hand: it is kept with what was done, for whoever looks at it later. */
export function addByWhomFlags(command: Command): Command {
  return addByFlag(command).option("--why <TEXT>", "why, for whoever looks at it later");
}

export function whoever(by: string | undefined): string {
  return by ?? `${userName()}@${hostname()}`.slice(0, 128);
}

export function byWhomOf({ by, why }: ByWhomFlags): {
  readonly by: string;
  readonly why: string | undefined;
} {
  return { by: whoever(by), why };
}

/** A container may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "somebody";
  }
}
