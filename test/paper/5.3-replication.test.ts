import { describe, expect, test } from "vitest";
import {
  ack,
  appendRequest,
  entry,
  hardState,
  heartbeatIntervalMs,
  n1,
  n2,
  n3,
  noop,
  ofType,
  RaftNode,
  rejection,
  send,
  sent,
} from "../support/raftNode.ts";

/** Leads the term after `terms`, its no-op committed: n2 holds everything, n3 has not answered. */
function leaderWith(terms: readonly number[] = [1]): RaftNode {
  const node = new RaftNode({ log: terms, hardState: hardState(Math.max(...terms)) });
  node.becomeSettledLeader();
  return node;
}

describe("Raft 5.3: log replication", () => {
  test("a leader appends a command to its log, then sends it to all others in parallel", () => {
    const node = new RaftNode();
    node.becomeSettledLeader([n2, n3]);
    const append = appendRequest(1, {
      prev: [1, 1],
      entries: [entry(2, 1, "x")],
      commit: 1,
      matchedByAll: 1,
      acknowledged: 1,
    });
    expect(node.propose("x")).toEqual([
      { type: "persist", hardState: null, truncateFrom: null, entries: [entry(2, 1, "x")] },
      { type: "acceptProposal", id: 1, index: 2, term: 1 },
      send(n2, append, "now"),
      send(n3, append, "now"),
    ]);
  });

  test("commands that come together are one durable write and one append to each follower", () => {
    const node = new RaftNode();
    node.becomeSettledLeader([n2, n3]);
    const effects = node.propose("a", "b", "c");
    expect(ofType(effects, "persist")).toHaveLength(1);
    expect(sent(effects, "appendRequest").map(({ message }) => message.entries.length)).toEqual([3, 3]);
    expect(ofType(effects, "acceptProposal").map(({ id, index }) => [id, index])).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
  });

  test("each entry holds its command, the term in which the leader received it, and its index", () => {
    const node = leaderWith([1, 1]);
    const [append] = sent(node.propose("x"), "appendRequest");
    expect(append?.message.entries).toEqual([entry(4, 2, "x")]);
  });

  test("once an entry is safely replicated, the leader applies it", () => {
    const node = leaderWith();
    node.propose("x");
    expect(node.persist()).toEqual([]);
    expect(node.receive(n2, ack(2, 3))).toEqual([{ type: "apply", entries: [entry(3, 2, "x")] }]);
  });

  test("an entry is committed when the leader that made it has it on a majority of disks: its own counts once durable", () => {
    const node = leaderWith();
    node.propose("x");
    node.receive(n2, ack(2, 3));
    expect(node.status.commitIndex).toBe(2);
    expect(node.persist()).toEqual([{ type: "apply", entries: [entry(3, 2, "x")] }]);
  });

  test("a majority of others is enough; the machine waits for the leader's own disk all the same", () => {
    const node = leaderWith();
    node.propose("x");
    node.receive(n2, ack(2, 3));
    const effects = node.receive(n3, ack(2, 3));
    expect(node.status.commitIndex).toBe(3);
    expect(ofType(effects, "apply")).toEqual([]);
    expect(ofType(node.persist(), "apply")).toEqual([{ type: "apply", entries: [entry(3, 2, "x")] }]);
  });

  test("committing an entry also commits all before it, those of earlier leaders included", () => {
    const node = new RaftNode({ log: [1, 1], hardState: hardState(1) });
    node.becomeLeader();
    node.persist();
    expect(node.receive(n2, ack(2, 3))).toEqual([
      { type: "apply", entries: [entry(1, 1), entry(2, 1), noop(3, 2)] },
    ]);
  });

  test("the leader retries appends for ever, until every follower has every entry", () => {
    const node = leaderWith();
    node.propose("x");
    node.persist();
    node.receive(n2, ack(2, 3));
    for (let beat = 0; beat < 40; beat++) {
      const [toN2, toN3] = sent(node.elapse(heartbeatIntervalMs), "appendRequest");
      expect(toN3?.to).toBe(n3);
      node.receive(n2, ack(2, 3, toN2?.message.round));
    }
    const retry = sent(node.receive(n3, rejection(2, 1)), "appendRequest");
    expect(retry.map(({ message }) => message.entries)).toEqual([
      [entry(1, 1), noop(2, 2), entry(3, 2, "x")],
    ]);
    node.receive(n3, ack(2, 3));
    expect(node.status.matchedByAll).toBe(3);
  });

  test("the leader includes its commitIndex in every append, heartbeats too, so that others find out", () => {
    const node = leaderWith();
    node.propose("x");
    node.persist();
    node.receive(n2, ack(2, 3));
    const beats = sent(node.elapse(heartbeatIntervalMs), "appendRequest");
    expect(beats.map(({ message }) => message.leaderCommit)).toEqual([3, 3]);
  });

  test("a follower that learns that an entry is committed applies it, in log order, once", () => {
    const node = new RaftNode();
    const entries = [entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c")];
    node.receive(n2, appendRequest(1, { entries }));
    node.persist();
    const learn = (commit: number) =>
      ofType(node.receive(n2, appendRequest(1, { prev: [3, 1], commit })), "apply");
    expect(learn(2)).toEqual([{ type: "apply", entries: entries.slice(0, 2) }]);
    expect(learn(2)).toEqual([]);
    expect(learn(1)).toEqual([]);
    expect(learn(3)).toEqual([{ type: "apply", entries: entries.slice(2) }]);
  });

  test("an append names the entry before its own; a follower without that entry refuses them", () => {
    const node = new RaftNode({ log: [1, 1], hardState: hardState(3) });
    const tooFar = appendRequest(3, { prev: [3, 2], entries: [entry(4, 3)] });
    expect(ofType(node.receive(n2, tooFar), "send")).toEqual([send(n2, rejection(3, 3, [2, 1]), "now")]);
    const otherTerm = appendRequest(3, { prev: [2, 2], entries: [entry(3, 3)] });
    expect(node.receive(n2, otherTerm)).toEqual([send(n2, rejection(3, 2, [2, 1]), "now")]);
    expect(node.status.lastIndex).toBe(2);
  });

  test("success means that the follower's log equals the leader's through the new entries, on its disk", () => {
    const node = new RaftNode({ log: [1], hardState: hardState(1) });
    const append = appendRequest(1, { prev: [1, 1], entries: [entry(2, 1, "x")], round: 4 });
    expect(ofType(node.receive(n2, append), "send")).toEqual([send(n2, ack(1, 2, 4), "persisted")]);
  });

  test("an answer that rests only on what is durable leaves at once, and claims no more than that", () => {
    const node = new RaftNode({ log: [1], hardState: hardState(1) });
    node.receive(n2, appendRequest(1, { prev: [1, 1], entries: [entry(2, 1)] }));
    const beat = appendRequest(1, { prev: [2, 1], round: 2 });
    expect(node.receive(n2, beat)).toEqual([send(n2, ack(1, 1, 2), "now")]);
    node.persist();
    expect(node.receive(n2, beat)).toEqual([send(n2, ack(1, 2, 2), "now")]);
  });

  test("conflicting entries of a follower are overwritten with the leader's, after the last that agree", () => {
    const node = new RaftNode({ log: [1, 1, 2, 2], hardState: hardState(2) });
    const effects = node.receive(n3, appendRequest(3, { prev: [2, 1], entries: [entry(3, 3), entry(4, 3)] }));
    expect(ofType(effects, "persist")).toEqual([
      { type: "persist", hardState: hardState(3), truncateFrom: 3, entries: [entry(3, 3), entry(4, 3)] },
    ]);
    expect(node.status.lastIndex).toBe(4);
  });

  test("a new leader takes nextIndex for every follower to be just after its own last entry", () => {
    const node = new RaftNode({ log: [1, 1, 1], hardState: hardState(1) });
    const opening = sent(node.becomeLeader(), "appendRequest");
    expect(opening.map(({ message }) => [message.prevLogIndex, message.prevLogTerm])).toEqual([
      [3, 1],
      [3, 1],
    ]);
  });

  test("after a rejection the leader lowers nextIndex and tries again, until the logs match", () => {
    const node = leaderWith([1, 1, 1]);
    const first = sent(node.receive(n3, rejection(2, 3, [2, 1])), "appendRequest");
    expect(first.map(({ to, message }) => [to, message.prevLogIndex])).toEqual([[n3, 2]]);
    const second = sent(node.receive(n3, rejection(2, 2, [0, 0])), "appendRequest");
    expect(second.map(({ to, message }) => [to, message.prevLogIndex, message.entries.length])).toEqual([
      [n3, 0, 4],
    ]);
    node.receive(n3, ack(2, 4));
    expect(node.status.peers.find(({ id }) => id === n3)).toMatchObject({
      matchIndex: 4,
      nextIndex: 5,
      progress: "replicate",
    });
  });

  test("one exchange for each term in conflict, not one for each entry", () => {
    // Leader 1 1 1 5 5 5 5 | follower 1 1 1 2 2 2 3 3 3: two terms to skip, six entries deep.
    const leader = new RaftNode({ log: [1, 1, 1, 5, 5, 5, 5], hardState: hardState(5) });
    const follower = new RaftNode({
      config: { id: n3 },
      log: [1, 1, 1, 2, 2, 2, 3, 3, 3],
      hardState: hardState(5),
    });
    let [append] = sent(leader.becomeLeader(), "appendRequest").filter(({ to }) => to === n3);
    let exchanges = 0;
    while (append !== undefined && exchanges < 20) {
      exchanges += 1;
      const [answer] = sent(follower.receive(n1, append.message), "appendReply");
      follower.persist();
      if (answer?.message.result.ok === true) break;
      if (answer !== undefined) [append] = sent(leader.receive(n3, answer.message), "appendRequest");
    }
    expect(exchanges).toBeLessThanOrEqual(3);
    expect(follower.status.lastIndex).toBe(8);
  });

  test("the follower's hint skips a whole term that the leader cannot have", () => {
    const node = new RaftNode({ log: [1, 1, 4, 4, 4], hardState: hardState(4) });
    const append = appendRequest(5, { prev: [5, 3], entries: [entry(6, 5)] });
    expect(ofType(node.receive(n2, append), "send")).toEqual([
      send(n2, rejection(5, 5, [2, 1]), "persisted"),
    ]);
  });

  test("the leader skips whole terms of its own that are above the conflicting one", () => {
    const node = leaderWith([1, 1, 3, 3, 3, 3]);
    const [retry] = sent(node.receive(n3, rejection(4, 6, [5, 2])), "appendRequest");
    expect(retry?.message).toMatchObject({ prevLogIndex: 2, prevLogTerm: 1 });
  });

  test("a leader needs no special action to restore consistency: the ordinary appends do it", () => {
    const effects = new RaftNode({ log: [1, 1], hardState: hardState(1) }).becomeLeader();
    expect(new Set(sent(effects, "appendRequest").map(({ message }) => message.entries.length))).toEqual(
      new Set([1]),
    );
  });

  test("a leader never overwrites or deletes entries of its own log: it only appends", () => {
    const node = leaderWith();
    const writes = [...node.propose("a"), ...node.propose("b"), ...node.receive(n3, rejection(2, 1))];
    expect(ofType(writes, "persist").map(({ truncateFrom }) => truncateFrom)).toEqual([null, null]);
  });

  test("one slow follower does not slow down the rest", () => {
    const node = leaderWith();
    for (let round = 0; round < 50; round++) {
      node.propose("x");
      node.persist();
      node.receive(n2, ack(2, 3 + round));
      expect(node.status.commitIndex).toBe(3 + round);
    }
  });
});

describe("Raft 5.3: pipelining, within limits", () => {
  test("appends follow one another without waiting, each just after the one before", () => {
    const node = leaderWith();
    const appends = ["a", "b", "c"].flatMap((text) => sent(node.propose(text), "appendRequest"));
    const toN2 = appends.filter(({ to }) => to === n2).map(({ message }) => message.prevLogIndex);
    expect(toN2).toEqual([2, 3, 4]);
  });

  test("a follower whose log is not known to agree gets one append at a time", () => {
    const node = leaderWith();
    const toN3 = [...node.propose("a"), ...node.propose("b")];
    expect(sent(toN3, "appendRequest").filter(({ to }) => to === n3)).toEqual([]);
  });

  test("no more than maxInflightAppends messages are under way; an ack makes room", () => {
    const node = new RaftNode({ config: { maxInflightAppends: 2 } });
    node.becomeSettledLeader();
    const toN2 = ["a", "b", "c", "d"].flatMap((text) =>
      sent(node.propose(text), "appendRequest").filter(({ to }) => to === n2),
    );
    expect(toN2).toHaveLength(2);
    const [next] = sent(node.receive(n2, ack(1, 2)), "appendRequest");
    expect(next?.message.entries).toEqual([entry(4, 1, "c"), entry(5, 1, "d")]);
  });

  test("no more than maxInflightBytes are under way", () => {
    const node = new RaftNode({ config: { maxInflightBytes: 10 } });
    node.becomeSettledLeader();
    const toN2 = ["12345", "67890", "x"].map((text) =>
      sent(node.propose(text), "appendRequest").some(({ to }) => to === n2),
    );
    expect(toN2).toEqual([true, true, false]);
  });

  test("an append holds at most maxAppendBytes, but an entry above that travels alone", () => {
    const node = new RaftNode({ config: { maxAppendBytes: 10 } });
    node.becomeSettledLeader();
    const sizes = sent(node.propose("1234", "5678", "9", "a very long one", "b"), "appendRequest")
      .filter(({ to }) => to === n2)
      .map(({ message }) => message.entries.length);
    expect(sizes).toEqual([3, 1, 1]);
  });

  test("a lost append shows at the next heartbeat, and all after the match is sent again", () => {
    const node = leaderWith();
    node.propose("a");
    node.propose("b");
    const [beat] = sent(node.elapse(heartbeatIntervalMs), "appendRequest");
    expect(beat?.message).toMatchObject({ prevLogIndex: 4, entries: [] });
    const [retry] = sent(node.receive(n2, rejection(2, 4, [2, 2], beat?.message.round)), "appendRequest");
    expect(retry?.message).toMatchObject({ prevLogIndex: 2, entries: [entry(3, 2, "a"), entry(4, 2, "b")] });
  });

  test("when the stream breaks, what was under way is taken for lost", () => {
    const node = leaderWith();
    node.propose("a");
    node.step({ type: "peerUnreachable", peer: n2, refused: false });
    const [again] = sent(node.step({ type: "peerReachable", peer: n2 }), "appendRequest");
    expect(again).toMatchObject({ to: n2, message: { prevLogIndex: 2, entries: [entry(3, 2, "a")] } });
  });
});
