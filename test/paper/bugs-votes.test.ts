import { describe, expect, test } from "vitest";
import type { Effect } from "../../src/raft/index.ts";
import {
  appendRequest,
  electionTimeoutMs,
  entry,
  hardState,
  n1,
  n2,
  n3,
  ofType,
  RaftNode,
  sent,
  vote,
  voteRequest,
} from "../support/raftNode.ts";

/** What is on the way or done when the power goes before any write of these effects was synced. */
function leftBeforeSync(effects: readonly Effect[]): readonly Effect[] {
  return effects.filter((effect) => effect.type === "send" && effect.after === "now");
}

/** Every state in which a crash among the writes of these effects can leave the disk. */
function disksAfter(effects: readonly Effect[], start = hardState(0)) {
  const writes = ofType(effects, "persist");
  return [...writes.keys(), writes.length].map((count) => {
    const synced = writes.slice(0, count);
    return {
      hardState: synced.findLast((write) => write.hardState !== null)?.hardState ?? start,
      entries: synced.flatMap((write) => write.entries),
    };
  });
}

describe("bugs that others shipped: votes and hard state", () => {
  // Put it in: voting.ts, `reply`: let a granted vote leave "now".
  test("bug 3: reply before fsync: a crash before the write, then a second candidate asks", () => {
    const first = new RaftNode().receive(n2, voteRequest(1));
    const leftFirst = sent(leftBeforeSync(first), "voteReply");
    const restarted = new RaftNode({ hardState: hardState(0) });
    const second = restarted.receive(n3, voteRequest(1));
    const granted = [...leftFirst, ...sent(second, "voteReply")].filter(({ message }) => message.granted);
    expect(granted.map(({ to }) => to)).toEqual([n3]);
  });

  // Put it in: following.ts, `confirm`: answer "now" with `matched` in every case.
  test("bug 3: an append is not acknowledged beyond what is synced", () => {
    const effects = new RaftNode().receive(n2, appendRequest(1, { entries: [entry(1, 1)] }));
    expect(sent(leftBeforeSync(effects), "appendReply")).toEqual([]);
  });

  // Put it in: server.ts, `becomeCandidate`: add our own vote to `granted` and see whether that wins.
  test("bug 3: with one node: no leadership and no commit before the disk has it", () => {
    const node = new RaftNode({ voters: [n1] });
    node.elapse(electionTimeoutMs);
    expect(node.status.role).toBe("candidate");
    node.persist();
    node.propose("x");
    expect(node.status).toMatchObject({ role: "leader", commitIndex: 0 });
    node.persist();
    expect(node.status.commitIndex).toBe(2);
  });

  // Put it in: campaign.ts: let the requests of a candidate leave "now".
  test("bug 3: a candidate asks for no vote before its own is synced", () => {
    const node = new RaftNode();
    expect(sent(leftBeforeSync(node.becomeCandidate()), "voteRequest")).toEqual([]);
  });

  // Put it in: outbox.ts, `persistHardState`: push a persist of its own at each call instead of one for the step.
  test("bug 4: term and vote are saved together: no crash leaves one without the other", () => {
    const voting = new RaftNode().receive(n2, voteRequest(5));
    expect(disksAfter(voting).map((disk) => disk.hardState)).toEqual([hardState(0), hardState(5, n2)]);
    const campaign = new RaftNode().becomeCandidate();
    expect(disksAfter(campaign).map((disk) => disk.hardState)).toEqual([hardState(0), hardState(1, n1)]);
  });

  // Put it in: server.ts, `becomeFollower`: forget the vote whenever the role changes, not only for a later term.
  test("bug 5: a pre-candidate that gets an append of its own term keeps its vote: the late rival is refused", () => {
    const node = new RaftNode({ hardState: hardState(3, n2) });
    node.elapse(electionTimeoutMs);
    expect(node.status.role).toBe("preCandidate");
    node.receive(n2, appendRequest(3));
    node.sleep(electionTimeoutMs);
    expect(sent(node.receive(n3, voteRequest(3)), "voteReply")[0]?.message).toEqual(vote(3, false));
    expect(node.status.votedFor).toBe(n2);
  });

  test("bug 5: so does a candidate, which has voted for itself, and a deposed leader", () => {
    const candidate = new RaftNode();
    candidate.becomeCandidate();
    candidate.receive(n2, appendRequest(1));
    const leader = new RaftNode();
    leader.becomeSettledLeader();
    leader.elapse(electionTimeoutMs);
    for (const node of [candidate, leader]) {
      expect(node.status).toMatchObject({ role: "follower", term: 1, votedFor: n1 });
      node.sleep(electionTimeoutMs);
      expect(sent(node.receive(n3, voteRequest(1, [9, 9])), "voteReply")[0]?.message.granted).toBe(false);
    }
  });

  // Put it in: outbox.ts, `drain`: emit entries and hard state as two persists, the entries first.
  test("bug 6: no crash leaves an entry of a term without the term, so an old leader cannot be obeyed again", () => {
    const node = new RaftNode({ hardState: hardState(1) });
    const effects = node.receive(n2, appendRequest(2, { entries: [entry(1, 2)] }));
    const disks = disksAfter(effects, hardState(1));
    for (const disk of disks) {
      const newest = disk.entries.at(-1)?.term ?? 0;
      expect(disk.hardState.currentTerm).toBeGreaterThanOrEqual(newest);
    }
    const after = disks.at(-1);
    const restarted = new RaftNode({ hardState: after?.hardState ?? hardState(1), log: [2] });
    const replayed = restarted.receive(n3, appendRequest(1, { entries: [entry(1, 1)] }));
    expect(ofType(replayed, "persist")).toEqual([]);
  });
});
