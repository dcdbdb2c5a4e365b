import { describe, expect, test } from "vitest";
import { LogIndex, Term } from "../../src/base/brands.ts";
import {
  ack,
  appendRequest,
  defaultConfig,
  entry,
  hardState,
  heartbeatIntervalMs,
  n2,
  n3,
  noop,
  ofType,
  RaftNode,
  rejection,
  sent,
  snapshotReply,
} from "../support/raftNode.ts";

describe("flow control and memory", () => {
  test("proposals are refused while too many bytes wait for commit, and nothing of them is done", () => {
    const node = new RaftNode({ config: { maxUncommittedBytes: 10 } });
    node.becomeSettledLeader();
    expect(ofType(node.propose("123456"), "acceptProposal")).toHaveLength(1);
    expect(node.propose("789012")).toEqual([{ type: "rejectProposal", id: 1, reason: "overloaded" }]);
    expect(node.status).toMatchObject({ uncommittedBytes: 6, lastIndex: 2 });
    node.persist();
    node.receive(n2, ack(1, 2));
    expect(node.status.uncommittedBytes).toBe(0);
    expect(ofType(node.propose("789012"), "acceptProposal")).toHaveLength(1);
  });

  test("a single entry above the bound passes when nothing else waits", () => {
    const node = new RaftNode({ config: { maxUncommittedBytes: 3 } });
    node.becomeSettledLeader();
    expect(ofType(node.propose("123456"), "acceptProposal")).toHaveLength(1);
  });

  test("entries that left memory are read from disk for the follower that needs them", () => {
    const node = new RaftNode({ log: [1, 1, 1], applied: 3, hardState: hardState(1) });
    node.becomeSettledLeader();
    const effects = node.receive(n3, rejection(2, 3, [1, 1]));
    expect(ofType(effects, "readLog")).toEqual([
      { type: "readLog", peer: n3, from: 2, through: 3, maxBytes: defaultConfig.maxAppendBytes },
    ]);
    const read = [entry(2, 1), entry(3, 1)];
    const answers = node.step({ type: "logRead", peer: n3, from: LogIndex(2), entries: read });
    expect(sent(answers, "appendRequest")).toMatchObject([
      { to: n3, message: { prevLogIndex: 1, prevLogTerm: 1, entries: read } },
    ]);
    const rest = node.receive(n3, ack(2, 3));
    expect(sent(rest, "appendRequest")).toMatchObject([{ to: n3, message: { entries: [noop(4, 2)] } }]);
  });

  test("what all members hold is told to all, and only grows", () => {
    const node = leaderOfTerm2();
    expect(node.status.matchedByAll).toBe(0);
    node.receive(n3, ack(2, 1));
    expect(node.status.matchedByAll).toBe(1);
    const follower = new RaftNode();
    follower.receive(n2, appendRequest(1, { matchedByAll: 9 }));
    follower.receive(n2, appendRequest(2, { matchedByAll: 4 }));
    expect(follower.status.matchedByAll).toBe(9);
  });

  test("a follower that needs what is compacted away is offered a snapshot once a heartbeat, not in a storm", () => {
    const compacted = { index: LogIndex(5), term: Term(1) };
    const node = new RaftNode({ compacted, log: [1], hardState: hardState(1) });
    node.becomeSettledLeader();
    const first = sent(node.receive(n3, rejection(2, 6, [0, 0])), "installSnapshot");
    expect(first).toMatchObject([{ to: n3, message: { lastIncluded: compacted } }]);
    expect(node.receive(n3, rejection(2, 6, [0, 0]))).toEqual([]);
    expect(node.receive(n3, snapshotReply(2, 0))).toEqual([]);
    expect(sent(node.propose("x"), "appendRequest").map(({ to }) => to)).toEqual([n2]);
    const beats = ofType(node.elapse(heartbeatIntervalMs), "send").filter(({ to }) => to === n3);
    expect(beats.map(({ message }) => message.type)).toEqual(["installSnapshot"]);
  });
});

function leaderOfTerm2(): RaftNode {
  const node = new RaftNode({ log: [1], hardState: hardState(1) });
  node.becomeSettledLeader();
  return node;
}
