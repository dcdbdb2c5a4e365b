import type { Command } from "commander";
import { ConclaveError } from "../base/errors.ts";
import { inUnits } from "./inUnits.ts";

/** Where the flag is not called as the field is. */
const renamed: Readonly<Record<string, string>> = {
  "dedup.key": "dedup-key",
  "dedup.mode": "dedup-mode",
  "dedup.window": "dedup-window",
  "timeouts.queue": "queue-timeout",
  "timeouts.attempt": "attempt-timeout",
  "timeouts.total": "total-timeout",
  "weights.byKey": "weight",
  weights: "weight",
  tags: "tag",
  open: "for",
  types: "type",
  jobId: "job",
};

/** Which part of a flag with several, as its help calls them. */
const partOf: Readonly<Record<string, string>> = {
  "rate.limit": "COUNT",
  "rate.interval": "DURATION",
  "ratePerKey.limit": "COUNT",
  "ratePerKey.interval": "DURATION",
  "breaker.threshold": "COUNT",
  "breaker.initialOpen": "MIN",
  "breaker.maxOpen": "MAX",
};

/** What fields lie in, and no flag tells of. */
const around: ReadonlySet<string> = new Set(["jobs", "spec", "job", "patch", "retry"]);

/** A field that a message begins with, and one that is named in the midst of it. */
const first = /^[A-Za-z_]+(?:\[[^\]]*\]|\.\w+)*(?=:| is | has | holds )/;
const within = /\b(?:jobs\[\d+\]|spec|patch|retry|dedup|timeouts)(?:\.\w+)+(?:\["[^"]*"\])?|\bmaxBackoff\b/g;

/** An error of SDK or node about what the command was given, with the command's flags in place of their fields. */
export function inFlags(error: unknown, command: Command | undefined): unknown {
  if (!(error instanceof ConclaveError) || command === undefined) return error;
  const message =
    error.code === "INVALID_ARGUMENT"
      ? inUnits(error.message)
          .replace(/^change names no setting: .*/, "no setting is named: give at least one flag")
          .replace(first, (path) => flagOf(path, command))
          .replace(within, (path) => flagOf(path, command))
      : error.message.replace("`timeout`", "--timeout");
  return message === error.message ? error : new ConclaveError(error.code, message, { cause: error });
}

/** The path as it is when the command has no such flag: an argument, say. */
function flagOf(path: string, command: Command): string {
  const [, name = path, key = ""] = /^(.*?)(\["[^"]*"\])?$/.exec(path) ?? [];
  const parts = name
    .replace(/\[\d+\]/g, "")
    .split(".")
    .map(camelCase)
    .filter((part, at) => at > 0 || !around.has(part));
  if (parts[0] !== undefined && around.has(parts[0])) parts.shift();
  const whole = parts.join(".");
  const names = [
    renamed[whole],
    ...[parts[0], parts.at(-1)].map((part) => renamed[part ?? ""] ?? kebabCase(part)),
  ];
  const known = new Set(command.options.map(({ long }) => long));
  const flag = names.map((each) => `--${each}`).find((each) => known.has(each));
  const part = key === "" ? partOf[whole] : key.slice(1, -1);
  return flag === undefined ? path : `${flag}${part === undefined ? "" : ` ${part}`}`;
}

/** Without the unit, which flags bring with their values. */
function camelCase(part: string): string {
  return part.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/Ms$/, "");
}

function kebabCase(part = ""): string {
  return part.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
