import { ConclaveError } from "../base/errors.ts";
import type { FormatRange } from "../node/ports.ts";

/**
 * Formats of what nodes send each other, records among it, that this release can read: 1 has a record for each job, 2 has
 * jobs in pages, retry policies of queues, and rules 1 of the machine. Entries are the same in both, so that nodes of either can be members together.
 */
export const formats: FormatRange = { min: 1, max: 2 };

/** From this one on queues may have retry policies: an older node would leave them out, and then differ from the others. */
export const policiesSince = 2;

/**
 * Formats of entries that this release can read. It writes the newest one that all members can read; there is only one so
 * far. In every format of a frame its checksum, length and version stay where they are, and mean the same.
 */
export const entryFormats: FormatRange = { min: 1, max: 1 };

export function isReadable(format: number, { min, max }: FormatRange = formats): boolean {
  return format >= min && format <= max;
}

/** FORMAT_UNSUPPORTED for data whose checksum holds: it is not damaged, this is the wrong release for it. */
export function unsupportedFormat(
  what: string,
  format: number,
  { min, max }: FormatRange = formats,
): ConclaveError {
  const readable = min === max ? `format ${max}` : `formats ${min} to ${max}`;
  const remedy =
    format > max
      ? "upgrade this node to the release that wrote it"
      : "start it once with an older release that still reads it, or let the node rejoin with an empty data directory";
  return new ConclaveError(
    "FORMAT_UNSUPPORTED",
    `${what} has format ${format}, and this release reads ${readable}: the data is intact; ${remedy}`,
  );
}
