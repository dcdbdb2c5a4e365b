import { describe, expect, it } from "vitest";
import { JobId, LogTimeMs } from "../../src/base/brands.ts";
import type { Job } from "../../src/machine/types.ts";
import { JobEnds } from "../../src/node/jobEnds.ts";

const a = JobId("a");
const b = JobId("b");

/** Jobs by id: `null` while they have not ended. */
function ends(jobs: Map<JobId, LogTimeMs | null>): JobEnds {
  return new JobEnds({
    job: (id) => {
      const finishedAt = jobs.get(id);
      return finishedAt === undefined ? undefined : ({ finishedAt } as Job);
    },
  });
}

describe("JobEnds", () => {
  it("tells each listener once, and only those of the job", () => {
    const jobs = new Map<JobId, LogTimeMs | null>([
      [a, null],
      [b, null],
    ]);
    const it = ends(jobs);
    const told: string[] = [];
    it.watch(a, (id) => told.push(`1 ${id}`));
    it.watch(a, (id) => told.push(`2 ${id}`));
    it.watch(b, (id) => told.push(`3 ${id}`));
    jobs.set(a, LogTimeMs(7));
    it.tell([a]);
    it.tell([a]);
    expect(told).toEqual(["1 a", "2 a"]);
    expect(it.size).toBe(1);
  });

  it("does not tell whoever stopped listening", () => {
    const jobs = new Map<JobId, LogTimeMs | null>([[a, null]]);
    const it = ends(jobs);
    const told: string[] = [];
    const stop = it.watch(a, () => told.push("1"));
    it.watch(a, () => told.push("2"));
    stop();
    stop();
    it.tell([a]);
    expect(told).toEqual([]);
    jobs.delete(a);
    it.tell([a]);
    expect(told).toEqual(["2"]);
    expect(it.size).toBe(0);
  });

  it("a job that ended and was brought back in the same entry is waited for further", () => {
    const jobs = new Map<JobId, LogTimeMs | null>([[a, null]]);
    const it = ends(jobs);
    let told = 0;
    it.watch(a, () => told++);
    it.tell([a]);
    expect([told, it.size]).toEqual([0, 1]);
  });

  it("after a snapshot all that have ended in it are told of", () => {
    const jobs = new Map<JobId, LogTimeMs | null>([
      [a, LogTimeMs(1)],
      [b, null],
    ]);
    const it = ends(jobs);
    const told: JobId[] = [];
    for (const id of [a, b]) it.watch(id, (ended) => told.push(ended));
    it.tellAll();
    expect(told).toEqual([a]);
  });
});
