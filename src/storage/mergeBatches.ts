import type { DurableBatch } from "./types.ts";

/** One batch with the effect of all, carried out in order: what gathered while the disk was busy. */
export function mergeBatches(batches: readonly DurableBatch[]): DurableBatch {
  const [only] = batches;
  if (only !== undefined && batches.length === 1) return only;
  let { hardState, truncateFrom }: Pick<DurableBatch, "hardState" | "truncateFrom"> = {
    hardState: null,
    truncateFrom: null,
  };
  const entries: DurableBatch["entries"][number][] = [];
  for (const batch of batches) {
    hardState = batch.hardState ?? hardState;
    const from = batch.truncateFrom;
    if (from !== null) {
      while ((entries.at(-1)?.index ?? 0) >= from) entries.pop();
      // Only a cut below everything new reaches the disk.
      if (entries.length === 0 && (truncateFrom === null || from < truncateFrom)) truncateFrom = from;
    }
    for (const entry of batch.entries) entries.push(entry);
  }
  return { hardState, truncateFrom, entries };
}
