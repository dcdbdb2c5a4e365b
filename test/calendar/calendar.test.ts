import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogTimeMs } from "../../src/base/brands.ts";
import { Calendar, type Timetable } from "../../src/calendar/index.ts";
import { dueBySlowWay, expressionOf } from "./wallClock.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const never = LogTimeMs(0);

function at(iso: string): LogTimeMs {
  return LogTimeMs(Date.parse(iso));
}

function cron(expression: string, timeZone: string, span: Partial<Timetable> = {}): Timetable {
  return { timing: { type: "cron", cron: expression, timeZone }, startAt: never, endAt: never, ...span };
}

function every(everyMs: number, span: Partial<Timetable> = {}): Timetable {
  return { timing: { type: "every", everyMs }, startAt: never, endAt: never, ...span };
}

function after(timetable: Timetable, iso: string, count: number): string[] {
  return new Calendar()
    .upcoming(timetable, at(iso), count)
    .map((time) => new Date(time).toISOString().replace(":00.000Z", "Z"));
}

describe("when the clock is set forward", () => {
  test("Europe/Berlin: a time of the day in the hour that is left out is due right after it, once", () => {
    const times = after(cron("30 2 * * *", "Europe/Berlin"), "2026-03-28T12:00Z", 2);
    expect(times).toEqual(["2026-03-29T01:00Z", "2026-03-30T00:30Z"]);
    // Both 02:00 and 03:00 name the same moment.
    const both = after(cron("0 2,3 * * *", "Europe/Berlin"), "2026-03-28T12:00Z", 3);
    expect(both).toEqual(["2026-03-29T01:00Z", "2026-03-30T00:00Z", "2026-03-30T01:00Z"]);
  });

  test("America/New_York: likewise", () => {
    const times = after(cron("15 2 * * *", "America/New_York"), "2026-03-07T12:00Z", 2);
    expect(times).toEqual(["2026-03-08T07:00Z", "2026-03-09T06:15Z"]);
  });

  test("Australia/Lord_Howe: only half an hour is left out", () => {
    const lost = after(cron("15 2 * * *", "Australia/Lord_Howe"), "2026-10-03T12:00Z", 2);
    expect(lost).toEqual(["2026-10-03T15:30Z", "2026-10-04T15:15Z"]);
    const kept = after(cron("45 2 * * *", "Australia/Lord_Howe"), "2026-10-03T12:00Z", 1);
    expect(kept).toEqual(["2026-10-03T15:45Z"]);
  });

  test("with a wildcard time goes on as it passes: every 15 minutes stays so", () => {
    const times = after(cron("*/15 * * * *", "Europe/Berlin"), "2026-03-29T00:40Z", 4);
    expect(times).toEqual([
      "2026-03-29T00:45Z",
      "2026-03-29T01:00Z",
      "2026-03-29T01:15Z",
      "2026-03-29T01:30Z",
    ]);
  });
});

describe("when the clock is set back", () => {
  test("Europe/Berlin: a time of the day that comes twice is due the first time only", () => {
    const times = after(cron("30 2 * * *", "Europe/Berlin"), "2026-10-24T12:00Z", 2);
    expect(times).toEqual(["2026-10-25T00:30Z", "2026-10-26T01:30Z"]);
    const list = after(cron("0,30 2-3 * * *", "Europe/Berlin"), "2026-10-24T12:00Z", 5);
    expect(list).toEqual([
      "2026-10-25T00:00Z",
      "2026-10-25T00:30Z",
      "2026-10-25T02:00Z",
      "2026-10-25T02:30Z",
      "2026-10-26T01:00Z",
    ]);
  });

  test("America/New_York: likewise", () => {
    const times = after(cron("30 1 * * *", "America/New_York"), "2026-10-31T12:00Z", 2);
    expect(times).toEqual(["2026-11-01T05:30Z", "2026-11-02T06:30Z"]);
  });

  test("Australia/Lord_Howe: half an hour comes twice", () => {
    const times = after(cron("45 1 * * *", "Australia/Lord_Howe"), "2026-04-04T12:00Z", 2);
    expect(times).toEqual(["2026-04-04T14:45Z", "2026-04-05T15:15Z"]);
  });

  test("with a wildcard time goes on as it passes: every half hour stays so", () => {
    const times = after(cron("*/30 * * * *", "Europe/Berlin"), "2026-10-24T23:45Z", 5);
    expect(times).toEqual([
      "2026-10-25T00:00Z",
      "2026-10-25T00:30Z",
      "2026-10-25T01:00Z",
      "2026-10-25T01:30Z",
      "2026-10-25T02:00Z",
    ]);
  });
});

describe("against the clock on the wall, minute by minute", () => {
  const changes = [
    ["Europe/Berlin", "2026-03-29T01:00Z"],
    ["Europe/Berlin", "2026-10-25T01:00Z"],
    ["America/New_York", "2026-03-08T07:00Z"],
    ["America/New_York", "2026-11-01T06:00Z"],
    ["Australia/Lord_Howe", "2026-10-03T15:30Z"],
    ["Australia/Lord_Howe", "2026-04-04T15:00Z"],
    ["America/Sao_Paulo", "2018-11-04T03:00Z"],
    ["Asia/Kolkata", "2026-03-29T01:00Z"],
    ["UTC", "2026-10-25T01:00Z"],
  ] as const;
  const some = (max: number) =>
    fc.option(fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 4 }));

  test.each(changes)("%s around %s", (timeZone, change) => {
    const from = at(change) - 12 * hourMs;
    const to = from + 2 * dayMs;
    const calendar = new Calendar();
    fc.assert(
      fc.property(some(59), some(5), (minutes, hours) => {
        const timetable = cron(expressionOf({ minutes, hours }), timeZone);
        const due: number[] = [];
        for (let next = calendar.next(timetable, LogTimeMs(from - 1)); next !== null && next < to; ) {
          due.push(next);
          next = calendar.next(timetable, next);
          if (due.length > 200) break;
        }
        const slow = dueBySlowWay({ minutes, hours }, timeZone, from, to);
        expect(due).toEqual(slow.slice(0, due.length > 200 ? 201 : undefined));
      }),
      { numRuns: 12 },
    );
  });

  test.each(changes)(
    "%s around %s: due times do not depend on where one begins to ask",
    (timeZone, change) => {
      const calendar = new Calendar();
      const expression = fc.constantFrom(
        "*/20 * * * *",
        "30 2 * * *",
        "15 1,2 * * *",
        "0 0 * * 0",
        "10 */2 * * *",
      );
      const offset = fc.integer({ min: -2 * hourMs, max: 2 * hourMs });
      fc.assert(
        fc.property(expression, offset, offset, (pattern, a, b) => {
          const timetable = cron(pattern, timeZone);
          const [earlier, later] = [
            LogTimeMs(at(change) + Math.min(a, b)),
            LogTimeMs(at(change) + Math.max(a, b)),
          ];
          let next = calendar.next(timetable, earlier);
          expect(next).toBeGreaterThan(earlier);
          while (next !== null && next <= later) next = calendar.next(timetable, next);
          expect(calendar.next(timetable, later)).toBe(next);
        }),
        { numRuns: 30 },
      );
    },
  );
});

describe("spans and intervals", () => {
  test("an interval without a start is due at whole multiples since 1970; with one, from there", () => {
    const quarter = every(15 * 60_000);
    expect(after(quarter, "2026-01-01T00:07Z", 2)).toEqual(["2026-01-01T00:15Z", "2026-01-01T00:30Z"]);
    const from = every(15 * 60_000, { startAt: at("2026-01-01T00:05Z") });
    expect(after(from, "2025-06-01T00:00Z", 2)).toEqual(["2026-01-01T00:05Z", "2026-01-01T00:20Z"]);
    expect(after(from, "2026-01-01T00:20Z", 1)).toEqual(["2026-01-01T00:35Z"]);
  });

  test("start and end belong to the span", () => {
    const span = { startAt: at("2026-05-01T08:00Z"), endAt: at("2026-05-02T08:00Z") };
    const times = ["2026-05-01T08:00Z", "2026-05-02T08:00Z"];
    expect(after(cron("0 8 * * *", "UTC", span), "2026-01-01T00:00Z", 9)).toEqual(times);
    expect(after(every(dayMs, span), "2026-01-01T00:00Z", 9)).toEqual(times);
  });

  test("six fields begin with the seconds; names and nicknames are read; a date that never comes is none", () => {
    const third = cron("*/20 * * * * *", "UTC");
    expect(new Calendar().upcoming(third, at("2026-01-01T00:00:30.500Z"), 2)).toEqual([
      at("2026-01-01T00:00:40Z"),
      at("2026-01-01T00:01:00Z"),
    ]);
    expect(after(cron("0 9 * JAN MON-FRI", "UTC"), "2026-01-02T10:00Z", 1)).toEqual(["2026-01-05T09:00Z"]);
    expect(after(cron("@daily", "Europe/Berlin"), "2026-01-02T10:00Z", 1)).toEqual(["2026-01-02T23:00Z"]);
    expect(after(cron("0 0 31 2 *", "UTC"), "2026-01-02T10:00Z", 1)).toEqual([]);
    expect(after(cron("0 12 L * *", "UTC"), "2026-02-02T10:00Z", 1)).toEqual(["2026-02-28T12:00Z"]);
  });

  test("skip passes over what is too old, and says how many: at once for intervals, step by step for cron", () => {
    const calendar = new Calendar();
    const [dueAt, notBefore] = [at("2026-01-01T00:00Z"), at("2026-01-01T01:30Z")];
    const next = at("2026-01-01T02:00Z");
    expect(calendar.skip(every(hourMs), dueAt, notBefore, 1)).toEqual({ passed: 2, next });
    expect(calendar.skip(cron("0 * * * *", "UTC"), dueAt, notBefore, 9)).toEqual({ passed: 2, next });
    const step = { passed: 1, next: at("2026-01-01T01:00Z") };
    expect(calendar.skip(cron("0 * * * *", "UTC"), dueAt, notBefore, 1)).toEqual(step);
    const ending = { endAt: at("2026-01-01T01:00Z") };
    expect(calendar.skip(every(hourMs, ending), dueAt, notBefore, 1)).toEqual({ passed: 2, next: null });
    expect(calendar.skip(cron("0 * * * *", "UTC", ending), dueAt, notBefore, 9)).toEqual({
      passed: 2,
      next: null,
    });
  });
});

describe("what cannot be read is refused, and the message says what", () => {
  test.each([
    ["60 * * * *", 'the minute field is "60"; use 0-59'],
    ["* 24 * * *", 'the hour field is "24"; use 0-23'],
    ["* * 0 * *", 'the day of the month field is "0"; use 1-31'],
    ["* * * 13 *", 'the month field is "13"; use 1-12'],
    ["* * * * 8", 'the day of the week field is "8"; use 0-7'],
    ["61 * * * * *", 'the seconds field is "61"; use 0-59'],
    ["*/0 * * * *", 'the minute field is "*/0"'],
    ["5-1 * * * *", 'the minute field is "5-1"'],
    ["a * * * *", 'the minute field is "a"'],
    ["0/15 * * * *", 'the minute field is "0/15"'],
    ["* * *", 'spec.cron is "* * *", 3 fields; write 5'],
    ["", 'spec.cron is "", 0 fields'],
    ["@every 5s", 'spec.cron is "@every 5s"; of names there are @hourly'],
    ["2030-01-01T00:00:00", "1 fields"],
  ])("%s", (expression, message) => {
    expect(() => new Calendar().check(cron(expression, "UTC"))).toThrow(message);
  });

  test.each(["Nope/Zone", "", "+02:00", "Europe"])("time zone %s", (timeZone) => {
    expect(() => new Calendar().check(cron("0 0 * * *", timeZone))).toThrow(
      `spec.time_zone is ${JSON.stringify(timeZone)}, which is no time zone that this node knows`,
    );
  });
});
