import { expect, test } from "vitest";
import { ClockWatch } from "../../src/node/clockWatch.ts";
import { recordingLogger } from "../support/silence.ts";

test("a clock that stays wrong is told of once, and once more when it is right again", () => {
  const logger = recordingLogger();
  const watch = new ClockWatch(logger);
  let now = 0;
  const passes = (offsetMs: number, seconds: number): void => {
    for (const end = now + seconds * 1000; now < end; now += 20) watch.check(now, () => offsetMs);
  };
  passes(-400, 60);
  passes(-3_000, 6);
  passes(2, 20);
  expect(logger.lines, "what is small, or passes, is not told").toEqual([]);
  passes(-86_400_000, 600);
  expect(logger.lines.map(({ level, fields }) => ({ level, fields }))).toEqual([
    { level: "warn", fields: { offsetMs: -86_400_000 } },
  ]);
  expect(logger.lines[0]?.message).toContain("86400000 ms ahead of the cluster's");
  passes(10, 60);
  expect(logger.lines.slice(1).map(({ level }) => level)).toEqual(["info"]);
  passes(700, 20);
  expect(logger.lines.at(-1)?.message).toContain("700 ms behind the cluster's");
});
