import { expect, test } from "vitest";
import { InProcessCluster } from "../support/inProcessCluster.ts";
import { until } from "../support/until.ts";

test("a node that lay still until compaction had passed it comes back by snapshot, with the same state", async () => {
  await using local = await InProcessCluster.start(3);
  await using cluster = await local.connect("n1", "n2", "n3");
  const enqueue = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at++) await cluster.jobs.enqueue("work", { at }, { id: `job-${at}` });
  };
  await enqueue(0, 30);
  await local.converged("n1", "n2", "n3");
  const before = await local.status("n3");
  await local.stop("n3");
  await enqueue(30, 150);
  const reached = before?.lastIndex ?? 0;
  await until("the others have cut their logs above it", async () => {
    const logs = await Promise.all(["n1", "n2"].map((id) => local.status(id)));
    return logs.every((status) => (status?.compactedIndex ?? 0) > reached);
  });

  await local.run("n3");
  await local.converged("n1", "n2", "n3");
  const status = await local.status("n3");
  // Its log begins after a snapshot that it never took itself.
  expect(status?.compactedIndex).toBeGreaterThan(reached);
  expect((await cluster.jobs.get("job-149"))?.state).toBe("ready");

  // It goes on from the snapshot with entries, also after a restart of its own.
  await enqueue(150, 160);
  await local.stop("n3");
  await local.run("n3");
  await enqueue(160, 165);
  await local.converged("n1", "n2", "n3");
});
