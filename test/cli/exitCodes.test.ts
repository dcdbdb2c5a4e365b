import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { ConclaveError, type ErrorCode, errorCatalogue } from "../../src/base/errors.ts";
import { exitCodeOf } from "../../src/cli/exitCodes.ts";

const expected: Readonly<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 2,
  PAYLOAD_TOO_LARGE: 2,
  NOT_FOUND: 4,
  STALE_TOKEN: 8,
  JOB_TERMINAL: 8,
  JOB_DEAD: 1,
  JOB_CANCELLED: 1,
  DUPLICATE: 8,
  BREAKER_OPEN: 8,
  QUEUE_CLOSED: 8,
  BATCH_REFUSED: 8,
  WRONG_STATE: 8,
  LIMIT_REACHED: 8,
  EVENTS_GONE: 8,
  NOT_LEADER: 3,
  NO_LEADER: 3,
  OVERLOADED: 3,
  SHUTTING_DOWN: 3,
  UNAVAILABLE: 3,
  OUTCOME_UNKNOWN: 7,
  DEADLINE_EXCEEDED: 7,
  ABORTED: 130,
  LEASE_LOST: 8,
  TRANSFER_FAILED: 8,
  CONFIG_INVALID: 2,
  IDENTITY_MISMATCH: 6,
  DATA_CORRUPT: 5,
  BACKUP_INVALID: 5,
  MEMBERSHIP_REFUSED: 8,
  MEMBER_REMOVED: 8,
  FORMAT_UNSUPPORTED: 8,
  DISK_FAILED: 5,
  INTERNAL: 1,
};

describe("exit codes", () => {
  test.each(Object.keys(errorCatalogue) as ErrorCode[])("%s", (code) => {
    expect(exitCodeOf(new ConclaveError(code, "x"))).toBe(expected[code]);
  });

  test("of anything else that is thrown", () => {
    expect(exitCodeOf(new Error("x"))).toBe(1);
    expect(exitCodeOf("x")).toBe(1);
    expect(exitCodeOf(new CommanderError(1, "commander.unknownOption", "x"))).toBe(2);
    expect(exitCodeOf(new CommanderError(0, "commander.helpDisplayed", "x"))).toBe(0);
  });
});
