import { describe, expect, test } from "vitest";
import { ClusterId, Incarnation, LogIndex, NodeId } from "../../src/base/brands.ts";
import { Peers, sinceOf } from "../../src/node/peers.ts";
import type { PeerInfo } from "../../src/node/ports.ts";
import type { Configuration, MemberDetails } from "../../src/raft/types.ts";

const [n1, n2, n3, n4] = ["n1", "n2", "n3", "n4"].map(NodeId) as [NodeId, NodeId, NodeId, NodeId];

function details(more: Partial<MemberDetails> = {}): MemberDetails {
  return { address: "h4:1", incarnation: "i4", since: LogIndex(8), promote: false, replaces: null, ...more };
}

const founding: Configuration = {
  index: LogIndex(0),
  membership: { voters: [n1, n2, n3], outgoing: [], learners: [] },
};

function joint(more: Partial<MemberDetails> = {}): Configuration {
  return {
    index: LogIndex(9),
    membership: {
      voters: [n1, n2],
      outgoing: [n1, n2, n3],
      learners: [n4],
      details: { [n4]: details(more) },
    },
  };
}

function info(max: number, peerAddress = ""): PeerInfo {
  return {
    clientAddress: "",
    version: "1.2.3",
    peerAddress,
    formats: { min: 1, max },
    memberBy: LogIndex(0),
  };
}

function peers(newest = 1, committed = founding, inForce = committed): Peers {
  return new Peers(
    {
      identity: {
        clusterId: ClusterId("c"),
        clusterName: "c",
        nodeId: n1,
        incarnation: Incarnation("i"),
        membership: founding.membership,
        joining: null,
        founding: false,
      },
      version: "1.0.0",
      formats: { min: 1, max: newest },
      clientAddress: () => "h1:7400",
      peerAddress: () => "h1:7500",
      founding: new Map([
        [n1, "settings1:1"],
        [n2, "settings2:1"],
      ]),
    },
    committed,
    inForce,
  );
}

describe("members as others see them", () => {
  test("come from the configuration in force: what they count for, and where they are", () => {
    const it = peers();
    it.configure(joint({ promote: true }), []);
    it.heard(n3, info(1, "heard3:1"));
    const rows = it.views((id) => (id === n4 ? { bytes: 5, totalBytes: 9 } : null));
    expect(rows.map(({ id, voter, outgoing, promotes }) => [id, voter, outgoing, promotes])).toEqual([
      ["n1", true, false, false],
      ["n2", true, false, false],
      ["n3", true, true, false],
      ["n4", false, false, true],
    ]);
    expect(rows.map(({ peerAddress }) => peerAddress)).toEqual([
      "h1:7500",
      "settings2:1",
      "heard3:1",
      "h4:1",
    ]);
    expect(rows.map(({ version }) => version)).toEqual(["1.0.0", "", "1.2.3", ""]);
    expect(rows.at(-1)?.snapshot).toEqual({ bytes: 5, totalBytes: 9 });
    expect(sinceOf(it.configuration)).toEqual(
      new Map([
        [n1, 0],
        [n2, 0],
        [n3, 0],
        [n4, 8],
      ]),
    );
  });

  test("the transport hears of those that are leaving as well, where they were last", () => {
    const it = peers(1, joint());
    it.configure(founding, [n4]);
    expect([...it.addresses.keys()]).toEqual(["n1", "n2", "n3", "n4"]);
    expect(it.addresses.get(n4)).toMatchObject({ address: "h4:1", incarnation: "i4", since: 8 });
    expect(it.isMember(n4)).toBe(false);
    it.configure(founding, []);
    expect(it.addresses.has(n4)).toBe(false);
  });

  test("what an uncommitted configuration said of a founding member goes with it", () => {
    const it = peers();
    const anew = { ...founding.membership, voters: [n1, n3], learners: [n2], details: { [n2]: details() } };
    it.configure({ index: LogIndex(9), membership: anew }, []);
    expect(it.addresses.get(n2)).toMatchObject({ incarnation: "i4" });
    it.configure(founding, []);
    expect(it.addresses.get(n2)).toBeNull();
  });

  test("after a restart with an uncommitted removal, whoever it removes is still talked with", () => {
    const it = peers(1, joint(), founding);
    expect(it.addresses.get(n4)).toMatchObject({ address: "h4:1" });
  });
});

describe("what was heard of a node", () => {
  test("that is no member yet counts once it is one", () => {
    const it = peers();
    it.heard(n4, info(1, "heard4:1"));
    it.configure(joint({ address: "" }), []);
    it.left(n4);
    expect(it.peerAddress(n4)).toBe("heard4:1");
  });

  test("is forgotten when it leaves and is none", () => {
    const it = peers();
    it.heard(n4, info(1, "heard4:1"));
    it.left(n4);
    expect(it.peerAddress(n4)).toBe("");
  });
});

test("the machine's rules that all members know are those of release 0.1.0 until all are known to read format 2", () => {
  const it = peers(3);
  it.heard(n2, info(3));
  expect(it.rules).toBe(0);
  it.heard(n3, info(1));
  expect(it.rules).toBe(0);
  it.heard(n3, info(2));
  expect(it.rules).toBe(1);
});

describe("the format that the cluster writes", () => {
  test("is the newest that all members can read, and the oldest for one that has not said", () => {
    const it = peers(3);
    expect(it.format).toBe(1);
    it.heard(n2, info(3));
    expect(it.format).toBe(1);
    it.heard(n3, info(2));
    expect(it.format).toBe(2);
    it.heard(n3, info(5));
    expect(it.format).toBe(3);
    // One that went away will have to read it when it comes back.
    it.heard(n2, info(2));
    it.reachable(n2, false);
    expect(it.format).toBe(2);
    it.configure(joint(), []);
    expect(it.format).toBe(1);
  });
});
