import { outcomeUnknown } from "./errors.ts";

/**
 * Runs `run` over parts of at most `size` items at once, by what each item weighs, and joins the results in order. A failure
 * of some parts while others took effect is reported as OUTCOME_UNKNOWN: "nothing was done" would be untrue.
 */
export async function inParts<Item, Result>(
  items: readonly Item[],
  size: number,
  run: (part: readonly Item[], weight: number) => Promise<readonly Result[]>,
  weightOf: (item: Item) => number = () => 1,
): Promise<readonly Result[]> {
  const parts: Promise<readonly Result[]>[] = [];
  for (let start = 0; start < items.length || parts.length === 0; ) {
    const { end, weight } = endOfPart(items, start, size, weightOf);
    if (end === items.length && start === 0) return run(items, weight);
    parts.push(run(items.slice(start, end), weight));
    start = end;
  }
  const settled = await Promise.allSettled(parts);
  const results: Result[] = [];
  for (const part of settled) if (part.status === "fulfilled") results.push(...part.value);
  if (results.length === items.length) return results;
  if (results.length > 0) throw outcomeUnknown();
  // All parts were refused, for much the same reason: the first one speaks for them.
  return await (parts[0] ?? []);
}

/** At least one item a part. */
function endOfPart<Item>(
  items: readonly Item[],
  start: number,
  size: number,
  weightOf: (item: Item) => number,
): { readonly end: number; readonly weight: number } {
  let weight = 0;
  for (let end = start; ; end++) {
    const item = items[end];
    const next = item === undefined ? 0 : weightOf(item);
    if (item === undefined || (end > start && weight + next > size)) return { end, weight };
    weight += next;
  }
}
