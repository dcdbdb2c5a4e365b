import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../src/base/random.ts";
import {
  ack,
  appendRequest,
  constantRandom,
  electionTimeoutMs,
  hardState,
  heartbeatIntervalMs,
  n1,
  n2,
  n3,
  n4,
  n5,
  noop,
  ofType,
  preVote,
  preVoteRequest,
  RaftNode,
  send,
  sent,
  vote,
  voteRequest,
} from "../support/raftNode.ts";

const five = [n1, n2, n3, n4, n5];

describe("Raft 5.2: leader election", () => {
  test("servers start as followers", () => {
    expect(new RaftNode({ hardState: hardState(3, n1) }).status).toMatchObject({ role: "follower", term: 3 });
  });

  test("a server stays a follower as long as a leader speaks to it", () => {
    const node = new RaftNode();
    for (let beat = 0; beat < 30; beat++) {
      node.receive(n2, appendRequest(1));
      node.elapse(electionTimeoutMs - 1);
      expect(node.status.role).toBe("follower");
    }
  });

  test("a server stays a follower while it has just voted for a candidate", () => {
    const node = new RaftNode();
    node.elapse(electionTimeoutMs - 1);
    node.receive(n2, voteRequest(1));
    node.elapse(electionTimeoutMs - 1);
    expect(node.status.role).toBe("follower");
    node.elapse(1);
    expect(node.status.role).toBe("preCandidate");
  });

  test("leaders send heartbeats, appends without entries, to all followers periodically", () => {
    const node = new RaftNode();
    node.becomeSettledLeader([n2, n3]);
    expect(node.elapse(heartbeatIntervalMs - 1)).toEqual([]);
    const beat = appendRequest(1, { prev: [1, 1], commit: 1, round: 2, acknowledged: 1, matchedByAll: 1 });
    expect(node.elapse(1)).toEqual([send(n2, beat, "now"), send(n3, beat, "now")]);
  });

  test("a follower that hears nothing for an election timeout assumes there is no leader and campaigns", () => {
    const node = new RaftNode({ log: [1, 1], hardState: hardState(2) });
    expect(node.elapse(electionTimeoutMs - 1)).toEqual([]);
    const ask = preVoteRequest(3, [2, 1]);
    expect(node.elapse(1)).toEqual([
      { type: "roleChanged", role: "preCandidate", term: 2, leader: null, why: "no leader is known" },
      send(n2, ask, "now"),
      send(n3, ask, "now"),
    ]);
  });

  test("it increments its term, votes for itself and asks all others in parallel, once both are durable", () => {
    const node = new RaftNode({ log: [1, 1], hardState: hardState(2) });
    node.elapse(electionTimeoutMs);
    const ask = voteRequest(3, [2, 1]);
    expect(node.receive(n2, preVote(3))).toEqual([
      { type: "persist", hardState: hardState(3, n1), truncateFrom: null, entries: [] },
      {
        type: "roleChanged",
        role: "candidate",
        term: 3,
        leader: null,
        why: "a quorum would elect this node",
      },
      send(n2, ask, "persisted"),
      send(n3, ask, "persisted"),
    ]);
  });

  test("a candidate stays one until it wins, another leads, or its time is up", () => {
    const node = new RaftNode();
    node.becomeCandidate();
    node.persist();
    node.elapse(electionTimeoutMs - 1);
    expect(node.status).toMatchObject({ role: "candidate", term: 1 });
    node.elapse(1);
    expect(node.status).toMatchObject({ role: "follower", term: 1 });
  });

  test("a candidate wins with the votes of a majority of the full cluster for the same term", () => {
    const node = new RaftNode({ voters: five });
    node.becomeCandidate([n2, n3]);
    node.persist();
    node.receive(n2, vote(1));
    node.receive(n2, vote(1));
    expect(node.status.role).toBe("candidate");
    node.receive(n3, vote(0));
    node.receive(n3, vote(1, false));
    expect(node.status.role).toBe("candidate");
    node.receive(n4, vote(1));
    expect(node.status.role).toBe("leader");
  });

  test("each server votes for at most one candidate a term, first come first served", () => {
    const node = new RaftNode({ voters: five });
    expect(node.receive(n2, voteRequest(1))).toEqual([
      { type: "persist", hardState: hardState(1, n2), truncateFrom: null, entries: [] },
      {
        type: "roleChanged",
        role: "follower",
        term: 1,
        leader: null,
        why: "n2 asks for votes in a later term",
      },
      send(n2, vote(1), "persisted"),
    ]);
    node.persist();
    expect(node.receive(n3, voteRequest(1))).toEqual([send(n3, vote(1, false), "now")]);
    expect(node.receive(n2, voteRequest(1))).toEqual([send(n2, vote(1), "persisted")]);
  });

  test("the vote outlives a restart", () => {
    const node = new RaftNode({ hardState: hardState(4, n2) }).settled();
    expect(node.receive(n3, voteRequest(4))).toEqual([send(n3, vote(4, false), "now")]);
    expect(node.receive(n2, voteRequest(4))).toEqual([send(n2, vote(4), "persisted")]);
  });

  test("the winner sends to all at once, to establish its authority and prevent new elections", () => {
    const node = new RaftNode();
    node.becomeCandidate();
    node.persist();
    const opening = appendRequest(1, { entries: [noop(1, 1)] });
    expect(node.receive(n2, vote(1))).toEqual([
      { type: "persist", hardState: null, truncateFrom: null, entries: [noop(1, 1)] },
      { type: "roleChanged", role: "leader", term: 1, leader: n1, why: "elected by a quorum" },
      send(n2, opening, "now"),
      send(n3, opening, "now"),
    ]);
  });

  test("a candidate follows a leader whose term is at least its own", () => {
    for (const term of [1, 2]) {
      const node = new RaftNode();
      node.becomeCandidate();
      node.receive(n3, appendRequest(term));
      expect(node.status).toMatchObject({ role: "follower", leader: n3, term });
    }
  });

  test("a candidate rejects a leader of a smaller term and goes on", () => {
    const node = new RaftNode({ hardState: hardState(4) });
    node.becomeCandidate();
    node.receive(n3, appendRequest(4));
    expect(node.status).toMatchObject({ role: "candidate", term: 5 });
  });

  test("when votes are split, each candidate times out and begins anew in the next term", () => {
    const node = new RaftNode();
    for (const term of [1, 2, 3]) {
      node.elapse(100_000);
      if (term > 1) node.elapse(100_000);
      node.receive(n2, preVote(term));
      expect(node.status).toMatchObject({ role: "candidate", term });
      node.persist();
    }
  });

  test("a candidate whose disk hangs stays in its term: it could ask for no vote in any other", () => {
    const node = new RaftNode();
    node.elapse(100_000);
    node.receive(n2, preVote(1));
    expect(node.status).toMatchObject({ role: "candidate", term: 1 });
    for (let round = 0; round < 5; round++) {
      node.elapse(100_000);
      node.receive(n2, preVote(2));
    }
    expect(node.status.term).toBe(1);
    while (node.status.role !== "preCandidate") node.elapse(10_000);
    node.receive(n2, preVote(2));
    // Promised meanwhile, and taken up as soon as the last vote is on disk.
    node.persist();
    expect(node.status).toMatchObject({ role: "candidate", term: 2 });
  });

  test("election timeouts are drawn at random from a fixed interval", () => {
    const drawn = new Set<number>();
    for (let seed = 0; seed < 300; seed++) {
      const node = new RaftNode({ random: new SeededRandom(seed) });
      drawn.add(Number(node.raft.nextDeadline(node.now)));
    }
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(electionTimeoutMs);
    expect(Math.max(...drawn)).toBeLessThan(2 * electionTimeoutMs);
    expect(drawn.size).toBeGreaterThan(150);
    expect(Math.max(...drawn) - Math.min(...drawn)).toBeGreaterThan(0.9 * electionTimeoutMs);
  });

  test("a campaign begins with a fresh timeout, and waits it out before the next", () => {
    const node = new RaftNode({ random: constantRandom(0.5) });
    node.elapse(1.5 * electionTimeoutMs);
    expect(node.status.role).toBe("preCandidate");
    node.elapse(1.5 * electionTimeoutMs - 1);
    expect(node.status.role).toBe("preCandidate");
    node.elapse(1);
    expect(node.status).toMatchObject({ role: "follower", elections: { started: 1, won: 0, lost: 1 } });
  });

  test("a majority of one: a lone server elects itself once its vote is durable, and commits alone", () => {
    const node = new RaftNode({ voters: [n1] });
    expect(ofType(node.elapse(electionTimeoutMs), "persist")).toEqual([
      { type: "persist", hardState: hardState(1, n1), truncateFrom: null, entries: [] },
    ]);
    expect(node.status.role).toBe("candidate");
    node.persist();
    expect(node.status).toMatchObject({ role: "leader", commitIndex: 0 });
    expect(node.persist()).toEqual([{ type: "apply", entries: [noop(1, 1)] }]);
    node.elapse(100 * electionTimeoutMs);
    expect(node.status.role).toBe("leader");
    expect(node.raft.hasLease(node.now)).toBe(true);
    expect(node.read(5)).toEqual([{ type: "releaseRead", id: 5, index: 1 }]);
  });

  test("learners and strangers may say yes: only voters' votes are counted", () => {
    const node = new RaftNode({ membership: { voters: [n1, n2, n3], outgoing: [], learners: [n4] } });
    node.becomeCandidate();
    expect(sent(node.persist(), "voteRequest")).toEqual([]);
    node.receive(n4, vote(1));
    node.receive(n5, vote(1));
    expect(node.status.role).toBe("candidate");
  });

  test("a leader counts a learner neither for commit nor for its lease", () => {
    const node = new RaftNode({ membership: { voters: [n1, n2, n3], outgoing: [], learners: [n4] } });
    node.becomeLeader();
    node.persist();
    node.receive(n4, ack(1, 1));
    expect(node.status.commitIndex).toBe(0);
    expect(node.raft.hasLease(node.now)).toBe(false);
  });
});
