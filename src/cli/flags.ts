import { type Command, InvalidArgumentError, Option } from "commander";
import type { Consistency } from "../client/index.ts";
import type { OutputFormat } from "./output/print.ts";

export const defaultEndpoints = "127.0.0.1:7400,127.0.0.1:7401,127.0.0.1:7402";

/** Flags of every command that talks to a cluster. */
export interface ClientFlags {
  readonly endpoints: string;
  readonly timeout: string;
}

export interface ReadingFlags extends ClientFlags {
  readonly output: OutputFormat;
}

/** Flags of every command that reads. */
export interface ConsistencyFlags extends ReadingFlags {
  readonly consistency?: Consistency;
  readonly stale?: boolean;
  readonly node?: string;
}

export function addConsistencyFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--consistency <HOW>",
        "linearizable: as new as every acknowledged write; stale: what one node has, also without a leader",
      ).choices(["linearizable", "stale"]),
    )
    .addOption(new Option("--stale", "the same as --consistency stale").conflicts("consistency"))
    .option(
      "--node <ID>",
      "read from this node; default: the leader, or for stale reads whichever answers first",
    );
}

/** The SDK's options for what the flags say. */
export function readOptions({ consistency, stale, node }: ConsistencyFlags): {
  readonly consistency: Consistency;
  readonly node: string | undefined;
} {
  return { consistency: consistency ?? (stale === true ? "stale" : "linearizable"), node };
}

export function addClientFlags(command: Command): Command {
  return command
    .addOption(
      new Option("-e, --endpoints <LIST>", "client addresses of some nodes: host:port,host:port,...")
        .env("CONCLAVE_ENDPOINTS")
        .default(defaultEndpoints),
    )
    .option(
      "--timeout <DURATION>",
      "give up a call after this long, retries and a change of leader included",
      "10s",
    );
}

export function addOutputFlag(command: Command): Command {
  return command.addOption(
    new Option("-o, --output <FORMAT>", "table for eyes, json for programs")
      .choices(["table", "json"])
      .default("table"),
  );
}

/** Parses a whole number of at least `least`, for commander. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(number) || number < least) {
      throw new InvalidArgumentError(`Give a whole number of at least ${least}.`);
    }
    return number;
  };
}

/** Parses an ISO time or milliseconds since the epoch, for commander. */
export function pointInTime(text: string): Date {
  const date = /^\d+$/.test(text)
    ? new Date(Number(text))
    : new Date(/^\d{4}-/.test(text) ? text : Number.NaN);
  if (Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError("Give an ISO time such as 2030-01-31T08:00:00Z, or ms since the epoch.");
  }
  return date;
}
