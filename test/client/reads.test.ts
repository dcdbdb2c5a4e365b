import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, connect } from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";

let fake: FakeCluster;
let cluster: Cluster;
beforeEach(async () => {
  fake = await FakeCluster.start(3);
  cluster = await connect(fake.endpoints);
  await cluster.jobs.enqueue("q", 1, { id: "j" });
});
afterEach(async () => {
  await cluster.close();
  await fake[Symbol.asyncDispose]();
});

/** How often each node was read from. */
const readsOf = (name: string) =>
  fake.nodes.map((node) => node.unaryCalls.filter((call) => call === name).length);

describe("linearizable reads", () => {
  it("go to the leader, and to nobody else", async () => {
    await cluster.jobs.get("j");
    await cluster.jobs.list();
    await cluster.jobs.stats({ consistency: "linearizable" });
    expect(fake.nodes.map((node) => node.unaryCalls)).toEqual([["Get", "List", "Stats"], [], []]);
  });

  it("are answered by a follower when no connection to the leader can be had from here", async () => {
    // The cluster is well; only this client has no way to n1. RFC 2606: that name never resolves.
    fake.node(1).advertised = "n1.invalid:7400";
    const followers = [fake.node(2).address, fake.node(3).address];
    await using cutOff = await connect(followers);
    for (let times = 0; times < 3; times++) await cutOff.jobs.get("j", { timeout: "10s" });
    expect(readsOf("Get")[0]).toBe(0);
    expect(readsOf("Get").reduce((sum, each) => sum + each, 0)).toBe(3);
  });

  it("do not trust a follower that has no leader: NO_LEADER when the time is over", async () => {
    fake.elect(undefined);
    expect(await failureOf(cluster.jobs.get("j", { timeout: 200 }))).toMatchObject({ code: "NO_LEADER" });
  });

  it("return to a leader that can be reached", async () => {
    fake.node(1).kill();
    fake.elect(fake.node(2));
    await cluster.jobs.get("j");
    expect(readsOf("Get")[1]).toBe(1);
  });
});

describe("stale reads", () => {
  const stale = { consistency: "stale" } as const;

  it("stay with the node that answered first, while it answers", async () => {
    for (const node of [fake.node(1), fake.node(3)]) node.answers = false;
    await cluster.jobs.get("j", stale);
    for (const node of fake.nodes) node.answers = true;
    const asked = fake.node(2).statuses;
    for (let times = 0; times < 5; times++) await cluster.jobs.get("j", stale);
    expect(readsOf("Get")).toEqual([0, 6, 0]);
    // Nor is anybody asked anew who is the nearest.
    expect(fake.node(2).statuses).toBe(asked);
  });

  it("go on to the next node when one is shutting down", async () => {
    for (const node of [fake.node(1), fake.node(2)]) node.statusTurns = 500;
    await cluster.jobs.get("j", stale);
    // It would be the first to answer again.
    for (let times = 0; times < 3; times++) fake.node(3).refusals.push(detail("SHUTTING_DOWN", "going"));
    await cluster.jobs.get("j", stale);
    expect(readsOf("Get")[2]).toBe(2);
    expect(readsOf("Get").reduce((sum, each) => sum + each, 0)).toBe(3);
  });

  it.each(["STANDING_JOINING", "STANDING_REMOVED"] as const)(
    "are not sent to a node that is %s",
    async (standing) => {
      for (const node of [fake.node(1), fake.node(2)]) node.status = { standing };
      for (let times = 0; times < 3; times++) await cluster.jobs.stats(stale);
      expect(readsOf("Stats")).toEqual([0, 0, 3]);
    },
  );

  it("say UNAVAILABLE and whom they asked when nobody is there", async () => {
    for (const node of fake.nodes) node.kill();
    const error = await failureOf(cluster.jobs.get("j", { ...stale, timeout: 300 }));
    expect(error.code).toBe("UNAVAILABLE");
    for (const node of fake.nodes) expect(error.message).toContain(node.address);
  });
});

describe("reads from one node", () => {
  it("go to that node, stale or linearizable", async () => {
    await cluster.jobs.get("j", { node: "n3" });
    await cluster.jobs.get("j", { node: "n3", consistency: "stale" });
    expect(readsOf("Get")).toEqual([0, 0, 2]);
  });

  it("find it by what the others say of it", async () => {
    await using other = await connect(fake.node(1).address);
    await other.jobs.get("j", { node: "n2" });
    expect(readsOf("Get")).toEqual([0, 1, 0]);
  });

  it("are not sent elsewhere when it is gone", async () => {
    fake.node(3).kill();
    const error = await failureOf(cluster.jobs.get("j", { node: "n3", timeout: 300 }));
    expect(error.code).toBe("UNAVAILABLE");
    expect(readsOf("Get")).toEqual([0, 0, 0]);
  });

  it.each([
    ["nobody knows", "n9", undefined, 'no node "n9" is known'],
    ["was removed", "n2", detail("MEMBER_REMOVED", "n2 was removed"), "n2 was removed"],
  ])("refuse a node that %s, at once", async (_case, node, refusal, message) => {
    if (refusal !== undefined) fake.node(2).refusals.push(refusal);
    const error = await failureOf(cluster.jobs.get("j", { node }));
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toContain(message);
  });
});

describe("status", () => {
  it("is what each node knows, or, linearizable, what its leader has confirmed", async () => {
    await cluster.status();
    expect(fake.nodes.map((node) => node.linearizableStatuses)).toEqual([0, 0, 0]);
    fake.node(2).followerReads = false;
    const rows = await cluster.status({ consistency: "linearizable" });
    expect(rows.map(({ nodeId, error }) => [nodeId, error?.code])).toEqual([
      ["n1", undefined],
      ["n2", "NOT_LEADER"],
      ["n3", undefined],
    ]);
  });

  it("refuses a consistency that there is not", async () => {
    const call = cluster.status({ consistency: "strong" as "stale" });
    expect((await failureOf(call)).code).toBe("INVALID_ARGUMENT");
  });
});
