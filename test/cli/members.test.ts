import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { catchUpOf } from "../../src/cli/members/catchUp.ts";
import type { Member } from "../../src/client/index.ts";
import type { MemberStatus } from "../../src/generated/conclave/v1/MemberStatus.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";
import { type CliRun, run } from "./fakeIo.ts";

let fake: FakeCluster;
beforeEach(async () => {
  fake = await FakeCluster.start(3);
});
afterEach(() => fake[Symbol.asyncDispose]());

const conclave = (...args: readonly string[]): Promise<CliRun> =>
  run([...args, "--endpoints", fake.endpoints.join(","), "--timeout", "10s"]);

const founders: readonly MemberStatus[] = ["n1", "n2", "n3"].map((nodeId, at) => ({
  nodeId,
  voter: true,
  reachable: nodeId !== "n3",
  peerAddress: `10.0.0.${at + 1}:7500`,
  matchIndex: 40,
  progress: nodeId === "n1" ? "" : "replicate",
  version: "1.2.3",
}));
const n4: MemberStatus = { nodeId: "n4", peerAddress: "10.0.0.4:7500", reachable: true, version: "1.2.4" };

function members(...more: readonly MemberStatus[]): void {
  fake.status = { lastIndex: 40, configurationIndex: 9, members: [...founders, ...more] };
}

describe("node list", () => {
  test("one row a member", async () => {
    members({ ...n4, promotes: true, progress: "snapshot", snapshotBytes: 512, snapshotTotalBytes: 2048 });
    const { stdout, code } = await conclave("node", "list");
    expect(stdout.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
      ["NODE", "STANDING", "PEERS AT", "CLIENTS AT", "REACHABLE", "MATCH INDEX", "PROGRESS", "VERSION"],
      ["n1", "leader", "10.0.0.1:7500", "-", "yes", "40", "-", "1.2.3"],
      ["n2", "voter", "10.0.0.2:7500", "-", "yes", "40", "100%", "1.2.3"],
      ["n3", "voter", "10.0.0.3:7500", "-", "no", "40", "100%", "1.2.3"],
      ["n4", "learner, to vote", "10.0.0.4:7500", "-", "yes", "0", "snapshot 25% of 2.0 KiB", "1.2.4"],
      [""],
    ]);
    expect(code).toBe(0);
  });

  test("JSON has every number, and null for what does not apply", async () => {
    members({ ...n4, matchIndex: 30, progress: "replicate" });
    const { stdout } = await conclave("node", "list", "-o", "json");
    const answer = JSON.parse(stdout) as { members: readonly unknown[] };
    expect(answer).toMatchObject({ leaderId: "n1", configurationIndex: 9, committed: true, joint: false });
    expect(answer.members[3]).toEqual({
      id: "n4",
      standing: "learner",
      promotes: false,
      clientAddress: null,
      peerAddress: "10.0.0.4:7500",
      reachable: true,
      version: "1.2.4",
      matchIndex: 30,
      progress: "replicate",
      snapshot: null,
      lag: 10,
      caughtUp: true,
    });
  });

  test("says that the membership is joint", async () => {
    fake.status = { joint: true, configurationIndex: 12, members: [{ ...n4, outgoing: true, voter: true }] };
    const { stdout } = await conclave("node", "list");
    expect(stdout).toContain("n4    outgoing");
    expect(stdout).toContain("the membership is joint: old and new voters decide together (entry 12)");
  });

  test("without a leader only a stale answer is there", async () => {
    fake.elect(undefined);
    const endpoints = ["--endpoints", fake.endpoints.join(",")];
    expect(await run(["node", "list", ...endpoints, "--timeout", "200ms"])).toMatchObject({ code: 3 });
    expect(await run(["node", "list", ...endpoints, "--stale"])).toMatchObject({ code: 0 });
  });
});

describe("changes", () => {
  const none = { add: [], promote: [], remove: [], force: false };
  const address = ["--address", "10.0.0.4:7500"];
  test.each([
    [["add", "n4", ...address], { ...none, add: [{ nodeId: "n4", promote: false, replaces: "" }] }],
    [["add", "n4", ...address, "--voter"], { ...none, add: [{ nodeId: "n4", promote: true, replaces: "" }] }],
    [
      ["add", "n4", ...address, "--replaces", "n3"],
      { ...none, add: [{ nodeId: "n4", promote: true, replaces: "n3" }] },
    ],
    [
      ["replace", "n3", "n4", ...address],
      { ...none, add: [{ nodeId: "n4", promote: true, replaces: "n3" }] },
    ],
    [["promote", "n4"], { ...none, promote: ["n4"] }],
    [["remove", "n3"], { ...none, remove: ["n3"] }],
    [["remove", "n3", "--force"], { ...none, remove: ["n3"], force: true }],
  ])("node %j", async (args, request) => {
    const { stdout, code, stderr } = await conclave("node", ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(fake.memberChanges).toMatchObject([request]);
    // The members as they are then.
    expect(stdout).toMatch(/^NODE +STANDING/);
  });

  test("a node that was not heard of yet: how to start it", async () => {
    members({ ...n4, reachable: false });
    const { stdout } = await conclave("node", "add", "n4", ...address);
    expect(stdout).toContain(
      "Start it with: conclave node --id n4 --data-dir DIR --advertise-peer 10.0.0.4:7500 " +
        "--join 10.0.0.1:7500,10.0.0.2:7500,10.0.0.3:7500",
    );
  });

  test("a refusal has code 8 and the leader's reason", async () => {
    fake.node(1).refusals.push(detail("MEMBERSHIP_REFUSED", "no voter would be left"));
    const { stderr, code } = await conclave("node", "remove", "n1");
    expect(stderr).toBe("conclave: MEMBERSHIP_REFUSED: no voter would be left\n");
    expect(code).toBe(8);
  });

  test("an address is needed", async () => {
    const { stderr, code } = await conclave("node", "add", "n4");
    expect(stderr).toContain("required option '--address <ADDRESS>' not specified");
    expect(code).toBe(2);
  });
});

describe("--wait", () => {
  const learner = (matchIndex: number, more: MemberStatus = {}): MemberStatus => ({
    ...n4,
    matchIndex,
    progress: "replicate",
    ...more,
  });
  /** The command has looked at the members again. */
  const looked = async () => {
    const before = fake.node(1).linearizableStatuses;
    await until("the command asks again", () => fake.node(1).linearizableStatuses > before + 1);
  };

  test("a learner: until it has caught up", async () => {
    fake.status = { lastIndex: 5000, members: [...founders, learner(100)] };
    const waiting = conclave("node", "add", "n4", "--address", "10.0.0.4:7500", "--wait");
    await looked();
    fake.status = { lastIndex: 5000, members: [...founders, learner(4500)] };
    const { stdout, stderr, code } = await waiting;
    expect(stderr).toBe("2%  n4: 2%, 4900 behind\n");
    expect(stdout).toMatch(/n4 +learner .* 4500 +90%, 500 behind/);
    expect(code).toBe(0);
  });

  test("a voter to be: until it votes, and the change is complete", async () => {
    fake.status = { lastIndex: 40, members: [...founders, learner(40, { promotes: true })] };
    let done = false;
    const waiting = conclave("node", "replace", "n3", "n4", "--address", "10.0.0.4:7500", "--wait");
    void waiting.then(() => {
      done = true;
    });
    await looked();
    fake.status = { lastIndex: 40, joint: true, members: [...founders, learner(40, { voter: true })] };
    await looked();
    expect(done).toBe(false);
    fake.status = { lastIndex: 40, members: [...founders.slice(0, 2), learner(40, { voter: true })] };
    expect((await waiting).stdout).toMatch(/n4 +voter/);
  });

  test("a promotion: sent only once the learner has caught up", async () => {
    fake.status = { lastIndex: 5000, members: [...founders, learner(100)] };
    const promoting = conclave("node", "promote", "n4", "--wait");
    await looked();
    expect(fake.memberChanges).toEqual([]);
    fake.status = { lastIndex: 5000, members: [...founders, learner(5000)] };
    await promoting;
    expect(fake.memberChanges).toMatchObject([{ promote: ["n4"] }]);
  });

  test("--for bounds the wait, and the answer says how far it is", async () => {
    fake.status = { lastIndex: 5000, members: [...founders, learner(100)] };
    const address = ["--address", "10.0.0.4:7500"];
    const added = await conclave("node", "add", "n4", ...address, "--for", "50ms");
    expect(added.stderr).toContain(
      "conclave: DEADLINE_EXCEEDED: waited 50ms for n4 to catch up (2%, 4900 behind); it was added, ",
    );
    expect(added.code).toBe(7);
    expect(fake.memberChanges).toHaveLength(1);
    const replaced = await conclave("node", "replace", "n3", "n4", ...address, "--for", "50ms");
    expect(replaced.stderr).toContain("for n4 to vote");
    const promoted = await conclave("node", "promote", "n4", "--wait", "--for", "50ms");
    expect(promoted.stderr).toContain("; it was not promoted\n");
    expect(promoted.code).toBe(7);
    expect(fake.memberChanges).toHaveLength(2);
  });

  test("a member that is removed meanwhile is not waited for", async () => {
    members();
    const { stderr, code } = await conclave("node", "add", "n4", "--address", "10.0.0.4:7500", "--wait");
    expect(stderr).toBe("conclave: n4 is no member of the cluster any more\n");
    expect(code).toBe(1);
  });
});

describe("how far a member is", () => {
  const member = (more: Partial<Member>): Member => ({
    id: "n4",
    standing: "learner",
    promotes: false,
    clientAddress: undefined,
    peerAddress: undefined,
    reachable: true,
    version: undefined,
    matchIndex: 0,
    progress: "replicate",
    snapshot: undefined,
    ...more,
  });

  test.each([
    ["all of it", { matchIndex: 40 }, { share: 1, text: "100%", done: true }],
    [
      "a little less is not all of it",
      { matchIndex: 39 },
      { share: 0.975, text: "97%, 1 behind", done: true },
    ],
    ["probing", { progress: "probe", matchIndex: 40 }, { share: 0.99, text: "99%, 0 behind", done: false }],
    [
      "a snapshot that is about to come",
      { progress: "snapshot" },
      { share: 0, text: "snapshot 0% of 0 B", done: false },
    ],
    [
      "a snapshot that is larger than was thought",
      { snapshot: { bytes: 9, totalBytes: 8 } },
      { share: 0.99, text: "snapshot 99% of 8 B", done: false },
    ],
    ["what the leader has not said", { matchIndex: undefined }, undefined],
    ["the leader itself", { progress: undefined }, undefined],
  ] as const)("%s", (_case, more, expected) => {
    expect(catchUpOf(member(more), { lastIndex: 40 })).toEqual(expected);
  });
});

describe("where reads go", () => {
  const getsOf = () => fake.nodes.map((node) => node.unaryCalls.filter((call) => call === "Stats").length);

  test("--node, and --stale without a leader", async () => {
    await conclave("job", "stats");
    await conclave("job", "stats", "--node", "n3");
    expect(getsOf()).toEqual([1, 0, 1]);
    fake.elect(undefined);
    for (const flags of [["--stale"], ["--consistency", "stale"]]) {
      expect(await conclave("job", "stats", ...flags)).toMatchObject({ code: 0 });
    }
  });

  test("--stale contradicts --consistency linearizable", async () => {
    const { stderr, code } = await conclave("job", "list", "--stale", "--consistency", "linearizable");
    expect(stderr).toContain("cannot be used with option");
    expect(code).toBe(2);
  });

  test("status --consistency linearizable has each node ask its leader", async () => {
    await conclave("status");
    expect(fake.nodes.map((node) => node.linearizableStatuses)).toEqual([0, 0, 0]);
    await conclave("status", "--consistency", "linearizable");
    expect(fake.nodes.map((node) => node.linearizableStatuses)).toEqual([1, 1, 1]);
  });
});
