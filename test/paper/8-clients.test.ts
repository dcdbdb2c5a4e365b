import { describe, expect, test } from "vitest";
import {
  ack,
  appendRequest,
  electionTimeoutMs,
  hardState,
  heartbeatIntervalMs,
  n2,
  n3,
  noop,
  ofType,
  RaftNode,
  rejection,
  sent,
  voteRequest,
} from "../support/raftNode.ts";

/** A rival with the best of logs and a later term. */
const rival = voteRequest(9, [9, 9]);
const answerOf = { voteRequest: "voteReply", preVoteRequest: "preVoteReply" } as const;

describe("Raft 8: client interaction", () => {
  test("a server that is not the leader rejects, and names the leader it last heard from", () => {
    const node = new RaftNode();
    node.receive(n3, appendRequest(2));
    expect(node.propose("x")).toEqual([{ type: "rejectProposal", id: 1, reason: "notLeader" }]);
    expect(node.status.leader).toBe(n3);
  });

  test("read-only operations write nothing to the log", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    const effects = [...node.read(1), ...node.receive(n2, ack(1, 1, 2))];
    expect(ofType(effects, "persist")).toEqual([]);
    expect(ofType(effects, "releaseRead")).toEqual([{ type: "releaseRead", id: 1, index: 1 }]);
  });

  test("a leader commits a blank no-op at the start of its term, to learn what is committed", () => {
    const node = new RaftNode({ log: [1, 1], hardState: hardState(1) });
    expect(ofType(node.becomeLeader(), "persist").at(-1)?.entries).toEqual([noop(3, 2)]);
  });

  test("until its no-op commits, a leader answers no read; then the read comes after it", () => {
    const node = new RaftNode({ log: [1, 1], hardState: hardState(1) });
    node.becomeLeader();
    expect(node.read(1)).toEqual([]);
    node.persist();
    const committed = node.receive(n2, ack(2, 3));
    expect(ofType(committed, "releaseRead")).toEqual([]);
    const rounds = sent(committed, "appendRequest").map(({ message }) => message.round);
    expect(rounds).toEqual([2, 2]);
    expect(ofType(node.receive(n2, ack(2, 3, 2)), "releaseRead")).toEqual([
      { type: "releaseRead", id: 1, index: 3 },
    ]);
  });

  test("a leader exchanges heartbeats with a majority before it answers a read: it may have been deposed", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    const asked = node.read(1);
    expect(sent(asked, "appendRequest").map(({ to, message }) => [to, message.round])).toEqual([
      [n2, 2],
      [n3, 2],
    ]);
    expect(ofType(asked, "releaseRead")).toEqual([]);
    expect(ofType(node.receive(n3, rejection(1, 1, [0, 0], 2)), "releaseRead")).toHaveLength(1);
  });

  test("a deposed leader answers no pending read", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    node.read(1);
    node.read(2);
    const effects = node.receive(n3, rejection(5, 1));
    expect(ofType(effects, "rejectRead")).toEqual([
      { type: "rejectRead", id: 1, reason: "leadershipLost" },
      { type: "rejectRead", id: 2, reason: "leadershipLost" },
    ]);
  });

  test("reads that come while a round is under way share the next one", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    node.read(1);
    expect([...node.read(2), ...node.read(3)]).toEqual([]);
    const effects = node.receive(n2, ack(1, 1, 2));
    expect(ofType(effects, "releaseRead").map(({ id }) => id)).toEqual([1]);
    expect(sent(effects, "appendRequest").map(({ message }) => message.round)).toEqual([3, 3]);
    expect(ofType(node.receive(n2, ack(1, 1, 3)), "releaseRead").map(({ id }) => id)).toEqual([2, 3]);
  });

  test("a read's index covers every write that was committed before the read came", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    node.propose("x");
    node.persist();
    node.receive(n2, ack(1, 2));
    node.read(1);
    expect(ofType(node.receive(n2, ack(1, 2, 2)), "releaseRead")).toEqual([
      { type: "releaseRead", id: 1, index: 2 },
    ]);
  });
});

describe("thesis 6.4.1: the leader lease", () => {
  test("it is counted from when the answered round began, not from when the answers came", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    const began = node.now;
    expect(node.status.leaseUntil).toBe(began + electionTimeoutMs);
    node.elapse(heartbeatIntervalMs);
    node.elapse(heartbeatIntervalMs - 1);
    node.receive(n2, ack(1, 1, 2));
    expect(node.status.leaseUntil).toBe(began + heartbeatIntervalMs + electionTimeoutMs);
  });

  test("a late answer to an old round does not lengthen it", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    const until = node.status.leaseUntil;
    node.elapse(heartbeatIntervalMs);
    node.receive(n2, ack(1, 1, 1));
    node.receive(n3, ack(1, 1, 1));
    expect(node.status.leaseUntil).toBe(until);
  });

  test("there is none before the first round of the term is answered", () => {
    const node = new RaftNode();
    node.becomeLeader();
    expect(node.raft.hasLease(node.now)).toBe(false);
    node.receive(n3, ack(1, 0, 1));
    expect(node.raft.hasLease(node.now)).toBe(true);
  });

  test("CheckQuorum: a leader that a majority has not answered for an election timeout steps down", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    node.elapse(electionTimeoutMs - 1);
    expect(node.status.role).toBe("leader");
    const effects = node.elapse(1);
    expect(effects).toEqual([
      {
        type: "roleChanged",
        role: "follower",
        term: 1,
        leader: null,
        why: "no quorum has answered within an election timeout",
      },
    ]);
    expect(node.raft.hasLease(node.now)).toBe(false);
  });

  test("steady heartbeats keep it above half its length: it cannot decay", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    for (let beat = 2; beat < 1_000; beat++) {
      node.elapse(heartbeatIntervalMs);
      node.receive(n2, ack(1, 1, beat));
      expect(Number(node.status.leaseUntil) - node.now).toBeGreaterThan(electionTimeoutMs / 2);
    }
    expect(node.status.elections.started).toBe(1);
  });

  test("stickiness: no vote and no new term from who heard from a leader within an election timeout", () => {
    for (const type of ["voteRequest", "preVoteRequest"] as const) {
      const node = new RaftNode({ hardState: hardState(1) });
      node.receive(n2, appendRequest(1));
      node.elapse(electionTimeoutMs - 1);
      const ask = { ...rival, type };
      expect(sent(node.receive(n3, ask), answerOf[type])[0]?.message).toMatchObject({
        term: 1,
        granted: false,
      });
      expect(node.status).toMatchObject({ term: 1, votedFor: null, leader: n2 });
      const transfer = { ...ask, handedOverUntil: 2 };
      expect(sent(node.receive(n3, transfer), answerOf[type])[0]?.message.granted).toBe(true);
    }
  });

  test("a leader in office is sticky too", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    node.receive(n3, rival);
    expect(node.status).toMatchObject({ role: "leader", term: 1 });
  });
});
