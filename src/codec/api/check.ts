import { ConclaveError } from "../../base/errors.ts";
import { controlCharacter, namePattern } from "../../base/jobBounds.ts";

/** Throws INVALID_ARGUMENT: `field` is the field's path as the .proto files spell it. */
export function refuse(field: string, problem: string): never {
  throw new ConclaveError("INVALID_ARGUMENT", `${field} ${problem}`);
}

/** A value as an error message may show it: quoted, and short whatever was sent. */
export function shown(value: unknown): string {
  if (typeof value !== "string") return String(value);
  return JSON.stringify(cut(value, 60)) + (value.length > 60 ? `... (${value.length} characters)` : "");
}

/** The first `characters` UTF-16 units of `text`, one less where that would halve a surrogate pair. */
export function cut(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const last = text.charCodeAt(characters - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? characters - 1 : characters);
}

/** Job ids, queues and worker ids: 1 to 128 characters of [A-Za-z0-9._:/-]. */
export function name(field: string, value: string): string {
  if (value === "") refuse(field, "is empty; it needs 1 to 128 characters of [A-Za-z0-9._:/-]");
  if (!namePattern.test(value))
    refuse(field, `is ${shown(value)}; use 1 to 128 characters of [A-Za-z0-9._:/-]`);
  return value;
}

/** Free text of at most `max` characters. */
export function text(field: string, value: string, max: number): string {
  if (value.length > max) refuse(field, `has ${value.length} characters; at most ${max} are allowed`);
  return value;
}

/** `text` without control characters. */
export function line(field: string, value: string, max: number): string {
  text(field, value, max);
  if (controlCharacter.test(value)) refuse(field, `is ${shown(value)}; control characters are not allowed`);
  return value;
}

/** Who does something by hand, and why: at most 128 and 1024 characters. `at` ends in a dot, or is empty. */
export function byWhom(
  at: string,
  { by, why }: { readonly by: string; readonly why: string },
): { readonly by: string; readonly why: string } {
  return { by: line(`${at}by`, by, 128), why: text(`${at}why`, why, 1024) };
}

/** A number in [min, max]; whole unless `fraction`. NaN, infinities and values above 2^53 are refused. */
export function within(field: string, value: number, min: number, max: number, unit = ""): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  return refuse(field, `is ${shown(value)}; it must be a whole number from ${min} to ${max}${unit}`);
}

/** `within` for a field whose 0 means "not set". */
export function withinOr(
  fallback: number,
  field: string,
  value: number,
  min: number,
  max: number,
  unit = "",
): number {
  if (value === 0) return fallback;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  return refuse(
    field,
    `is ${shown(value)}; it must be a whole number from ${min} to ${max}${unit}, or 0 for the default (${fallback})`,
  );
}

/** Bytes a caller sends along; `option` of the nodes bounds them. Throws PAYLOAD_TOO_LARGE. */
export function bytesUpTo(field: string, value: Uint8Array, max: number, option: string): Uint8Array {
  if (value.length <= max) return value;
  throw new ConclaveError(
    "PAYLOAD_TOO_LARGE",
    `${field} has ${value.length} bytes; at most ${max} are allowed: keep it elsewhere and send a reference, or raise ` +
      `${option} of all nodes`,
  );
}

/** Bounds a repeated field and the encoded request that carries it. Throws INVALID_ARGUMENT, PAYLOAD_TOO_LARGE. */
export function batch(field: string, count: number, maxCount: number, bytes: number, maxBytes: number): void {
  if (count > maxCount) refuse(field, `holds ${count} items; send at most ${maxCount} in one request`);
  if (bytes > maxBytes) {
    throw new ConclaveError(
      "PAYLOAD_TOO_LARGE",
      `the request has ${bytes} bytes; at most ${maxBytes} are allowed: send ${field} in smaller batches, or raise --max-batch ` +
        "of all nodes",
    );
  }
}
