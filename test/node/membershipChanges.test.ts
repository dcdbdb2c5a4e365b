import { describe, expect, test } from "vitest";
import { LogIndex, NodeId, Term } from "../../src/base/brands.ts";
import { notLeaderError } from "../../src/node/errors.ts";
import { MembershipChanges } from "../../src/node/membershipChanges.ts";
import type { Event } from "../../src/raft/events.ts";
import type { Configuration, EntryId, MembershipChange } from "../../src/raft/types.ts";
import { failureOf } from "../support/failure.ts";
import { VirtualRuntime } from "../support/virtualRuntime.ts";

const nothing: MembershipChange = { add: [], promote: [], remove: [NodeId("n3")] };

function at(index: number, term = 1): EntryId {
  return { index: LogIndex(index), term: Term(term) };
}

function configuration(index: number, outgoing: readonly string[] = []): Configuration {
  const membership = { voters: [NodeId("n1"), NodeId("n2")], outgoing: outgoing.map(NodeId), learners: [] };
  return { index: LogIndex(index), membership };
}

function harness() {
  const runtime = new VirtualRuntime();
  const asked: number[] = [];
  const changes = new MembershipChanges({
    post: (event: Event) => {
      if (event.type === "changeMembership") asked.push(event.id);
    },
    notLeader: () => notLeaderError("n2", "h2:1"),
    runtime,
  });
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 20) {
      runtime.advance(20);
      changes.tick();
    }
  };
  /** Asks, and puts it into the log. */
  const change = (index: number, term = 1): Promise<Configuration> => {
    const made = changes.request(nothing, false);
    made.catch(() => undefined);
    changes.accepted(asked.at(-1) ?? 0, LogIndex(index), Term(term));
    return made;
  };
  return { changes, asked, pass, change };
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  const first = await Promise.race([promise.catch(() => null), Promise.resolve(pending)]);
  return first === pending;
}

describe("who waits for a change of membership", () => {
  test("hears of it once its own entry has been applied, not when it is in the log", async () => {
    const { changes, change } = harness();
    const made = change(10);
    changes.applied(at(4), configuration(4));
    expect(await isPending(made)).toBe(true);
    changes.applied(at(10), configuration(10));
    expect(await made).toEqual(configuration(10));
  });

  test("... and when it is joint, once the joint configuration has been left", async () => {
    const { changes, change } = harness();
    const made = change(10);
    changes.applied(at(10), configuration(10, ["n3"]));
    expect(await isPending(made)).toBe(true);
    changes.applied(at(11, 2), configuration(11));
    expect(await made).toEqual(configuration(11));
  });

  test("... under a later leader as well", async () => {
    const { changes, change, pass } = harness();
    const made = change(10);
    changes.leadershipLost();
    pass(2_000);
    changes.applied(at(10), configuration(10));
    expect(await made).toEqual(configuration(10));
  });

  test("another entry at its index, or a later one first: it was cut off", async () => {
    const { changes, change } = harness();
    const made = change(10);
    changes.applied(at(10, 2), configuration(10));
    expect(await failureOf(made)).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    const other = change(20);
    changes.applied(at(25, 2), configuration(25));
    expect(await failureOf(other)).toMatchObject({ code: "OUTCOME_UNKNOWN" });
  });

  test("nobody knows any more, some seconds after leadership was lost", async () => {
    const { changes, change, pass } = harness();
    const made = change(10);
    pass(60_000);
    expect(await isPending(made)).toBe(true);
    changes.leadershipLost();
    pass(5_100);
    expect(await failureOf(made)).toMatchObject({ code: "OUTCOME_UNKNOWN" });
  });

  test("refusals that pass by themselves are waited for, with a bound", async () => {
    const { changes, asked, pass } = harness();
    const made = changes.request(nothing, false);
    made.catch(() => undefined);
    for (const reason of ["termNotOpen", "changeUnderWay"] as const) {
      changes.rejected(asked.at(-1) ?? 0, reason, "entry 9 is not committed");
      pass(100);
    }
    expect(asked).toHaveLength(3);
    expect(new Set(asked).size).toBe(1);
    pass(5_000);
    changes.rejected(asked.at(-1) ?? 0, "changeUnderWay", "entry 9 is not committed");
    const error = await failureOf(made);
    expect(error).toMatchObject({ code: "MEMBERSHIP_REFUSED", message: expect.stringMatching(/entry 9/) });
  });

  test("the others are final", async () => {
    const { changes, asked, pass } = harness();
    const made = changes.request(nothing, false);
    changes.rejected(asked.at(-1) ?? 0, "quorumWouldBeLost", "only n1 of n1, n2 answers");
    const error = await failureOf(made);
    expect(error).toMatchObject({ code: "MEMBERSHIP_REFUSED", message: expect.stringMatching(/only n1 of/) });
    pass(1_000);
    expect(asked).toHaveLength(1);
    const elsewhere = changes.request(nothing, false);
    changes.rejected(asked.at(-1) ?? 0, "notLeader", "");
    expect(await failureOf(elsewhere)).toMatchObject({ code: "NOT_LEADER", leaderAddress: "h2:1" });
  });

  test("what was put off when leadership is lost was not done", async () => {
    const { changes, asked, pass } = harness();
    const made = changes.request(nothing, false);
    made.catch(() => undefined);
    changes.rejected(asked.at(-1) ?? 0, "changeUnderWay", "");
    changes.leadershipLost();
    expect(await failureOf(made)).toMatchObject({ code: "NOT_LEADER" });
    pass(1_000);
    expect(asked).toHaveLength(1);
  });
});
