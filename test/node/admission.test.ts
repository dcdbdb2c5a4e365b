import { describe, expect, test } from "vitest";
import { ClusterId, Incarnation, LogIndex, NodeId } from "../../src/base/brands.ts";
import { Admission } from "../../src/node/admission.ts";
import { Peers } from "../../src/node/peers.ts";
import type { Identity, JoinRequest } from "../../src/node/ports.ts";
import type { RaftStatus } from "../../src/raft/config.ts";
import type { Configuration, MembershipChange } from "../../src/raft/types.ts";
import { failureOf } from "../support/failure.ts";
import { recordingLogger } from "../support/silence.ts";

const n1 = NodeId("n1");
const n2 = NodeId("n2");
const configuration: Configuration = {
  index: LogIndex(7),
  membership: { voters: [n1, n2], outgoing: [], learners: [] },
};
const identity: Identity = {
  clusterId: ClusterId("c-1"),
  clusterName: "c",
  nodeId: n1,
  incarnation: Incarnation("i1"),
  membership: configuration.membership,
  joining: null,
  founding: false,
};

function request(more: Partial<JoinRequest> = {}): JoinRequest {
  return {
    nodeId: NodeId("n3"),
    address: "h3:1",
    incarnation: Incarnation("i3"),
    replacesIncarnation: "",
    rejoin: false,
    voter: true,
    minFormat: 1,
    maxFormat: 1,
    ...more,
  };
}

function admission(status: Pick<RaftStatus, "role" | "leader">, rules = 0) {
  const peers = new Peers(
    {
      identity,
      version: "1",
      formats: { min: 1, max: 1 },
      clientAddress: () => "h1:7400",
      peerAddress: () => "h1:7500",
      founding: new Map([[n2, "h2:7500"]]),
    },
    configuration,
    configuration,
  );
  const changes: MembershipChange[] = [];
  const met: [string, number][] = [];
  const it = new Admission({
    identity,
    peers,
    logger: recordingLogger(),
    rules: () => rules,
    status: () => ({ ...status, configuration }) as RaftStatus,
    metIncarnation: (id, since) => {
      met.push([id, since]);
      return Incarnation("met");
    },
    change: (change) => {
      changes.push(change);
      return Promise.resolve({ ...configuration, index: LogIndex(12) });
    },
  });
  return { it, changes, met };
}

const leading = { role: "leader", leader: n1 } as const;

describe("admission", () => {
  test("any member tells which cluster it is, and where its leader listens for peers", () => {
    expect(admission({ role: "follower", leader: n2 }).it.describe()).toEqual({
      clusterId: "c-1",
      clusterName: "c",
      leaderId: "n2",
      leaderPeerAddress: "h2:7500",
      members: [
        { id: "n1", address: "h1:7500" },
        { id: "n2", address: "h2:7500" },
      ],
      format: 1,
    });
    expect(admission({ role: "follower", leader: null }).it.describe()).toMatchObject({
      leaderId: null,
      leaderPeerAddress: "",
    });
  });

  test("the leader takes a new node in, and answers with the configuration that holds it", async () => {
    const { it, changes } = admission(leading);
    expect(await it.join(request())).toBe(12);
    expect(changes).toMatchObject([
      { add: [{ id: "n3", address: "h3:1", incarnation: "i3", promote: true }] },
    ]);
  });

  test("one that is in already changes nothing", async () => {
    const { it, changes, met } = admission(leading);
    expect(await it.join(request({ nodeId: n2, incarnation: Incarnation("met") }))).toBe(7);
    expect([changes, met]).toEqual([[], [["n2", 0]]]);
  });

  test("others name the leader at the address for peers, and change nothing", async () => {
    const follower = admission({ role: "follower", leader: n2 });
    const error = await failureOf(follower.it.join(request()));
    expect(error).toMatchObject({ code: "NOT_LEADER", leaderAddress: "h2:7500" });
    const alone = admission({ role: "candidate", leader: null });
    expect(await failureOf(alone.it.join(request()))).toMatchObject({ code: "NO_LEADER" });
    expect([follower.changes, alone.changes]).toEqual([[], []]);
  });

  test("a member's id with other data is refused, and so is a release that cannot read what the cluster writes", async () => {
    const { it, changes } = admission(leading);
    const taken = await failureOf(it.join(request({ nodeId: n2 })));
    expect(taken).toMatchObject({
      code: "MEMBERSHIP_REFUSED",
      message: expect.stringMatching(/n2 is a member.*--rejoin/),
    });
    for (const formats of [
      { minFormat: 2, maxFormat: 3 },
      { minFormat: 0, maxFormat: 0 },
    ]) {
      expect(await failureOf(it.join(request(formats)))).toMatchObject({ code: "FORMAT_UNSUPPORTED" });
    }
    expect(changes).toEqual([]);
  });

  test("so is a release that does not know the rules which the machine follows, also while a member has not been heard", async () => {
    const { it, changes } = admission(leading, 1);
    expect(it.describe().format).toBe(2);
    expect(await failureOf(it.join(request({ maxFormat: 1 })))).toMatchObject({ code: "FORMAT_UNSUPPORTED" });
    expect(changes).toEqual([]);
    await it.join(request({ maxFormat: 2 }));
    expect(changes).toHaveLength(1);
  });
});
