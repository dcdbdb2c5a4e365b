import { status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LogIndex, NodeId } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import type { ChangeMembershipReply__Output } from "../../src/generated/conclave/v1/ChangeMembershipReply.ts";
import type { ChangeMembershipRequest } from "../../src/generated/conclave/v1/ChangeMembershipRequest.ts";
import type { MemberDetails, Membership } from "../../src/raft/types.ts";
import { ask, type Harness, refusal, start } from "./harness.ts";

let on: Harness;
beforeEach(async () => {
  on = await start();
});
afterEach(() => on[Symbol.asyncDispose]());

const change = (request: ChangeMembershipRequest) =>
  ask<ChangeMembershipReply__Output>((done) => on.cluster.changeMembership(request, done));

function details(more: Partial<MemberDetails> = {}): MemberDetails {
  const address = "10.0.0.4:7500";
  return { address, incarnation: "i4", since: LogIndex(7), promote: false, replaces: null, ...more };
}

/** Founded by n1 to n3; `more` is in force as of entry 9, committed unless said otherwise. */
function inForce(more: Partial<Membership>, committed = true): void {
  const founders = ["n1", "n2", "n3"].map((id) => NodeId(id));
  const membership = { voters: founders, outgoing: [], learners: [], ...more };
  on.node.configuration = { index: LogIndex(9), membership };
  if (!committed) on.node.raft = { committedConfiguration: { index: LogIndex(8), membership } };
}

test("a change reaches the node as it was asked, and the reply has the index of what came of it", async () => {
  const reply = await change({
    add: [
      { nodeId: "n4", address: "10.0.0.4:7500" },
      { nodeId: "n5", address: "[::1]:7500", promote: true, replaces: "n2" },
    ],
    remove: ["n3"],
    force: true,
  });
  expect(reply).toEqual({ configurationIndex: 1 });
  const member = { incarnation: "", promote: false, replaces: null };
  expect(on.node.changes).toEqual([
    {
      change: {
        add: [
          { ...member, id: "n4", address: "10.0.0.4:7500" },
          { ...member, id: "n5", address: "[::1]:7500", promote: true, replaces: "n2" },
        ],
        promote: [],
        remove: ["n3"],
      },
      force: true,
    },
  ]);
});

// Put it in: changeMembership.ts, `stillToDo`: leave out `checkAddress`.
test("a peer address that another member has is refused, but for the one whose place is taken", async () => {
  inForce({});
  const add = { nodeId: "n4", address: "10.0.0.2:7500", promote: true };
  const refused = await refusal(change({ add: [add] }));
  expect(refused.detail).toMatchObject({ code: "MEMBERSHIP_REFUSED" });
  expect(refused.details).toContain("n2 is at 10.0.0.2:7500: give n4 a peer address of its own");
  expect(on.node.changes).toEqual([]);
  await change({ add: [{ ...add, replaces: "n2" }] });
  await change({ add: [add], remove: ["n2"] });
  expect(on.node.changes.length).toBe(2);
});

test("a follower refuses, and names the leader", async () => {
  // Its configuration may be an old one: n4 is there, or was.
  inForce({ learners: [NodeId("n4")], details: { [NodeId("n4")]: details() } });
  on.node.follow({ id: "n2", address: "10.0.0.2:7400" });
  const add = [{ nodeId: "n4", address: "10.0.0.4:7500" }];
  expect(await refusal(change({ add }))).toMatchObject({ detail: { code: "NOT_LEADER", leaderId: "n2" } });
});

describe("malformed requests", () => {
  const add = { nodeId: "n4", address: "10.0.0.4:7500" };
  const cases: readonly (readonly [string, ChangeMembershipRequest, string])[] = [
    ["nothing", {}, "are all empty: name at least one member"],
    ["an id with a blank", { add: [{ ...add, nodeId: "n 4" }] }, 'add[0].node_id is "n 4"'],
    ["no id", { promote: [""] }, 'promote[0] is ""; a node id has 1 to 64 characters of [A-Za-z0-9._-]'],
    ["a long id", { remove: ["n1", "x".repeat(65)] }, "remove[1] is"],
    ["an address without a port", { add: [{ ...add, address: "10.0.0.4" }] }, 'add[0].address is "10.0.0.4"'],
    ["port 0", { add: [{ ...add, address: "10.0.0.4:0" }] }, "the host:port at which the node listens"],
    ["a wildcard", { add: [{ ...add, address: "0.0.0.0:7500" }] }, "nobody can connect to that"],
    ["an IPv6 wildcard", { add: [{ ...add, address: "[::]:7500" }] }, "nobody can connect to that"],
    ["an id twice", { add: [add, { ...add, address: "b:1" }] }, 'name id "n4" twice'],
    ["an id in two roles", { promote: ["n4"], remove: ["n4"] }, 'name id "n4" twice'],
    [
      "a member that is both replaced and removed",
      { add: [{ ...add, promote: true, replaces: "n3" }], remove: ["n3"] },
      'name id "n3" twice',
    ],
    ["an address twice", { add: [add, { ...add, nodeId: "n5" }] }, 'name address "10.0.0.4:7500" twice'],
    ["a learner that replaces", { add: [{ ...add, replaces: "n3" }] }, "add[0].replaces"],
    ["too many", { remove: Array.from({ length: 33 }, (_, at) => `m${at}`) }, "hold 33 members; at most 32"],
  ];
  test.each(cases)("%s", async (_case, request, message) => {
    const refused = await refusal(change(request));
    expect(refused).toMatchObject({ status: Status.INVALID_ARGUMENT, detail: { code: "INVALID_ARGUMENT" } });
    expect(refused.details).toContain(message);
    expect(on.node.changes).toEqual([]);
  });
});

describe("what is so already", () => {
  const n4 = NodeId("n4");
  const add = [{ nodeId: "n4", address: "10.0.0.4:7500" }];
  const voters = [NodeId("n1"), NodeId("n2"), NodeId("n3"), n4];

  test.each([
    ["a learner added again", { add }, { learners: [n4], details: { [n4]: details() } }],
    [
      "a learner that is to vote, added again before it votes",
      { add: [{ ...add[0], promote: true, replaces: "n3" }] },
      { learners: [n4], details: { [n4]: details({ promote: true, replaces: NodeId("n3") }) } },
    ],
    [
      "the same after it took the other's place",
      { add: [{ ...add[0], promote: true, replaces: "n0" }] },
      { voters, details: { [n4]: details() } },
    ],
    ["a founding member", { add: [{ nodeId: "n2", address: "10.0.0.2:7500", promote: true }] }, {}],
    ["a voter promoted again", { promote: ["n4"] }, { voters, details: { [n4]: details() } }],
  ])("%s is answered without a change, after a word of the majority", async (_case, request, membership) => {
    inForce(membership);
    expect(await change(request)).toEqual({ configurationIndex: 9 });
    expect(on.node.changes).toEqual([]);
    expect(on.node.barriers).toBe(1);
  });

  test.each([
    [
      "at another address",
      { add: [{ nodeId: "n4", address: "10.0.0.9:7500" }] },
      "a learner at 10.0.0.4:7500",
    ],
    ["as a voter", { add: [{ ...add[0], promote: true }] }, "a learner at 10.0.0.4:7500"],
  ])("but a learner added again %s is refused: its data would count for lost", async (_case, request, is) => {
    inForce({ learners: [n4], details: { [n4]: details() } });
    const refused = await refusal(change(request));
    expect(refused).toMatchObject({
      status: Status.FAILED_PRECONDITION,
      detail: { code: "MEMBERSHIP_REFUSED" },
    });
    expect(refused.details).toContain(`n4 is a member already: ${is}`);
    expect(on.node.changes).toEqual([]);
  });

  test("a voter is not made a learner by an addition", async () => {
    inForce({ voters, details: { [n4]: details() } });
    expect((await refusal(change({ add }))).details).toContain("n4 is a member already: a voter");
    expect(on.node.changes).toEqual([]);
  });

  test("only what is left is done", async () => {
    inForce({ learners: [n4], details: { [n4]: details() } });
    await change({
      add: [...add, { nodeId: "n5", address: "10.0.0.5:7500" }],
      promote: ["n1"],
      remove: ["n3"],
    });
    expect(on.node.changes).toMatchObject([{ change: { add: [{ id: "n5" }], promote: [], remove: ["n3"] } }]);
  });

  test("while it has not committed it may yet be undone: refused, and to be asked again in a moment", async () => {
    inForce({ learners: [n4], details: { [n4]: details() } }, false);
    expect(await refusal(change({ add }))).toMatchObject({
      detail: { code: "MEMBERSHIP_REFUSED", retryAfterMs: 100 },
    });
  });

  test("a leader that a majority does not confirm says nothing of the kind", async () => {
    inForce({ learners: [n4], details: { [n4]: details() } });
    on.node.failure = new ConclaveError("NOT_LEADER", "another node leads by now");
    expect(await refusal(change({ add }))).toMatchObject({ detail: { code: "NOT_LEADER" } });
  });
});
