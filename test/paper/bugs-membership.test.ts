import { describe, expect, test } from "vitest";
import { LogIndex, MonotonicMs, NodeId } from "../../src/base/brands.ts";
import type { Membership } from "../../src/raft/index.ts";
import { RaftCluster } from "../support/raftCluster.ts";
import { proposed } from "../support/raftMembership.ts";
import {
  ack,
  appendRequest,
  electionTimeoutMs,
  hardState,
  heartbeatIntervalMs,
  installSnapshot,
  membershipEntry,
  n1,
  n2,
  n3,
  n4,
  n5,
  noop,
  ofType,
  RaftNode,
  rejection,
  sent,
  snapshotFetched,
  vote,
  voteRequest,
  votersOnly,
} from "../support/raftNode.ts";
import type { SimNode } from "../support/raftSimNode.ts";

function settled(seed: string, nodes = 3): { readonly cluster: RaftCluster; readonly leader: SimNode } {
  const cluster = new RaftCluster({ seed, nodes });
  cluster.runUntilLeader();
  cluster.runUntilProgress(5_000);
  return { cluster, leader: cluster.runUntilLeader() };
}

function othersThan(cluster: RaftCluster, ...nodes: readonly SimNode[]): SimNode[] {
  return cluster.nodes.filter((node) => !nodes.includes(node));
}

describe("bug 13: no change of membership before the term's own no-op has committed", () => {
  // Put it in: memberChange.ts, `tooEarly`: do not ask for `isOpen`.
  test("Remove(1) and Remove(2) concurrently over leader changes (raft-dev, 2015)", () => {
    // n1 of {n1, n2, n3, n4} takes n4 out, and gets nobody to hear of it.
    const first = new RaftNode({ voters: [n1, n2, n3, n4] });
    first.becomeSettledLeader([n2, n3]);
    for (const peer of [n2, n3, n4]) first.receive(peer, ack(1, 1, first.round));
    expect(proposed(first.changeMembership({ remove: [n4] }))).toEqual([votersOnly([n1, n2, n3])]);
    // n4 leads term 2 by its votes and those of n2 and n3, and would take n1 out: {n2, n3, n4}, whose majority n3, n4
    // has nothing in common with n1, n2, the majority by which n1 could commit its own change when it leads again.
    const second = new RaftNode({
      config: { id: n4 },
      voters: [n1, n2, n3, n4],
      log: [1],
      hardState: hardState(1),
    });
    second.becomeLeader([n2, n3]);
    expect(second.changeMembership({ remove: [n1] })).toMatchObject([
      { type: "rejectMembershipChange", reason: "termNotOpen" },
    ]);
    // Once its no-op is committed, n1 cannot be elected any more, and its change is void.
    second.persist();
    for (const peer of [n2, n3]) second.receive(peer, ack(2, 2, second.round));
    expect(proposed(second.changeMembership({ remove: [n1] }))).toEqual([votersOnly([n2, n3, n4])]);
  });

  // Put it in: memberChange.ts, `tooEarly`: do not ask for `isChangingMembership`.
  test("nor while an earlier one is not committed, or is joint", () => {
    const node = new RaftNode({ voters: [n1, n2, n3, n4, n5] });
    node.becomeSettledLeader([n2, n3]);
    for (const peer of [n2, n3, n4, n5]) node.receive(peer, ack(1, 1, node.round));
    node.changeMembership({ remove: [n5] });
    expect(node.changeMembership({ remove: [n4] })).toMatchObject([
      { reason: "changeUnderWay", why: "the change at entry 2 has not committed yet" },
    ]);
    node.persist();
    for (const peer of [n2, n3]) node.receive(peer, ack(1, 2, node.round));
    node.changeMembership({ remove: [n3, n4] });
    node.persist();
    node.step({ type: "transferLeadership", to: n2 });
    for (const peer of [n2, n3]) node.receive(peer, ack(1, 3, node.round));
    expect(node.status).toMatchObject({ commitIndex: 3, configuration: { index: 3 } });
    // The hand-over keeps it from leaving the joint configuration; it fails in time.
    for (let waited = 0; waited < electionTimeoutMs; waited += heartbeatIntervalMs) {
      for (const peer of [n2, n3, n4]) node.receive(peer, ack(1, 3, node.round));
      if (node.raft.isTransferring) node.elapse(heartbeatIntervalMs);
    }
    expect(node.status.configuration.membership).toEqual(votersOnly([n1, n2]));
  });
});

describe("bug 14: leaving the joint configuration too early, or never", () => {
  const joint: Membership = { voters: [n1, n4, n5], outgoing: [n1, n2, n3], learners: [] };

  // Put it in: memberChange.ts, `dueChange`: do not ask for `isChangingMembership`.
  test("too early: not before both majorities have the joint one", () => {
    const node = new RaftNode({ membership: { ...votersOnly([n1, n2, n3]), learners: [n4, n5] } });
    node.becomeSettledLeader([n2, n3]);
    for (const peer of [n4, n5]) node.receive(peer, ack(1, 1, node.round));
    node.changeMembership({ promote: [n4, n5], remove: [n2, n3] });
    node.persist();
    const acked = [n4, n5].flatMap((peer) => node.receive(peer, ack(1, 2, node.round)));
    expect(proposed([...acked, ...node.elapse(heartbeatIntervalMs)])).toEqual([]);
    expect(proposed(node.receive(n3, ack(1, 2, node.round)))).toEqual([votersOnly([n1, n4, n5])]);
  });

  // Put it in: memberChange.ts, `dueChange`: leave it only where this leader has proposed the joint one itself.
  test("never: a leader that finds one in its log, committed or not, leaves it after its no-op", () => {
    for (const applied of [0, 2]) {
      const base = applied === 0 ? {} : { membership: joint, membershipIndex: 2 };
      const node = new RaftNode({ log: [1, [1, joint]], applied, hardState: hardState(1), ...base });
      node.becomeLeader([n4, n2]);
      expect(proposed(node.elapse(heartbeatIntervalMs))).toEqual([]);
      node.persist();
      const acked = [n4, n2].flatMap((peer) => node.receive(peer, ack(2, 3, node.round)));
      expect(proposed(acked)).toEqual([votersOnly([n1, n4, n5])]);
    }
  });

  // Put it in: as above.
  test("never: the leader is deposed in mid-joint, and restarts; its successor goes on", () => {
    const { cluster, leader } = settled("joint", 5);
    const [a, b, c] = othersThan(cluster, leader);
    if (a === undefined || b === undefined || c === undefined) throw new Error("five nodes");
    // It reaches two others of five, so the joint configuration is in three logs and is not committed.
    cluster.partition([leader.id, a.id, b.id]);
    leader.handle({
      type: "changeMembership",
      id: 1,
      change: { add: [], promote: [], remove: [a.id, b.id] },
      force: true,
    });
    cluster.runFor(20);
    expect(leader.status?.configuration.membership.outgoing).toHaveLength(5);
    cluster.crash(leader);
    cluster.network.heal();
    cluster.runUntil(() => cluster.isSettled, 20_000, "a settled membership");
    cluster.restart(leader);
    cluster.runUntilProgress(10_000);
    const { membership } = cluster.invariants.history.configuration;
    expect(membership.outgoing).toEqual([]);
    expect(cluster.node(c.id).status?.configuration.membership).toEqual(membership);
  });
});

describe("bug 15: who was promoted without knowing it votes all the same", () => {
  // Put it in: voting.ts, `onVoteRequest`: refuse where `replica.membership` has no vote for this node.
  test("promote without telling it, kill the leader: a learner grants its vote by the normal rules", () => {
    const node = new RaftNode({
      membership: { voters: [n2, n3], outgoing: [], learners: [n1] },
      log: [1],
      hardState: hardState(1),
    }).settled();
    expect(sent(node.receive(n3, voteRequest(2, [2, 1])), "voteReply")).toMatchObject([
      { message: { granted: true }, after: "persisted" },
    ]);
    const unknown = new RaftNode({ membership: votersOnly([]) });
    expect(sent(unknown.receive(n3, voteRequest(2, [2, 1])), "voteReply")[0]?.message.granted).toBe(true);
    expect(sent(unknown.receive(n2, voteRequest(2, [2, 1])), "voteReply")[0]?.message.granted).toBe(false);
  });

  // Put it in: as above.
  test("in a cluster: three voters, of which one does not know; the two that are left elect a leader", () => {
    const { cluster, leader } = settled("promoted", 2);
    const newcomer = cluster.join({ promote: false, replaces: null });
    const [other] = othersThan(cluster, leader, newcomer);
    if (other === undefined) throw new Error("two nodes");
    cluster.runUntil(() => newcomer.status?.configuration.index !== 0, 5_000, "the newcomer is taken in");
    cluster.runUntilProgress(5_000);
    cluster.network.cut(leader.id, newcomer.id);
    cluster.change(leader, { promote: [newcomer.id] });
    cluster.runUntil(
      () => other.status?.configuration.membership.voters.length === 3,
      1_000,
      "the other knows",
    );
    expect(newcomer.status?.configuration.membership.learners).toEqual([newcomer.id]);
    cluster.crash(leader);
    cluster.runUntil(() => cluster.leader !== null && cluster.leader !== leader, 20_000, "another leader");
    expect(cluster.leader).toBe(other);
  });
});

describe("bug 16: a removed leader goes on heartbeating", () => {
  // Put it in: raft.ts, `step`: without `#dismissLeader`.
  test("it leads, without counting itself, until its removal commits; then it steps down and asks the best successor", () => {
    const node = new RaftNode({ voters: [n1, n2, n3] });
    node.becomeSettledLeader([n2, n3]);
    node.changeMembership({ remove: [n1] });
    node.propose("x");
    node.persist();
    node.receive(n2, ack(1, 2, node.round));
    expect(node.status).toMatchObject({ role: "leader", commitIndex: 1 });
    node.receive(n2, ack(1, 3, node.round));
    const effects = node.receive(n3, ack(1, 2, node.round));
    expect(node.status).toMatchObject({ role: "follower", leader: null, commitIndex: 2 });
    expect(sent(effects, "timeoutNow").map(({ to }) => to)).toEqual([n2]);
    expect(sent(node.elapse(10 * electionTimeoutMs), "appendRequest")).toEqual([]);
    expect(node.status.role).toBe("follower");
  });

  // Put it in: as above. And in leader.ts, `askSuccessor`: ask nobody; then it takes an election timeout.
  test("in a cluster the others elect at once, and it stays quiet", () => {
    const { cluster, leader } = settled("removed leader");
    const startedAt = cluster.schedule.now;
    cluster.change(leader, { remove: [leader.id] });
    const successor = () => cluster.leader !== null && cluster.leader !== leader;
    cluster.runUntil(successor, electionTimeoutMs, "a successor");
    expect(cluster.schedule.now - startedAt).toBeLessThan(electionTimeoutMs / 4);
    cluster.runUntilProgress(5_000);
    const { highestTerm } = cluster;
    cluster.runFor(20 * electionTimeoutMs);
    expect(cluster.highestTerm).toBe(highestTerm);
    expect(leader.status?.role).toBe("follower");
  });

  // Put it in: campaign.ts: count a campaigner's own vote whether it is a voter or not.
  test("a leader outside of the new set of a joint configuration finishes the change, and goes", () => {
    const joint: Membership = { voters: [n2, n3, n4], outgoing: [n1, n2, n3], learners: [] };
    const node = new RaftNode({ log: [1, [1, joint]], hardState: hardState(1) });
    node.becomeCandidate([n2, n3]);
    node.persist();
    node.receive(n2, vote(2));
    // n1 and n2 are a majority of the old set, n2 alone is none of the new one.
    expect(node.status.role).toBe("candidate");
    node.receive(n4, vote(2));
    expect(node.status.role).toBe("leader");
    node.persist();
    node.receive(n2, ack(2, 3, node.round));
    const left = node.receive(n4, ack(2, 3, node.round));
    expect(proposed(left)).toEqual([votersOnly([n2, n3, n4])]);
    node.persist();
    node.receive(n2, ack(2, 4, node.round));
    expect(node.status.role).toBe("leader");
    node.receive(n3, ack(2, 4, node.round));
    expect(node.status).toMatchObject({ role: "follower", committedConfiguration: { index: 4 } });
  });
});

describe("bug 24: a configuration that is not rolled back on truncation", () => {
  // Put it in: replica.ts, `write`: without `configurations.truncateFrom`.
  test("the last one is cut off: the one before it is in force again, and told so", () => {
    const log = [1, [1, votersOnly([n1, n2])], [1, votersOnly([n2, n3])]] as const;
    const node = new RaftNode({ log, hardState: hardState(1) });
    expect(node.status.configuration.index).toBe(3);
    const one = node.receive(n2, appendRequest(2, { prev: [2, 1], entries: [noop(3, 2)] }));
    expect(node.status.configuration).toEqual({ index: 2, membership: votersOnly([n1, n2]) });
    expect(ofType(one, "membershipChanged")).toMatchObject([{ configuration: { index: 2 } }]);
    const both = node.receive(n3, appendRequest(3, { prev: [1, 1], entries: [noop(2, 3)] }));
    expect(node.status.configuration).toEqual({ index: 0, membership: votersOnly([n1, n2, n3]) });
    expect(ofType(both, "membershipChanged")).toMatchObject([{ configuration: { index: 0 } }]);
  });

  test("what is written in its place may be another one: that is in force", () => {
    const node = new RaftNode({ log: [1, [1, votersOnly([n2, n3])]], hardState: hardState(1) });
    const other = membershipEntry(2, 2, votersOnly([n1, n2]));
    node.receive(n2, appendRequest(2, { prev: [1, 1], entries: [other, noop(3, 2)] }));
    expect(node.status.configuration).toEqual({ index: 2, membership: votersOnly([n1, n2]) });
  });

  // Put it in: as above.
  test("and elections are held by it", () => {
    const node = new RaftNode({ log: [1, [1, votersOnly([n4, n5])]], hardState: hardState(1) });
    node.receive(n2, appendRequest(2, { prev: [1, 1], entries: [noop(2, 2)] }));
    node.persist();
    node.becomeLeader([n2]);
    expect(node.status).toMatchObject({ role: "leader", term: 3 });
  });
});

describe("bug 29: a wiped node rejoins under its old id and votes again (the core's part)", () => {
  // Put it in: followers.ts, `onMembership`: keep the progress of a member that begins anew.
  test("it comes back as a learner: what it acknowledged before counts no more, not even once it is a voter again", () => {
    const node = new RaftNode({ voters: [n1, n2, n3] });
    node.becomeSettledLeader([n2, n3]);
    node.propose("a");
    node.persist();
    node.receive(n3, ack(1, 2, node.round));
    expect(node.status.commitIndex).toBe(2);
    const again = { id: n3, address: "", incarnation: "n3#2", promote: true, replaces: null };
    node.elapse(heartbeatIntervalMs);
    node.receive(n2, ack(1, 1, node.round));
    node.changeMembership({ add: [again] });
    node.persist();
    // n2 lacks both entries: what n3 held of them is lost, so neither may commit without n2.
    expect(node.status).toMatchObject({
      commitIndex: 2,
      configuration: { membership: { voters: [n1, n2] } },
    });
    expect(node.status.peers.find(({ id }) => id === n3)?.matchIndex).toBe(0);
    node.receive(n2, ack(1, 3, node.round));
    node.receive(n3, rejection(1, node.status.lastIndex, [0, 0], node.round));
    expect(node.status.commitIndex).toBe(3);
    node.receive(n3, ack(1, 3, node.round));
    const promoted = node.elapse(heartbeatIntervalMs);
    expect(proposed(promoted)).toMatchObject([{ voters: [n1, n2, n3], learners: [] }]);
  });

  // Put it in: as above; or leave out the gate (raftGate.ts: always true), as a transport without incarnations would.
  test("in a cluster: one of three is wiped; the entries that only it and the leader held survive", () => {
    const { cluster, leader } = settled("wiped");
    const [victim, lagging] = othersThan(cluster, leader);
    if (victim === undefined || lagging === undefined) throw new Error("three nodes");
    cluster.partition([lagging.id]);
    for (let i = 0; i < 5; i++) cluster.propose(leader);
    cluster.runFor(200);
    const committed = cluster.invariants.committed.length;
    expect(lagging.status?.lastIndex).toBeLessThan(committed);
    cluster.rejoin(victim);
    cluster.partition([leader.id]);
    cluster.network.heal();
    cluster.partition([leader.id]);
    // The two that are left have a majority of the ids, and not of the data: they must not elect anybody.
    cluster.runFor(20_000);
    expect(cluster.nodes.filter(({ status }) => status?.role === "leader")).toEqual([]);
    cluster.network.heal();
    cluster.runUntilProgress(20_000);
    cluster.runUntil(() => cluster.isSettled, 20_000, "the wiped node is a voter again");
    expect(cluster.invariants.history.configuration.membership.voters).toContain(victim.id);
    expect(cluster.invariants.committed.length).toBeGreaterThan(committed);
  });

  // Put it in: replica.ts, `#isVoterIn`: every configuration that names our id means us.
  test("it gets the log from its beginning, when its former self was the only voter: it must not elect itself", () => {
    const newcomer = { incarnation: "n1#2" };
    const node = new RaftNode({ membership: votersOnly([]), newcomer });
    node.receive(n2, installSnapshot(5, [9, 3]));
    node.step(snapshotFetched(9, 3, { index: LogIndex(0), membership: votersOnly([n1]) }));
    node.persist();
    node.elapse(5 * electionTimeoutMs);
    expect(node.status).toMatchObject({ role: "follower", term: 5 });
    expect(node.raft.nextDeadline(node.now)).toBeNull();
    const named = (incarnation: string) => {
      const details = {
        [n1]: { address: "", incarnation, since: LogIndex(8), promote: false, replaces: null },
      };
      return { ...votersOnly([n1]), details };
    };
    const mayCampaign = (incarnation: string) => {
      const setup = { membership: named(incarnation), newcomer };
      return new RaftNode(setup).raft.nextDeadline(MonotonicMs(0)) !== null;
    };
    expect([mayCampaign("n1#1"), mayCampaign("n1#2"), mayCampaign("")]).toEqual([false, true, false]);
  });

  test("it grows from three to five and back, replacing every original member", () => {
    const { cluster } = settled("replaced");
    const originals = cluster.nodes.map(({ id }) => id);
    for (const replaces of [...originals, null, null]) cluster.join({ promote: true, replaces });
    cluster.runUntil(
      () => cluster.isSettled && cluster.members.length === 5,
      60_000,
      "five new members, and none of the old",
    );
    expect(cluster.members.map(({ id }) => id).sort()).toEqual(["n4", "n5", "n6", "n7", "n8"].map(NodeId));
    cluster.change(cluster.runUntilLeader(), { remove: [NodeId("n7"), NodeId("n8")] });
    cluster.runUntil(() => cluster.isSettled && cluster.members.length === 3, 10_000, "three members");
    cluster.runUntilProgress(5_000);
  });
});
