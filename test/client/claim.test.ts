import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ClaimedJob, type Cluster, connect, NonRetryableError } from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";

let fake: FakeCluster;
let cluster: Cluster;
beforeEach(async () => {
  fake = await FakeCluster.start(3);
  cluster = await connect(fake.endpoints);
});
afterEach(async () => {
  await cluster.close();
  await fake[Symbol.asyncDispose]();
});

async function claimOne(id: string): Promise<ClaimedJob> {
  await cluster.jobs.enqueue("q", { id }, { id });
  const [job] = await cluster.claim("q");
  if (job === undefined) throw new Error("nothing was claimed");
  return job;
}

describe("claim", () => {
  it("hands out jobs with what became of them as methods", async () => {
    const job = await claimOne("a");
    expect(job).toMatchObject({ id: "a", queue: "q", data: { id: "a" }, attempt: 1, priority: "normal" });
    expect(await job.extend()).toMatchObject({ cancelRequested: false });
    await job.complete({ ok: true });
    expect(fake.state.ended.get("a")?.act.complete?.result.toString()).toBe('{"ok":true}');
    await (await claimOne("b")).release();
    expect(fake.state.ended.get("b")?.act.release).toBeTruthy();
    const failed = await claimOne("c");
    expect(await failed.fail(new NonRetryableError("no"))).toEqual({ nextDueAtMs: 1_234 });
    expect(fake.state.ended.get("c")?.act.fail).toMatchObject({ notRetryable: true });
  });

  it("an act with a stale token rejects", async () => {
    const job = await claimOne("a");
    fake.state.revoked.add("a");
    expect((await failureOf(job.complete(1))).code).toBe("STALE_TOKEN");
  });

  it("an act is tried again over a failover", async () => {
    const job = await claimOne("a");
    fake.node(1).kill();
    fake.elect(fake.node(2));
    await job.complete(1);
    expect(fake.node(2).unaryCalls).toEqual(["Act"]);
  });

  it("nothing there: an empty list", async () => {
    expect(await cluster.claim("q", { slots: 5, wait: 10 })).toEqual([]);
  });

  it("is sent on after a refusal, which did nothing", async () => {
    await cluster.jobs.enqueue("q", 1, { id: "a" });
    fake.node(1).refusals.push(detail("OVERLOADED", "later"), detail("SHUTTING_DOWN", "bye"));
    expect(await cluster.claim("q")).toHaveLength(1);
    fake.elect(fake.node(3));
    expect(await cluster.claim("q")).toHaveLength(0);
    expect(fake.node(3).unaryCalls).toEqual(["Claim"]);
  });

  it("is never sent twice once it may have arrived", async () => {
    fake.node(1).answers = false;
    const claim = failureOf(cluster.claim("q", { wait: "10s" }));
    await until("it arrived", () => fake.node(1).unaryCalls.length === 1);
    fake.node(1).kill();
    fake.elect(fake.node(2));
    const error = await claim;
    expect(error).toMatchObject({ code: "OUTCOME_UNKNOWN", retryable: false });
    expect(fake.node(2).unaryCalls).toEqual([]);
  });

  it("nor after an UNAVAILABLE, which may come from anything between here and there", async () => {
    fake.node(1).refusals.push(detail("UNAVAILABLE", "bad gateway"));
    expect((await failureOf(cluster.claim("q"))).code).toBe("OUTCOME_UNKNOWN");
    expect(fake.node(1).unaryCalls).toEqual(["Claim"]);
  });

  it("a payload that its codec does not take spoils neither the claim nor the other jobs", async () => {
    await cluster.jobs.enqueue("q", 1, { id: "a" });
    const codec = {
      encode: () => new Uint8Array(0),
      decode: (): number => {
        throw new Error("not mine");
      },
    };
    const [job] = await cluster.claim("q", { codec });
    expect(() => job?.data).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    await job?.release();
    expect(fake.state.ended.get("a")?.act.release).toBeTruthy();
  });

  it.each([{ slots: 0 }, { slots: 1_001 }, { wait: "2m" }, { workerId: "" }])(
    "refuses %j",
    async (options) => {
      expect((await failureOf(cluster.claim("q", options))).code).toBe("INVALID_ARGUMENT");
    },
  );
});
