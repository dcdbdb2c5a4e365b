/** Items sorted or merged between two yields: some tenths of a millisecond of work. */
const stepItems = 2_048;

/**
 * Sorts by an ascending number, and yields after every bounded piece of work so that the caller may rest between
 * them: a million items cost a second, in which no heartbeat would go out. Merge sort from the bottom up; what is in order
 * already, as jobs are that come in pages, is only looked at.
 */
export function* sortInSteps<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => number,
): Generator<void, Item[]> {
  if (yield* isSorted(items, keyOf)) return [...items];
  let from: Item[] = [];
  for (let start = 0; start < items.length; start += stepItems) {
    const run = items.slice(start, start + stepItems).sort((a, b) => keyOf(a) - keyOf(b));
    for (const item of run) from.push(item);
    yield;
  }
  for (let width = stepItems; width < from.length; width *= 2) {
    const to: Item[] = [];
    for (let start = 0; start < from.length; start += 2 * width) {
      yield* merge(from, start, width, to, keyOf);
    }
    from = to;
  }
  return from;
}

function* isSorted<Item>(items: readonly Item[], keyOf: (item: Item) => number): Generator<void, boolean> {
  let previous = Number.NEGATIVE_INFINITY;
  let seen = 0;
  for (const item of items) {
    const key = keyOf(item);
    if (!(key >= previous)) return false;
    previous = key;
    if (++seen % stepItems === 0) yield;
  }
  return true;
}

/** Appends the sorted runs of `width` at `start` and after it to `to`, as one run. */
function* merge<Item>(
  from: readonly Item[],
  start: number,
  width: number,
  to: Item[],
  keyOf: (item: Item) => number,
): Generator<void, void> {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(start + 2 * width, from.length);
  const key = (at: number, bound: number): number => {
    const item = at < bound ? from[at] : undefined;
    return item === undefined ? Number.POSITIVE_INFINITY : keyOf(item);
  };
  let left = start;
  let right = middle;
  let leftKey = key(left, middle);
  let rightKey = key(right, end);
  for (let taken = start; taken < end; taken++) {
    const takeLeft = left < middle && leftKey <= rightKey;
    const item = from[takeLeft ? left : right];
    if (item === undefined) return;
    to.push(item);
    if (takeLeft) leftKey = key(++left, middle);
    else rightKey = key(++right, end);
    if (taken % stepItems === 0) yield;
  }
}
