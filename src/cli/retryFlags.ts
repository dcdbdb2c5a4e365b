import { type Command, InvalidArgumentError, Option } from "commander";
import type { Backoff, Jitter, RetryOptions } from "../client/index.ts";
import { wholeNumber } from "./flags.ts";

export interface RetryFlags {
  readonly maxAttempts?: number;
  readonly backoff?: Backoff;
  readonly initialBackoff?: string;
  readonly multiplier?: number;
  readonly maxBackoff?: string;
  readonly delays?: readonly string[];
  readonly jitter?: Jitter;
}

/** A retry policy, of a job or of a queue. */
export function addRetryFlags(command: Command, of: "job" | "queue"): Command {
  const byDefault = (value: string): string =>
    of === "job" ? `(default: the queue's policy, else ${value})` : `(default: ${value})`;
  return command
    .option("--max-attempts <COUNT>", `attempts in all, the first included ${byDefault("5")}`, wholeNumber(1))
    .addOption(
      new Option("--backoff <KIND>", "how delays between attempts grow").choices([
        "exponential",
        "linear",
        "fixed",
        "list",
      ]),
    )
    .option("--initial-backoff <DURATION>", `the first delay ${byDefault("1s")}`)
    .option("--multiplier <FACTOR>", `growth of exponential delays ${byDefault("2")}`, factor)
    .option("--max-backoff <DURATION>", `the longest delay ${byDefault("60s")}`)
    .option("--delays <LIST>", "the delays of the backoff list: 1s,10s,5m", (text) => text.split(","))
    .addOption(
      new Option("--jitter <KIND>", "what is taken off a delay").choices([
        "equal",
        "full",
        "decorrelated",
        "none",
      ]),
    );
}

/** Undefined when none of them was given. */
export function retryOf(flags: RetryFlags): RetryOptions | undefined {
  const { maxAttempts, backoff, initialBackoff, multiplier, maxBackoff, delays, jitter } = flags;
  const retry = { maxAttempts, backoff, initialBackoff, multiplier, maxBackoff, delays, jitter };
  return Object.values(retry).every((each) => each === undefined) ? undefined : retry;
}

function factor(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number < 1) {
    throw new InvalidArgumentError("Give a number of at least 1.");
  }
  return number;
}
