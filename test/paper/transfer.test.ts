import { describe, expect, test } from "vitest";
import { LogIndex, Term } from "../../src/base/brands.ts";
import type { TimeoutNow } from "../../src/raft/index.ts";
import {
  ack,
  appendRequest,
  electionTimeoutMs,
  hardState,
  heartbeatIntervalMs,
  n1,
  n2,
  n3,
  n4,
  ofType,
  only,
  preVoteRequest,
  RaftNode,
  sent,
  vote,
  voteRequest,
} from "../support/raftNode.ts";

/** The leader goes on with this round when it gives its successor up. */
const untilRound = 100;

function timeoutNow(term: number): TimeoutNow {
  return { type: "timeoutNow", term: Term(term), untilRound };
}

function settledLeader(): RaftNode {
  const node = new RaftNode();
  node.becomeSettledLeader([n2, n3]);
  return node;
}

function followerOf(leader = n2): RaftNode {
  const node = new RaftNode({ hardState: hardState(1) });
  node.receive(leader, appendRequest(1));
  return node;
}

describe("leadership transfer, at the leader (thesis 3.10)", () => {
  test("a successor with the whole log is asked at once, with a log that lacks some only when it has it", () => {
    const node = settledLeader();
    const { term, lastIndex } = node.status;
    expect(only(node.step({ type: "transferLeadership", to: n2 }), "timeoutNow")).toMatchObject({ term });

    const behind = settledLeader();
    behind.propose("x");
    expect(sent(behind.step({ type: "transferLeadership", to: n3 }), "timeoutNow")).toEqual([]);
    expect(sent(behind.receive(n2, ack(term, lastIndex + 1)), "timeoutNow")).toEqual([]);
    const caughtUp = sent(behind.receive(n3, ack(term, lastIndex + 1)), "timeoutNow");
    expect(caughtUp.map(({ to }) => to)).toEqual([n3]);
    expect(sent(behind.receive(n3, ack(term, lastIndex + 1, 2)), "timeoutNow")).toEqual([]);
  });

  test("without a name the voter that has most of the log is chosen", () => {
    const node = settledLeader();
    node.propose("x");
    node.receive(n3, ack(node.status.term, node.status.lastIndex));
    const asked = sent(node.step({ type: "transferLeadership", to: null }), "timeoutNow");
    expect(asked.map(({ to }) => to)).toEqual([n3]);
  });

  test("proposals are refused meanwhile, and nothing of them is appended", () => {
    const node = settledLeader();
    const { lastIndex } = node.status;
    node.step({ type: "transferLeadership", to: n2 });
    expect(node.raft.isTransferring).toBe(true);
    expect(ofType(node.propose("x"), "rejectProposal")).toEqual([
      { type: "rejectProposal", id: 1, reason: "transferring" },
    ]);
    expect(node.status.lastIndex).toBe(lastIndex);
  });

  test("nobody, a stranger, a learner or the leader itself is no successor", () => {
    const membership = { voters: [n1, n2, n3], outgoing: [], learners: [n4] };
    const node = new RaftNode({ membership });
    node.becomeSettledLeader([n2]);
    for (const [to, why] of [
      [n1, "n1 leads already"],
      [n4, "n4 is no voter of this cluster"],
    ] as const) {
      const effects = node.step({ type: "transferLeadership", to });
      expect(ofType(effects, "transferFailed")).toEqual([{ type: "transferFailed", why }]);
    }
    const alone = new RaftNode({ voters: [n1] });
    alone.elapse(electionTimeoutMs);
    alone.persist();
    expect(ofType(alone.step({ type: "transferLeadership", to: null }), "transferFailed")).toHaveLength(1);
    expect(node.raft.isTransferring || alone.raft.isTransferring).toBe(false);
  });

  // Put it in: transfer.ts, `Transfer`: let `endsAt` be Number.POSITIVE_INFINITY.
  test("bug 30: the target dies after TimeoutNow: writes resume within an election timeout", () => {
    const node = settledLeader();
    node.step({ type: "transferLeadership", to: n2 });
    const failures: unknown[] = [];
    for (let waited = 0; waited < electionTimeoutMs; waited += heartbeatIntervalMs) {
      failures.push(...ofType(node.elapse(heartbeatIntervalMs), "transferFailed"));
      const round = waited / heartbeatIntervalMs + 2;
      node.receive(n3, ack(node.status.term, node.status.lastIndex, round));
    }
    expect(failures).toHaveLength(1);
    expect(node.status.role).toBe("leader");
    expect(ofType(node.propose("x"), "acceptProposal")).toHaveLength(1);
  });

  // Put it in: raft.ts, `hasLease`: do not ask `mayBeSucceeded`.
  test("bug 19: once the successor was asked the lease is worth nothing, and reads wait for a round of their own", () => {
    const node = settledLeader();
    node.elapse(heartbeatIntervalMs);
    node.receive(n3, ack(node.status.term, node.status.lastIndex, 2));
    expect(node.raft.hasLease(node.now)).toBe(true);
    node.step({ type: "transferLeadership", to: n2 });
    expect(node.raft.hasLease(node.now)).toBe(false);
    expect(ofType(node.read(7), "releaseRead")).toEqual([]);
    // An ack of a round from before the read confirms nothing; the successor's request ends the leadership.
    expect(ofType(node.receive(n3, ack(node.status.term, node.status.lastIndex, 2)), "releaseRead")).toEqual(
      [],
    );
    const { term, lastIndex } = node.status;
    const request = voteRequest(term + 1, [lastIndex, term], "voteRequest", untilRound);
    const deposed = node.receive(n2, request);
    expect(ofType(deposed, "rejectRead")).toEqual([{ type: "rejectRead", id: 7, reason: "leadershipLost" }]);
    expect(sent(deposed, "voteReply")[0]?.message.granted).toBe(true);
  });

  // Put it in: leader.ts, `onTick`: leave `#sureFromRound` as it is.
  test("who was asked and given up may lead all the same: the lease holds again once a round that began since is answered", () => {
    const node = settledLeader();
    node.step({ type: "transferLeadership", to: n2 });
    let round = 1;
    let gaveUp = false;
    while (!gaveUp) {
      // Answers of before the successor was elected, which come late.
      node.receive(n3, ack(node.status.term, node.status.lastIndex, round));
      const effects = node.elapse(heartbeatIntervalMs);
      gaveUp = ofType(effects, "transferFailed").length > 0;
      round = sent(effects, "appendRequest").at(-1)?.message.round ?? round;
    }
    node.receive(n3, ack(node.status.term, node.status.lastIndex, round - 1));
    expect(node.status.role).toBe("leader");
    expect(node.raft.hasLease(node.now)).toBe(false);
    node.receive(n3, ack(node.status.term, node.status.lastIndex, round));
    expect(node.raft.hasLease(node.now)).toBe(true);
  });

  // Put it in: leader.ts, `onTick`: do not leap; voting.ts, `isHandedOver`: let a leader answer true.
  test("with the round in which it gives up it makes its request void, and does not vote for who comes with it", () => {
    const node = settledLeader();
    const asked = only(node.step({ type: "transferLeadership", to: n2 }), "timeoutNow");
    let round = 0;
    while (node.raft.isTransferring) {
      expect(round).toBeLessThan(asked.untilRound);
      node.receive(n3, ack(node.status.term, node.status.lastIndex, round));
      round = sent(node.elapse(heartbeatIntervalMs), "appendRequest").at(-1)?.message.round ?? round;
    }
    expect(round).toBe(asked.untilRound);
    const { term, lastIndex } = node.status;
    const late = voteRequest(term + 1, [lastIndex, term], "voteRequest", asked.untilRound);
    expect(sent(node.receive(n2, late), "voteReply")[0]?.message.granted).toBe(false);
    expect(node.status).toMatchObject({ role: "leader", term });
    // One that it asks later holds for longer.
    node.receive(n3, ack(term, lastIndex, round));
    const again = only(node.step({ type: "transferLeadership", to: n2 }), "timeoutNow");
    expect(again.untilRound).toBeGreaterThan(round);
  });
});

describe("leadership transfer, at the successor", () => {
  test("it campaigns at once, in the next term, without a dry run, and says that the leader wished it", () => {
    const node = followerOf();
    const effects = node.receive(n2, timeoutNow(1));
    expect(node.status).toMatchObject({ role: "candidate", term: 2, votedFor: n1 });
    const requests = sent(effects, "voteRequest");
    expect(requests.map(({ to, after }) => [to, after])).toEqual([
      [n2, "persisted"],
      [n3, "persisted"],
    ]);
    expect(requests[0]?.message).toMatchObject({ term: 2, handedOverUntil: untilRound });
    expect(sent(effects, "preVoteRequest")).toEqual([]);
    node.persist();
    node.receive(n2, vote(2));
    expect(node.status.role).toBe("leader");
  });

  test("a request from a stranger, for another term, or late, means nothing", () => {
    for (const [from, term] of [
      [n3, 1],
      [n2, 0],
      [n2, 2],
    ] as const) {
      const node = followerOf();
      node.receive(from, timeoutNow(term));
      expect(node.status).toMatchObject({ role: "follower", term: 1 });
    }
  });

  test("a learner does not campaign", () => {
    const node = new RaftNode({ membership: { voters: [n2, n3], outgoing: [], learners: [n1] } });
    node.receive(n2, appendRequest(1));
    node.receive(n2, timeoutNow(1));
    expect(node.status.role).toBe("follower");
  });

  test("others that hear the leader refuse a dry run as ever, and grant the successor's request", () => {
    const node = followerOf();
    const last = [node.status.lastIndex, Term(0)] as const;
    expect(sent(node.receive(n3, preVoteRequest(2, last)), "preVoteReply")[0]?.message.granted).toBe(false);
    expect(sent(node.receive(n3, voteRequest(2, last)), "voteReply")[0]?.message.granted).toBe(false);
    const wished = voteRequest(2, [LogIndex(0), Term(0)], "voteRequest", untilRound);
    expect(sent(node.receive(n3, wished), "voteReply")[0]?.message.granted).toBe(true);
  });

  // Put it in: voting.ts, `isHandedOver`: do not look at `heardRound`.
  test("a voter that has heard its leader since it gave the successor up does not go over any more", () => {
    const last = [LogIndex(0), Term(0)] as const;
    const wished = voteRequest(2, last, "voteRequest", untilRound);
    const grants = (node: RaftNode) => sent(node.receive(n3, wished), "voteReply")[0]?.message.granted;
    const hears = (round: number) => {
      const node = followerOf();
      node.receive(n2, { ...appendRequest(1), round });
      return node;
    };
    expect(grants(hears(untilRound - 1))).toBe(true);
    expect(grants(hears(untilRound))).toBe(false);

    // By a snapshot it hears as well; and what it heard is heard, in whatever order messages come.
    const offered = followerOf();
    const lastIncluded = { index: LogIndex(0), term: Term(0) };
    const acknowledged = LogIndex(0);
    const round = untilRound;
    const offer = { type: "installSnapshot", term: Term(1), lastIncluded, round, acknowledged } as const;
    offered.receive(n2, offer);
    offered.receive(n2, appendRequest(1));
    expect(grants(offered)).toBe(false);

    // Of a leader that is silent for an election timeout nothing is held.
    const silent = hears(untilRound);
    silent.elapse(electionTimeoutMs);
    expect(grants(silent)).toBe(true);
    // Rounds of one leader say nothing of another's.
    const behind = hears(untilRound);
    const later = { ...wished, term: Term(3) };
    expect(sent(behind.receive(n3, later), "voteReply")[0]?.message.granted).toBe(true);
  });

  // Put it in: timing.ts, `onTimeoutNow`: do not look at `heardRound`.
  test("nor does the successor itself campaign when it has heard so", () => {
    const node = followerOf();
    node.receive(n2, { ...appendRequest(1), round: untilRound });
    node.receive(n2, timeoutNow(1));
    expect(node.status).toMatchObject({ role: "follower", term: 1 });
  });
});
