import { expect, test } from "vitest";
import { plain } from "../../src/cli/output/paint.ts";
import { statusAnswer } from "../../src/cli/statusAnswer.ts";
import { ConclaveError, type MemberStatus, type NodeStatus } from "../../src/client/index.ts";

type MemberView = NodeStatus["members"][number];

function member(nodeId: string, more: Partial<MemberView> = {}): MemberView {
  return {
    nodeId,
    clientAddress: "",
    reachable: true,
    voter: true,
    matchIndex: 0,
    peerAddress: "",
    progress: "",
    snapshotBytes: 0,
    snapshotTotalBytes: 0,
    promotes: false,
    outgoing: false,
    version: "1.2.3",
    ...more,
  };
}

function answered(nodeId: string, more: Partial<NodeStatus> = {}): MemberStatus {
  const status: NodeStatus = {
    clusterId: "c",
    nodeId,
    role: "follower",
    standing: "member",
    term: 3,
    leaderId: "n1",
    leaderAddress: "",
    commitIndex: 40,
    appliedIndex: 40,
    lastIndex: 40,
    durableIndex: 40,
    leaseLeftMs: 0,
    leaseMs: 1000,
    electionBackoffMs: 0,
    electionsStarted: 0,
    electionsWon: 0,
    electionsLost: 0,
    stateHash: "",
    members: [],
    version: "1.2.3",
    uptimeMs: 1000,
    httpAddress: "",
    logTimeMs: 0,
    clockOffsetMs: 0,
    configurationIndex: 9,
    configurationCommitted: true,
    joint: false,
    compactedIndex: 0,
    snapshotIndex: 0,
    format: 1,
    maxFormat: 1,
    ...more,
  };
  return { address: `${nodeId}:7400`, nodeId, status, error: undefined };
}

const leads = { role: "leader", leaseLeftMs: 900 } as const;

/** What the column ROLE shows. */
const rolesIn = (nodes: readonly MemberStatus[]) => statusAnswer(nodes, plain).rows.map(([, , role]) => role);

test("what the leader says of each: learners, what they have fetched, and who is on its way out", () => {
  const members = [
    member("n1"),
    member("n2", { outgoing: true }),
    member("n4", { voter: false }),
    member("n5", { voter: false, promotes: true, snapshotBytes: 10, snapshotTotalBytes: 40 }),
  ];
  const nodes = [
    // It has not heard of the change yet.
    answered("n2", { configurationIndex: 3, members: [member("n4"), member("n5")] }),
    answered("n4"),
    answered("n1", { ...leads, members, joint: true }),
    answered("n5"),
    answered("n6", { standing: "joining" }),
    answered("n7", { standing: "removed", configurationIndex: 12 }),
  ];
  expect(rolesIn(nodes)).toEqual([
    "outgoing",
    "learner",
    "leader",
    "learner, to vote, snapshot 25%",
    "joining",
    "removed",
  ]);
  const { json, note } = statusAnswer(nodes, plain);
  expect(json).toMatchObject({
    leaderId: "n1",
    configurationIndex: 9,
    joint: true,
    nodes: [
      { kind: "outgoing" },
      { kind: "learner" },
      { kind: "leader" },
      {},
      { kind: "joining" },
      { kind: "removed" },
    ],
  });
  expect(note).toBe("the membership is joint (entry 9): a change is under way");
});

test("without a leader, the newest membership that anybody knows", () => {
  const nodes = [
    answered("n1", { configurationIndex: 3, members: [member("n1"), member("n2")] }),
    answered("n2", { configurationIndex: 9, members: [member("n1"), member("n2", { voter: false })] }),
  ];
  expect(rolesIn(nodes)).toEqual(["follower", "learner"]);
  expect(statusAnswer(nodes, plain).note).toBe("no node leads");
});

test("the format that is written, and that a node reads a newer one", () => {
  const nodes = [answered("n1", leads), answered("n2", { maxFormat: 2 })];
  const { columns, rows } = statusAnswer(nodes, plain);
  const at = columns.findIndex(({ title }) => title === "FORMAT");
  expect(rows.map((row) => row[at])).toEqual(["1", "1 (reads 2)"]);
});

test("where no node answers, the table says why, once", () => {
  const error = new ConclaveError("UNAVAILABLE", "no node could be reached: is it a port for HTTP?");
  const silent = ["h:1", "h:2"].map((address) => ({ address, nodeId: undefined, status: undefined, error }));
  expect(statusAnswer(silent, plain).note).toBe(`no node leads\n${error.message}`);
});
