import { Cron } from "croner";
import { ConclaveError } from "../base/errors.ts";

/** The fields of six; those of five lack the seconds, which are then 0. */
const fields = [
  { name: "seconds", wanted: "0-59" },
  { name: "minute", wanted: "0-59" },
  { name: "hour", wanted: "0-23" },
  { name: "day of the month", wanted: "1-31, L for the last day, 15W for the weekday nearest to the 15th" },
  { name: "month", wanted: "1-12 or JAN-DEC" },
  {
    name: "day of the week",
    wanted: "0-7 (0 and 7 are Sunday) or SUN-SAT, MON#1 for the first, 5L for the last",
  },
] as const;

const nicknames = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"];

/** What the error messages call them. */
export interface FieldNames {
  readonly cron: string;
  readonly timeZone: string;
}

/** Throws INVALID_ARGUMENT that names the field of the expression, or the time zone, that cannot be read. */
export function cronExpression(cron: string, timeZone: string, names: FieldNames): Cron {
  checkTimeZone(timeZone, names.timeZone);
  const expression = cron.trim();
  if (expression.startsWith("@")) {
    if (!nicknames.includes(expression.toLowerCase())) {
      throw invalid(`${names.cron} is ${shown(cron)}; of names there are ${nicknames.join(", ")}`);
    }
    return parse(expression, timeZone);
  }
  const parts = expression === "" ? [] : expression.split(/\s+/);
  if (parts.length < 5 || parts.length > 6) {
    throw invalid(
      `${names.cron} is ${shown(cron)}, ${parts.length} fields; write 5 (minute, hour, day of the month, month, day of ` +
        "the week) or 6 (seconds first), separated by spaces",
    );
  }
  try {
    return parse(expression, timeZone);
  } catch (cause) {
    throw (
      guilty(parts, timeZone, names.cron, cause) ??
      invalid(`${names.cron} ${shown(cron)} cannot be read`, cause)
    );
  }
}

function parse(expression: string, timeZone: string): Cron {
  return new Cron(expression, {
    mode: "5-or-6-parts",
    timezone: timeZone,
    // Lists and ranges without a wildcard are times of the day as well, as in Vixie cron.
    fixedTimeRule: "no-wildcard",
    paused: true,
  });
}

/** Tries each field alone: the first that cannot be read is the one to name. */
function guilty(
  parts: readonly string[],
  timeZone: string,
  name: string,
  cause: unknown,
): ConclaveError | null {
  const known = fields.slice(fields.length - parts.length);
  for (const [i, field] of known.entries()) {
    const part = parts[i] ?? "";
    try {
      parse(known.map((_, other) => (other === i ? part : "*")).join(" "), timeZone);
    } catch {
      return invalid(
        `${name}: the ${field.name} field is ${shown(part)}; use ${field.wanted}, with * for any, lists (1,15), ranges ` +
          "(1-5) and steps (*/10, 0-30/10)",
        cause,
      );
    }
  }
  return null;
}

function checkTimeZone(timeZone: string, name: string): void {
  try {
    // Offsets such as +02:00 are names of zones to newer runtimes only.
    if (/^[A-Za-z]/.test(timeZone)) return void new Intl.DateTimeFormat("en-US", { timeZone });
  } catch {
    // Told below.
  }
  throw invalid(
    `${name} is ${shown(timeZone)}, which is no time zone that this node knows; use an IANA name such as Europe/Berlin, ` +
      "America/New_York or UTC",
  );
}

function shown(text: string): string {
  return JSON.stringify(text.length <= 100 ? text : `${text.slice(0, 100)}...`);
}

function invalid(message: string, cause?: unknown): ConclaveError {
  return new ConclaveError("INVALID_ARGUMENT", message, cause === undefined ? {} : { cause });
}
