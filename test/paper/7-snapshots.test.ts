import { describe, expect, test } from "vitest";
import { LogIndex, Term } from "../../src/base/brands.ts";
import { Progress } from "../../src/raft/progress.ts";
import {
  ack,
  appendRequest,
  defaultConfig,
  electionTimeoutMs,
  entry,
  hardState,
  heartbeatIntervalMs,
  installSnapshot,
  n1,
  n2,
  n3,
  noop,
  ofType,
  RaftNode,
  rejection,
  send,
  sent,
  snapshotFetched,
  snapshotReply,
  votersOnly,
} from "../support/raftNode.ts";

const compacted = { index: LogIndex(5), term: Term(1) };

/** Leads term 2; its log begins after entry 5, and entry 7 opens its term. */
function compactedLeader(): RaftNode {
  const node = new RaftNode({ compacted, log: [1], applied: 6, hardState: hardState(1) });
  node.becomeSettledLeader([n2]);
  return node;
}

/** n3 turns out to have nothing. */
function offer(node: RaftNode) {
  return sent(node.receive(n3, rejection(2, 6, [0, 0], node.round)), "installSnapshot")[0]?.message;
}

function progressOf(node: RaftNode, id = n3) {
  return node.status.peers.find((peer) => peer.id === id);
}

describe("Raft 7, at the leader: InstallSnapshot where the entries that are due are compacted away", () => {
  test("the newest checkpoint is offered, with every round in place of the heartbeat", () => {
    const node = compactedLeader();
    expect(offer(node)).toEqual(installSnapshot(2, [6, 1], { round: node.round }));
    node.step({ type: "applied", index: LogIndex(7) });
    node.step({ type: "checkpointed", index: LogIndex(7) });
    const next = ofType(node.elapse(heartbeatIntervalMs), "send").filter(({ to }) => to === n3);
    expect(next.map(({ message }) => message)).toEqual([installSnapshot(2, [7, 2], { round: node.round })]);
    expect(node.status).toMatchObject({ snapshotIndex: 7 });
  });

  test("its answers keep the leader in office while it fetches", () => {
    const node = compactedLeader();
    offer(node);
    for (let waited = 0; waited < 3 * electionTimeoutMs; waited += heartbeatIntervalMs) {
      node.elapse(heartbeatIntervalMs);
      node.receive(n3, snapshotReply(2, 0, node.round));
    }
    expect(node.raft.hasLease(node.now)).toBe(true);
  });

  test("it keeps the log above the first offer for as long as that follower answers", () => {
    const node = compactedLeader();
    offer(node);
    node.step({ type: "applied", index: LogIndex(7) });
    node.step({ type: "checkpointed", index: LogIndex(7) });
    node.elapse(heartbeatIntervalMs);
    node.receive(n2, ack(2, 7, node.round));
    node.receive(n3, snapshotReply(2, 0, node.round));
    expect(node.status.neededAbove).toBe(6);
    for (let waited = 0; waited < electionTimeoutMs; waited += heartbeatIntervalMs) {
      node.elapse(heartbeatIntervalMs);
      node.receive(n2, ack(2, 7, node.round));
    }
    expect(node.status.neededAbove).toBeNull();
  });

  test("once it has a snapshot from which the log goes on, the entries follow", () => {
    const node = compactedLeader();
    offer(node);
    const effects = node.receive(n3, snapshotReply(2, 6, node.round));
    expect(sent(effects, "appendRequest")).toMatchObject([
      { to: n3, message: { prevLogIndex: 6, prevLogTerm: 1, entries: [noop(7, 2)], acknowledged: 6 } },
    ]);
    expect(progressOf(node)).toMatchObject({ progress: "replicate", snapshots: 0, matchIndex: 6 });
    expect(node.status.neededAbove).toBeNull();
  });

  test("what it holds already is news to the leader, which says so before a snapshot is fetched", () => {
    const node = compactedLeader();
    offer(node);
    const again = sent(node.receive(n3, snapshotReply(2, 3, node.round)), "installSnapshot");
    expect(again).toMatchObject([{ message: { acknowledged: 3 } }]);
    expect(node.receive(n3, snapshotReply(2, 3, node.round))).toEqual([]);
  });

  test("snapshots in a row that lead nowhere are counted: it is a loop", () => {
    const node = compactedLeader();
    offer(node);
    expect(progressOf(node)).toMatchObject({ progress: "snapshot", snapshots: 1 });
    for (let last = 8; last < 11; last++) node.propose("x");
    node.persist();
    node.receive(n2, ack(2, 10, node.round));
    node.step({ type: "applied", index: LogIndex(10) });
    node.step({ type: "checkpointed", index: LogIndex(10) });
    node.step({ type: "compacted", index: LogIndex(9) });
    node.receive(n3, snapshotReply(2, 6, node.round));
    expect(progressOf(node)).toMatchObject({ progress: "snapshot", snapshots: 2, matchIndex: 6 });
    node.elapse(heartbeatIntervalMs);
    node.receive(n3, snapshotReply(2, 10, node.round));
    expect(progressOf(node)).toMatchObject({ progress: "replicate", snapshots: 0 });
  });

  test("a stream that breaks does not count as a snapshot more, and it begins again with the newest", () => {
    const node = compactedLeader();
    offer(node);
    node.step({ type: "peerUnreachable", peer: n3, refused: false });
    node.step({ type: "applied", index: LogIndex(7) });
    node.step({ type: "checkpointed", index: LogIndex(7) });
    const back = node.step({ type: "peerReachable", peer: n3 });
    expect(sent(back, "installSnapshot")).toMatchObject([{ message: { lastIncluded: { index: 7 } } }]);
    node.receive(n3, snapshotReply(2, 0, node.round));
    expect(progressOf(node)).toMatchObject({ snapshots: 1 });
    expect(node.status.neededAbove).toBe(7);
  });

  test("entries that are read from disk, and compacted away meanwhile, are not sent without their predecessor", () => {
    const node = new RaftNode({ log: [1, 1, 1, 1], applied: 4, hardState: hardState(1) });
    node.becomeSettledLeader([n2]);
    expect(ofType(node.receive(n3, rejection(2, 4, [1, 1], node.round)), "readLog")).toHaveLength(1);
    node.step({ type: "compacted", index: LogIndex(3) });
    const read = [entry(2, 1), entry(3, 1)];
    expect(node.step({ type: "logRead", peer: n3, from: LogIndex(2), entries: read })).toEqual([]);
    const next = ofType(node.elapse(heartbeatIntervalMs), "send").filter(({ to }) => to === n3);
    expect(next.map(({ message }) => message.type)).toEqual(["installSnapshot"]);
  });

  test("while it is offered a snapshot, late answers to appends change nothing", () => {
    const progress = new Progress(LogIndex(3), defaultConfig, 0);
    progress.onOffered(LogIndex(6));
    expect(progress.onRejected(LogIndex(2), LogIndex(1))).toBe(false);
    expect(progress.onMatched(LogIndex(2), LogIndex(5))).toBe(true);
    expect(progress).toMatchObject({ state: "snapshot", matchIndex: 2, hasRoom: false });
  });

  test("a leader needs no snapshot: one that it fetched before its term is ignored", () => {
    const node = new RaftNode({ log: [1], hardState: hardState(1) });
    node.receive(n2, installSnapshot(2, [4, 2]));
    // It cannot be: who is elected has all that was committed before. If it were, it would be no reason to take it.
    node.becomeSettledLeader([n3]);
    expect(node.step(snapshotFetched(4, 2))).toEqual([]);
    expect(node.status).toMatchObject({ role: "leader", lastIndex: 2 });
  });
});

describe("Raft 7, at the follower", () => {
  test("it follows the leader, asks its driver for the snapshot, and says so with each round", () => {
    const node = new RaftNode();
    for (const round of [1, 2]) {
      node.elapse(electionTimeoutMs - 1);
      const effects = node.receive(n2, installSnapshot(1, [6, 1], { round }));
      expect(ofType(effects, "fetchSnapshot")).toEqual([
        { type: "fetchSnapshot", from: n2, lastIncluded: { index: 6, term: 1 } },
      ]);
      expect(sent(effects, "snapshotReply")).toMatchObject([{ to: n2, message: snapshotReply(1, 0, round) }]);
    }
    expect(node.status).toMatchObject({ role: "follower", leader: n2, term: 1 });
  });

  test("an offer of an older term is refused, and names the term", () => {
    const node = new RaftNode({ hardState: hardState(4) });
    const effects = node.receive(n2, installSnapshot(3, [6, 1]));
    expect(effects).toEqual([send(n2, snapshotReply(4, 0, 0), "now")]);
  });

  test("what is installed is acknowledged when it is durable, and not before", () => {
    const node = new RaftNode();
    node.receive(n2, installSnapshot(1, [6, 1], { round: 3 }));
    node.persist();
    const effects = node.step(snapshotFetched(6, 1));
    expect(ofType(effects, "installSnapshot")).toMatchObject([
      { snapshot: { index: 6, term: 1 }, hardState: hardState(1) },
    ]);
    expect(ofType(effects, "send")).toEqual([send(n2, snapshotReply(1, 6, 3), "persisted")]);
    expect(node.status).toMatchObject({ commitIndex: 6, appliedIndex: 6, lastIndex: 6, durableIndex: 0 });
    const early = node.receive(n2, installSnapshot(1, [6, 1], { round: 4 }));
    expect(sent(early, "snapshotReply")).toMatchObject([{ after: "now", message: { matchIndex: 0 } }]);
    node.persist();
    expect(node.status).toMatchObject({ durableIndex: 6, compactedIndex: 6, snapshotIndex: 6 });
    const late = node.receive(n2, installSnapshot(1, [6, 1], { round: 5 }));
    expect(late).toEqual([send(n2, snapshotReply(1, 6, 5), "now")]);
  });

  test("a newer one is not fetched before the leader knows what is here: that may do", () => {
    const node = new RaftNode();
    node.receive(n2, installSnapshot(1, [6, 1], { round: 3 }));
    node.step(snapshotFetched(6, 1));
    node.persist();
    const offered = installSnapshot(1, [9, 1], { round: 4, acknowledged: 0 });
    expect(ofType(node.receive(n2, offered), "fetchSnapshot")).toEqual([]);
    const told = installSnapshot(1, [9, 1], { round: 5, acknowledged: 6 });
    expect(ofType(node.receive(n2, told), "fetchSnapshot")).toHaveLength(1);
  });

  test("appends go on from it", () => {
    const node = new RaftNode();
    node.receive(n2, installSnapshot(1, [6, 1]));
    node.step(snapshotFetched(6, 1));
    node.persist();
    node.receive(n2, appendRequest(1, { prev: [6, 1], entries: [entry(7, 1)], commit: 7 }));
    const applied = ofType(node.persist(), "apply");
    expect(applied).toEqual([{ type: "apply", entries: [entry(7, 1)] }]);
  });

  test("one that is older than what is committed here is ignored", () => {
    const node = new RaftNode({ log: [1, 1, 1], applied: 3 });
    expect(node.step(snapshotFetched(2, 1))).toEqual([]);
    expect(node.step(snapshotFetched(3, 1))).toEqual([]);
  });

  test("one that goes further than any leader has told is not taken: it may be of a later term than ours", () => {
    const node = new RaftNode();
    node.receive(n2, installSnapshot(1, [6, 1]));
    expect(node.step(snapshotFetched(8, 1))).toEqual([]);
    node.receive(n2, installSnapshot(1, [8, 1]));
    expect(ofType(node.step(snapshotFetched(8, 1)), "installSnapshot")).toHaveLength(1);
  });

  test("a candidate that gets one campaigns no more: it has asked for votes in the name of another log", () => {
    const node = new RaftNode({ log: [1, 1], hardState: hardState(1) });
    node.receive(n2, installSnapshot(2, [6, 2]));
    node.becomeCandidate([n2]);
    node.persist();
    expect(node.status.role).toBe("candidate");
    const effects = node.step(snapshotFetched(6, 2));
    expect(node.status).toMatchObject({ role: "follower", term: 3, lastIndex: 6 });
    expect(ofType(effects, "installSnapshot")).toHaveLength(1);
  });

  test("reports of the log that it has replaced come late, and say nothing", () => {
    const node = new RaftNode({ log: [1, 1, 1, 1], applied: 1, hardState: hardState(1) });
    node.receive(n2, appendRequest(1, { prev: [4, 1], commit: 3 }));
    node.receive(n2, installSnapshot(2, [9, 2]));
    node.step(snapshotFetched(9, 2));
    for (const index of [2, 3].map(LogIndex)) {
      node.step({ type: "applied", index });
      node.step({ type: "checkpointed", index });
      node.step({ type: "compacted", index });
    }
    node.step({
      type: "persisted",
      hardState: hardState(1),
      lastEntry: { index: LogIndex(4), term: Term(1) },
    });
    node.step({ type: "logRead", peer: n3, from: LogIndex(2), entries: [entry(2, 1)] });
    expect(node.status).toMatchObject({
      compactedIndex: 9,
      snapshotIndex: 9,
      appliedIndex: 9,
      commitIndex: 9,
      lastIndex: 9,
      durableIndex: 0,
    });
  });

  test("whoever does not know the founding configuration does not take it from one who does", () => {
    const node = new RaftNode();
    node.receive(n2, installSnapshot(1, [6, 1]));
    node.step(snapshotFetched(6, 1, { index: LogIndex(0), membership: votersOnly([]) }));
    expect(node.status.configuration.membership).toEqual(votersOnly([n1, n2, n3]));
    const newcomer = new RaftNode({ membership: votersOnly([]) });
    newcomer.receive(n2, installSnapshot(1, [6, 1]));
    newcomer.step(snapshotFetched(6, 1, { index: LogIndex(0), membership: votersOnly([n2, n3]) }));
    expect(newcomer.status.configuration.membership).toEqual(votersOnly([n2, n3]));
  });
});
