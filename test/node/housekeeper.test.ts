import { describe, expect, test } from "vitest";
import { FencingToken, JobId, LogTimeMs, Term } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { Calendar } from "../../src/calendar/index.ts";
import type { Command, Outcome } from "../../src/machine/types.ts";
import type { MachineView } from "../../src/machine/view.ts";
import { Housekeeper } from "../../src/node/housekeeper.ts";

function harness() {
  const submitted: { command: Command; resolve(o: Outcome): void; reject(e: ConclaveError): void }[] = [];
  const rules = { known: 0, followed: 0 };
  const due: { timer: LogTimeMs | null; lease: LogTimeMs | null } = { timer: null, lease: null };
  const claims = [{ id: JobId("j1"), token: FencingToken(7) }];
  const state: Pick<
    MachineView,
    "rules" | "nextTimerAt" | "dueByQueue" | "nextLeaseEnd" | "expiredClaims" | "scheduleNames"
  > = {
    get rules() {
      return rules.followed;
    },
    scheduleNames: () => [],
    dueByQueue: () => new Map([["q", 3]]),
    nextTimerAt: () => due.timer,
    nextLeaseEnd: () => due.lease,
    expiredClaims: () => claims,
  };
  const failures: string[] = [];
  const arriving: string[] = [];
  const housekeeper = new Housekeeper({
    nodeId: "n1",
    state: state as MachineView,
    rules: () => rules.known,
    calendar: new Calendar(),
    submit: (command, resolve, reject) => submitted.push({ command, resolve, reject }),
    dispatcher: {
      arriving: (queue, count) => arriving.push(`${queue} +${count}`),
      arrived: (queue, count) => arriving.push(`${queue} -${count}`),
    },
    onFailed: (what) => failures.push(what),
  });
  const check = (now: number): void => housekeeper.check(LogTimeMs(now));
  const types = (): string[] => submitted.map(({ command }) => command.type);
  const open = (term: number): void => {
    housekeeper.lead(Term(term));
    submitted.at(-1)?.resolve({ type: "beginTerm" });
  };
  return { housekeeper, submitted, rules, due, failures, arriving, check, types, open };
}

describe("the leader's duties", () => {
  test("nothing is proposed while nothing is due", () => {
    const { due, check, types, open } = harness();
    open(1);
    due.timer = LogTimeMs(1_000);
    due.lease = LogTimeMs(2_000);
    check(999);
    expect(types()).toEqual(["beginTerm"]);
    check(1_000);
    expect(types()).toEqual(["beginTerm", "fireTimers"]);
  });

  test("no lease is ended before the term's own beginTerm was applied: every claim gets its grace", () => {
    const { housekeeper, submitted, due, check, types } = harness();
    due.lease = LogTimeMs(1);
    housekeeper.lead(Term(2));
    check(1_000);
    expect(types()).toEqual(["beginTerm"]);
    submitted[0]?.resolve({ type: "beginTerm" });
    check(1_001);
    expect(types()).toEqual(["beginTerm", "expireClaims"]);
  });

  test("timers that come due one after another share an entry; one that is alone fires at once", () => {
    const { submitted, due, check, types, open } = harness();
    open(1);
    due.timer = LogTimeMs(0);
    check(1_000);
    submitted.at(-1)?.resolve({ type: "fireTimers", fired: 1 });
    check(1_020);
    check(1_099);
    expect(types()).toEqual(["beginTerm", "fireTimers"]);
    check(1_100);
    expect(types()).toEqual(["beginTerm", "fireTimers", "fireTimers"]);
  });

  test("the dispatcher hears of jobs that are about to be ready, until they are", () => {
    const { submitted, due, check, arriving, open } = harness();
    open(1);
    due.timer = LogTimeMs(0);
    check(1_000);
    expect(arriving).toEqual(["q +3"]);
    submitted.at(-1)?.resolve({ type: "fireTimers", fired: 3 });
    expect(arriving).toEqual(["q +3", "q -3"]);
  });

  test("a backlog is worked off without a pause", () => {
    const { submitted, due, check, types, open } = harness();
    open(1);
    due.timer = LogTimeMs(0);
    check(1_000);
    submitted.at(-1)?.resolve({ type: "fireTimers", fired: 2_000 });
    check(1_020);
    expect(types()).toEqual(["beginTerm", "fireTimers", "fireTimers"]);
  });

  test("what was refused is proposed again, also the beginning of the term", () => {
    const { housekeeper, submitted, failures, check, types } = harness();
    housekeeper.lead(Term(3));
    submitted[0]?.reject(new ConclaveError("OVERLOADED", "later"));
    expect(failures).toEqual(["begin the term"]);
    check(1_000);
    expect(types()).toEqual(["beginTerm", "beginTerm"]);
  });

  test("a term begins with the newest rules that all members know; where that is 0 none are named", () => {
    const { housekeeper, submitted, rules } = harness();
    housekeeper.lead(Term(1));
    rules.known = 1;
    housekeeper.lead(Term(2));
    expect(submitted.map(({ command }) => command)).toEqual([
      { type: "beginTerm", leader: "n1" },
      { type: "beginTerm", leader: "n1", rules: 1 },
    ]);
  });

  test("rules that all members have come to know within the term are followed from then on, said once", () => {
    const { housekeeper, submitted, rules, failures, check, types, open } = harness();
    open(1);
    check(1_000);
    expect(types()).toEqual(["beginTerm"]);
    rules.known = 1;
    expect(housekeeper.idleMs(LogTimeMs(1_000))).toBe(0);
    check(1_010);
    check(1_020);
    expect(housekeeper.idleMs(LogTimeMs(1_020))).toBeGreaterThan(0);
    expect(submitted.map(({ command }) => command).slice(1)).toEqual([
      { type: "beginTerm", leader: "n1", rules: 1 },
    ]);
    // The term is open all the while: duties go on, also when the proposal is refused.
    expect(housekeeper.openedTerm).toBe(1);
    submitted[1]?.reject(new ConclaveError("OVERLOADED", "later"));
    expect(failures).toEqual(["follow newer rules"]);
    expect(housekeeper.openedTerm).toBe(1);
    check(1_030);
    expect(types()).toEqual(["beginTerm", "beginTerm", "beginTerm"]);
    rules.followed = 1;
    submitted[2]?.resolve({ type: "beginTerm" });
    check(1_040);
    expect(types()).toHaveLength(3);
  });

  test("one who leads no more proposes nothing", () => {
    const { housekeeper, due, check, types, open } = harness();
    open(1);
    housekeeper.stopLeading();
    due.timer = LogTimeMs(0);
    due.lease = LogTimeMs(0);
    check(1_000);
    expect(types()).toEqual(["beginTerm"]);
  });
});
