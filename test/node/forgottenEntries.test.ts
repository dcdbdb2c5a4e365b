import { expect, test } from "vitest";
import { LogIndex, NodeId, Term } from "../../src/base/brands.ts";
import { forgottenEntries } from "../../src/node/forgottenEntries.ts";
import type { AppendRequest, InstallSnapshot } from "../../src/raft/messages.ts";

const leader = NodeId("n2");

function heartbeat(term: number, acknowledged: number): AppendRequest {
  return {
    type: "appendRequest",
    term: Term(term),
    prevLogIndex: LogIndex(90),
    prevLogTerm: Term(1),
    entries: [],
    leaderCommit: LogIndex(90),
    round: 7,
    // A hint: it is above what a new member has, and above what this node may have said.
    matchedByAll: LogIndex(99),
    acknowledged: LogIndex(acknowledged),
  };
}

test("a log that ends before what this node has acknowledged to the leader has lost entries", () => {
  const status = { term: Term(3), lastIndex: LogIndex(66) };
  expect(forgottenEntries(leader, heartbeat(3, 67), status)).toMatchObject({ code: "DATA_CORRUPT" });
  expect(forgottenEntries(leader, heartbeat(4, 67), status)?.message).toMatch(/through 67 .* ends at 66/);
  expect(forgottenEntries(leader, heartbeat(3, 66), status)).toBeNull();
});

test("... be it that a snapshot is offered in place of entries", () => {
  const offer: InstallSnapshot = {
    type: "installSnapshot",
    term: Term(3),
    lastIncluded: { index: LogIndex(90), term: Term(2) },
    round: 7,
    acknowledged: LogIndex(67),
  };
  const status = { term: Term(3), lastIndex: LogIndex(66) };
  expect(forgottenEntries(leader, offer, status)).toMatchObject({ code: "DATA_CORRUPT" });
  expect(forgottenEntries(leader, { ...offer, acknowledged: LogIndex(0) }, status)).toBeNull();
});

test("a leader that has been replaced may speak of entries that were replaced as well", () => {
  const status = { term: Term(3), lastIndex: LogIndex(66) };
  expect(forgottenEntries(leader, heartbeat(2, 80), status)).toBeNull();
});
