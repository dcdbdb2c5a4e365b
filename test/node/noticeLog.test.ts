import { describe, expect, test } from "vitest";
import { JobId, LogTimeMs } from "../../src/base/brands.ts";
import type { Notice } from "../../src/machine/types.ts";
import { NoticeLog } from "../../src/node/noticeLog.ts";
import { countingTelemetry, recordingLogger } from "../support/silence.ts";
import { VirtualRuntime } from "../support/virtualRuntime.ts";

const failed: Notice = {
  type: "attemptFailed",
  id: JobId("j1"),
  queue: "q",
  agent: "a",
  attempt: 2,
  maxAttempts: 5,
  end: "failed",
  error: "boom",
  delayMs: 2_000,
  dueAt: LogTimeMs(Date.UTC(2026, 0, 1)),
};
const dead: Notice = {
  type: "jobDead",
  id: JobId("j1"),
  queue: "q",
  agent: "a",
  attempts: 5,
  reason: "boom",
  workerId: "w1",
};

describe("the notice log", () => {
  test("a failed attempt names attempt, next delay and due time", () => {
    const logger = recordingLogger();
    new NoticeLog(logger, countingTelemetry(), new VirtualRuntime()).report([failed]);
    expect(logger.lines).toMatchObject([
      { level: "warn", fields: { attempt: 2, delayMs: 2_000, dueAt: "2026-01-01T00:00:00.000Z" } },
    ]);
  });

  test("a terminal failure is one line with its context", () => {
    const logger = recordingLogger();
    new NoticeLog(logger, countingTelemetry(), new VirtualRuntime()).report([dead]);
    expect(logger.lines).toMatchObject([
      { level: "error", fields: { id: "j1", queue: "q", attempts: 5, reason: "boom", workerId: "w1" } },
    ]);
  });

  test("when everything fails the lines stay bounded, the counters do not", () => {
    const logger = recordingLogger();
    const telemetry = countingTelemetry();
    const runtime = new VirtualRuntime();
    const notices = new NoticeLog(logger, telemetry, runtime);
    notices.report(Array.from({ length: 10_000 }, () => failed));
    expect(logger.lines.length).toBe(20);
    runtime.advance(1_000);
    notices.flush();
    expect(logger.lines.at(-1)).toMatchObject({ fields: { attemptsNotShown: 9_980, deathsNotShown: 0 } });
    expect(telemetry.counts.get("attemptFailed")).toBe(10_000);
  });
});
