import { afterEach, describe, expect, it } from "vitest";
import { ClusterId, Incarnation, LogIndex, NodeId } from "../../src/base/brands.ts";
import { ConclaveError, type ErrorCode } from "../../src/base/errors.ts";
import { freePorts } from "../../src/cli/cluster/freePorts.ts";
import {
  decodeClusterDescription,
  decodeJoinRequest,
  encodeClusterDescription,
  encodeJoinRequest,
  type JoinCall,
} from "../../src/codec/peerJoin.ts";
import { messageType } from "../../src/codec/proto.ts";
import type { JoinRequest } from "../../src/node/ports.ts";
import { describeCluster } from "../../src/transport/describeCluster.ts";
import { joinCluster } from "../../src/transport/joinCluster.ts";
import { type LoggedLine, recordingLogger } from "../support/silence.ts";
import { TcpProxy } from "../support/tcpProxy.ts";
import { until } from "../support/until.ts";
import { codeOf, member, numbered, TestPeer } from "./support.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function keep<Closable extends { close(): Promise<void> }>(each: Closable): Closable {
  open.push(each);
  return each;
}

const never = new AbortController().signal;
const quick = { answerTimeoutMs: 20_000, backoffInitialMs: 5, backoffMaxMs: 20 };

function requestOf(id: string, address: string): JoinCall {
  return {
    clusterId: ClusterId("test"),
    nodeId: NodeId(id),
    address,
    incarnation: Incarnation(`incarnation of ${id}`),
    replacesIncarnation: "",
    rejoin: false,
    voter: true,
    minFormat: 1,
    maxFormat: 1,
  };
}

function join(addresses: readonly string[], request: JoinCall, lines: LoggedLine[] = [], signal = never) {
  return joinCluster(addresses, request, { signal, logger: recordingLogger(lines), timings: quick });
}

function failing(code: ErrorCode, message = "no"): () => Promise<never> {
  return async () => {
    throw new ConclaveError(code, message);
  };
}

describe("two nodes that nobody knows", () => {
  it("ask which cluster it is, follow to its leader, and are members that hear each other", async () => {
    const leader = keep(await TestPeer.start("a", {}));
    const follower = keep(await TestPeer.start("b", { a: leader.address }));
    const description = {
      ...leader.listener.description,
      leaderId: leader.id,
      leaderPeerAddress: leader.address,
      members: [{ id: leader.id, address: leader.address }],
    };
    follower.listener.description = description;
    follower.listener.join = failing("NOT_LEADER");
    let taken: Record<string, ReturnType<typeof member> | null> = { a: null, b: null };
    const asked: JoinRequest[] = [];
    leader.listener.join = async (request) => {
      asked.push(request);
      const index = 10 + asked.length;
      taken = { ...taken, [request.nodeId]: member(request.address, request.incarnation, index) };
      leader.configure(index, taken);
      return LogIndex(index);
    };

    const found = await describeCluster([follower.address], { timeoutMs: 20_000, signal: never });
    expect(found).toEqual(description);
    const c = keep(await TestPeer.startAlone("c"));
    const d = keep(await TestPeer.startAlone("d"));
    const requests = [requestOf("c", c.address), requestOf("d", d.address)] as const;
    expect(await join([follower.address], requests[0])).toBe(11);
    expect(await join([follower.address], requests[1])).toBe(12);
    expect(asked).toEqual(requests);

    await until("the leader's streams", () => leader.stats("c").connected && leader.stats("d").connected);
    // The log brings them the configuration.
    for (const joined of [c, d]) joined.configure(12, taken);
    await until("their streams", () => c.stats("d").connected && d.stats("c").connected);
    c.transport.send(d.id, numbered(1));
    d.transport.send(leader.id, numbered(2));
    await until("their messages", () => d.listener.messages.length + leader.listener.messages.length === 2);
  });
});

describe("describeCluster", () => {
  it("tells what each address said when none is a member's", async () => {
    const silent = keep(await TcpProxy.listen());
    const failingNode = keep(await TestPeer.start("a", {}));
    failingNode.listener.describe = () => {
      throw new ConclaveError("SHUTTING_DOWN", "not any more");
    };
    const failure = describeCluster(["127.0.0.1:1", silent.address, failingNode.address], {
      timeoutMs: 500,
      signal: never,
    });
    await expect(failure).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(
        /^no member of a cluster answered: 127.0.0.1:1: .*nobody listens; 127.0.0.1:\d+: .+; 127.0.0.1:\d+: not any more$/,
      ),
    });
    await expect(describeCluster([], { timeoutMs: 500, signal: never })).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
  });

  it("goes on to the next address, and gives up when told", async () => {
    const a = keep(await TestPeer.start("a", {}));
    const found = await describeCluster(["127.0.0.1:1", a.address], { timeoutMs: 20_000, signal: never });
    expect(found.clusterId).toBe("test");
    const stuck = keep(await TcpProxy.listen(a.address));
    stuck.stall({ toTarget: true, toClient: true });
    const controller = new AbortController();
    const asking = describeCluster([stuck.address], { timeoutMs: 600_000, signal: controller.signal });
    const end = codeOf(asking);
    await until("the call", () => stuck.accepted >= 2);
    controller.abort();
    expect(await end).toBe("ABORTED");
  });
});

describe("joinCluster", () => {
  it("asks on while a refusal may pass, and says each once", async () => {
    const a = keep(await TestPeer.start("a", {}));
    const codes: ErrorCode[] = ["NO_LEADER", "NO_LEADER", "OVERLOADED", "OUTCOME_UNKNOWN", "INTERNAL"];
    a.listener.join = async () => {
      const code = codes.shift();
      if (code !== undefined) throw new ConclaveError(code, `for ${code}`);
      return LogIndex(9);
    };
    const lines: LoggedLine[] = [];
    expect(await join(["127.0.0.1:1", a.address], requestOf("c", "127.0.0.1:2"), lines)).toBe(9);
    expect(lines.map(({ fields }) => ("code" in fields ? fields.code : ""))).toEqual([
      "UNAVAILABLE",
      "NO_LEADER",
      "OVERLOADED",
      "OUTCOME_UNKNOWN",
      "INTERNAL",
    ]);
  });

  it.each<ErrorCode>(["MEMBERSHIP_REFUSED", "IDENTITY_MISMATCH", "FORMAT_UNSUPPORTED", "MEMBER_REMOVED"])(
    "gives up on %s, with its reason",
    async (code) => {
      const a = keep(await TestPeer.start("a", {}));
      a.listener.join = failing(code, "because of that");
      await expect(join([a.address], requestOf("c", "127.0.0.1:2"))).rejects.toMatchObject({
        code,
        message: "because of that",
      });
    },
  );

  it("is not put off by one member whose release shares no format, and is by the leader", async () => {
    const [wrong, follower, leader] = [
      keep(await TestPeer.start("a", {})),
      keep(await TestPeer.start("b", {})),
      keep(await TestPeer.start("c", {})),
    ];
    wrong.listener.join = failing("FORMAT_UNSUPPORTED", "a reads others");
    follower.listener.join = failing("NOT_LEADER");
    follower.listener.description = { ...follower.listener.description, leaderPeerAddress: leader.address };
    leader.listener.join = async () => LogIndex(7);
    const addresses = [wrong.address, follower.address];
    expect(await join(addresses, requestOf("d", "127.0.0.1:2"))).toBe(7);
    leader.listener.join = failing("FORMAT_UNSUPPORTED", "the cluster writes others");
    await expect(join(addresses, requestOf("d", "127.0.0.1:2"))).rejects.toMatchObject({
      code: "FORMAT_UNSUPPORTED",
      message: "the cluster writes others",
    });
    await expect(
      join([leader.address, follower.address], requestOf("d", "127.0.0.1:2")),
    ).rejects.toMatchObject({
      code: "FORMAT_UNSUPPORTED",
    });
  });

  it("is put off by a leader whom nobody else is there to name", async () => {
    const leader = keep(await TestPeer.start("a", {}));
    leader.listener.description = { ...leader.listener.description, leaderPeerAddress: leader.address };
    leader.listener.join = failing("FORMAT_UNSUPPORTED", "the cluster writes others");
    const [gone = 0] = await freePorts(1);
    await expect(
      join([leader.address, `127.0.0.1:${gone}`], requestOf("d", "127.0.0.1:2")),
    ).rejects.toMatchObject({ code: "FORMAT_UNSUPPORTED", message: "the cluster writes others" });
  });

  it("is not put off by one that led until it was started with a release that shares no format", async () => {
    const [former, follower, leader] = [
      keep(await TestPeer.start("a", {})),
      keep(await TestPeer.start("b", {})),
      keep(await TestPeer.start("c", {})),
    ];
    let asked = 0;
    follower.listener.join = failing("NOT_LEADER");
    const name = ({ address }: TestPeer): void => {
      follower.listener.description = { ...follower.listener.description, leaderPeerAddress: address };
    };
    name(former);
    leader.listener.join = async () => LogIndex(9);
    former.listener.join = async () => {
      asked += 1;
      // Until the follower hears of another one.
      if (asked === 3) name(leader);
      throw new ConclaveError("FORMAT_UNSUPPORTED", "a reads others");
    };
    expect(await join([follower.address], requestOf("d", "127.0.0.1:2"))).toBe(9);
    expect(asked).toBe(3);
  });

  it("is not sent round in circles, and gives up when told", async () => {
    const [a, b] = [keep(await TestPeer.start("a", {})), keep(await TestPeer.start("b", {}))];
    let asked = 0;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      from.listener.description = { ...from.listener.description, leaderPeerAddress: to.address };
      from.listener.join = async () => {
        asked += 1;
        throw new ConclaveError("NOT_LEADER", "ask the other");
      };
    }
    const controller = new AbortController();
    const logged: LoggedLine[] = [];
    const joining = join([a.address], requestOf("c", "127.0.0.1:2"), logged, controller.signal);
    const end = codeOf(joining);
    await until("three rounds of two", () => asked >= 6);
    controller.abort();
    expect(await end).toBe("ABORTED");
    expect(logged.length).toBe(2);
  });

  it("is turned away by another cluster, by other formats, and for an address that is none, before the node hears of it", async () => {
    const a = keep(await TestPeer.start("a", {}));
    a.listener.join = async () => LogIndex(1);
    const request = requestOf("c", "127.0.0.1:2");
    await expect(join([a.address], { ...request, clusterId: ClusterId("other") })).rejects.toMatchObject({
      code: "IDENTITY_MISMATCH",
      message: expect.stringContaining('wants to join cluster "other", "a" belongs to "test"'),
    });
    await expect(join([a.address], { ...request, minFormat: 2, maxFormat: 3 })).rejects.toMatchObject({
      code: "FORMAT_UNSUPPORTED",
    });
    for (const address of ["", "nowhere", "127.0.0.1:0", "0.0.0.0:7500", "[::]:7500"]) {
      await expect(join([a.address], { ...request, address })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining("where no member can dial it"),
      });
    }
  });

  it("of many at once is refused rather than queued", async () => {
    const a = keep(await TestPeer.start("a", {}));
    let underWay = 0;
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    a.listener.join = async () => {
      underWay += 1;
      await held;
      return LogIndex(3);
    };
    const logs = Array.from({ length: 12 }, (): LoggedLine[] => []);
    const joins = logs.map((lines, i) =>
      join([a.address], requestOf(`c${i}`, "127.0.0.1:2"), lines, new AbortController().signal),
    );
    await until("the last four to be refused", () => logs.filter((lines) => lines.length > 0).length === 4);
    expect(underWay).toBe(8);
    answer();
    expect(new Set(await Promise.all(joins))).toEqual(new Set([3]));
  });
});

describe("requests to join", () => {
  it("come back as they were", () => {
    const request = {
      ...requestOf("c", "[::1]:7500"),
      replacesIncarnation: "old",
      rejoin: true,
      voter: false,
    };
    expect(decodeJoinRequest(encodeJoinRequest(request))).toEqual(request);
    const description = {
      clusterId: ClusterId("test"),
      clusterName: "a test",
      leaderId: null,
      leaderPeerAddress: "",
      members: [{ id: NodeId("a"), address: "" }],
      format: 3,
    };
    expect(decodeClusterDescription(encodeClusterDescription(description))).toEqual(description);
  });

  it("that no node could mean are refused", () => {
    const request = requestOf("c", "127.0.0.1:2");
    for (const wrong of [
      { ...request, nodeId: NodeId("") },
      { ...request, nodeId: NodeId("c".repeat(257)) },
      { ...request, incarnation: Incarnation("") },
      { ...request, minFormat: 0 },
      { ...request, minFormat: 3, maxFormat: 2 },
    ]) {
      expect(() => decodeJoinRequest(encodeJoinRequest(wrong)), JSON.stringify(wrong)).toThrow(ConclaveError);
    }
    expect(() => decodeJoinRequest(Buffer.from("certainly no protobuf"))).toThrow(ConclaveError);
    expect(() => decodeClusterDescription(messageType("ClusterDescription").encode({}).finish())).toThrow(
      ConclaveError,
    );
  });
});
