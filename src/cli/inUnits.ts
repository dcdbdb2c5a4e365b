const unitsMs = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** A refusal that begins with a field in ms, and the numbers in it: its value, its bounds, and what it is compared with. */
const field = /^[\w.[\]]+?(_at)?_ms is \d/;
/** What the library says of one before it is sent. */
const tooLong = /^([\w.[\]]+): (\d+) is not (at most \d+ days)/;
const number = /(?<= is |from | to |\()(\d+)\b/g;

/** What a node says of a duration or a time, with the numbers as they are typed: `2d`, or an ISO time. */
export function inUnits(message: string): string {
  const [found, isTime] = field.exec(message) ?? [];
  if (found === undefined)
    return message.replace(
      tooLong,
      (_, name: string, ms: string, bound: string) => `${name}: ${typed(Number(ms))} is not ${bound}`,
    );
  return message
    .replace("a whole number from", "from")
    .replace(" (milliseconds)", "")
    .replace(number, (_, digits: string) => (isTime === undefined ? typed(Number(digits)) : timeOf(digits)));
}

/** In the largest unit that says it exactly. */
function typed(ms: number): string {
  if (ms === 0) return "0";
  const [unit, each] = unitsMs.find(([, size]) => ms % size === 0) ?? ["ms", 1];
  return `${ms / each}${unit}`;
}

function timeOf(digits: string): string {
  const date = new Date(Number(digits));
  return Number.isNaN(date.getTime()) ? digits : date.toISOString();
}
