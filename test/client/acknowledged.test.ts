import { afterEach, beforeEach, expect, test } from "vitest";
import { type AcknowledgedOutcome, NonRetryableError } from "../../src/client/index.ts";
import { startTestCluster, type TestCluster } from "../../src/testing/index.ts";

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster({ now: new Date("2026-01-01T00:00:00Z") });
});
afterEach(() => cluster.close());

test("a worker hears what became of each job once the cluster has it, and when it comes again", async () => {
  const told: AcknowledgedOutcome[] = [];
  const states: string[] = [];
  const seen = (outcome: AcknowledgedOutcome): void => {
    told.push(outcome);
    void cluster.jobs.get(outcome.jobId).then(({ id, state }) => states.push(`${id} ${state}`));
    throw new Error("a hook that throws ends nothing");
  };
  cluster.work<string, number>("q", { onAcknowledged: seen }, (job) => {
    const { data } = job;
    if (data === "fails") throw new Error("down");
    if (data === "dies") throw new NonRetryableError("no use");
    return data === "sleeps" ? job.snooze("1h") : 1;
  });
  const retry = { initialBackoff: "1h", jitter: "none", maxBackoff: "1h" } as const;
  for (const id of ["works", "fails", "dies", "sleeps"]) {
    await cluster.jobs.enqueue("q", id, { id, retry });
    await cluster.settled();
  }
  expect(told.map(({ jobId, attempt, type }) => `${jobId} ${attempt} ${type}`)).toEqual([
    "works 1 completed",
    "fails 1 failed",
    "dies 1 failed",
    "sleeps 1 released",
  ]);
  const retryAt = told.map((outcome) => outcome.retryAt?.toISOString().slice(0, 16));
  expect(retryAt).toEqual([undefined, "2026-01-01T01:00", undefined, undefined]);
  expect(told[0]).toMatchObject({ queue: "q" });
  expect(states).toEqual(["works completed", "fails scheduled", "dies dead", "sleeps scheduled"]);
});
