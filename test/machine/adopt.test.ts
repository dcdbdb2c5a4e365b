import { describe, expect, test } from "vitest";
import { InvariantViolation } from "../../src/base/assert.ts";
import { JobId, LogIndex } from "../../src/base/brands.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { Machine } from "../../src/machine/index.ts";
import { sortInSteps } from "../../src/machine/sortInSteps.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, spec } from "./harness.ts";

/** A machine that is some entries ahead, as a snapshot would bring it. */
function ahead(): { readonly driver: Driver; readonly restored: Machine } {
  const driver = new Driver();
  driver.enqueue(spec("a"), spec("b"), spec("c"));
  driver.claimOne();
  driver.enqueue(spec("later", { delayMs: 5_000 }));
  const shelf = new RecordShelf();
  shelf.write(driver.machine.beginCheckpoint());
  return { driver, restored: shelf.restore() };
}

describe("a machine adopts a restored one", () => {
  test("whoever holds it sees the new state, timers and leases included, and goes on as the other would", () => {
    const { driver, restored } = ahead();
    const old = new Driver();
    old.enqueue(spec("gone"));
    const { machine } = old;
    machine.adopt(restored);
    expect(machine.job(JobId("gone"))).toBeUndefined();
    expect(machine.appliedIndex).toBe(driver.machine.appliedIndex);
    expect(machine.stateHash).toBe(driver.machine.stateHash);
    expect(machine.nextTimerAt()).toBe(driver.machine.nextTimerAt());
    expect(machine.nextLeaseEnd()).toBe(driver.machine.nextLeaseEnd());
    expect(machine.queues()).toEqual(driver.machine.queues());

    const index = LogIndex(driver.machine.appliedIndex + 1);
    const batch = {
      now: driver.machine.now,
      commands: [{ type: "claim", workerId: "w", queues: ["mail"], slots: 9 }],
    } as const;
    expect(machine.apply(index, batch)).toEqual(driver.machine.apply(index, batch));
    expect(machine.stateHash).toBe(driver.machine.stateHash);
  });

  test("its next checkpoint holds what changed since the snapshot, and nothing of the old state", () => {
    const { restored } = ahead();
    const old = new Driver();
    old.enqueue(spec("gone"));
    const { machine } = old;
    machine.adopt(restored);
    expect(machine.pendingRecords).toBe(0);
    machine.skip(LogIndex(machine.appliedIndex + 1));
    const cut = machine.beginCheckpoint();
    expect([...cut.records()].map(({ kind }) => kind)).toEqual(["meta"]);
    expect([...cut.deletes]).toEqual([]);
  });

  test("not backwards, not half restored, and not under a checkpoint", () => {
    const { driver, restored } = ahead();
    expect(() => driver.machine.adopt(new Machine())).toThrow(InvariantViolation);
    const half = new Machine();
    half.restore([]);
    expect(() => new Machine().adopt(half)).toThrow(InvariantViolation);
    const old = new Driver();
    old.enqueue(spec("x"));
    old.machine.beginCheckpoint();
    expect(() => old.machine.adopt(restored)).toThrow(InvariantViolation);
  });

  test("a jump of the index is far above everything before, for entries and tokens alike", () => {
    const { restored } = ahead();
    const far = LogIndex(restored.appliedIndex + 1_000_000_000_000);
    restored.skip(far);
    expect(restored.appliedIndex).toBe(far);
    const { outcomes } = restored.apply(LogIndex(far + 1), {
      now: restored.now,
      commands: [{ type: "claim", workerId: "w", queues: ["mail"], slots: 1 }],
    });
    expect(outcomes[0]).toMatchObject({ type: "claim", jobs: [{ token: far + 1 }] });
  });
});

describe("sorting in steps", () => {
  test("gives what a sort gives, in steps that are bounded", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const random = new SeededRandom(seed);
      const items = Array.from({ length: random.below(30_000) }, () => random.below(1_000_000));
      let calls = 0;
      let mostBetween = 0;
      const steps = sortInSteps(items, (item) => {
        calls += 1;
        return item;
      });
      for (let step = steps.next(); ; step = steps.next()) {
        mostBetween = Math.max(mostBetween, calls);
        calls = 0;
        if (step.done !== true) continue;
        expect(step.value, `seed ${seed}`).toEqual([...items].sort((a, b) => a - b));
        break;
      }
      expect(mostBetween, `seed ${seed}`).toBeLessThan(100_000);
    }
  });
});
