import { describe, expect, test } from "vitest";
import { run } from "./fakeIo.ts";

describe("schedule next, without a cluster", () => {
  test("shows due times in UTC and on the zone's own clock, through the change of the clock", async () => {
    const flags = [
      "--cron",
      "30 2 * * *",
      "--time-zone",
      "Europe/Berlin",
      "--from",
      "2026-10-24",
      "--count",
      "2",
    ];
    const { code, stdout } = await run(["schedule", "next", ...flags]);
    expect(code).toBe(0);
    expect(stdout).toContain("2026-10-24T00:30:00.000Z");
    expect(stdout).toContain("2026-10-25T00:30:00.000Z");
    expect(stdout).toMatch(/Sunday,? 25 October 2026.* 02:30:00/);
  });

  test("as JSON, of an interval with a start", async () => {
    const flags = [
      "--every",
      "15m",
      "--start-at",
      "2026-01-01T00:05Z",
      "--from",
      "2025-01-01",
      "--count",
      "2",
    ];
    const { stdout } = await run(["schedule", "next", ...flags, "-o", "json"]);
    const dueMs = ["2026-01-01T00:05Z", "2026-01-01T00:20Z"].map((time) => Date.parse(time));
    expect(JSON.parse(stdout)).toEqual({ dueMs });
  });

  test.each([
    [["next"], "give the name of a schedule, or one of --cron and --every"],
    [["next", "--cron", "61 * * * *"], '--cron: the minute field is "61"; use 0-59'],
    [["next", "--cron", "@daily", "--time-zone", "Mars"], '--time-zone is "Mars", which is no time zone'],
    [["next", "--every", "10ms"], "--every 10ms: at least 1s"],
    [["next", "--every", "1s", "--count", "101"], "--count 101: at most 100 are shown"],
    [["put", "n"], "missing required argument 'queue'"],
    [["put", "n", "q", "--overlap", "maybe"], "Allowed choices are skip, allow, bufferOne."],
  ])("%j is refused with code 2", async (args, message) => {
    const { code, stderr } = await run(["schedule", ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
