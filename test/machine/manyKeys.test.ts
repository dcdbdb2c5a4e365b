import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import { Machine } from "../../src/machine/index.ts";
import { PlacedHeap } from "../../src/machine/placedHeap.ts";
import type { Applied, ClaimedJob, Command, JobSpec, QueuePatch } from "../../src/machine/types.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, ids, spec } from "./harness.ts";
import { WholeMachine } from "./naive/wholeMachine.ts";

/** Moves within heaps and between them, each of O(log n). */
function movesIn(run: () => void): number {
  const spies = (["push", "remove", "settle"] as const).map((name) => vi.spyOn(PlacedHeap.prototype, name));
  try {
    run();
    return spies.reduce((moves, spy) => moves + spy.mock.calls.length, 0);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** One agent's jobs, each of a key of its own. */
function withKeys(keys: number, patch: QueuePatch): Driver {
  const driver = new Driver();
  driver.apply({ type: "setQueue", queue: "mail", patch });
  const leaseMs = 100_000_000;
  for (let n = 0; n < keys; n += 1_000) {
    const jobs = Array.from({ length: 1_000 }, (_, k) =>
      spec(`${n + k}`, { agent: "a", key: `k${n + k}`, leaseMs }),
    );
    driver.enqueue(...jobs);
  }
  return driver;
}

describe.each([false, true])("an agent with 1,000 or 20,000 keys, taking turns: %s", (fair) => {
  const both = (count: (driver: Driver) => number, patch: QueuePatch = {}) =>
    [1_000, 20_000].map((keys) => count(withKeys(keys, { fair, ...patch })));

  test("at its limit: a job's end costs no more for more keys, nor does the first look of a leader", () => {
    const [few = 0, many = 0] = both(
      (driver) => {
        let held = driver.claimOne();
        return movesIn(() => {
          for (let n = 1; n <= 10; n++) {
            expect(driver.machine.readyCount("mail")).toBe(0);
            driver.complete(held);
            expect(driver.machine.readyCount("mail")).toBe(1);
            held = driver.claimOne();
            expect(held.id).toBe(`${n}`);
          }
        });
      },
      { maxRunningPerAgent: 1 },
    );
    expect(few).toBeLessThan(600);
    expect(many).toBe(few);
  });

  test("its breaker opens, half-opens and lets a probe through: likewise", () => {
    const [few = 0, many = 0] = both((driver) =>
      movesIn(() => {
        for (let n = 0; n < 5; n++) driver.fail(driver.claimOne(), { retryable: false });
        expect(driver.machine.readyCount("mail")).toBe(0);
        for (const ms of [60_000, 120_000]) {
          driver.pass(ms);
          driver.fireTimers();
          expect(driver.machine.readyCount("mail")).toBe(1);
          const probe = driver.claimOne();
          expect(driver.machine.readyCount("mail")).toBe(0);
          driver.fail(probe, { retryable: false });
          expect(driver.machine.readyCount("mail")).toBe(0);
        }
      }),
    );
    expect(few).toBeLessThan(600);
    expect(many).toBe(few);
  });

  test("the count passes by the groups for which there is no room: it looks at a thousand at most", () => {
    const driver = withKeys(2_000, { fair, maxRunningPerAgent: 2 });
    driver.claimOne();
    driver.enqueue(spec("b1", { agent: "b", key: "b1" }), spec("b2", { agent: "b", key: "b2" }));
    expect(driver.machine.readyCount("mail")).toBe(3);
  });
});

test("a key that ten agents share takes its turn as one once all have had theirs, not as ten", () => {
  const driver = new Driver();
  driver.apply({ type: "setQueue", queue: "mail", patch: { fair: true } });
  for (let round = 0; round < 3; round++)
    for (let agent = 0; agent < 10; agent++)
      driver.enqueue(
        ...Array.from({ length: 100 }, (_, n) =>
          spec(`${round}-${agent}-${n}`, { agent: `a${agent}`, key: `k${n}` }),
        ),
      );
  driver.claim(1_000);
  driver.claim(500);
  expect(movesIn(() => driver.claim(500))).toBeLessThan(500 * 12);
});

/** Agents of very many keys, of few, and of so many that it changes while jobs come and go. */
const keysOf = { "": 2, few: 3, some: 75, many: 180 };
type Agent = keyof typeof keysOf;

const step = fc.record({
  elapsed: fc.nat({ max: 400 }),
  jobs: fc.array(
    fc.record({
      agent: fc.constantFrom<Agent>("", "few", "some", "many", "many"),
      from: fc.nat(),
      count: fc.integer({ min: 1, max: 60 }),
      priority: fc.constantFrom("high", "normal", "normal" as const, "low"),
    }),
    { maxLength: 2 },
  ),
  slots: fc.nat({ max: 40 }),
  ends: fc.array(fc.record({ which: fc.nat(), how: fc.constantFrom("complete", "fail", "release") }), {
    maxLength: 30,
  }),
  then: fc.constantFrom("goOn", "goOn", "goOn", "fireTimers", "restart"),
});

const patch = fc.record({
  fair: fc.boolean(),
  ageingMs: fc.constantFrom(0, 500),
  maxRunningPerAgent: fc.constantFrom(0, 1, 3),
  maxRunningPerKey: fc.constantFrom(0, 1),
  ratePerKey: fc.constantFrom({ limit: 0, intervalMs: 0 }, { limit: 1, intervalMs: 500 }),
});

test("jobs are handed out in the order of the model, however many keys an agent has, whoever looks in between", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(step, fc.option(patch, { freq: 4 })), { minLength: 4, maxLength: 25, size: "max" }),
      (steps) => {
        const model = new WholeMachine();
        const shelf = new RecordShelf();
        /** One that nobody looks at, and one that a leader does, which is restored now and then. */
        const quiet = new Machine();
        let looked = new Machine();
        let index = 0;
        let jobs = 0;
        const held: ClaimedJob[] = [];
        let now = 1_000;
        const apply = (...commands: Command[]): void => {
          index += 1;
          const batch = { now: LogTimeMs(now), commands };
          const expected = claimsIn(model.apply(LogIndex(index), batch));
          expect(ids(claimsIn(quiet.apply(LogIndex(index), batch)))).toEqual(ids(expected));
          expect(ids(claimsIn(looked.apply(LogIndex(index), batch)))).toEqual(ids(expected));
          expect(looked.stateHash).toBe(quiet.stateHash);
          held.push(...expected);
          expect(looked.readyCount("mail") > 0).toBe(model.hasClaimable("mail"));
        };
        for (const [{ elapsed, slots, ends, then, ...more }, settings] of steps) {
          now += elapsed;
          if (settings !== null) apply({ type: "setQueue", queue: "mail", patch: settings });
          const specs = more.jobs.flatMap(({ agent, from, count, priority }) =>
            Array.from({ length: count }, (_, n): JobSpec => {
              const key = `k${(from + n) % keysOf[agent]}`;
              return spec(`${jobs++}`, { agent, key, priority, leaseMs: 1_000_000 });
            }),
          );
          apply({ type: "enqueue", jobs: specs });
          apply({ type: "claim", workerId: "w", queues: ["mail"], slots });
          for (const { which, how } of ends) {
            const [job] = held.splice(which % Math.max(1, held.length), 1);
            if (job === undefined) break;
            const { id, token } = job;
            if (how === "complete")
              apply({ type: "act", acts: [{ type: how, id, token, result: noResult }] });
            else if (how === "release") apply({ type: "act", acts: [{ type: how, id, token }] });
            else apply({ type: "act", acts: [{ type: "fail", id, token, ...failure }] });
          }
          if (then === "fireTimers") apply({ type: "fireTimers" });
          if (then !== "restart") continue;
          shelf.write(looked.beginCheckpoint());
          looked = shelf.restore();
        }
      },
    ),
    { numRuns: 20 },
  );
});

const noResult = new Uint8Array(0);
const failure = { error: "boom", retryable: true, retryAfterMs: null } as const;

function claimsIn({ outcomes }: Applied): readonly ClaimedJob[] {
  return outcomes.flatMap((each) => (each.type === "claim" ? each.jobs : []));
}
