import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import { Machine } from "../../src/machine/index.ts";
import type { Job } from "../../src/machine/types.ts";
import type { MachineView } from "../../src/machine/view.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { expectSame } from "../support/sameAs.ts";
import { concrete, step } from "./lifecycleHistory.ts";

test("whatever happens to jobs with all they can have: restored equals replayed, and the rules hold", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: "max" }), (steps) => {
      const replayed = new Machine();
      const shelf = new RecordShelf();
      const log: Parameters<Machine["apply"]>[] = [];
      let machine = new Machine();
      let now = 1_000;
      for (const [n, { elapsed, intent, checkpoint, restart }] of steps.entries()) {
        now += elapsed;
        const entry: Parameters<Machine["apply"]> = [
          LogIndex(n + 1),
          { now: LogTimeMs(now), commands: [concrete(intent, replayed, now)] },
        ];
        log.push(entry);
        expectSame(machine.apply(...entry), replayed.apply(...entry));
        if (checkpoint) shelf.write(machine.beginCheckpoint());
        if (restart) {
          machine = shelf.restore();
          const { appliedIndex } = machine;
          for (const each of log) if (each[0] > appliedIndex) machine.apply(...each);
        }
        expect(machine.stateHash).toBe(replayed.stateHash);
        expect(machine.nextTimerAt()).toBe(replayed.nextTimerAt());
        const all = machine.list({ limit: 1_000 });
        expectSame(all, replayed.list({ limit: 1_000 }));
        expectSame(machine.queues(), replayed.queues());
        checkRules(machine, all);
      }
    }),
    { numRuns: 300 },
  );
});

function checkRules(machine: MachineView, all: readonly Job[]): void {
  const active = all.filter((job) => job.finishedAt === null);
  const keys = active.flatMap(({ spec: { dedup } }) =>
    dedup !== undefined && dedup.mode !== "force" ? [dedup.key] : [],
  );
  expect(new Set(keys).size, "Q3 one active job per dedup key").toBe(keys.length);
  for (const job of all) {
    const pending = job.dependencies?.some((each) => each.state === null) ?? false;
    if (job.state === "waiting") expect(pending, `${job.spec.id} waits for something`).toBe(true);
    if (job.state !== "waiting" && job.finishedAt === null) {
      expect(pending, `${job.spec.id} waits for nothing`).toBe(false);
    }
    if (job.state === "completed") expect(job.checkpoint).toBeUndefined();
    expect(job.attempt).toBeLessThanOrEqual(job.spec.retry.maxAttempts);
    for (const { id, state } of job.state === "waiting" ? (job.dependencies ?? []) : []) {
      if (state === null) expect(machine.job(id)?.finishedAt, `${id} is still to end`).toBeNull();
    }
    const attemptMs = job.spec.timeouts?.attemptMs ?? 0;
    const next = machine.nextTimerAt();
    if (job.claim !== null && attemptMs > 0) {
      expect(next).not.toBeNull();
      expect(next ?? 0).toBeLessThanOrEqual(job.claim.claimedAt + attemptMs);
    }
  }
}
