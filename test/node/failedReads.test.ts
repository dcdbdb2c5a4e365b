import { describe, expect, test } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { SnapshotDesk } from "../../src/node/snapshotDesk.ts";
import { countingTelemetry } from "../support/silence.ts";
import { n1, scriptedNode } from "./scriptedNode.ts";

const errors = {
  DISK_FAILED: new ConclaveError("DISK_FAILED", "could not be read"),
  DATA_CORRUPT: new ConclaveError("DATA_CORRUPT", "a checksum does not match"),
  SHUTTING_DOWN: new ConclaveError("SHUTTING_DOWN", "the log is closed"),
};

describe.each([
  ["DISK_FAILED", true],
  ["DATA_CORRUPT", true],
  ["SHUTTING_DOWN", false],
] as const)("%s", (code, ends) => {
  const error = errors[code];

  /** Bug 23: nothing goes out. And a leader that cannot look at its log must not go on leading with it. */
  test("of the log, for a follower", async () => {
    const { core, done, failures, fails, emit } = scriptedNode([], LogIndex(1));
    fails.read = error;
    await emit({ type: "readLog", peer: n1, from: LogIndex(1), through: LogIndex(9), maxBytes: 100 });
    const told = core.events.filter(({ type }) => type === "logRead");
    expect(told).toEqual(ends ? [] : [{ type: "logRead", peer: n1, from: 1, entries: null }]);
    expect(done).toEqual([]);
    expect(failures).toEqual(ends ? [error] : []);
  });

  test("of the records, for whoever fetches a snapshot", async () => {
    const failures: unknown[] = [];
    const desk = new SnapshotDesk({
      store: { openSnapshot: () => Promise.reject(error) } as never,
      telemetry: countingTelemetry(),
      onFatal: (why) => failures.push(why),
    });
    await expect(desk.open(n1)).rejects.toBe(error);
    expect(failures).toEqual(ends ? [error] : []);
  });
});
