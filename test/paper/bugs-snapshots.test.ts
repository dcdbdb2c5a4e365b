import { describe, expect, test } from "vitest";
import { LogIndex, Term } from "../../src/base/brands.ts";
import {
  appendRequest,
  electionTimeoutMs,
  entry,
  hardState,
  installSnapshot,
  n1,
  n2,
  n3,
  n4,
  n5,
  ofType,
  RaftNode,
  sent,
  snapshotFetched,
  votersOnly,
} from "../support/raftNode.ts";

const three = { index: LogIndex(0), membership: votersOnly([n1, n2, n3]) };

describe("bug 10: a snapshot that drops a matching suffix", () => {
  // Put it in: installing.ts, `onSnapshotFetched`: install it whatever the log holds at its index.
  test("an older snapshot comes: the suffix, which was acknowledged, survives", () => {
    const node = new RaftNode({ log: [1, 1, 1, 2, 2, 2], hardState: hardState(2) });
    node.receive(n2, appendRequest(2, { prev: [6, 2], commit: 1 }));
    node.receive(n2, installSnapshot(2, [3, 1]));
    // The offer alone shows that what it includes is committed.
    expect(node.status).toMatchObject({ commitIndex: 3, lastIndex: 6 });
    node.receive(n2, appendRequest(2, { prev: [6, 2], commit: 5 }));
    expect(node.step(snapshotFetched(3, 1))).toEqual([]);
    expect(node.status).toMatchObject({ commitIndex: 5, lastIndex: 6, durableIndex: 6 });
  });

  test("its last entry came meanwhile by append: it commits, and nothing is installed", () => {
    const node = new RaftNode({ log: [1, 1], hardState: hardState(1) });
    node.receive(n2, installSnapshot(1, [4, 1]));
    const entries = [entry(3, 1), entry(4, 1), entry(5, 1)];
    node.receive(n2, appendRequest(1, { prev: [2, 1], entries, commit: 2 }));
    node.persist();
    const effects = node.step(snapshotFetched(4, 1));
    expect(ofType(effects, "installSnapshot")).toEqual([]);
    expect(ofType(effects, "apply")).toEqual([{ type: "apply", entries: entries.slice(0, 2) }]);
    expect(node.status).toMatchObject({ commitIndex: 4, lastIndex: 5, compactedIndex: 0 });
  });
});

describe("bug 11: a snapshot that keeps a conflicting entry at its index", () => {
  const divergent = () => {
    const node = new RaftNode({ log: [1, 1, 2, 2, 2], hardState: hardState(2) });
    node.receive(n2, installSnapshot(3, [4, 3], { round: 7 }));
    node.persist();
    return node;
  };

  // Put it in: replica.ts, `install`: cut the log only through the snapshot's index, and keep what lies behind.
  test("the whole log goes, and the next append succeeds", () => {
    const node = divergent();
    node.step(snapshotFetched(4, 3));
    expect(node.status).toMatchObject({ lastIndex: 4, commitIndex: 4 });
    node.persist();
    const appended = node.receive(n2, appendRequest(3, { prev: [4, 3], entries: [entry(5, 3)] }));
    expect(sent(appended, "appendReply")).toMatchObject([
      { message: { result: { ok: true, matchIndex: 5 } } },
    ]);
  });

  // Put it in: durability.ts, `onReplaced`: leave the index as it is.
  test("a crash in mid-install: before the report nothing of the new log is claimed, and a restart finds either", () => {
    const node = divergent();
    node.step(snapshotFetched(4, 3));
    const rest = node.receive(n2, appendRequest(3, { prev: [4, 3], entries: [entry(5, 3)] }));
    expect(sent(rest, "appendReply")).toMatchObject([{ after: "persisted" }]);
    expect(node.status.durableIndex).toBe(0);
    const before = new RaftNode({ log: [1, 1, 2, 2, 2], hardState: hardState(3) });
    const after = new RaftNode({ compacted: { index: LogIndex(4), term: Term(3) }, hardState: hardState(3) });
    for (const restarted of [before, after]) {
      const offer = installSnapshot(3, [4, 3], { round: 9 });
      const fetches = ofType(restarted.receive(n2, offer), "fetchSnapshot");
      expect(fetches).toHaveLength(restarted === before ? 1 : 0);
    }
    expect(after.status).toMatchObject({ commitIndex: 4, lastIndex: 4, snapshotIndex: 4 });
  });

  // Put it in: durability.ts, `onReplaced`: do not raise the cut's term.
  test("the report of an entry of the same name, written and cut off before, does not vouch for the snapshot", () => {
    const node = new RaftNode({ log: [1], hardState: hardState(2) });
    node.receive(n2, appendRequest(2, { prev: [1, 1], entries: [entry(2, 2)] }));
    node.receive(n3, appendRequest(3, { prev: [1, 1], entries: [entry(2, 3)] }));
    node.receive(n2, installSnapshot(4, [2, 2]));
    expect(ofType(node.step(snapshotFetched(2, 2)), "installSnapshot")).toMatchObject([
      { hardState: hardState(4) },
    ]);
    const lastEntry = { index: LogIndex(2), term: Term(2) };
    node.step({ type: "persisted", hardState: null, lastEntry });
    node.step({ type: "persisted", hardState: hardState(3), lastEntry });
    expect(node.status.durableIndex).toBe(0);
    node.step({ type: "persisted", hardState: hardState(4), lastEntry });
    expect(node.status.durableIndex).toBe(2);
  });
});

describe("bug 12: a snapshot that keeps a stale uncommitted configuration", () => {
  // Put it in: replica.ts, `install`: leave the configurations as they are.
  test("the node must not campaign on it", () => {
    // By the entry at 3, which was never committed, this node would be the only voter.
    const log = [1, 1, [1, votersOnly([n1])]] as const;
    const node = new RaftNode({ log, hardState: hardState(1) });
    node.receive(n2, installSnapshot(2, [5, 2]));
    node.persist();
    const effects = node.step(snapshotFetched(5, 2, three));
    expect(ofType(effects, "membershipChanged")).toMatchObject([{ configuration: three, committed: true }]);
    node.persist();
    node.elapse(2 * electionTimeoutMs);
    expect(node.status.role).toBe("preCandidate");
    const removed = new RaftNode({ log, hardState: hardState(1) });
    removed.receive(n2, installSnapshot(2, [5, 2]));
    removed.step(snapshotFetched(5, 2, { index: LogIndex(4), membership: votersOnly([n2, n3]) }));
    removed.persist();
    removed.elapse(5 * electionTimeoutMs);
    expect(removed.status).toMatchObject({ role: "follower", configuration: { index: 4 } });
  });

  test("nor does a truncation bring back what the snapshot has replaced", () => {
    const log = [1, [1, votersOnly([n4])], [1, votersOnly([n5])]] as const;
    const node = new RaftNode({ log, hardState: hardState(1) });
    node.receive(n2, installSnapshot(2, [5, 2]));
    node.step(snapshotFetched(5, 2, three));
    node.receive(n2, appendRequest(2, { prev: [5, 2], entries: [entry(6, 2)] }));
    node.receive(n3, appendRequest(3, { prev: [5, 2], entries: [entry(6, 3)] }));
    expect(node.status.configuration).toEqual(three);
  });
});
