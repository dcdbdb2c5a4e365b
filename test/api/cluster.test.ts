import { createServer } from "node:net";
import { status as Status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { ClientApi } from "../../src/api/grpc/clientApi.ts";
import { LogIndex, NodeId } from "../../src/base/brands.ts";
import type { MemberStatus__Output } from "../../src/generated/conclave/v1/MemberStatus.ts";
import type { NodeStatus__Output } from "../../src/generated/conclave/v1/NodeStatus.ts";
import { FakeNode, member } from "../support/fakeNode.ts";
import { recordingLogger } from "../support/silence.ts";
import { ask, eventually, type Harness, job, Received, refusal, refusalOf, start } from "./harness.ts";

function memberOf(nodeId: string, more: Partial<MemberStatus__Output>): MemberStatus__Output {
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
    version: "0.0.0-test",
    ...more,
  };
}

const statusOf = (on: Harness) => ask<NodeStatus__Output>((done) => on.cluster.status({}, done));

test("status of a leader", async () => {
  await using on = await start();
  await ask((done) => on.jobs.enqueue({ jobs: [job("a")] }, done));
  expect(await statusOf(on)).toEqual({
    sizes: {
      maxPayloadBytes: 262_144,
      maxResultBytes: 262_144,
      maxCheckpointBytes: 65_536,
      maxBatchBytes: 4_194_304,
    },
    clusterId: "c-test",
    nodeId: "n1",
    role: "ROLE_LEADER",
    term: 1,
    leaderId: "n1",
    leaderAddress: "127.0.0.1:7400",
    commitIndex: 1,
    appliedIndex: 1,
    lastIndex: 1,
    durableIndex: 1,
    leaseLeftMs: 800,
    leaseMs: 1000,
    electionBackoffMs: 0,
    electionsStarted: 3,
    electionsWon: 2,
    electionsLost: 1,
    stateHash: on.node.state.stateHash,
    members: [
      memberOf("n1", { clientAddress: "127.0.0.1:7400", matchIndex: 1 }),
      memberOf("n2", {
        clientAddress: "127.0.0.1:7401",
        peerAddress: "10.0.0.2:7500",
        matchIndex: 1,
        progress: "replicate",
      }),
      memberOf("n3", { reachable: false }),
    ],
    version: "0.0.0-test",
    uptimeMs: 1235,
    httpAddress: "127.0.0.1:7600",
    logTimeMs: 1_800_000_000_000,
    clockOffsetMs: -12,
    configurationIndex: 0,
    configurationCommitted: true,
    joint: false,
    standing: "STANDING_MEMBER",
    compactedIndex: 0,
    snapshotIndex: 0,
    format: 2,
    maxFormat: 2,
  });
});

test("status of a change that is under way, and of a member that fetches a snapshot", async () => {
  await using on = await start();
  const [n1, n2, n3, n4] = ["n1", "n2", "n3", "n4"].map((id) => NodeId(id)) as [
    NodeId,
    NodeId,
    NodeId,
    NodeId,
  ];
  on.node.configuration = {
    index: LogIndex(9),
    membership: { voters: [n1, n2, n4], outgoing: [n1, n2, n3], learners: [NodeId("n5")] },
  };
  on.node.raft = {
    committedConfiguration: { ...on.node.configuration, index: LogIndex(8) },
    compactedIndex: LogIndex(5),
    snapshotIndex: LogIndex(6),
  };
  on.node.view = {
    format: 1,
    maxFormat: 2,
    members: [
      member("n3", { outgoing: true }),
      member("n5", { voter: false, promotes: true, snapshot: { bytes: 10, totalBytes: 40 } }),
    ],
  };
  expect(await statusOf(on)).toMatchObject({
    configurationIndex: 9,
    configurationCommitted: false,
    joint: true,
    compactedIndex: 5,
    snapshotIndex: 6,
    format: 1,
    maxFormat: 2,
    members: [
      memberOf("n3", { outgoing: true }),
      memberOf("n5", { voter: false, promotes: true, snapshotBytes: 10, snapshotTotalBytes: 40 }),
    ],
  });
});

test("a linearizable status waits for the leader's word, any other asks nobody", async () => {
  await using on = await start();
  await statusOf(on);
  expect(on.node.barriers).toBe(0);
  await ask((done) => on.cluster.status({ linearizable: true }, done));
  expect(on.node.barriers).toBe(1);
  on.node.follow(null);
  expect(await refusal(ask((done) => on.cluster.status({ linearizable: true }, done)))).toMatchObject({
    detail: { code: "NO_LEADER" },
  });
});

test("any node tells its status, with or without a leader", async () => {
  await using on = await start();
  on.node.follow(null);
  on.node.raft = { role: "preCandidate", electionBackoffMs: 1234.6 };
  expect(await statusOf(on)).toMatchObject({
    role: "ROLE_PRE_CANDIDATE",
    leaderId: "",
    leaderAddress: "",
    leaseLeftMs: 0,
    electionBackoffMs: 1235,
  });
  on.node.failure = new Error("no call that needs the leader may be made");
  await statusOf(on);
});

test("closing answers what is under way, ends streams and polls with SHUTTING_DOWN, and takes nothing new", async () => {
  await using on = await start();
  on.node.hold();
  const stream = on.jobs.enqueueStream();
  const replies = new Received(stream);
  stream.write({ requestId: 1, jobs: [job("a")] });
  const worker = on.work.stream();
  const messages = new Received(worker);
  worker.write({ subscribe: { workerId: "w", queues: ["other"], credits: 1 } });
  const poll = refusal(
    ask((done) => on.work.claim({ workerId: "p", queues: ["other"], waitMs: 60_000 }, done)),
  );
  const unary = ask((done) => on.jobs.enqueue({ jobs: [job("b")] }, done));
  await eventually(() => on.node.inFlight === 2 && on.node.workers === 2);

  const closed = on.api.close(60_000);
  const shuttingDown = { status: Status.UNAVAILABLE, detail: { code: "SHUTTING_DOWN", retryable: true } };
  expect(await poll).toMatchObject(shuttingDown);
  expect(refusalOf(await messages.status)).toMatchObject(shuttingDown);
  on.node.release();
  expect(refusalOf(await replies.status)).toMatchObject(shuttingDown);
  expect(replies.messages).toMatchObject([{ requestId: 1, error: null, results: [{ id: "a" }] }]);
  expect(await unary).toMatchObject({ results: [{ id: "b" }] });
  await closed;
  expect(on.node.workers).toBe(0);
  expect((await refusal(statusOf(on))).status).toBe(Status.UNAVAILABLE);
});

test("leadership is handed over to whom the caller names, or refused with the reason", async () => {
  await using on = await start();
  const transfer = (toNodeId: string) => ask((done) => on.cluster.transferLeadership({ toNodeId }, done));
  expect(await refusal(transfer("n9"))).toMatchObject({
    detail: { code: "TRANSFER_FAILED" },
    status: Status.ABORTED,
  });
  expect(await transfer("n3")).toMatchObject({ leaderId: "n3", term: 2 });
  expect(await refusal(transfer(""))).toMatchObject({ detail: { code: "NOT_LEADER" } });
});

test("what is still open at the end of the drain time is cut off", async () => {
  await using on = await start();
  on.node.hold();
  const unary = refusal(ask((done) => on.jobs.enqueue({ jobs: [job("a")] }, done)));
  await eventually(() => on.node.inFlight === 1);
  await on.api.close(20);
  expect([Status.CANCELLED, Status.UNAVAILABLE]).toContain((await unary).status);
  expect(on.log.filter((line) => line.level === "warn")).toHaveLength(1);
});

test("an address that cannot be served is CONFIG_INVALID and named", async () => {
  const api = (listen: string) => new ClientApi({ node: new FakeNode(), logger: recordingLogger(), listen });
  for (const listen of ["7400", "host:port", "127.0.0.1:99999", "::1:7400"]) {
    await expect(api(listen).start()).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(JSON.stringify(listen)) as string,
    });
  }
  const taken = createServer();
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, "127.0.0.1", () => {
      const address = taken.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  try {
    await expect(api(`127.0.0.1:${port}`).start()).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(`cannot serve clients at 127.0.0.1:${port}`) as string,
    });
  } finally {
    taken.close();
  }
});
