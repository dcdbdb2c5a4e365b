import { LogIndex, LogTimeMs } from "../../../src/base/brands.ts";
import { Machine } from "../../../src/machine/index.ts";
import type { Applied, CommandBatch, Job } from "../../../src/machine/types.ts";
import { checkInvariants } from "../../support/machineInvariants.ts";
import { RecordShelf } from "../../support/recordShelf.ts";
import { expectSame } from "../../support/sameAs.ts";
import { Proposer } from "./proposer.ts";
import type { Step } from "./wholeHistory.ts";
import { queues } from "./wholeHistory.ts";
import { WholeMachine } from "./wholeMachine.ts";

interface Entry {
  readonly index: LogIndex;
  readonly batch: CommandBatch;
}

/** Holds a machine against the model, entry by entry; now and then the machine is one that was restored and caught up. */
export class Bench {
  machine = new Machine();
  readonly model = new WholeMachine();
  readonly #proposer = new Proposer(this.model.world);
  readonly #shelf = new RecordShelf();
  readonly #log: Entry[] = [];
  #index = 0;

  constructor() {
    this.model.world.now = LogTimeMs(1_000);
  }

  /** Throws when they differ. Returns the entry and what came of it. */
  step({ elapsed, intents, filter, then }: Step): {
    readonly batch: CommandBatch;
    readonly applied: Applied;
  } {
    // Indexes have gaps: no-ops and membership changes take some.
    this.#index += 1 + (intents.length % 2);
    const index = LogIndex(this.#index);
    const now = this.#proposer.timeAfter(elapsed, intents);
    // A copy has the prototypes that what is decoded has, so that equal ones are quickly found to be.
    const commands = structuredClone(intents.map((intent) => this.#proposer.command(intent, index, now)));
    const entry = { index, batch: { now, commands } };
    this.#log.push(entry);
    const expected = this.model.apply(index, entry.batch);
    const applied = this.machine.apply(index, entry.batch);
    this.#proposer.observe();
    expectSame(withoutTexts(applied), withoutTexts(expected), commands.map(({ type }) => type).join());
    this.#compare(filter);
    if (then !== "goOn") this.#restore(then, filter);
    return { batch: entry.batch, applied };
  }

  /** A checkpoint is taken; or the machine goes on from the last one and what the log has after it. */
  #restore(how: "checkpoint" | "restart", filter: Step["filter"]): void {
    const { machine } = this;
    if (how === "checkpoint") {
      this.#shelf.write(machine.beginCheckpoint());
      return;
    }
    this.machine = this.#shelf.restore();
    const stored = this.machine.appliedIndex;
    for (const { index, batch } of this.#log) if (index > stored) this.machine.apply(index, batch);
    expectSame(this.machine.stateHash, machine.stateHash, "R13 restored equals replayed");
    this.#compare(filter);
  }

  #compare({ pick, ...filter }: Step["filter"]): void {
    const { machine, model } = this;
    const { world } = model;
    const all = machine.list({ limit: 1_000 });
    const expected = model.list({ limit: 1_000 });
    expectSame(all.map(jobWithoutTexts), expected, "Q1 each job is in the one state that the model has");
    const after = pick % 3 === 0 ? expected[pick % Math.max(1, expected.length)]?.spec.id : undefined;
    const asked = { ...filter, ...(after !== undefined && { after }) };
    expectSame(ids(machine.list(asked)), ids(model.list(asked)), `list ${JSON.stringify(asked)}`);
    expectSame(machine.totals, world.totals, "totals");
    expectSame(machine.rules, world.rules, "rules");
    expectSame(machine.queues(), model.stats(), "queue stats");
    expectSame(countOf(machine), world.totals.enqueued - world.totals.purged, "Q2 sum = enqueued - purged");
    expectSame(
      [machine.nextTimerAt(), machine.nextLeaseEnd(), machine.agentsInBackoff, machine.runningClaims],
      [model.nextTimerAt(), model.nextLeaseEnd(), model.agentsInBackoff(), world.in("running").length],
      "timers and gauges",
    );
    expectSame(
      machine.breakers().map((breaker) => ({ ...breaker, lastError: "" })),
      [...world.limits.breakers.values()].sort((a, b) => (a.agent < b.agent ? -1 : 1)),
      "breakers",
    );
    expectSame(machine.scheduleNames(), [...world.schedules.keys()].sort(), "schedules");
    for (const [name, schedule] of world.schedules) {
      expectSame(withoutTexts(machine.schedule(name)), withoutTexts(schedule), name);
    }
    for (const queue of queues) {
      expectSame(machine.queueSettings(queue), world.limits.of(queue), queue);
      expectSame(machine.readyCount(queue) > 0, model.hasClaimable(queue), `${queue} has claimable jobs`);
    }
    checkKeys(all);
    checkInvariants(machine, false);
  }
}

const ids = (jobs: readonly Job[]): string[] => jobs.map(({ spec }) => spec.id);

/** Over all states of all queues. */
function countOf(machine: Machine): number {
  return machine
    .queues()
    .reduce((sum, { ready, scheduled, running, completed, dead, cancelled, waiting }) => {
      const others = scheduled + running + completed + dead + cancelled + waiting;
      return sum + ready.high + ready.normal + ready.low + others;
    }, 0);
}

function checkKeys(jobs: readonly Job[]): void {
  const keys = jobs.flatMap(({ spec: { queue, dedup }, finishedAt }) =>
    finishedAt === null && dedup !== undefined && dedup.mode !== "force" ? [`${queue} ${dedup.key}`] : [],
  );
  expectSame(new Set(keys).size, keys.length, "Q3 one active job per dedup key");
}

const texts: ReadonlySet<string> = new Set(["message", "reason", "error", "lastError", "detail"]);

/** Messages, errors and reasons are for people: other tests look at them. */
function withoutTexts(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(withoutTexts);
  const kept = Object.entries(value).map(([key, each]) => [key, texts.has(key) ? "" : withoutTexts(each)]);
  return Object.fromEntries(kept);
}

function jobWithoutTexts(job: Job): Job {
  const history = job.history.map((each) => ({ ...each, error: "" }));
  const dependencies = job.dependencies?.map((each) => ({ ...each, reason: "" }));
  return { ...job, reason: "", history, ...(dependencies !== undefined && { dependencies }) };
}
