import { expect, test } from "vitest";
import { LogIndex, MonotonicMs } from "../../src/base/brands.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { Checkpointer, type CheckpointerOptions } from "../../src/node/checkpointer.ts";

const maxDirtyRecords = 1_000;
const checkpoints = 60;

/** The changed records at which each of a node's checkpoints began; one record changes with each entry. */
async function beganAt(seed: string): Promise<number[]> {
  const began: number[] = [];
  let applied = 0;
  let stored = 0;
  const machine = {
    get appliedIndex() {
      return LogIndex(applied);
    },
    get pendingRecords() {
      return applied - stored;
    },
    pendingBytes: 0,
    beginCheckpoint: () => {
      began.push(applied - stored);
      stored = applied;
      return {
        appliedIndex: LogIndex(applied),
        deletes: [],
        sideDeletes: [],
        records: () => [],
        done: () => undefined,
        abandon: () => undefined,
      };
    },
  };
  const checkpointer = new Checkpointer({
    machine,
    records: {
      get appliedIndex() {
        return LogIndex(stored);
      },
      checkpoint: () => Promise.resolve({ bytes: 0, records: 0 }),
    },
    log: { cutBelow: () => LogIndex(0), compacted: { index: LogIndex(0) } },
    runtime: { monotonicMs: () => MonotonicMs(0), waitedForCoreMs: () => 0 },
    telemetry: { checkpoint: () => undefined },
    logger: { debug: () => undefined },
    random: new SeededRandom(seed),
    intervalMs: 1_000_000,
    maxDirtyRecords,
    keptEntries: 0,
    configuration: () => ({}),
    needs: () => ({ matchedByAll: LogIndex(0), neededAbove: null }),
    onCheckpointed: () => undefined,
    onCompacted: () => undefined,
    onFailed: (error: unknown) => {
      throw error;
    },
  } as unknown as CheckpointerOptions);
  while (began.length < checkpoints) {
    applied += 1;
    checkpointer.check();
    // One that has begun ends within these turns.
    for (let i = 0; i < 10; i++) await Promise.resolve();
  }
  return began;
}

test("a checkpoint is due after seven to ten tenths of its bounds", async () => {
  const began = await beganAt("n1");
  for (const records of began) {
    expect(records).toBeGreaterThanOrEqual(0.7 * maxDirtyRecords);
    expect(records).toBeLessThanOrEqual(maxDirtyRecords);
  }
});

test("nodes that apply the same entries seldom take their checkpoints together", async () => {
  const moments = async (seed: string): Promise<number[]> => {
    let at = 0;
    return (await beganAt(seed)).map((records) => (at += records));
  };
  const [one, another] = [await moments("n1"), await moments("n2")];
  // A checkpoint of so many records and the merging after it take about as long as 50 entries of these.
  const together = one.filter((at) => another.some((other) => Math.abs(at - other) < 50));
  expect(together.length).toBeLessThan(checkpoints / 3);
});
