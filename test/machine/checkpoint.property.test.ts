import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LogTimeMs } from "../../src/base/brands.ts";
import { Machine } from "../../src/machine/index.ts";
import type { MachineView } from "../../src/machine/view.ts";
import { checkInvariants } from "../support/machineInvariants.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { expectSame } from "../support/sameAs.ts";
import { history, Leader } from "./scenario.ts";

/** What one step of a history also does to the checkpoint under way. */
const action = fc.record({
  begin: fc.boolean(),
  /** Records taken from the cut after the entry. */
  take: fc.nat({ max: 6 }),
  end: fc.constantFrom("later" as const, "later" as const, "finish" as const, "abandon" as const),
  restart: fc.constantFrom(false, false, true),
});

test("R13: checkpoint + suffix = full replay, with cuts taken piecemeal, abandoned and restored anywhere", {
  timeout: 300_000,
}, () => {
  fc.assert(
    fc.property(history, fc.infiniteStream(action), (steps, actions) => {
      const replayed = new Machine();
      const leader = new Leader();
      const shelf = new RecordShelf();
      const log: ReturnType<Leader["entry"]>[] = [];
      let machine = new Machine();
      let writing: ReturnType<RecordShelf["begin"]> | null = null;
      for (const step of steps) {
        const act = actions.next().value;
        const entry = leader.entry(step, replayed);
        log.push(entry);
        const expected = replayed.apply(entry.index, entry.batch);
        if (act.begin && writing === null) writing = shelf.begin(machine.beginCheckpoint());
        expectSame(machine.apply(entry.index, entry.batch), expected);
        leader.observe(replayed);
        for (let n = 0; writing !== null && (n < act.take || act.end === "finish"); n++) {
          if (!writing.step()) writing = null;
        }
        if (writing !== null && act.end === "abandon") {
          writing.abandon();
          writing = null;
        }
        if (act.restart) {
          writing = null;
          machine = shelf.restore();
          const stored = machine.appliedIndex;
          for (const { index, batch } of log) if (index > stored) machine.apply(index, batch);
        }
        expectSameMachine(machine, replayed);
        checkInvariants(machine);
      }
      writing?.abandon();
      shelf.write(machine.beginCheckpoint());
      expectSameMachine(shelf.restore(), replayed);
    }),
    { numRuns: 150 },
  );
});

function expectSameMachine(machine: MachineView, reference: MachineView): void {
  const all = { limit: 1_000 };
  expect(machine.stateHash).toBe(reference.stateHash);
  expect(machine.appliedIndex).toBe(reference.appliedIndex);
  expect(machine.now).toBe(reference.now);
  expect(machine.rules).toBe(reference.rules);
  expectSame(machine.totals, reference.totals);
  expectSame(machine.queues(), reference.queues());
  expectSame(machine.list(all), reference.list(all));
  expectSame(machine.breakers(), reference.breakers());
  expectSame(machine.breakerCounts, reference.breakerCounts);
  expect(machine.nextTimerAt()).toBe(reference.nextTimerAt());
  for (const queue of reference.queueNames()) {
    expectSame(machine.queueSettings(queue), reference.queueSettings(queue));
    expect(machine.readyCount(queue) > 0).toBe(reference.readyCount(queue) > 0);
    expect(machine.claimRoom(queue)).toBe(reference.claimRoom(queue));
  }
  const later = LogTimeMs(reference.now + 1_000);
  expectSame(machine.expiredClaims(later, 5), reference.expiredClaims(later, 5));
}
