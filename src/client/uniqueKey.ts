import { createHash } from "node:crypto";
import { ConclaveError } from "../base/errors.ts";

/**
 * A dedup key made of a job's data, or of what of it matters: equal values give equal keys, whatever the order of their fields.
 * `dedup: { key: uniqueKey({ userId, day }), window: "1h" }` lets one such job into its queue an hour.
 *
 * Values are taken as JSON takes them: a Date counts as its text, a field that is undefined as left out. Throws
 * INVALID_ARGUMENT for what is no JSON.
 */
export function uniqueKey(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    throw new ConclaveError("INVALID_ARGUMENT", "uniqueKey: the value cannot be written as JSON", { cause });
  }
  if (json === undefined) throw new ConclaveError("INVALID_ARGUMENT", "uniqueKey: there is no value");
  return createHash("sha256")
    .update(inOrder(JSON.parse(json)))
    .digest("base64url");
}

/** JSON with the fields of each object sorted by name. */
function inOrder(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOrder).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, each]) => `${JSON.stringify(name)}:${inOrder(each)}`).join(",")}}`;
}
