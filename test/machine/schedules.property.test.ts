import * as fc from "fast-check";
import { expect, test } from "vitest";
import { JobId, LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import { Machine } from "../../src/machine/index.ts";
import type { Command, Schedule, ScheduleSpec } from "../../src/machine/types.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { expectSame } from "../support/sameAs.ts";
import { at, minutely } from "./scheduleHarness.ts";

const everyMs = 60_000;

type ScheduleCommand = Extract<
  Command,
  { type: "putSchedule" | "deleteSchedule" | "pauseSchedule" | "fireSchedule" | "cancel" }
>;

/** All that a schedule is, as a reader of docs/schedules.md would keep it on paper. */
interface Paper {
  readonly overlap: ScheduleSpec["overlap"];
  readonly revision: number;
  readonly priority: string;
  paused: boolean;
  due: number | null;
  last: string;
  waits: number | null;
  fired: number;
  skipped: number;
  missed: number;
}

/** The rules once more, without indexes: looks through everything every time. */
class NaiveSchedules {
  readonly papers = new Map<string, Paper>();
  readonly active = new Map<string, boolean>();
  /** In the order in which they were enqueued. */
  readonly firings: string[] = [];

  apply(index: number, now: number, command: ScheduleCommand): void {
    switch (command.type) {
      case "putSchedule": {
        const { name, overlap, job } = command.spec;
        const before = this.papers.get(name);
        if (before?.overlap === overlap && before.priority === job.priority) return;
        const due = command.nextDueAt;
        const kept = before ?? { paused: false, last: "", waits: null, fired: 0, skipped: 0, missed: 0 };
        this.papers.set(name, { ...kept, overlap, priority: job.priority, revision: index, due });
        return;
      }
      case "deleteSchedule":
        this.papers.delete(command.name);
        return;
      case "pauseSchedule": {
        const paper = this.papers.get(command.name);
        if (paper === undefined || paper.paused === command.paused.on) return;
        // The due time is of a spec that is gone.
        if (paper.paused && command.revision !== paper.revision) return;
        paper.paused = command.paused.on;
        if (!paper.paused) paper.due = command.nextDueAt;
        else if (paper.waits !== null) paper.skipped += 1;
        if (paper.paused) paper.waits = null;
        return;
      }
      case "fireSchedule":
        return this.#fire(now, command);
      case "cancel":
        for (const id of command.ids) this.#end(id);
        return;
    }
  }

  #fire(
    now: number,
    { name, revision, dueAt, nextDueAt, missed }: Extract<Command, { type: "fireSchedule" }>,
  ) {
    const paper = this.papers.get(name);
    if (paper === undefined || paper.paused || paper.revision !== revision) return;
    if (paper.due !== dueAt || dueAt > now) return;
    paper.due = nextDueAt;
    if (missed > 0) paper.missed += missed;
    else if (paper.overlap === "allow" || this.active.get(paper.last) !== true)
      this.#start(name, paper, dueAt);
    else if (paper.overlap === "bufferOne" && paper.waits === null) paper.waits = dueAt;
    else paper.skipped += 1;
  }

  #start(name: string, paper: Paper, dueAt: number): void {
    const id = `${name}/${new Date(dueAt).toISOString()}`;
    if (this.active.has(id)) {
      paper.skipped += 1;
      return;
    }
    this.active.set(id, true);
    this.firings.push(id);
    paper.last = id;
    paper.fired += 1;
  }

  #end(id: string): void {
    if (this.active.get(id) !== true) return;
    this.active.set(id, false);
    for (const [name, paper] of this.papers) {
      if (paper.last !== id || paper.waits === null) continue;
      const dueAt = paper.waits;
      paper.waits = null;
      this.#start(name, paper, dueAt);
    }
  }
}

const name = fc.constantFrom("a", "b", "a/b");
const step = fc.oneof(
  fc.record({
    type: fc.constant("put" as const),
    name,
    overlap: fc.constantFrom("skip" as const, "allow" as const, "bufferOne" as const),
    priority: fc.constantFrom("high" as const, "low" as const),
  }),
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("fire" as const),
      name,
      by: fc.integer({ min: -1, max: 1 }),
      missed: fc.constantFrom(0, 0, 0, 3),
      repeat: fc.boolean(),
    }),
  },
  fc.record({ type: fc.constant("pause" as const), name, on: fc.boolean() }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant("end" as const), pick: fc.nat() }) },
  fc.record({ type: fc.constant("delete" as const), name }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const turn = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
  passMs: fc.constantFrom(0, 1_000, everyMs, 3 * everyMs),
  then: fc.constantFrom("goOn" as const, "goOn" as const, "checkpoint" as const, "restart" as const),
});

const never = 4_000_000;

/** What a leader would propose that sees `view`, with mistakes: due times before and after the one that is right. */
function commandsOf(each: Step, view: Machine, model: NaiveSchedules, now: number): ScheduleCommand[] {
  const next = at((Math.floor(now / everyMs) + 1) * everyMs);
  switch (each.type) {
    case "put": {
      const spec = minutely(each.name, { overlap: each.overlap }, { priority: each.priority });
      return [{ type: "putSchedule", spec, nextDueAt: next, by: "ann" }];
    }
    case "fire": {
      const schedule = view.schedule(each.name);
      const dueAt = LogTimeMs((schedule?.nextDueAt ?? everyMs) + each.by * everyMs);
      const nextDueAt = dueAt > never ? null : at(dueAt + everyMs);
      const { revision } = schedule ?? { revision: LogIndex(0) };
      const { missed } = each;
      const command = { type: "fireSchedule", name: each.name, revision, dueAt, nextDueAt, missed } as const;
      return each.repeat ? [command, command] : [command];
    }
    case "pause": {
      const paused = { on: each.on, by: "bob", why: "" };
      const { revision } = view.schedule(each.name) ?? { revision: LogIndex(0) };
      return [{ type: "pauseSchedule", name: each.name, paused, nextDueAt: next, revision }];
    }
    case "end": {
      const id = model.firings[each.pick % Math.max(1, model.firings.length)];
      return id === undefined ? [] : [{ type: "cancel", ids: [JobId(id)], reason: "" }];
    }
    case "delete":
      return [{ type: "deleteSchedule", name: each.name }];
  }
}

test("schedules do what the naive model does, whatever is repeated, checkpointed and restored in between", () => {
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 60, size: "max" }), (turns) => {
      const model = new NaiveSchedules();
      const replayed = new Machine();
      let machine = new Machine();
      const shelf = new RecordShelf();
      let now = 1_000_000;
      turns.forEach(({ steps, passMs, then }, i) => {
        now += passMs;
        const commands = steps.flatMap((each) => commandsOf(each, machine, model, now));
        const index = LogIndex(i + 1);
        const batch = { now: LogTimeMs(now), commands };
        for (const command of commands) model.apply(index, now, command);
        expectSame(machine.apply(index, batch), replayed.apply(index, batch));
        if (then !== "goOn") shelf.write(machine.beginCheckpoint());
        if (then === "restart") machine = shelf.restore();
        expectAs(machine, model);
        expect(machine.stateHash).toBe(replayed.stateHash);
      });
    }),
    { numRuns: 150 },
  );
});

function expectAs(machine: Machine, model: NaiveSchedules): void {
  const jobs = machine.list({ limit: 10_000 });
  expectSame(
    jobs.map((job) => job.spec.id),
    model.firings,
  );
  for (const job of jobs) expect(job.state === "ready").toBe(model.active.get(job.spec.id));
  expectSame(machine.scheduleNames(), [...model.papers.keys()].sort());
  for (const [each, paper] of model.papers) expectSame(paperOf(machine.schedule(each)), paper);
}

function paperOf(schedule: Schedule | undefined): Paper | undefined {
  if (schedule === undefined) return undefined;
  const { spec, revision, paused, nextDueAt, lastJobId, bufferedDueAt, fired, skipped, missed } = schedule;
  return {
    overlap: spec.overlap,
    priority: spec.job.priority,
    revision,
    paused: paused !== null,
    due: nextDueAt,
    last: lastJobId,
    waits: bufferedDueAt,
    fired,
    skipped,
    missed,
  };
}
