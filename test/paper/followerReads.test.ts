import { describe, expect, test } from "vitest";
import { LogIndex, type NodeId, Term } from "../../src/base/brands.ts";
import type { Effect, ReadIndexReply, ReadIndexRequest } from "../../src/raft/index.ts";
import { RaftCluster } from "../support/raftCluster.ts";
import {
  ack,
  appendRequest,
  electionTimeoutMs,
  hardState,
  heartbeatIntervalMs,
  n1,
  n2,
  n3,
  ofType,
  only,
  RaftNode,
  rejection,
  send,
  sent,
  voteRequest,
  votersOnly,
} from "../support/raftNode.ts";

function request(term: number, id: number): ReadIndexRequest {
  return { type: "readIndexRequest", term: Term(term), id };
}

function reply(term: number, id: number, index: number | null): ReadIndexReply {
  return { type: "readIndexReply", term: Term(term), id, index: index === null ? null : LogIndex(index) };
}

function followerOf(leader: NodeId = n2): RaftNode {
  const node = new RaftNode({ hardState: hardState(1) });
  node.receive(leader, appendRequest(1));
  return node;
}

function answers(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => {
    if (effect.type === "releaseRead") return [`${effect.id} at ${effect.index}`];
    return effect.type === "rejectRead" ? [`${effect.id} ${effect.reason}`] : [];
  });
}

describe("linearizable reads at a follower (thesis 6.4)", () => {
  test("it asks the leader for an index, and the read may be served from what is applied through there", () => {
    const node = followerOf();
    const asked = node.read(7);
    expect(asked).toMatchObject([{ type: "send", to: n2, message: { type: "readIndexRequest", term: 1 } }]);
    const { id } = only(asked, "readIndexRequest");
    expect(node.receive(n2, reply(1, id, 4))).toEqual([{ type: "releaseRead", id: 7, index: 4 }]);
  });

  // Put it in: reading.ts, `onRead`: add a read to the request that is under way.
  test("one request is under way at a time; reads that come meanwhile share the next one", () => {
    const node = followerOf();
    const first = only(node.read(1), "readIndexRequest").id;
    expect([...node.read(2), ...node.read(3)]).toEqual([]);
    const effects = node.receive(n2, reply(1, first, 4));
    expect(answers(effects)).toEqual(["1 at 4"]);
    const second = only(effects, "readIndexRequest").id;
    expect(second).not.toBe(first);
    expect(answers(node.receive(n2, reply(1, first, 9)))).toEqual([]);
    expect(answers(node.receive(n2, reply(1, second, 5)))).toEqual(["2 at 5", "3 at 5"]);
  });

  test("no leader, no read; and a candidate has none", () => {
    const node = new RaftNode();
    expect(answers(node.read(1))).toEqual(["1 notLeader"]);
    node.becomeCandidate();
    expect(answers(node.read(2))).toEqual(["2 notLeader"]);
  });

  test("a leader that changes, is gone or is silent confirms nothing any more", () => {
    const changed = followerOf();
    changed.read(1);
    changed.read(2);
    expect(answers(changed.receive(n3, appendRequest(2)))).toEqual(["1 leadershipLost", "2 leadershipLost"]);
    const gone = followerOf();
    gone.read(1);
    expect(answers(gone.step({ type: "peerUnreachable", peer: n2, refused: true }))).toEqual([
      "1 leadershipLost",
    ]);
    const silent = followerOf();
    silent.read(1);
    expect(answers(silent.elapse(electionTimeoutMs))).toContain("1 notLeader");
  });

  test("without an answer within an election timeout it is refused, though the leader heartbeats; later ones are asked for", () => {
    const node = followerOf();
    node.read(1);
    node.elapse(electionTimeoutMs / 2);
    node.receive(n2, appendRequest(1, { round: 5 }));
    node.read(2);
    expect(node.raft.nextDeadline(node.now)).toBe(electionTimeoutMs);
    const effects = node.elapse(electionTimeoutMs / 2);
    expect(answers(effects)).toEqual(["1 notLeader"]);
    const { id } = only(effects, "readIndexRequest");
    expect(answers(node.receive(n2, reply(1, id, 3)))).toEqual(["2 at 3"]);
  });

  test("a learner reads as well, and its driver is told when to look after it", () => {
    const node = new RaftNode({ membership: { voters: [n2, n3], outgoing: [], learners: [n1] } });
    node.receive(n2, appendRequest(1));
    expect(node.raft.nextDeadline(node.now)).toBeNull();
    node.read(1);
    expect(node.raft.nextDeadline(node.now)).toBe(electionTimeoutMs);
    expect(answers(node.elapse(electionTimeoutMs))).toEqual(["1 notLeader"]);
  });

  // Put it in: reading.ts, `onReadIndexReply`: do not look at sender and term.
  test("only an answer of the leader of this term counts", () => {
    const node = followerOf();
    const { id } = only(node.read(1), "readIndexRequest");
    expect(node.receive(n3, reply(1, id, 9))).toEqual([]);
    expect(node.receive(n2, reply(0, id, 9))).toEqual([]);
    const newer = node.receive(n2, reply(2, id, null));
    expect(answers(newer)).toEqual(["1 leadershipLost"]);
    expect(node.status.term).toBe(2);
  });

  // Put it in: server.ts, `nextReadRequest`: count from zero with every process.
  test("requests of different lives have different names", () => {
    const ids = [0.1, 0.2].map((value) => {
      const node = new RaftNode({ random: { next: () => value, below: (n) => Math.floor(value * n) } });
      node.receive(n2, appendRequest(1));
      return only(node.read(1), "readIndexRequest").id;
    });
    expect(ids[0]).not.toBe(ids[1]);
    expect(ids.every(Number.isSafeInteger)).toBe(true);
  });
});

describe("and at the leader that is asked", () => {
  // Put it in: leader.ts, `#release`: answer when the request comes, without a round.
  test("a round that begins after the request came confirms it; older acks do not (bug 18)", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    node.elapse(heartbeatIntervalMs);
    const before = node.round;
    const asked = node.receive(n3, request(1, 70));
    expect(sent(asked, "readIndexReply")).toEqual([]);
    expect(node.receive(n2, ack(1, 1, before))).toEqual([]);
    const confirmed = node.receive(n2, ack(1, 1, node.round));
    expect(ofType(confirmed, "send")).toEqual([send(n3, reply(1, 70, 1), "now")]);
  });

  test("not before the term's first commit (bug 17)", () => {
    const node = new RaftNode({ log: [1, 1], applied: 1, hardState: hardState(1) });
    node.becomeLeader([n2]);
    node.receive(n3, request(2, 5));
    node.elapse(heartbeatIntervalMs);
    expect(sent(node.receive(n2, ack(2, 2, node.round)), "readIndexReply")).toEqual([]);
    node.persist();
    const opened = node.receive(n2, ack(2, 3, node.round));
    expect(sent(opened, "readIndexReply")).toEqual([]);
    const confirmed = node.receive(n2, ack(2, 3, node.round));
    expect(sent(confirmed, "readIndexReply")).toMatchObject([{ to: n3, message: { id: 5, index: 3 } }]);
  });

  test("a leader without peers confirms at once", () => {
    const node = new RaftNode({ membership: { ...votersOnly([n1]), learners: [n2] } });
    node.elapse(electionTimeoutMs);
    node.persist();
    node.persist();
    expect(sent(node.receive(n2, request(1, 5)), "readIndexReply")).toMatchObject([
      { message: { index: 1 } },
    ]);
  });

  // Put it in: reading.ts, `onReadIndexRequest`: do not ask `mayBeSucceeded`.
  test("it refuses where it does not lead, leads another term, or has asked its successor to campaign (bug 19)", () => {
    const node = new RaftNode();
    expect(node.receive(n3, request(1, 5))).toEqual([send(n3, reply(0, 5, null), "now")]);
    node.becomeSettledLeader();
    expect(sent(node.receive(n3, request(2, 5)), "readIndexReply")).toMatchObject([
      { message: { index: null } },
    ]);
    node.step({ type: "transferLeadership", to: n2 });
    expect(sent(node.receive(n3, request(1, 6)), "readIndexReply")).toMatchObject([
      { message: { id: 6, index: null } },
    ]);
  });

  test("deposed, it tells whoever waits that it cannot say", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    node.receive(n3, request(1, 5));
    const effects = node.receive(n2, rejection(4, 1));
    expect(sent(effects, "readIndexReply")).toMatchObject([
      { to: n3, message: { id: 5, index: null, term: 4 }, after: "persisted" },
    ]);
    const other = new RaftNode();
    other.becomeSettledLeader();
    other.receive(n3, request(1, 5));
    other.step({ type: "transferLeadership", to: n2 });
    const { lastIndex } = other.status;
    const succeeded = other.receive(n2, voteRequest(2, [lastIndex, 1], "voteRequest", 100));
    expect(sent(succeeded, "readIndexReply")).toMatchObject([{ to: n3, message: { index: null } }]);
  });

  test("in a cluster: reads at followers cover all that was acknowledged before, also on a slow network", () => {
    const cluster = new RaftCluster({ seed: "follower reads" });
    const leader = cluster.runUntilLeader();
    let released = 0;
    cluster.observe((node, effect) => {
      if (effect.type === "releaseRead" && node !== leader) released += 1;
    });
    // The invariant R12 looks at each of them.
    for (let i = 0; i < 100; i++) {
      cluster.propose(leader);
      for (const node of cluster.nodes) node.read();
      cluster.runFor(3);
    }
    cluster.runFor(electionTimeoutMs);
    expect(released).toBe(200);
  });
});
