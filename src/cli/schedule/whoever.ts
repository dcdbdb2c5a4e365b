import type { Command } from "commander";
import { byWhomOf } from "../byWhom.ts";

/** For what is done by hand and needs no reason. */
export function addByFlag(command: Command): Command {
  return command.option("--by <NAME>", "who does this (default: the user's name and this machine's)");
}

export function whoever(by: string | undefined): string {
  return byWhomOf(by === undefined ? {} : { by }).by;
}
