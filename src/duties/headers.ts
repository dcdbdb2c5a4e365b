import { readFile } from "node:fs/promises";
import { describe, PollFailure } from "./pollFailure.ts";
import type { HeaderValue } from "./sourceTypes.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The headers as they are sent; files and variables are read anew each time, so that a secret can be exchanged while the
 * node runs. Throws PollFailure, whose message names the header and never has its value.
 */
export async function headersOf(
  given: Readonly<Record<string, HeaderValue>>,
  env: Environment,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given))
    headers[name.toLowerCase()] = checked(name, await valueOf(name, value, env));
  return headers;
}

async function valueOf(name: string, value: HeaderValue, env: Environment): Promise<string> {
  if (typeof value === "string") return value;
  const prefix = value.prefix ?? "";
  if ("env" in value) {
    const found = env[value.env];
    if (found !== undefined && found !== "") return prefix + found;
    throw new PollFailure("invalid", `header ${name}: the variable ${value.env} is not set`);
  }
  try {
    return prefix + (await readFile(value.file, "utf8")).trim();
  } catch (error) {
    throw new PollFailure("invalid", `header ${name}: its file cannot be read: ${describe(error)}`);
  }
}

/** What `fetch` would refuse, it would refuse with the value in its message. */
function checked(name: string, value: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw new PollFailure("invalid", `header ${name}: its value has characters that a header cannot have`);
}
