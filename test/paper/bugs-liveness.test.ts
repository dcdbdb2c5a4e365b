import { describe, expect, test } from "vitest";
import { RaftCluster } from "../support/raftCluster.ts";
import {
  ack,
  appendRequest,
  electionTimeoutMs,
  entry,
  hardState,
  n1,
  n2,
  n3,
  preVote,
  preVoteRequest,
  RaftNode,
  rejection,
  send,
  sent,
  voteRequest,
} from "../support/raftNode.ts";
import type { SimNode } from "../support/raftSimNode.ts";

/** All links of the cluster but those that touch `hub`. */
function leaveOnlyHub(cluster: RaftCluster, hub: SimNode): void {
  for (const a of cluster.nodes) {
    for (const b of cluster.nodes) {
      if (a !== b && a !== hub && b !== hub) cluster.network.cut(a.id, b.id);
    }
  }
}

function othersThan(cluster: RaftCluster, ...nodes: readonly SimNode[]): SimNode[] {
  return cluster.nodes.filter((node) => !nodes.includes(node));
}

function settled(seed: string, nodes = 3): { readonly cluster: RaftCluster; readonly leader: SimNode } {
  const cluster = new RaftCluster({ seed, nodes });
  cluster.runUntilLeader();
  cluster.runUntilProgress(5_000);
  return { cluster, leader: cluster.runUntilLeader() };
}

/** A node comes back whose disk says that it has been in `term`. */
function restartInTerm(cluster: RaftCluster, node: SimNode, term: number): void {
  if (node.isUp) cluster.crash(node);
  node.disk.hardState = hardState(term);
  cluster.restart(node);
}

describe("bugs that others shipped: counters", () => {
  // Put it in: leader.ts: keep `#uncommittedBytes` outside of the instance, so that it outlives the term.
  test("bug 26: the count of uncommitted bytes does not leak: after any churn of leaders it is zero again", () => {
    const node = new RaftNode({ config: { maxUncommittedBytes: 100 } });
    for (let turn = 0; turn < 20; turn++) {
      node.becomeLeader([n2]);
      node.propose("x".repeat(60), "y".repeat(60));
      expect(node.status.uncommittedBytes).toBe(60);
      if (turn % 2 === 0) node.receive(n3, rejection(node.status.term + 1, 0));
      else
        node.receive(n3, appendRequest(node.status.term + 1, { entries: [entry(1, node.status.term + 1)] }));
      expect(node.status.uncommittedBytes).toBe(0);
      node.persist();
    }
    node.becomeLeader([n2]);
    node.persist();
    node.receive(n2, ack(node.status.term, node.status.lastIndex));
    expect(node.status).toMatchObject({ uncommittedBytes: 0, commitIndex: node.status.lastIndex });
  });

  // Put it in: leader.ts, `#advanceCommit`: do not take committed entries off the count.
  test("bug 26: what commits is taken off, also many at once", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    for (let i = 0; i < 10; i++) node.propose("12345");
    expect(node.status.uncommittedBytes).toBe(50);
    node.persist();
    node.receive(n2, ack(1, 4));
    expect(node.status.uncommittedBytes).toBe(35);
    node.receive(n2, ack(1, 11));
    expect(node.status.uncommittedBytes).toBe(0);
  });
});

describe("bug 27: PreVote with CheckQuorum must not end in a deadlock without a leader", () => {
  // Put it in: raft.ts, `#onReply`: ignore a later term in append replies.
  test("an isolated node with a higher term returns: the leader hears of the term, and all go on in a later one", () => {
    const { cluster, leader } = settled("higher term");
    const [returning] = othersThan(cluster, leader);
    if (returning === undefined) throw new Error("three nodes");
    restartInTerm(cluster, returning, 40);
    cluster.runUntilProgress(10_000);
    expect(cluster.highestTerm).toBeGreaterThan(40);
  });

  // Put it in: following.ts, `refuseOldTerm`: say nothing.
  test("its refusal of the old leader's append names its term, whatever PreVote says", () => {
    const node = new RaftNode({ hardState: hardState(9) });
    expect(node.receive(n2, appendRequest(3))).toEqual([send(n2, rejection(9, 0, [0, 0], 0), "now")]);
  });

  // Put it in: voting.ts: say nothing to a request of an earlier term.
  test("the longer log is in the lower term: it must learn the higher one from the refusal, or nobody can win", () => {
    const { cluster, leader } = settled("log against term");
    const [longer, shorter] = othersThan(cluster, leader);
    if (longer === undefined || shorter === undefined) throw new Error("three nodes");
    cluster.crash(shorter);
    cluster.propose(leader);
    cluster.runFor(500);
    cluster.crash(leader);
    restartInTerm(cluster, shorter, 50);
    cluster.runUntil(() => longer.status?.role === "leader", 20_000, "the longer log leads");
    expect(longer.status?.term).toBeGreaterThan(50);
  });

  test("a refused pre-candidate of an earlier term takes the later term over", () => {
    const node = new RaftNode({ hardState: hardState(9) });
    expect(node.receive(n2, preVoteRequest(4))).toEqual([send(n2, preVote(9, false), "now")]);
    const behind = new RaftNode({ hardState: hardState(3) });
    behind.elapse(electionTimeoutMs);
    behind.receive(n2, preVote(9, false));
    expect(behind.status).toMatchObject({ role: "follower", term: 9 });
  });

  // Put it in: server.ts, `becomePreCandidate`: go straight to `becomeCandidate`.
  test("a node that was cut off comes back in the same term and disturbs nobody", () => {
    const { cluster, leader } = settled("rejoining");
    const [away] = othersThan(cluster, leader);
    if (away === undefined) throw new Error("three nodes");
    const { highestTerm } = cluster;
    cluster.partition([away.id]);
    for (let i = 0; i < 20; i++) {
      cluster.propose(leader);
      cluster.runFor(1_000);
    }
    expect(away.status?.leader).toBeNull();
    cluster.network.heal();
    cluster.runUntilProgress(5_000);
    expect(cluster.highestTerm).toBe(highestTerm);
    expect(cluster.leader?.id).toBe(leader.id);
  });

  // Put it in: voting.ts, `hasLiveLeader`: always false.
  test("half-reachable: one that cannot hear the leader, but a peer that can, does not depose it", () => {
    const { cluster, leader } = settled("bridge");
    const [half] = othersThan(cluster, leader);
    if (half === undefined) throw new Error("three nodes");
    const { highestTerm } = cluster;
    cluster.partition([half.id], [leader.id]);
    // Idle at first: with equal logs, nothing but stickiness keeps the peer from electing it.
    cluster.runFor(10_000);
    for (let i = 0; i < 20; i++) {
      cluster.propose(leader);
      cluster.runFor(1_000);
    }
    expect(cluster.highestTerm).toBe(highestTerm);
    expect(cluster.leader?.id).toBe(leader.id);
    expect(leader.status?.commitIndex).toBe(leader.status?.lastIndex);
    cluster.network.heal();
    cluster.runUntilProgress(5_000);
  });

  // Put it in: raft.ts, `step`: without `#enforceLease` (no CheckQuorum).
  test("half-reachable: a leader that is heard but hears nobody gives way", () => {
    const { cluster, leader } = settled("deaf leader");
    for (const other of othersThan(cluster, leader)) cluster.network.cut(other.id, leader.id);
    const successor = () => cluster.leader !== null && cluster.leader !== leader && cluster.leader.hasLease;
    cluster.runUntil(successor, 15_000, "a leader that can hear");
    expect(leader.hasLease).toBe(false);
  });

  // Put it in: raft.ts, `step`: without `#enforceLease` (no CheckQuorum).
  test("half-reachable: only one node still reaches a quorum: it becomes the leader, whoever led before", () => {
    const { cluster, leader } = settled("hub", 5);
    const [hub] = othersThan(cluster, leader);
    if (hub === undefined) throw new Error("five nodes");
    leaveOnlyHub(cluster, hub);
    cluster.runUntil(() => hub.hasLease, 20_000, "the hub leads");
    cluster.runUntilProgress(10_000);
    expect(hub.status?.role).toBe("leader");
  });

  // Put it in: voting.ts, `hasLiveLeader`: always false.
  test("half-reachable: a chain of three, led from its end, then cut there", () => {
    const { cluster, leader } = settled("chain");
    const [middle, end] = othersThan(cluster, leader);
    if (middle === undefined || end === undefined) throw new Error("three nodes");
    cluster.partition([leader.id], [end.id]);
    cluster.runFor(5_000);
    expect(cluster.leader?.id).toBe(leader.id);
    cluster.partition([leader.id], [middle.id]);
    cluster.runUntil(() => middle.hasLease || end.hasLease, 15_000, "a leader among the two");
  });

  // Put it in: electionTimer.ts, `onPeerBack`: keep the backoff.
  test("all were apart for minutes: once together, they do not sit out their backoff", () => {
    const { cluster } = settled("all apart");
    cluster.nodes.forEach((node) => cluster.partition([node.id]));
    cluster.runFor(10 * 60_000);
    expect(cluster.leader).toBeNull();
    cluster.network.heal();
    for (const node of cluster.nodes) {
      for (const peer of cluster.nodes)
        if (peer !== node) node.handle({ type: "peerReachable", peer: peer.id });
    }
    cluster.runUntilProgress(10_000);
  });

  // Put it in: timing.ts, `onTick`: a pre-candidate does not ask again.
  test("stickiness runs out: voters that refused a moment ago are asked again within the same campaign", () => {
    const { cluster, leader } = settled("asked again", 5);
    const [first, ...rest] = othersThan(cluster, leader);
    if (first === undefined) throw new Error("five nodes");
    cluster.crash(leader, false);
    first.handle({ type: "peerUnreachable", peer: leader.id, refused: true });
    cluster.runUntil(() => first.hasLease, 2 * electionTimeoutMs, "the first to know leads");
    expect(rest.every((node) => node.status?.leader === first.id)).toBe(true);
    expect(first.status?.elections.lost).toBe(0);
  });

  test("a leader in office refuses even a later term, and is deposed only through an answer to its appends", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    const effects = node.receive(n3, voteRequest(30, [99, 29]));
    expect(sent(effects, "voteReply")).toMatchObject([{ message: { term: 1, granted: false } }]);
    expect(node.status.role).toBe("leader");
    node.receive(n3, rejection(30, 1, [0, 0], 0));
    expect(node.status).toMatchObject({ role: "follower", term: 30 });
  });
});

describe("bug 28: a follower that rejects appends hears its leader all the same", () => {
  // Put it in: following.ts: call `follow` only after the consistency check has passed.
  test("a long divergent follower does not campaign while the leader looks for the match", () => {
    const log = Array.from({ length: 40 }, (_, i) => i + 1);
    const node = new RaftNode({ log, hardState: hardState(41, n1) });
    for (let prev = 40; prev > 1; prev--) {
      const effects = node.receive(n2, appendRequest(60, { prev: [prev, 50] }));
      expect(sent(effects, "appendReply")).toMatchObject([{ message: { result: { ok: false } } }]);
      node.elapse(electionTimeoutMs - 1);
      expect(node.status).toMatchObject({ role: "follower", leader: n2 });
    }
  });

  test("and refuses rivals meanwhile", () => {
    const node = new RaftNode({ log: [1, 2, 3], hardState: hardState(4) });
    node.receive(n2, appendRequest(5, { prev: [3, 4] }));
    node.elapse(electionTimeoutMs - 1);
    expect(node.receive(n3, preVoteRequest(6, [9, 5]))).toMatchObject([{ message: { granted: false } }]);
  });
});
