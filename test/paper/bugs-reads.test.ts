import { describe, expect, test } from "vitest";
import { RaftCluster } from "../support/raftCluster.ts";
import {
  ack,
  electionTimeoutMs,
  hardState,
  heartbeatIntervalMs,
  n2,
  n3,
  ofType,
  RaftNode,
  rejection,
} from "../support/raftNode.ts";

describe("bugs that others shipped: reads", () => {
  // Put it in: leader.ts, `#hasCommittedInTerm`: always true.
  test("bug 17: ReadIndex before the term's first commit: a new leader does not know yet what is committed", () => {
    // (2, 1) was committed and acknowledged by the last leader; this one does not know of it yet.
    const node = new RaftNode({ log: [1, 1], applied: 1, hardState: hardState(1) });
    node.becomeLeader([n2, n3]);
    expect(ofType(node.read(1), "releaseRead")).toEqual([]);
    node.elapse(heartbeatIntervalMs);
    for (const peer of [n2, n3]) {
      expect(ofType(node.receive(peer, ack(2, 2, 2)), "releaseRead")).toEqual([]);
    }
    node.persist();
    node.receive(n2, ack(2, 3, 2));
    const released = ofType(node.receive(n2, ack(2, 3, 3)), "releaseRead");
    expect(released).toEqual([{ type: "releaseRead", id: 1, index: 3 }]);
  });

  // Put it in: leader.ts, `read`: join the round that is under way (`reads.joinRound(rounds.current, ...)`).
  test("bug 18: acks older than the read do not confirm it, however often they come", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    node.elapse(heartbeatIntervalMs);
    node.read(1);
    for (const peer of [n2, n3, n2, n3]) {
      expect(ofType(node.receive(peer, ack(1, 1, 2)), "releaseRead")).toEqual([]);
    }
    // The leader is deposed meanwhile: the read is refused, not answered from the past.
    const deposed = node.receive(n3, rejection(2, 1));
    expect(ofType(deposed, "rejectRead")).toEqual([{ type: "rejectRead", id: 1, reason: "leadershipLost" }]);
    expect(ofType(node.receive(n2, ack(1, 1, 3)), "releaseRead")).toEqual([]);
  });

  // Put it in: raft.ts, `step`: without `#enforceLease`.
  test("bug 32: a leader that slept past its lease steps down before it does anything else", () => {
    const asleep = () => {
      const node = new RaftNode();
      node.becomeSettledLeader();
      node.read(1);
      node.sleep(3 * electionTimeoutMs);
      return node;
    };
    const lost = { type: "rejectRead", id: 1, reason: "leadershipLost" };
    expect(asleep().raft.hasLease(asleep().now)).toBe(false);
    // Whatever comes first: a read, a proposal, or the answers that were on the way all the time.
    expect(asleep().read(2)).toMatchObject([
      lost,
      { type: "roleChanged", role: "follower" },
      { type: "rejectRead", id: 2, reason: "notLeader" },
    ]);
    expect(asleep().propose("x")).toMatchObject([
      lost,
      { type: "roleChanged", role: "follower" },
      { type: "rejectProposal", id: 1, reason: "notLeader" },
    ]);
    expect(asleep().receive(n2, ack(1, 1, 2))).toMatchObject([lost, { type: "roleChanged" }]);
  });

  test("bug 32: in a cluster: pause, write elsewhere, resume, read: refused or fresh", () => {
    const cluster = new RaftCluster({ seed: 32 });
    const old = cluster.runUntilLeader();
    cluster.propose(old);
    cluster.runFor(500);
    old.pause();
    for (let i = 0; i < 5; i++) old.handle({ type: "read", id: 1_000 + i });
    cluster.runUntil(() => cluster.leader !== null, 10_000, "another leader");
    cluster.runUntilLeader();
    const { leader } = cluster;
    expect(leader?.id).not.toBe(old.id);
    if (leader !== null) cluster.propose(leader);
    cluster.runFor(500);
    const answers: string[] = [];
    cluster.observe((node, effect) => {
      if (node === old && (effect.type === "releaseRead" || effect.type === "rejectRead"))
        answers.push(effect.type);
    });
    // The invariants (R12) would not let a stale one pass; here all must be refused.
    old.resume();
    expect(answers).toEqual(Array.from({ length: 5 }, () => "rejectRead"));
    cluster.runUntilProgress(5_000);
  });
});
