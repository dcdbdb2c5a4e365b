import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, connect } from "../../src/client/index.ts";
import type { MemberStatus } from "../../src/generated/conclave/v1/MemberStatus.ts";
import { failureOf } from "../support/failure.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";

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

const founders: readonly MemberStatus[] = ["n1", "n2", "n3"].map((nodeId) => ({
  nodeId,
  voter: true,
  reachable: true,
  peerAddress: `${nodeId}:7500`,
}));
const n4: MemberStatus = { nodeId: "n4", peerAddress: "n4:7500" };

describe("members", () => {
  it("are told by the leader, with what it knows of their progress", async () => {
    fake.status = {
      configurationIndex: 9,
      configurationCommitted: true,
      joint: true,
      lastIndex: 40,
      members: [
        { ...n4, promotes: true, progress: "snapshot", snapshotBytes: 10, snapshotTotalBytes: 40 },
        {
          nodeId: "n3",
          voter: true,
          outgoing: true,
          clientAddress: "n3:7400",
          matchIndex: 40,
          progress: "replicate",
        },
        { nodeId: "n1", voter: true, reachable: true, version: "1.2.3", matchIndex: 40 },
      ],
    };
    const absent = {
      promotes: false,
      reachable: false,
      peerAddress: undefined,
      version: undefined,
      snapshot: undefined,
    };
    expect(await cluster.members()).toEqual({
      leaderId: "n1",
      term: 1,
      configurationIndex: 9,
      committed: true,
      joint: true,
      lastIndex: 40,
      members: [
        {
          ...absent,
          id: "n1",
          standing: "leader",
          reachable: true,
          version: "1.2.3",
          clientAddress: undefined,
          matchIndex: 40,
          progress: undefined,
        },
        {
          ...absent,
          id: "n3",
          standing: "outgoing",
          clientAddress: "n3:7400",
          matchIndex: 40,
          progress: "replicate",
        },
        {
          ...absent,
          id: "n4",
          standing: "learner",
          promotes: true,
          clientAddress: undefined,
          peerAddress: "n4:7500",
          matchIndex: 0,
          progress: "snapshot",
          snapshot: { bytes: 10, totalBytes: 40 },
        },
      ],
    });
    expect(fake.nodes.map((node) => node.linearizableStatuses)).toEqual([1, 0, 0]);
  });

  it("follow the leader: a former one's word is not enough", async () => {
    await cluster.members();
    fake.elect(fake.node(3));
    expect((await cluster.members()).leaderId).toBe("n3");
    expect(fake.node(3).linearizableStatuses).toBe(1);
  });

  it("stale, without a leader: whoever answers, and no progress", async () => {
    fake.elect(undefined);
    const { leaderId, members } = await cluster.members({ consistency: "stale" });
    expect(leaderId).toBeUndefined();
    expect(members.map(({ id, standing, matchIndex }) => [id, standing, matchIndex])).toEqual([
      ["n1", "voter", undefined],
      ["n2", "voter", undefined],
      ["n3", "voter", undefined],
    ]);
    expect((await failureOf(cluster.members({ timeout: 200 }))).code).toBe("NO_LEADER");
  });
});

describe("changeMembership", () => {
  it("is sent to the leader as it was asked", async () => {
    fake.elect(fake.node(2));
    const changed = await cluster.changeMembership({
      add: [
        { id: "n4", address: "n4:7500" },
        { id: "n5", address: "n5:7500", voter: true, replaces: "n3" },
      ],
      promote: ["n6"],
      remove: ["n1"],
      force: true,
    });
    expect(changed).toEqual({ configurationIndex: 1 });
    expect(fake.memberChanges).toEqual([
      {
        add: [
          { nodeId: "n4", address: "n4:7500", promote: false, replaces: "" },
          { nodeId: "n5", address: "n5:7500", promote: true, replaces: "n3" },
        ],
        promote: ["n6"],
        remove: ["n1"],
        force: true,
      },
    ]);
  });

  it("is not sent again when it was refused", async () => {
    fake.node(1).refusals.push(detail("MEMBERSHIP_REFUSED", "no voter would be left"));
    expect(await failureOf(cluster.changeMembership({ remove: ["n1"] }))).toMatchObject({
      code: "MEMBERSHIP_REFUSED",
      retryable: false,
    });
    expect(fake.node(1).unaryCalls).toEqual(["ChangeMembership"]);
  });

  it("waits out another change when the leader says so", async () => {
    fake.node(1).refusals.push(detail("MEMBERSHIP_REFUSED", "another is under way", { retryAfterMs: 1 }));
    await cluster.changeMembership({ remove: ["n3"] });
    expect(fake.node(1).unaryCalls).toEqual(["ChangeMembership", "ChangeMembership"]);
  });

  const broken = detail("OUTCOME_UNKNOWN", "leadership was lost");
  const made: readonly (readonly [
    string,
    Parameters<Cluster["changeMembership"]>[0],
    readonly MemberStatus[],
  ])[] = [
    ["a removal", { remove: ["n3"] }, founders.slice(0, 2)],
    ["a learner", { add: [{ id: "n4", address: "n4:7500" }] }, [...founders, n4]],
    [
      "a voter to be, still a learner",
      { add: [{ id: "n4", address: "n4:7500", voter: true }] },
      [...founders, { ...n4, promotes: true }],
    ],
    [
      "a voter",
      { add: [{ id: "n4", address: "n4:7500", voter: true }] },
      [...founders, { ...n4, voter: true }],
    ],
    ["a promotion", { promote: ["n4"] }, [...founders, { ...n4, voter: true }]],
  ];
  it.each(made)("%s of unknown outcome is found made, and not sent again", async (_case, change, members) => {
    fake.node(1).refusals.push(broken);
    fake.status = { configurationIndex: 12, members: [...members] };
    expect(await cluster.changeMembership(change)).toEqual({ configurationIndex: 12 });
    expect(fake.node(1).unaryCalls).toEqual(["ChangeMembership"]);
  });

  const notMade: typeof made = [
    ["a removal", { remove: ["n3"] }, founders],
    ["a learner", { add: [{ id: "n4", address: "n4:7500" }] }, founders],
    ["a learner elsewhere", { add: [{ id: "n4", address: "b:1" }] }, [...founders, n4]],
    ["a voter to be", { add: [{ id: "n4", address: "n4:7500", voter: true }] }, [...founders, n4]],
    ["a promotion", { promote: ["n4"] }, [...founders, n4]],
  ];
  it.each(notMade)(
    "%s of unknown outcome that was not made is sent again",
    async (_case, change, members) => {
      fake.node(1).refusals.push(broken);
      fake.status = { members: [...members] };
      await cluster.changeMembership(change);
      expect(fake.memberChanges).toHaveLength(1);
    },
  );

  it.each([{ joint: true }, { configurationCommitted: false }])(
    "what is in force but may yet be undone does not count for made: %j",
    async (status) => {
      fake.node(1).refusals.push(broken);
      fake.status = { members: founders.slice(0, 2), ...status };
      await cluster.changeMembership({ remove: ["n3"] });
      expect(fake.memberChanges).toHaveLength(1);
    },
  );

  it("says DEADLINE_EXCEEDED when it may have been made", async () => {
    fake.node(1).answers = false;
    const error = await failureOf(cluster.changeMembership({ remove: ["n3"], timeout: 200 }));
    expect(error.code).toBe("DEADLINE_EXCEEDED");
    expect(error.message).toContain("may have taken effect");
  });
});
