import { describe, expect, test } from "vitest";
import {
  ack,
  appendRequest,
  electionTimeoutMs,
  entry,
  hardState,
  heartbeatIntervalMs,
  n1,
  n2,
  n3,
  ofType,
  only,
  preVote,
  RaftNode,
  rejection,
  send,
  sent,
  vote,
  voteRequest,
} from "../support/raftNode.ts";

describe("Raft 5.1: basics", () => {
  test("a server is leader, follower or candidate (here also pre-candidate, its dry run)", () => {
    const node = new RaftNode();
    expect(node.status.role).toBe("follower");
    node.elapse(electionTimeoutMs);
    expect(node.status.role).toBe("preCandidate");
    node.receive(n2, preVote(1));
    expect(node.status.role).toBe("candidate");
    node.receive(n2, vote(1));
    node.receive(n3, vote(1));
    expect(node.status.role).toBe("leader");
  });

  test("normally there is one leader and all others follow it", () => {
    const node = new RaftNode();
    node.receive(n2, appendRequest(3));
    expect(node.status).toMatchObject({ role: "follower", leader: n2, term: 3 });
  });

  test("followers are passive: they send nothing of their own accord", () => {
    const node = new RaftNode();
    node.receive(n2, appendRequest(1));
    node.persist();
    for (let elapsed = 0; elapsed < electionTimeoutMs - heartbeatIntervalMs; elapsed += heartbeatIntervalMs) {
      expect(node.elapse(heartbeatIntervalMs)).toEqual([]);
    }
  });

  test("a follower that a client asks refuses, and knows whom to name instead", () => {
    const node = new RaftNode();
    expect(node.read(7)).toEqual([{ type: "rejectRead", id: 7, reason: "notLeader" }]);
    node.receive(n2, appendRequest(1));
    expect(node.propose("x")).toEqual([{ type: "rejectProposal", id: 1, reason: "notLeader" }]);
    expect(node.changeMembership({ remove: [n3] })).toMatchObject([
      { type: "rejectMembershipChange", id: 1, reason: "notLeader", why: "n1 does not lead; n2 does" },
    ]);
    expect(node.status.leader).toBe(n2);
  });

  test("terms are consecutive whole numbers: an election opens the next one", () => {
    const node = new RaftNode({ hardState: hardState(7) });
    node.becomeCandidate();
    expect(node.status.term).toBe(8);
  });

  test("who wins an election serves as leader for the rest of the term", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    for (let beat = 1; beat < 50; beat++) {
      const round = only(
        node.elapse(heartbeatIntervalMs).filter((effect) => effect.type === "send" && effect.to === n2),
        "appendRequest",
      ).round;
      node.receive(n2, ack(1, 1, round));
    }
    expect(node.status).toMatchObject({ role: "leader", term: 1 });
  });

  test("a split vote ends the term without a leader, and a new term follows shortly", () => {
    const node = new RaftNode();
    node.becomeCandidate();
    node.persist();
    node.receive(n2, vote(1, false));
    node.receive(n3, vote(1, false));
    node.elapse(2 * electionTimeoutMs);
    expect(node.status).toMatchObject({ role: "follower", term: 1, leader: null });
    node.becomeCandidate();
    expect(node.status).toMatchObject({ role: "candidate", term: 2 });
  });

  test("a server may miss elections and whole terms: it takes up the term it hears of", () => {
    const node = new RaftNode({ hardState: hardState(2) }).settled();
    node.receive(n3, appendRequest(9));
    expect(node.status).toMatchObject({ role: "follower", term: 9, leader: n3 });
  });

  test("each server stores its term, and the stored term only grows", () => {
    const node = new RaftNode({ hardState: hardState(4) }).settled();
    const effects = node.receive(n2, voteRequest(6));
    expect(ofType(effects, "persist")[0]?.hardState).toEqual(hardState(6, n2));
    for (const term of [5, 1, 6]) node.receive(n3, appendRequest(term));
    expect(node.status.term).toBe(6);
  });

  test("terms travel with every message: the smaller one gives way to the larger", () => {
    const bearers = [appendRequest(5), voteRequest(5), ack(5, 0), vote(5, false), preVote(5, false)];
    const terms = bearers.map((message) => {
      const node = new RaftNode({ hardState: hardState(2) }).settled();
      node.receive(n2, message);
      return node.status.term;
    });
    expect(terms).toEqual([5, 5, 5, 5, 5]);
  });

  test("every message carries the sender's term", () => {
    const node = new RaftNode({ hardState: hardState(2) }).settled();
    expect(only(node.receive(n2, voteRequest(5)), "voteReply").term).toBe(5);
    node.persist();
    expect(only(node.receive(n2, appendRequest(5)), "appendReply").term).toBe(5);
  });

  test("a candidate that finds its term out of date becomes a follower at once", () => {
    const node = new RaftNode();
    node.becomeCandidate();
    node.receive(n3, vote(4, false));
    expect(node.status).toMatchObject({ role: "follower", term: 4, leader: null, votedFor: null });
  });

  test("a leader that finds its term out of date becomes a follower at once", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    node.receive(n3, rejection(4, 1));
    expect(node.status).toMatchObject({ role: "follower", term: 4, leader: null, votedFor: null });
  });

  test("a request with a stale term is rejected", () => {
    const node = new RaftNode({ hardState: hardState(5) });
    expect(node.receive(n2, appendRequest(4, { entries: [entry(1, 4)] }))).toEqual([
      send(n2, rejection(5, 0, [0, 0], 0), "now"),
    ]);
    expect(node.receive(n2, voteRequest(4))).toEqual([send(n2, vote(5, false), "now")]);
    expect(node.status.lastIndex).toBe(0);
  });

  test("requests go to all in parallel, and are repeated while an answer is missing", () => {
    const node = new RaftNode();
    node.elapse(electionTimeoutMs);
    node.receive(n2, preVote(1));
    node.persist();
    const again = sent(node.elapse(heartbeatIntervalMs), "voteRequest");
    expect(again.map(({ to }) => to)).toEqual([n2, n3]);
    node.receive(n2, vote(1, false));
    node.receive(n3, vote(1));
    expect(node.status.role).toBe("leader");
    const beats = sent(node.elapse(heartbeatIntervalMs), "appendRequest");
    expect(beats.map(({ to }) => to)).toEqual([n2, n3]);
  });

  test("a node outside the configuration's voters never asks for votes", () => {
    const node = new RaftNode({ membership: { voters: [n2, n3], outgoing: [], learners: [n1] } });
    expect(node.elapse(100 * electionTimeoutMs)).toEqual([]);
    expect(node.raft.nextDeadline(node.now)).toBeNull();
  });
});
