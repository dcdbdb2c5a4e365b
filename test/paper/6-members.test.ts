import { describe, expect, test } from "vitest";
import { type NodeId } from "../../src/base/brands.ts";
import type { Membership } from "../../src/raft/index.ts";
import {
  allAck,
  commit,
  leader,
  newcomer,
  proposed,
  refused,
  withLearner,
} from "../support/raftMembership.ts";
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
  n4,
  n5,
  noop,
  ofType,
  preVote,
  RaftNode,
  sent,
  votersOnly,
} from "../support/raftNode.ts";

describe("learners that become voters by themselves", () => {
  function withWaiting(replaces: NodeId | null): RaftNode {
    const node = leader();
    node.changeMembership({ add: [newcomer(n4, { promote: true, replaces })] });
    commit(node, [n2, n3]);
    return node;
  }

  test("the leader promotes it once it has caught up, and keeps no wish of it", () => {
    const node = withWaiting(null);
    expect(proposed(node.elapse(heartbeatIntervalMs))).toEqual([]);
    node.receive(n4, ack(1, node.status.lastIndex, node.round));
    const [membership] = proposed(node.elapse(heartbeatIntervalMs));
    expect(membership).toMatchObject({ voters: [n1, n2, n3, n4], learners: [] });
    expect(membership?.details?.[n4]).toMatchObject({ promote: false, replaces: null, since: 2 });
  });

  test("it takes another's place in the same change", () => {
    const node = withWaiting(n3);
    node.receive(n4, ack(1, node.status.lastIndex, node.round));
    expect(proposed(node.elapse(heartbeatIntervalMs))).toMatchObject([
      { voters: [n1, n2, n4], outgoing: [n1, n2, n3], learners: [] },
    ]);
  });

  test("if the other has left by itself meanwhile, it is promoted all the same", () => {
    const node = withWaiting(n3);
    node.changeMembership({ remove: [n3] });
    commit(node, [n2]);
    node.receive(n4, ack(1, node.status.lastIndex, node.round));
    expect(proposed(node.elapse(heartbeatIntervalMs))).toMatchObject([
      { voters: [n1, n2, n4], outgoing: [] },
    ]);
  });

  test("a new leader goes on with it, after its no-op", () => {
    const { membership } = withWaiting(null).status.configuration;
    const node = new RaftNode({ log: [1, [1, membership]], hardState: hardState(1) });
    node.becomeLeader([n2]);
    node.receive(n4, ack(2, 3, 1));
    expect(proposed(node.elapse(heartbeatIntervalMs))).toEqual([]);
    node.persist();
    node.receive(n2, ack(2, 3, 2));
    expect(proposed(node.receive(n3, ack(2, 3, 2)))).toEqual([]);
    node.receive(n4, ack(2, 3, 2));
    expect(proposed(node.elapse(heartbeatIntervalMs))).toMatchObject([{ voters: [n1, n2, n3, n4] }]);
  });

  test("what cannot be done now is tried again with a heartbeat, not in a storm", () => {
    const node = withWaiting(null);
    node.receive(n4, ack(1, node.status.lastIndex, node.round));
    node.step({ type: "transferLeadership", to: n2 });
    expect(proposed(node.elapse(heartbeatIntervalMs))).toEqual([]);
    expect(ofType(node.elapse(heartbeatIntervalMs), "rejectMembershipChange")).toEqual([]);
  });
});

describe("Raft 6: removed servers", () => {
  test("one is sent the log until it has acknowledged its removal, which by then is committed", () => {
    const node = leader();
    expect(ofType(node.changeMembership({ remove: [n3] }), "membershipChanged")).toMatchObject([
      { leaving: [n3] },
    ]);
    commit(node, [n2]);
    const goodbye = sent(node.elapse(heartbeatIntervalMs), "appendRequest").filter(({ to }) => to === n3);
    expect(goodbye).toMatchObject([{ message: { leaderCommit: 2 } }]);
    expect(node.status.peers.map(({ id }) => id)).toEqual([n2]);
    // An answer to what was sent before the commit does not show that it knows.
    node.receive(n3, ack(1, 2, 2));
    expect(sent(node.elapse(heartbeatIntervalMs), "appendRequest").map(({ to }) => to)).toEqual([n2, n3]);
    node.receive(n3, ack(1, 2, 4));
    const after = node.elapse(heartbeatIntervalMs);
    expect(sent(after, "appendRequest").map(({ to }) => to)).toEqual([n2]);
    expect(ofType(after, "membershipChanged")).toMatchObject([{ committed: true, leaving: [] }]);
  });

  test("one that does not answer is given up an election timeout after the commit", () => {
    const node = leader();
    node.changeMembership({ remove: [n3] });
    commit(node, [n2]);
    for (let waited = 0; waited < electionTimeoutMs; waited += heartbeatIntervalMs) {
      expect(node.status.role).toBe("leader");
      const to = sent(node.elapse(heartbeatIntervalMs), "appendRequest").map((message) => message.to);
      expect(to).toEqual(waited + heartbeatIntervalMs < electionTimeoutMs ? [n2, n3] : [n2]);
      node.receive(n2, ack(1, 2, node.round));
    }
  });

  test("one that knows does not campaign; one that cannot know that it is committed still does (thesis 4.2.2)", () => {
    const log = [1, [1, votersOnly([n2, n3])]] as const;
    const knows = new RaftNode({ log, applied: 2, membership: votersOnly([n2, n3]), membershipIndex: 2 });
    knows.elapse(5 * electionTimeoutMs);
    expect(knows.status.role).toBe("follower");
    expect(knows.raft.nextDeadline(knows.now)).toBeNull();
    const node = new RaftNode({ log, hardState: hardState(1) });
    node.becomeCandidate([n2]);
    node.persist();
    // It needs a majority of the others: its own vote does not count.
    expect(node.status.role).toBe("preCandidate");
    node.receive(n3, preVote(node.status.term + 1));
    expect(node.status.role).toBe("candidate");
  });

  test("who begins anew as a learner does not campaign on what its former self was", () => {
    const demoted: Membership = { voters: [n2, n3], outgoing: [], learners: [n1] };
    const node = new RaftNode({ log: [1, [1, demoted]], hardState: hardState(1) });
    node.elapse(5 * electionTimeoutMs);
    expect(node.status.role).toBe("follower");
  });

  test("learners and voters on their way out are no successors", () => {
    const node = leader({ voters: [n1, n2, n3], outgoing: [], learners: [n4, n5] });
    allAck(node, [n5]);
    node.changeMembership({ promote: [n5], remove: [n3] });
    expect(node.status.configuration.membership).toMatchObject({ voters: [n1, n2, n5], learners: [n4] });
    for (const to of [n3, n4]) {
      expect(ofType(node.step({ type: "transferLeadership", to }), "transferFailed")).toHaveLength(1);
    }
  });
});

describe("a member that begins anew", () => {
  test("it is a learner of which nothing is known, and late answers of its former self say nothing", () => {
    const node = leader();
    node.elapse(heartbeatIntervalMs);
    const { round } = node;
    const effects = node.changeMembership({ add: [newcomer(n3, { promote: true })] });
    expect(proposed(effects)).toMatchObject([{ voters: [n1, n2], learners: [n3] }]);
    const toN3 = sent(effects, "appendRequest").filter(({ to }) => to === n3);
    expect(toN3).toMatchObject([{ message: { acknowledged: 0 } }]);
    node.receive(n3, ack(1, 1, round));
    expect(node.status.peers.find(({ id }) => id === n3)).toMatchObject({ matchIndex: 0, lastAckAt: null });
    node.receive(n3, ack(1, 1, round + 1));
    expect(node.status.peers.find(({ id }) => id === n3)).toMatchObject({ matchIndex: 1 });
  });

  test("as a voter it does so alone: in a joint configuration it would still count as what it was", () => {
    const node = leader(withLearner);
    const effects = node.changeMembership({ add: [newcomer(n3)], promote: [n4] });
    expect(refused(effects)).toMatchObject({ reason: "invalid" });
    expect(refused(effects)?.why).toContain("n3 is a voter that begins anew");
  });

  test("the same data directory cannot be lost twice", () => {
    const node = leader();
    node.changeMembership({ add: [newcomer(n3)] });
    commit(node, [n2]);
    expect(refused(node.changeMembership({ add: [newcomer(n3)] }))).toMatchObject({
      why: "n3 is a member already",
    });
  });

  test("a node that knows of no configuration yet takes the log all the same, and never campaigns", () => {
    const node = new RaftNode({ membership: votersOnly([]) });
    node.receive(n2, appendRequest(1, { entries: [noop(1, 1), entry(2, 1)], commit: 2 }));
    node.persist();
    expect(node.status).toMatchObject({ commitIndex: 2, durableIndex: 2, leader: n2 });
    node.elapse(5 * electionTimeoutMs);
    expect(node.status.role).toBe("follower");
  });
});
