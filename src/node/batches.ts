import { outcomeUnknown } from "./errors.ts";

/**
 * Runs `run` over parts of at most `size` items at once and joins the results in order. A failure of some parts
 * while others took effect is reported as OUTCOME_UNKNOWN: "nothing was done" would be untrue.
 */
export async function inParts<Item, Result>(
  items: readonly Item[],
  size: number,
  run: (part: readonly Item[]) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  if (items.length <= size) return run(items);
  const parts: Promise<readonly Result[]>[] = [];
  for (let start = 0; start < items.length; start += size) parts.push(run(items.slice(start, start + size)));
  const settled = await Promise.allSettled(parts);
  const results: Result[] = [];
  for (const part of settled) if (part.status === "fulfilled") results.push(...part.value);
  if (results.length === items.length) return results;
  if (results.length > 0) throw outcomeUnknown();
  // All parts were refused, for much the same reason: the first one speaks for them.
  return await (parts[0] ?? []);
}
