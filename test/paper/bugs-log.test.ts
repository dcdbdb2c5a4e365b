import { describe, expect, test } from "vitest";
import { LogIndex, Term } from "../../src/base/brands.ts";
import type { EntryId, HardState } from "../../src/raft/index.ts";
import {
  ack,
  appendRequest,
  electionTimeoutMs,
  entry,
  hardState,
  heartbeatIntervalMs,
  n2,
  n3,
  noop,
  ofType,
  RaftNode,
  rejection,
  send,
  sent,
  voteRequest,
} from "../support/raftNode.ts";

const id = (index: number, term: number): EntryId => ({ index: LogIndex(index), term: Term(term) });

function persisted(node: RaftNode, lastEntry: EntryId | null, state: HardState | null = null) {
  return node.step({ type: "persisted", hardState: state, lastEntry });
}

describe("bugs that others shipped: the log", () => {
  // Put it in: leader.ts, `#advanceCommit`: do not ask for the term of the matched entry.
  test("bug 1: commit of a prior term's entry by counting: the paper's figure 8", () => {
    const node = new RaftNode({ log: [1, 2], hardState: hardState(3) });
    node.becomeLeader();
    for (const peer of [n2, n3]) node.receive(peer, ack(4, 2));
    expect(node.status.commitIndex).toBe(0);
    node.persist();
    node.receive(n2, ack(4, 3));
    expect(node.status.commitIndex).toBe(3);
  });

  // Put it in: following.ts: commit through min(leaderCommit, log.lastIndex).
  test("bug 7: commit beyond the verified prefix: a divergent tail, and a heartbeat with a high leaderCommit", () => {
    const node = new RaftNode({ log: [1, 1, 1, 1], hardState: hardState(1) });
    const effects = node.receive(n2, appendRequest(2, { prev: [2, 1], commit: 4 }));
    expect(ofType(effects, "apply")).toEqual([{ type: "apply", entries: [entry(1, 1), entry(2, 1)] }]);
    expect(node.status.commitIndex).toBe(2);
  });

  // Put it in: following.ts: take `missing` to be 0.
  test("bug 8: appends that come twice and out of order cut off nothing that matches", () => {
    const node = new RaftNode();
    const entries = [entry(1, 1), entry(2, 1), entry(3, 1), entry(4, 1)];
    node.receive(n2, appendRequest(1, { entries }));
    node.persist();
    const stale = [
      appendRequest(1, { entries: entries.slice(0, 2) }),
      appendRequest(1, { prev: [1, 1], entries: entries.slice(1, 2) }),
      appendRequest(1),
    ];
    for (const append of stale) {
      expect(ofType(node.receive(n2, append), "persist")).toEqual([]);
      expect(node.status.lastIndex).toBe(4);
    }
  });

  // Put it in: following.ts, `firstMissing`: compare entries at or below commitIndex too.
  test("bug 8: what is committed is never cut, whoever asks: that would be a bug, and stops the node", () => {
    const node = new RaftNode({ log: [1, 1, 1], applied: 2, hardState: hardState(1) });
    node.receive(n2, appendRequest(2, { entries: [entry(1, 2), entry(2, 2)] }));
    expect(node.status).toMatchObject({ commitIndex: 2, lastIndex: 3 });
  });

  // Put it in: following.ts, `agreesAt` and `firstMissing`: look only at `log.termAt`, not at commitIndex.
  test("bug 9: a compacted prevLog is no conflict: an append from below deletes nothing", () => {
    const setup = { compacted: id(5, 2), log: [2, 3], applied: 6, hardState: hardState(3) };
    const whole = [entry(4, 2), entry(5, 2), entry(6, 2), entry(7, 3)];
    const known = new RaftNode(setup);
    const repeated = known.receive(n2, appendRequest(3, { prev: [3, 1], entries: whole }));
    expect(ofType(repeated, "persist")).toEqual([]);
    expect(ofType(repeated, "send")).toEqual([send(n2, ack(3, 7), "now")]);
    expect(known.status).toMatchObject({ lastIndex: 7, compactedIndex: 5 });
    const longer = new RaftNode(setup);
    const effects = longer.receive(n2, appendRequest(3, { prev: [3, 1], entries: [...whole, entry(8, 3)] }));
    expect(ofType(effects, "persist")).toMatchObject([{ truncateFrom: null, entries: [entry(8, 3)] }]);
  });

  // Put it in: raft.ts, `#onReply`: pass append replies of any term on to the leader.
  test("bug 20: a stale ack from before the entries were cut and rewritten does not count", () => {
    const node = new RaftNode({ log: [1, 1, 1], hardState: hardState(1) });
    node.becomeLeader();
    node.persist();
    for (const peer of [n2, n3]) node.receive(peer, ack(1, 4));
    expect(node.status.commitIndex).toBe(0);
    expect(node.status.peers.map(({ matchIndex }) => matchIndex)).toEqual([0, 0]);
  });

  // Put it in: durability.ts: believe a report whatever term the log now has at its index.
  test("bug 20: the report of a write does not count for the entry that has taken its place", () => {
    const node = new RaftNode({ log: [1], hardState: hardState(2) });
    node.receive(n2, appendRequest(2, { prev: [1, 1], entries: [entry(2, 2)] }));
    node.sleep(electionTimeoutMs);
    node.receive(n3, voteRequest(3, [2, 2]));
    node.receive(n3, appendRequest(3, { prev: [1, 1], entries: [entry(2, 3)] }));
    // The first two writes were done as one: its report is of the current term, and of the entry before the cut.
    persisted(node, id(2, 2), hardState(3, n3));
    expect(node.status.durableIndex).toBe(1);
    persisted(node, id(2, 3));
    expect(node.status.durableIndex).toBe(2);
  });

  // Put it in: durability.ts: leave out `#mayPredateCut`.
  test("bug 20: nor for the same entry, cut off and written again: between the two it is not on disk", () => {
    const node = new RaftNode({ log: [1], hardState: hardState(2) });
    node.receive(n2, appendRequest(2, { prev: [1, 1], entries: [entry(2, 2)] }));
    node.receive(n3, appendRequest(3, { prev: [1, 1], entries: [entry(2, 3)] }));
    const again = node.receive(n2, appendRequest(4, { prev: [1, 1], entries: [entry(2, 2), entry(3, 4)] }));
    expect(ofType(again, "persist")).toMatchObject([{ truncateFrom: 2, hardState: hardState(4) }]);
    persisted(node, id(2, 2));
    expect(node.status.durableIndex).toBe(1);
    persisted(node, id(2, 3), hardState(3));
    expect(node.status.durableIndex).toBe(1);
    persisted(node, id(3, 4), hardState(4));
    expect(node.status.durableIndex).toBe(3);
  });

  // Put it in: durability.ts: let a report of a lower index through.
  test("bug 21: completions of writes out of order: 2 before 1, and no progress is lost", () => {
    const node = new RaftNode();
    node.becomeSettledLeader();
    node.propose("a");
    node.propose("b");
    persisted(node, id(3, 1));
    persisted(node, id(2, 1));
    expect(node.status.durableIndex).toBe(3);
    node.receive(n2, ack(1, 3));
    expect(node.status.commitIndex).toBe(3);
  });

  // Put it in: leader.ts, `onAppendReply`: treat `rejectedIndex` of a rejection as matched.
  test("bug 22: a rejection's index is no match: divergent logs of equal length", () => {
    const node = new RaftNode({ log: [1, 1, 2, 2], hardState: hardState(3) });
    node.becomeLeader();
    node.persist();
    for (const peer of [n2, n3]) node.receive(peer, rejection(4, 4, [2, 1]));
    expect(node.status.commitIndex).toBe(0);
    expect(node.status.peers).toMatchObject([
      { matchIndex: 0, nextIndex: 3, progress: "probe" },
      { matchIndex: 0, nextIndex: 3, progress: "probe" },
    ]);
  });

  // Put it in: replication.ts, `onLogRead`: go on with no entries when the read failed.
  test("bug 23: a failed log read sends nothing, and is tried again later", () => {
    const node = new RaftNode({ log: [1, 1, 1], applied: 3, hardState: hardState(1) });
    node.becomeSettledLeader();
    const [read] = ofType(node.receive(n3, rejection(2, 3, [1, 1])), "readLog");
    expect(read).toMatchObject({ peer: n3, from: 2, through: 3 });
    expect(node.step({ type: "logRead", peer: n3, from: LogIndex(2), entries: null })).toEqual([]);
    const later = node.elapse(heartbeatIntervalMs);
    expect(ofType(later, "readLog")).toMatchObject([{ peer: n3, from: 2 }]);
    const entries = [entry(2, 1), entry(3, 1)];
    const answered = node.step({ type: "logRead", peer: n3, from: LogIndex(2), entries });
    expect(sent(answered, "appendRequest")).toMatchObject([
      { to: n3, message: { prevLogIndex: 1, entries } },
    ]);
  });

  test("bug 23: an answer that nobody waits for any more sends nothing", () => {
    const node = new RaftNode({ log: [1, 1, 1], applied: 3, hardState: hardState(1) });
    node.becomeSettledLeader();
    node.receive(n3, rejection(2, 3, [1, 1]));
    node.receive(n3, ack(2, 4));
    const late = { type: "logRead", peer: n3, from: LogIndex(2), entries: [entry(2, 1)] } as const;
    expect(node.step(late)).toEqual([]);
    expect(new RaftNode().step(late)).toEqual([]);
  });

  // Put it in: outbox.ts, `drain`: emit the truncation as a persist of its own, before the entries.
  test("bug 25: a truncation and what replaces it are one write: no crash between leaves a hole or a lost tail", () => {
    const node = new RaftNode({ log: [1, 1, 1, 1], hardState: hardState(1) });
    const effects = node.receive(n2, appendRequest(2, { prev: [1, 1], entries: [entry(2, 2), noop(3, 2)] }));
    expect(ofType(effects, "persist")).toEqual([
      {
        type: "persist",
        hardState: hardState(2),
        truncateFrom: 2,
        entries: [entry(2, 2), noop(3, 2)],
      },
    ]);
  });
});
