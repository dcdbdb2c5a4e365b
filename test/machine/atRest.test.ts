import { describe, expect, test } from "vitest";
import { FencingToken, JobId, LogTimeMs } from "../../src/base/brands.ts";
import { act } from "../../src/machine/acts.ts";
import { enqueue } from "../../src/machine/enqueue.ts";
import { manage } from "../../src/machine/manage.ts";
import { fireSchedule, putSchedule } from "../../src/machine/schedules.ts";
import { MachineState } from "../../src/machine/state.ts";
import { spec } from "./harness.ts";
import { minutely } from "./scheduleHarness.ts";

const jobs = Array.from({ length: 10 }, (_, n) => spec(`j${n}`));
const [first = spec("none")] = jobs;

function store(state: MachineState): void {
  const cut = state.checkpoints.begin(state.meta(), state.side);
  for (const _ of cut.records()) {
    /* as a store takes them */
  }
  cut.done();
}

/** Ten jobs that wait, which a checkpoint has. */
function resting(): MachineState {
  const state = new MachineState(1);
  state.now = LogTimeMs(1_000_000);
  enqueue(state, jobs);
  store(state);
  expect(state.jobs.atRest).toBe(10);
  return state;
}

describe("a job at rest stays so, since it would have no other chance to rest again, when", () => {
  test("it is enqueued again", () => {
    const state = resting();
    expect(enqueue(state, jobs).every(({ existing }) => existing)).toBe(true);
    expect(state.jobs.atRest).toBe(10);
  });

  test("another is enqueued whose dedup key its id still holds", () => {
    const state = resting();
    const dedup = { key: "k", mode: "return", windowMs: 60_000 } as const;
    enqueue(state, [spec("holder", { dedup })]);
    manage(state, { type: "manage", action: "delete", ids: [JobId("j0")], by: "", why: "" });
    const holder = state.jobs.get(JobId("holder"));
    if (holder === undefined) throw new Error("it was taken in");
    state.finish(holder, "cancelled", "", null);
    state.purge(holder);
    enqueue(state, [spec("holder")]);
    store(state);
    const before = state.jobs.atRest;
    const again = spec("again", { dedup });
    expect(enqueue(state, [again])).toMatchObject([{ id: "holder", existing: true }]);
    expect(state.jobs.atRest).toBe(before);
  });

  test("a worker speaks of it with a token that it never had", () => {
    const state = resting();
    const token = FencingToken(7);
    const result = act(state, { type: "extend", id: first.id, token });
    expect(result).toMatchObject({ ok: false, code: "STALE_TOKEN" });
    expect(state.jobs.atRest).toBe(10);
  });

  test.each(["runNow", "redrive"] as const)("%s is refused", (action) => {
    const state = resting();
    const ids = jobs.map(({ id }) => id);
    const results = manage(state, { type: "manage", action, ids, by: "", why: "" });
    expect(results[0]).toMatchObject({ ok: false, code: "WRONG_STATE" });
    expect(state.jobs.atRest).toBe(10);
  });

  test("its schedule falls due while it is there", () => {
    const state = new MachineState(1);
    state.now = LogTimeMs(60_000);
    const schedule = minutely("m", { overlap: "skip" });
    putSchedule(state, { type: "putSchedule", spec: schedule, nextDueAt: state.now, by: "" });
    const fire = (dueAt: number) => {
      state.now = LogTimeMs(dueAt);
      const nextDueAt = LogTimeMs(dueAt + 60_000);
      const revision = state.appliedIndex;
      return fireSchedule(state, {
        type: "fireSchedule",
        name: "m",
        revision,
        dueAt: state.now,
        nextDueAt,
        missed: 0,
      });
    };
    expect(fire(60_000)).not.toBeNull();
    store(state);
    expect(state.jobs.atRest).toBe(1);
    expect(fire(120_000)).toBeNull();
    expect(state.jobs.atRest).toBe(1);
  });
});

test("one that is deleted is woken for that", () => {
  const state = resting();
  const [deleted] = manage(state, { type: "manage", action: "delete", ids: [first.id], by: "", why: "" });
  expect(deleted).toEqual({ ok: true, state: "cancelled" });
  expect(state.jobs.has(first.id)).toBe(false);
  expect(state.jobs.atRest).toBe(9);
});
