import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../src/base/brands.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { backoffDelayMs } from "../../src/raft/backoff.ts";
import {
  appendRequest,
  constantRandom,
  electionTimeoutMs,
  hardState,
  n1,
  n2,
  n3,
  n4,
  n5,
  preVote,
  preVoteRequest,
  RaftNode,
  vote,
  voteRequest,
} from "../support/raftNode.ts";

const policy = { initialMs: 1_000, multiplier: 2, maxMs: 60_000 };

/** Fails `count` campaigns in a row; returns the pauses between the end of one and the start of the next. */
function failCampaigns(node: RaftNode, count: number): number[] {
  const pauses: number[] = [];
  for (let campaign = 0; campaign < count; campaign++) {
    elapseToDeadline(node);
    expect(node.status.role).toBe("preCandidate");
    elapseUntilFollower(node);
    pauses.push(Number(node.raft.nextDeadline(node.now)) - node.now);
  }
  return pauses;
}

function elapseToDeadline(node: RaftNode): void {
  node.elapse(Number(node.raft.nextDeadline(node.now)) - node.now);
}

/** A campaign asks again every heartbeat, for at most two election timeouts. */
function elapseUntilFollower(node: RaftNode): void {
  for (let step = 0; step < 50 && node.status.role !== "follower"; step++) elapseToDeadline(node);
  expect(node.status.role).toBe("follower");
}

describe("election backoff", () => {
  test("the delay is initial * multiplier^(n-1), capped, of which jitter leaves between half and all", () => {
    const positive = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(
        positive,
        fc.double({ min: 1, max: 8, noNaN: true }),
        positive,
        fc.integer({ min: 1, max: 5_000 }),
        fc.string(),
        (initialMs, multiplier, maxMs, failures, seed) => {
          const delay = backoffDelayMs({ initialMs, multiplier, maxMs }, failures, new SeededRandom(seed));
          const whole = Math.min(maxMs, initialMs * multiplier ** (failures - 1));
          expect(delay).toBeGreaterThanOrEqual(Math.floor(whole / 2));
          expect(delay).toBeLessThanOrEqual(Math.ceil(whole));
        },
      ),
    );
  });

  test("no failure, or a backoff that is switched off, costs nothing", () => {
    expect(backoffDelayMs(policy, 0, constantRandom())).toBe(0);
    expect(backoffDelayMs({ ...policy, initialMs: 0 }, 2_000, constantRandom())).toBe(0);
  });

  test("by default 1 s, 2 s, 4 s, ... 60 s, and the first campaign comes after one election timeout", () => {
    const node = new RaftNode({ random: constantRandom(0.999_999) });
    expect(node.raft.nextDeadline(node.now)).toBeLessThan(2 * electionTimeoutMs);
    expect(failCampaigns(node, 8)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(node.status).toMatchObject({
      electionBackoffMs: 60_000,
      term: 0,
      elections: { started: 8, lost: 8 },
    });
  });

  test("the jitter parts nodes that failed together", () => {
    const pauses = Array.from({ length: 50 }, (_, seed) =>
      failCampaigns(new RaftNode({ random: new SeededRandom(seed) }), 1),
    );
    expect(new Set(pauses.flat()).size).toBeGreaterThan(30);
  });

  test("a failed candidacy counts like a failed dry run", () => {
    const node = new RaftNode();
    node.becomeCandidate();
    elapseUntilFollower(node);
    expect(node.status.electionBackoffMs).toBe(500);
  });

  test("it is reset by winning", () => {
    const node = new RaftNode();
    failCampaigns(node, 5);
    elapseToDeadline(node);
    node.receive(n2, preVote(1));
    node.persist();
    node.receive(n2, vote(1));
    expect(node.status).toMatchObject({ role: "leader", electionBackoffMs: 0 });
  });

  test("it is reset by hearing from a legitimate leader, not by one of an old term", () => {
    const node = new RaftNode({ hardState: hardState(3) });
    failCampaigns(node, 5);
    node.receive(n2, appendRequest(2));
    expect(node.status.electionBackoffMs).toBeGreaterThan(0);
    node.receive(n2, appendRequest(3));
    expect(node.status.electionBackoffMs).toBe(0);
    expect(Number(node.raft.nextDeadline(node.now)) - node.now).toBe(electionTimeoutMs);
  });

  test("it is reset when a peer comes back: a healed partition does not wait out a minute", () => {
    const node = new RaftNode();
    failCampaigns(node, 8);
    node.step({ type: "peerReachable", peer: n2 });
    expect(node.status.electionBackoffMs).toBe(0);
    expect(Number(node.raft.nextDeadline(node.now)) - node.now).toBe(electionTimeoutMs);
  });

  test("it is reset by a message from a peer that was unreachable, but by no other message", () => {
    const node = new RaftNode();
    node.step({ type: "peerUnreachable", peer: n3, refused: false });
    failCampaigns(node, 8);
    node.receive(n2, preVoteRequest(1));
    expect(node.status.electionBackoffMs).toBeGreaterThan(0);
    node.receive(n3, preVoteRequest(1));
    expect(node.status.electionBackoffMs).toBe(0);
  });

  test("a peer that comes back does not hasten a first campaign", () => {
    const node = new RaftNode({ random: constantRandom(0.9) });
    const before = node.raft.nextDeadline(node.now);
    node.sleep(10);
    node.step({ type: "peerReachable", peer: n2 });
    expect(node.raft.nextDeadline(node.now)).toBe(before);
  });
});

describe("a split vote", () => {
  /** Fails by a split vote: n3 is gone, and n2 stands for election as well. */
  const split = (node: RaftNode): void => {
    if (node.status.role === "follower") elapseToDeadline(node);
    node.receive(n2, preVote(node.status.term + 1));
    expect(node.status.role).toBe("candidate");
    node.persist();
    node.receive(n2, vote(node.status.term, false));
  };
  const pauseAfter = (node: RaftNode): number => Number(node.raft.nextDeadline(node.now)) - node.now;

  test("ends a campaign at once, and the next begins in the node's turn among the voters", () => {
    const node = new RaftNode({ random: constantRandom(0.5) });
    node.step({ type: "peerUnreachable", peer: n3, refused: true });
    split(node);
    expect(node.status).toMatchObject({ role: "follower", term: 1, leader: null });
    expect(pauseAfter(node)).toBe(Math.floor((electionTimeoutMs / 30) * 0.375));
  });

  test("is not told of as the backoff of a campaign that failed before", () => {
    const node = new RaftNode({ random: constantRandom(0.5) });
    failCampaigns(node, 1);
    expect(node.status.electionBackoffMs).toBeGreaterThan(0);
    elapseToDeadline(node);
    node.step({ type: "peerUnreachable", peer: n3, refused: true });
    split(node);
    expect(node.status.electionBackoffMs).toBe(0);
  });

  test("is waited out twice as long each time, and with the backoff of any failed campaign after three", () => {
    const node = new RaftNode({ config: { electionBackoff: policy }, random: constantRandom(0.5) });
    node.step({ type: "peerUnreachable", peer: n3, refused: true });
    const pauses = [1, 2, 3, 4].map(() => {
      split(node);
      return pauseAfter(node);
    });
    const turn = (electionTimeoutMs / 60) * 0.375;
    expect(pauses.slice(0, 3)).toEqual([2, 4, 8].map((factor) => Math.floor(turn * factor)));
    expect(pauses[3]).toBeGreaterThanOrEqual(policy.initialMs / 2);
  });

  test("is none as long as another may have been elected, or votes are out", () => {
    for (const answers of [[n2], [n2, n3]]) {
      const node = new RaftNode();
      node.becomeCandidate();
      for (const from of answers) node.receive(from, vote(1, false));
      expect(node.status.role).toBe("candidate");
    }
  });
});

describe("a leader whose process is gone", () => {
  test("is replaced after a small delay, through PreVote", () => {
    const node = new RaftNode({ random: constantRandom(0.5), hardState: hardState(1) });
    node.receive(n2, appendRequest(1));
    node.step({ type: "peerUnreachable", peer: n2, refused: true });
    expect(node.status).toMatchObject({ role: "follower", leader: null });
    // The first of two that remain: a twentieth of a timeout is halved, of which it draws from the second quarter.
    expect(Number(node.raft.nextDeadline(node.now)) - node.now).toBe(
      Math.floor((electionTimeoutMs / 40) * 0.375),
    );
    elapseToDeadline(node);
    expect(node.status).toMatchObject({ role: "preCandidate", term: 1 });
  });

  test("its rivals do not draw delays that overlap, whatever they draw", () => {
    const voters = [n1, n2, n3, n4, n5];
    const delay = (id: NodeId, drawn: number): number => {
      const node = new RaftNode({
        config: { id },
        voters,
        random: constantRandom(drawn),
        hardState: hardState(1),
      });
      node.receive(n3, appendRequest(1));
      node.step({ type: "peerUnreachable", peer: n3, refused: true });
      return Number(node.raft.nextDeadline(node.now)) - node.now;
    };
    const bounds = [n1, n2, n4, n5].map((id) => [delay(id, 0), delay(id, 1 - Number.EPSILON)] as const);
    for (const [rank, [least, most]] of bounds.entries()) {
      expect(most).toBeLessThan((electionTimeoutMs / 80) * (rank + 0.5));
      expect(least).toBeGreaterThanOrEqual(Math.floor((electionTimeoutMs / 80) * (rank + 0.25)));
    }
  });

  test("lifts stickiness, on the node that knows of it", () => {
    const node = new RaftNode({ hardState: hardState(1) });
    node.receive(n2, appendRequest(1));
    node.step({ type: "peerUnreachable", peer: n2, refused: true });
    expect(node.receive(n3, preVoteRequest(2))).toMatchObject([{ message: preVote(2) }]);
  });

  test("a stream that merely broke, or the loss of another peer, changes nothing", () => {
    const node = new RaftNode({ hardState: hardState(1) });
    node.receive(n2, appendRequest(1));
    const before = node.raft.nextDeadline(node.now);
    expect(node.step({ type: "peerUnreachable", peer: n2, refused: false })).toEqual([]);
    expect(node.step({ type: "peerUnreachable", peer: n3, refused: true })).toEqual([]);
    expect(node.raft.nextDeadline(node.now)).toBe(before);
    expect(node.status.leader).toBe(n2);
  });

  test("a campaign asks again those that still heard from the leader a moment ago", () => {
    const node = new RaftNode();
    node.elapse(electionTimeoutMs);
    node.receive(n2, preVote(0, false));
    node.receive(n3, preVote(0, false));
    expect(node.status.role).toBe("preCandidate");
    expect(node.elapse(100)).toMatchObject([{ to: n2 }, { to: n3 }]);
    node.receive(n2, preVote(1));
    expect(node.status.role).toBe("candidate");
  });
});

describe("what held campaigns up works again", () => {
  /** Several campaigns have failed, and the last one in earnest, for want of somebody's disk. */
  function heldUp(ownDiskWorks: boolean): RaftNode {
    const node = new RaftNode();
    failCampaigns(node, 8);
    elapseToDeadline(node);
    node.receive(n2, preVote(node.status.term + 1));
    expect(node.status.role).toBe("candidate");
    if (ownDiskWorks) node.persist();
    elapseUntilFollower(node);
    expect(Number(node.raft.nextDeadline(node.now)) - node.now).toBeGreaterThan(10 * electionTimeoutMs);
    return node;
  }

  const isSoon = (node: RaftNode): boolean =>
    Number(node.raft.nextDeadline(node.now)) - node.now <= 2 * electionTimeoutMs;

  // Put it in: server.ts, `onSaved`: do nothing.
  test("the own disk: the backoff is over with the write that hung, and not with any other", () => {
    const hung = heldUp(false);
    hung.persist();
    expect(isSoon(hung)).toBe(true);
    const other = heldUp(true);
    other.receive(n3, voteRequest(other.status.term + 1, [0, 0]));
    other.persist();
    expect(isSoon(other)).toBe(false);
  });

  // Put it in: voting.ts, `onLateVote`: do nothing.
  test("a voter's disk: the backoff is over with the vote that comes too late, and not with a refusal", () => {
    const node = heldUp(true);
    node.receive(n2, vote(node.status.term, false));
    node.receive(n2, vote(node.status.term - 1));
    expect(isSoon(node)).toBe(false);
    node.receive(n2, vote(node.status.term));
    expect(isSoon(node)).toBe(true);
    expect(node.status.role).toBe("follower");
  });
});
