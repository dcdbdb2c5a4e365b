import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ClaimedJob, type Cluster, connect } from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";

let fake: FakeCluster;
let cluster: Cluster;
let job: ClaimedJob;
beforeEach(async () => {
  fake = await FakeCluster.start(3);
  cluster = await connect(fake.endpoints);
  await cluster.jobs.enqueue("q", 1, { id: "a" });
  const [claimed] = await cluster.claim("q");
  if (claimed === undefined) throw new Error("nothing was claimed");
  job = claimed;
});
afterEach(async () => {
  await cluster.close();
  await fake[Symbol.asyncDispose]();
});

// Put it in: claimCheckpoints.ts, `save`: send at once, whatever is on its way.
describe("checkpoints of a claim by hand, saved without waiting", () => {
  it.each(["OVERLOADED", "SHUTTING_DOWN", "PAYLOAD_TOO_LARGE"] as const)(
    "are stored in the order in which they were saved: %s",
    async (code) => {
      fake.node(1).refusals.push(detail(code, "no", { retryAfterMs: 50 }));
      const acknowledged: number[] = [];
      const save = (value: number) => job.saveCheckpoint(value).then(() => acknowledged.push(value));
      const all = [save(1), save(2), save(3)];
      const settled = await Promise.allSettled(all);
      expect(settled.map(({ status }) => status)).toEqual([
        code === "PAYLOAD_TOO_LARGE" ? "rejected" : "fulfilled",
        "fulfilled",
        "fulfilled",
      ]);
      expect(acknowledged.at(-1)).toBe(3);
      // The second had not left when the third was saved: that answers for both.
      expect(fake.state.accepted).toEqual(code === "PAYLOAD_TOO_LARGE" ? ["a 3"] : ["a 1", "a 3"]);
    },
  );

  it.each(["complete", "fail", "release"] as const)("go before the %s that follows", async (end) => {
    fake.node(1).refusals.push(detail("OVERLOADED", "no", { retryAfterMs: 50 }));
    const saved = [job.saveCheckpoint(1), job.saveCheckpoint(2)];
    await (end === "release" ? job.release() : job[end](new Error("x")));
    await Promise.all(saved);
    expect(fake.state.accepted).toEqual(["a 1", "a 2", `a ${end}`]);
  });

  it("is stored although the one saved before it was given up before it left", async () => {
    fake.node(1).refusals.push(detail("OVERLOADED", "no", { retryAfterMs: 200 }));
    const first = job.saveCheckpoint(1);
    expect((await failureOf(job.saveCheckpoint(2, { timeout: 20 }))).code).toBe("DEADLINE_EXCEEDED");
    await Promise.all([first, job.saveCheckpoint(3)]);
    expect(fake.state.accepted).toEqual(["a 1", "a 3"]);
  });

  it("each keeps its own bounds, and what nobody waits for any more is given up", async () => {
    fake.node(1).answers = false;
    const abort = new AbortController();
    const first = failureOf(job.saveCheckpoint(1, { signal: abort.signal }));
    const second = failureOf(job.saveCheckpoint(2, { timeout: 50 }));
    const third = job.saveCheckpoint(3);
    expect((await second).code).toBe("DEADLINE_EXCEEDED");
    await until(
      "the first was sent",
      () => fake.node(1).unaryCalls.filter((name) => name === "Act").length === 1,
    );
    fake.node(1).answers = true;
    abort.abort();
    expect((await first).code).toBe("ABORTED");
    await third;
    expect(fake.state.accepted).toEqual(["a 3"]);
  });
});
