import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JobId, LogTimeMs } from "../../src/base/brands.ts";
import { JobTable } from "../../src/machine/jobTable.ts";
import { JobTemplates } from "../../src/machine/jobTemplate.ts";
import { JobSlot } from "../../src/machine/slot.ts";
import { MachineState } from "../../src/machine/state.ts";
import { spec } from "./harness.ts";

/** A table with one queue, whose jobs are all ready. */
class Bench {
  readonly queue = new MachineState(1).queues.enter("mail");
  readonly table: JobTable;
  readonly templates = new JobTemplates();
  #sequence = 0;

  constructor(seed = 1) {
    this.table = new JobTable(() => this.queue, seed);
  }

  add(id: string, payload = Buffer.from(`payload of ${id}`)): JobSlot {
    const template = this.templates.of(spec(id));
    const sequence = ++this.#sequence;
    const enqueuedAt = LogTimeMs(1.7e12 + sequence);
    const { queue } = this;
    const slot = new JobSlot({ id: JobId(id), template, own: null, queue, payload, sequence, enqueuedAt });
    slot.state = "ready";
    slot.readyOrder = sequence;
    this.table.add(slot);
    this.lane.append(slot);
    return slot;
  }

  get lane() {
    return this.queue.lanes[1];
  }

  get(id: string): JobSlot {
    const slot = this.table.get(JobId(id));
    if (slot === undefined) throw new Error(`no job ${id}`);
    return slot;
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("add" as const), job: fc.nat({ max: 500 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("settle" as const, "wake" as const, "remove" as const),
      job: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("takeFirst" as const), job: fc.nat({ max: 40 }) }) },
);

test("it holds, orders and finds what a plain list would, whoever is at rest", () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(step, { maxLength: 2_000, size: "max" }), (seed, steps) => {
      const bench = new Bench(seed);
      const naive: string[] = [];
      const remove = (id: string): void => {
        const slot = bench.get(id);
        bench.lane.remove(slot);
        bench.table.remove(slot);
        naive.splice(naive.indexOf(id), 1);
      };
      for (const each of steps) {
        const id = each.do === "add" ? `job-${each.job}` : naive[each.job % Math.max(1, naive.length)];
        if (id === undefined) continue;
        if (each.do === "add") {
          expect(bench.table.has(JobId(id))).toBe(naive.includes(id));
          if (naive.includes(id)) continue;
          bench.add(id);
          naive.push(id);
        } else if (each.do === "settle") {
          bench.table.settle(bench.get(id));
        } else if (each.do === "wake") {
          expect(Buffer.from(bench.get(id).payload).toString()).toBe(`payload of ${id}`);
        } else if (each.do === "remove") {
          remove(id);
        } else {
          for (let n = 0; n < each.job; n++) {
            const first = bench.lane.first();
            expect(first?.id).toBe(naive[0]);
            if (first !== null) remove(first.id);
          }
        }
      }
      const views = [...bench.table.views(null)];
      expect(views.map((slot) => slot.id)).toEqual(naive);
      expect(views.every((slot) => Buffer.from(slot.payload).toString() === `payload of ${slot.id}`)).toBe(
        true,
      );
      expect([...bench.lane.slots()].map((slot) => slot.id)).toEqual(naive);
      expect(bench.table.size).toBe(naive.length);
    }),
    { numRuns: 30 },
  );
});

describe("a job at rest", () => {
  test("has no object until it is woken; then it is as it was", () => {
    const bench = new Bench();
    const before = bench.add("1");
    bench.table.settle(before);
    expect(bench.table.atRest).toBe(1);
    expect(before.row, "the old object is of no use").toBe(-1);
    const view = bench.table.view(JobId("1"));
    expect(view).not.toBe(before);
    expect(bench.table.view(JobId("1")), "a look wakes nobody").not.toBe(view);
    const woken = bench.get("1");
    expect(bench.table.atRest).toBe(0);
    expect(bench.get("1")).toBe(woken);
    const { id, template, sequence, enqueuedAt, readyOrder, state, stored, attempt } = woken;
    expect({ id, template, sequence, enqueuedAt, readyOrder, state, attempt }).toEqual({
      id: before.id,
      template: before.template,
      sequence: before.sequence,
      enqueuedAt: before.enqueuedAt,
      readyOrder: before.readyOrder,
      state: "ready",
      attempt: 0,
    });
    expect(stored, "a checkpoint has it").toBe(true);
  });

  test("is none that has more to remember, or that does not fit into a slab", () => {
    const bench = new Bench();
    const claimed = bench.add("claimed");
    claimed.reason = "cancelled soon";
    const scheduled = bench.add("scheduled");
    scheduled.state = "scheduled";
    const foreign = bench.add("naïve");
    const large = bench.add("large", Buffer.alloc(20_000));
    for (const slot of [claimed, scheduled, foreign, large]) bench.table.settle(slot);
    expect(bench.table.atRest).toBe(0);
    expect(bench.get("naïve")).toBe(foreign);
    expect(bench.get("large").payload).toHaveLength(20_000);
  });
});

test("many jobs come and go, over many pages", () => {
  const bench = new Bench();
  const count = 20_000;
  for (let n = 0; n < count; n++) bench.table.settle(bench.add(`job-${n}`));
  expect(bench.table.atRest).toBe(count);
  for (let n = 0; n < count; n++) {
    const first = bench.lane.first();
    if (first?.id !== `job-${n}`) throw new Error(`job-${n} is next, not ${first?.id}`);
    bench.lane.remove(first);
    bench.table.remove(first);
    if (n % 3 === 0) bench.table.settle(bench.add(`again-${n}`));
  }
  expect(bench.table.size).toBe(Math.ceil(count / 3));
  expect(bench.table.has(JobId("job-7"))).toBe(false);
  expect(bench.get("again-9").id).toBe("again-9");
});
