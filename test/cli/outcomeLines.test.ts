import { expect, test } from "vitest";
import { OutcomeLines } from "../../src/cli/work/outcomeLines.ts";

test("an attempt has its line when the cluster has it, and what came of it is said", () => {
  const said: string[] = [];
  const lines = new OutcomeLines((line) => said.push(line));
  const outcome = { queue: "q", attempt: 1, retryAt: undefined } as const;
  for (const id of ["a", "b", "c", "d", "e", "f"]) lines.ended(id, 1, `job ${id} ended`);
  expect(said).toEqual([]);
  lines.acknowledged({ ...outcome, jobId: "a", type: "completed" });
  lines.acknowledged({ ...outcome, jobId: "b", type: "failed", retryAt: new Date(0) });
  lines.acknowledged({ ...outcome, jobId: "c", type: "failed" });
  lines.acknowledged({ ...outcome, jobId: "d", type: "released" });
  lines.refused("e", "STALE_TOKEN: no longer valid");
  lines.refused("other", "LEASE_LOST: late");
  lines.acknowledged({ ...outcome, jobId: "unknown", type: "completed" });
  lines.close();
  lines.close();
  expect(said).toEqual([
    "job a ended",
    "job b ended; again at 1970-01-01T00:00:00.000Z",
    "job c ended; the job has ended",
    "job d ended",
    "job e ended: STALE_TOKEN: no longer valid",
    "job other: LEASE_LOST: late",
    "job f ended; the cluster has not acknowledged it",
  ]);
});

test("an attempt that ends before the one before it was acknowledged does not take its word", () => {
  const said: string[] = [];
  const lines = new OutcomeLines((line) => said.push(line));
  const outcome = { jobId: "a", queue: "q", type: "completed", retryAt: undefined } as const;
  lines.ended("a", 1, "first");
  lines.ended("a", 2, "second");
  lines.acknowledged({ ...outcome, attempt: 1 });
  expect(said).toEqual(["first; the cluster has not acknowledged it"]);
  lines.acknowledged({ ...outcome, attempt: 2 });
  expect(said[1]).toBe("second");
});

// Put it in: outcomeLines.ts, `ended`: do not ask whether it was given back.
test("a job that was given back while its program would not end has been acknowledged", () => {
  const said: string[] = [];
  const lines = new OutcomeLines((line) => said.push(line));
  for (const attempt of [1, 2]) lines.begun("a", attempt);
  lines.acknowledged({ jobId: "a", queue: "q", attempt: 1, type: "released", retryAt: undefined });
  lines.ended("a", 1, "first");
  lines.over("a", 1);
  lines.ended("a", 2, "second");
  lines.over("a", 2);
  lines.close();
  expect(said).toEqual([
    "first; the job had been given back before",
    "second; the cluster has not acknowledged it",
  ]);
});
