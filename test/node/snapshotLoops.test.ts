import { expect, test } from "vitest";
import { LogIndex, NodeId } from "../../src/base/brands.ts";
import { SnapshotLoops } from "../../src/node/snapshotLoops.ts";
import type { PeerStatus } from "../../src/raft/config.ts";
import { recordingLogger } from "../support/silence.ts";

function peer(snapshots: number): PeerStatus {
  const [matchIndex, nextIndex] = [LogIndex(0), LogIndex(1)];
  return { id: NodeId("n3"), matchIndex, nextIndex, progress: "snapshot", snapshots, lastAckAt: null };
}

test("snapshot after snapshot for the same follower is told each time, with what to do; the first is none of that", () => {
  const logger = recordingLogger();
  const loops = new SnapshotLoops(logger);
  const seen = [1, 1, 2, 2, 3, 0, 1, 2].map((snapshots, second) => {
    loops.check(second * 1_000, () => [peer(snapshots)]);
    return logger.lines.length;
  });
  expect(seen).toEqual([0, 0, 1, 1, 2, 2, 2, 3]);
  expect(logger.lines[0]).toMatchObject({ level: "warn", message: expect.stringMatching(/--kept-entries/) });
});

test("the status is looked at once a second, not with every tick", () => {
  const loops = new SnapshotLoops(recordingLogger());
  let looked = 0;
  for (let ms = 0; ms < 3_000; ms += 20) {
    loops.check(ms, () => {
      looked += 1;
      return [];
    });
  }
  expect(looked).toBe(3);
});
