import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { start } from "../api/harness.ts";
import { Gate } from "../support/gate.ts";
import { until } from "../support/until.ts";

// Put it in: workLink.ts, `#onMessage`: no barrier after claims that ended.
test("a worker that let a lease run out says at once that it lives, and gets its jobs again", async () => {
  // Time alone makes nobody trusted again here.
  await using on = await start({ after: () => () => undefined });
  on.node.view = { leaderAddress: on.address, members: [] };
  await using cluster = await connect(on.address);
  const gate = new Gate();
  const attempts: number[] = [];
  const worker = cluster.work("q", { concurrency: 2 }, async ({ attempt }) => {
    attempts.push(attempt);
    await gate.opened;
  });
  await cluster.jobs.enqueue("q", 1, { lease: "1h", retry: { initialBackoff: 1, jitter: "none" } });
  await until("the first attempt runs", () => attempts.length === 1);
  on.node.advance(3_600_001);
  on.node.advance(10);
  await until("the second attempt runs", () => attempts.length === 2);
  expect(attempts).toEqual([1, 2]);
  gate.open();
  await worker.stop();
});
