import { describe, expect, test } from "vitest";
import {
  ack,
  appendRequest,
  entry,
  hardState,
  n1,
  n2,
  n3,
  n4,
  n5,
  noop,
  ofType,
  preVote,
  preVoteRequest,
  RaftNode,
  rejection,
  sent,
  vote,
  voteRequest,
} from "../support/raftNode.ts";

describe("Raft 5.4.1: election restriction", () => {
  /** The voter's log ends in (3, 2). */
  const candidates = [
    { last: [3, 2], granted: true, why: "equal" },
    { last: [4, 2], granted: true, why: "same term, longer" },
    { last: [2, 2], granted: false, why: "same term, shorter" },
    { last: [1, 3], granted: true, why: "later term, though shorter" },
    { last: [9, 1], granted: false, why: "earlier term, though longer" },
  ] as const;

  test.each(candidates)(
    "a voter refuses whose log is less up to date than its own: $why",
    ({ last, granted }) => {
      const voter = () => new RaftNode({ log: [1, 1, 2], hardState: hardState(3) }).settled();
      const [answer] = sent(voter().receive(n2, voteRequest(4, last)), "voteReply");
      expect(answer?.message).toEqual(vote(4, granted));
      const [dryRun] = sent(voter().receive(n2, preVoteRequest(4, last)), "preVoteReply");
      expect(dryRun?.message).toEqual(preVote(granted ? 4 : 3, granted));
    },
  );

  test("a vote request carries the candidate's last entry", () => {
    const node = new RaftNode({ log: [1, 1, 2], hardState: hardState(3) });
    expect(sent(node.becomeCandidate(), "voteRequest")[0]?.message).toEqual(voteRequest(4, [3, 2]));
  });

  test("a candidate whose log lacks a committed entry cannot win: a majority holds the entry", () => {
    // (2, 1) is committed on n2 and n3 of three; n1 lacks it and asks both.
    const holders = [n2, n3].map(
      (id) => new RaftNode({ config: { id }, log: [1, 1], hardState: hardState(1) }),
    );
    const answers = holders.flatMap((node) => sent(node.receive(n1, voteRequest(2, [1, 1])), "voteReply"));
    expect(answers.map(({ message }) => message.granted)).toEqual([false, false]);
  });
});

describe("Raft 5.4.2: committing entries of earlier terms", () => {
  test("an entry of an earlier term is not committed by counting, on however many servers it is", () => {
    const node = new RaftNode({ log: [1, 2], hardState: hardState(3) });
    node.becomeLeader([n2]);
    node.persist();
    node.receive(n2, ack(4, 2));
    node.receive(n3, ack(4, 2));
    expect(node.status.commitIndex).toBe(0);
  });

  test("once an entry of the current term commits, all before it are committed with it", () => {
    const node = new RaftNode({ log: [1, 2], hardState: hardState(3) });
    node.becomeLeader([n2]);
    node.persist();
    expect(ofType(node.receive(n2, ack(4, 3)), "apply")).toEqual([
      { type: "apply", entries: [entry(1, 1), entry(2, 2), noop(3, 4)] },
    ]);
  });

  test("entries keep their original term when a later leader replicates them", () => {
    const node = new RaftNode({ log: [1, 2], hardState: hardState(3) });
    node.becomeLeader([n2]);
    const [append] = sent(node.receive(n3, rejection(4, 2)), "appendRequest");
    expect(append?.message).toMatchObject({ term: 4, entries: [entry(1, 1), entry(2, 2), noop(3, 4)] });
  });

  test("the paper's figure 8: an entry of term 2 on a majority can still be overwritten, so it is not committed", () => {
    const voters = [n1, n2, n3, n4, n5];
    // (c): S1 leads term 4 with the old entry (2, 2) and spreads it to S2 and S3.
    const s1 = new RaftNode({ voters, log: [1, 2], hardState: hardState(3) });
    s1.becomeLeader([n2, n3]);
    s1.persist();
    s1.receive(n2, ack(4, 2));
    s1.receive(n3, ack(4, 2));
    expect(s1.status.commitIndex).toBe(0);
    // (d): S5 with (2, 3) wins term 5 and overwrites it on S2; nothing that was applied is lost.
    const s2 = new RaftNode({ voters, config: { id: n2 }, log: [1, 2], hardState: hardState(4) }).settled();
    const [voted] = sent(s2.receive(n5, voteRequest(5, [2, 3])), "voteReply");
    expect(voted?.message.granted).toBe(true);
    const overwritten = s2.receive(n5, appendRequest(5, { prev: [1, 1], entries: [entry(2, 3)], commit: 2 }));
    expect(ofType(overwritten, "persist")[0]).toMatchObject({ truncateFrom: 2, entries: [entry(2, 3)] });
    // (e): had S1 brought an entry of term 4 to a majority first, S5 could not have won.
    const safe = new RaftNode({
      voters,
      config: { id: n2 },
      log: [1, 2, 4],
      hardState: hardState(4),
    }).settled();
    const [refused] = sent(safe.receive(n5, voteRequest(5, [2, 3])), "voteReply");
    expect(refused?.message.granted).toBe(false);
  });
});

describe("Raft 5.4.3: safety argument", () => {
  test("a voter that accepted an entry from leader T did so before it voted in a later term", () => {
    const node = new RaftNode();
    node.receive(n3, voteRequest(5));
    node.persist();
    const late = node.receive(n2, appendRequest(4, { entries: [entry(1, 4)] }));
    expect(sent(late, "appendReply")[0]?.message).toEqual(rejection(5, 0, [0, 0], 0));
    expect(node.status.lastIndex).toBe(0);
  });

  test("a server that applied an entry at an index never takes another one there", () => {
    const node = new RaftNode();
    node.receive(n2, appendRequest(1, { entries: [entry(1, 1)], commit: 1 }));
    node.persist();
    expect(() => node.receive(n3, appendRequest(2, { entries: [entry(1, 2)] }))).not.toThrow();
    expect(node.status).toMatchObject({ commitIndex: 1, lastIndex: 1 });
    expect(() => node.receive(n3, appendRequest(2, { prev: [1, 2], entries: [entry(2, 2)] }))).toThrow(
      /committed entry 1/,
    );
  });
});
