/**
 * What a cron expression means, worked out the slow way: every minute of the span is looked at, and the wall clock of the
 * zone is asked of Intl. For expressions of whole minutes whose day fields are `*`.
 */
export interface SimpleCron {
  /** Null for any. */
  readonly minutes: readonly number[] | null;
  readonly hours: readonly number[] | null;
}

const minuteMs = 60_000;

export function expressionOf({ minutes, hours }: SimpleCron): string {
  return `${minutes?.join(",") ?? "*"} ${hours?.join(",") ?? "*"} * * *`;
}

/** Due times in [from, to), both whole minutes. */
export function dueBySlowWay(cron: SimpleCron, timeZone: string, from: number, to: number): number[] {
  const fixed = cron.minutes !== null && cron.hours !== null;
  const due: number[] = [];
  /** Wall-clock minutes that have been shown already. */
  const seen = new Set<number>();
  // A day before, so that it knows what has been shown when the clock is set back.
  let before = wallMinute(timeZone, from - 24 * 60 * minuteMs - minuteMs);
  for (let at = from - 24 * 60 * minuteMs; at < to; at += minuteMs) {
    const wall = wallMinute(timeZone, at);
    let hit = matches(cron, wall) && !(fixed && seen.has(wall));
    // Minutes that the clock jumped over: a fixed time among them is due at the first one after the gap.
    if (fixed) for (let lost = before + 1; lost < wall; lost++) hit ||= matches(cron, lost);
    seen.add(wall);
    before = wall;
    if (hit && at >= from) due.push(at);
  }
  return due;
}

function matches({ minutes, hours }: SimpleCron, wall: number): boolean {
  const minute = wall % 60;
  const hour = Math.floor(wall / 60) % 24;
  return (minutes?.includes(minute) ?? true) && (hours?.includes(hour) ?? true);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Minutes since 1970 that the clock on the wall shows. */
function wallMinute(timeZone: string, at: number): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const numeric = {
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    } as const;
    format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", ...numeric });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts as Record<string, number>;
  return Date.UTC(year, month - 1, day, hour, minute) / minuteMs;
}
