import { expect, test } from "vitest";
import { electionTimeoutMs, job, singleNode } from "../support/singleNode.ts";

/** Bug 31. Put it in: node.ts, `#tick`: do not call `checkDisk`. */
test("bug 31: a leader whose durable write hangs for an election timeout hands over; heartbeats alone do not keep it in office", async () => {
  const { node, disk, run, asked, logger } = singleNode();
  await run(3_000);
  expect(node.status().raft.role).toBe("leader");
  expect(asked).toEqual([]);

  disk.hangs = true;
  const enqueued = node.enqueue([job("j1")]);
  enqueued.catch(() => undefined);
  await run(electionTimeoutMs - 100);
  expect(asked).toEqual([]);
  await run(400);
  expect(asked.map(({ message }) => message.type)).toEqual(["timeoutNow"]);
  expect(logger.lines.map(({ message }) => message)).toContain(
    "a durable write hangs: handing leadership over",
  );
});
