import { type JobId, LogIndex, type Term } from "../../../src/base/brands.ts";
import { batchCodec } from "../../../src/codec/batch.ts";
import type { Machine } from "../../../src/machine/index.ts";
import type { Applied, Breaker, Command, CommandBatch, Job, Outcome } from "../../../src/machine/types.ts";
import type { Entry, RaftStatus } from "../../../src/raft/index.ts";
import { LimitChecker } from "../../support/limitInvariants.ts";
import { checkInvariants } from "../../support/machineInvariants.ts";
import type { Member } from "../cluster/member.ts";
import { ObservedMachine } from "../cluster/observed.ts";
import type { World } from "../cluster/world.ts";
import { alike, lineOf, plain, referenceLineOf, scheduleLineOf, tellsWhy } from "../reference/comparison.ts";
import type { ReferenceJob } from "../reference/job.ts";
import { ReferenceMachine } from "../reference/machine.ts";
import { nextTimerAt } from "../reference/time.ts";
import { answersIn } from "./answers.ts";
import { Contents } from "./contents.ts";
import { Deaths } from "./deaths.ts";
import { DutyChecker } from "./dutyChecker.ts";
import { LogTimeChecker } from "./logTimeChecker.ts";
import { ScheduleChecker } from "./scheduleChecker.ts";
import { SdkLeases } from "./sdkLeases.ts";
import { tally } from "./tally.ts";

/** Entries between two looks at every job and index. */
const fullCheckEvery = 400;

/**
 * Applies every committed entry once more, to a machine of its own and to the reference: what the real one says of
 * each command and makes of each job must be what the rules say (Q1 to Q11), and every node must come to the same
 * state hash at the same index (R5).
 */
export class MachineChecker {
  readonly machine: Machine;
  readonly reference: ReferenceMachine;
  /** State hash after each entry; position 0 is the empty machine. */
  readonly hashes: string[];
  /** What is left to do after each entry: a node that knows otherwise leads otherwise (R13). */
  readonly #dues: string[];
  /** What entries came to: on every node the same (R14). */
  readonly #replies: string[] = [""];
  readonly #contents: Contents;
  /** Through which entry each node's machine has been seen: one that jumps was read from a disk or a snapshot. */
  readonly #seen = new WeakMap<Machine, number>();
  readonly #world: World;
  readonly #limits = new LimitChecker();
  readonly #schedules: ScheduleChecker;
  readonly sdkLeases: SdkLeases;
  readonly #logTime: LogTimeChecker;
  readonly #duties: DutyChecker;
  readonly #deaths = new Deaths();
  #lastNow = 0;

  constructor(world: World) {
    this.#world = world;
    const { toldPerEntry } = world.mix.workload.features;
    this.machine = new ObservedMachine(toldPerEntry);
    this.reference = new ReferenceMachine(toldPerEntry);
    this.hashes = [this.machine.stateHash];
    this.#dues = [duesOf(this.machine)];
    this.#contents = new Contents(this.machine);
    this.#duties = new DutyChecker(world, (violation) => this.#fail(violation));
    this.#logTime = new LogTimeChecker(world);
    this.#schedules = new ScheduleChecker((violation) => this.#fail(violation), this.#logTime);
    this.sdkLeases = new SdkLeases(
      (id, token) => world.oracle.wasDelivered(id, token),
      () => !world.members.some(({ clockRanSlow }) => clockRanSlow),
      (violation) => this.#fail(violation),
      () => world.coverage.count("sdk", "claim of a killed program ended with its lease"),
    );
  }

  /** A node has applied through `index`, or begins there; `committed` reaches at least as far. */
  onApplied(
    member: Member,
    index: LogIndex,
    machine: Machine,
    applied: Applied | null,
    committed: readonly Entry[],
  ): void {
    while (this.hashes.length <= index) {
      const entry = committed[this.hashes.length - 1];
      if (entry === undefined)
        return this.#fail(`R9 ${member.id}: applies entry ${index}, which is not committed`);
      this.#apply(entry);
    }
    const expected = this.hashes[index];
    this.#check(
      machine.stateHash === expected,
      `R5 ${member.id}: state hash ${machine.stateHash} at ${index}, should be ${expected}`,
    );
    const [dues, should] = [duesOf(machine), this.#dues[index]];
    this.#check(dues === should, `R13 ${member.id}: at ${index} it has to do ${dues}, should be ${should}`);
    const hasJumped = this.#seen.get(machine) !== index - 1;
    this.#seen.set(machine, index);
    if (hasJumped || index % fullCheckEvery === 0) {
      const wrong = this.#contents.wrongIn(machine, index, this.machine);
      this.#check(wrong === null, `R13 ${member.id}: at ${index} it has ${wrong}`);
    }
    if (applied === null) return;
    const replies = answersIn(applied);
    const usual = this.#replies[index];
    this.#check(replies === usual, `R14 ${member.id}: answers ${replies} at ${index}, should be ${usual}`);
  }

  onElected({ life }: Member): void {
    const machine = life?.running?.machine;
    if (machine !== undefined) this.#logTime.onElected(machine.now, this.machine.now);
  }

  onWoken(member: Member, status: RaftStatus): void {
    const ahead = this.#logTime.violationOf(member, status);
    if (ahead !== null) this.#fail(ahead);
  }

  /** The cluster was made of another one's data: all that its log came to is there, and entries are counted from then on. */
  goOnFrom(log: readonly Entry[], before: MachineChecker): void {
    this.#logTime.goOnFrom(before.#logTime);
    for (const entry of log) this.#apply(entry, true);
    this.machine.skip(LogIndex(this.#world.base));
    this.checkAll();
    this.hashes.splice(0, this.hashes.length, this.machine.stateHash);
    this.#dues.splice(0, this.#dues.length, duesOf(this.machine));
    this.#replies.splice(0, this.#replies.length, "");
    this.#contents.goOn();
  }

  /** All jobs, all indexes and counts. */
  checkAll(machine: Machine = this.machine): void {
    this.#hold(() => checkInvariants(machine, false));
    const jobs = machine.list({ limit: Number.MAX_SAFE_INTEGER });
    this.#check(
      jobs.length === this.reference.jobs.size,
      `Q2: ${jobs.length} jobs, should be ${this.reference.jobs.size}`,
    );
    for (const job of jobs) this.#compare(job, this.reference.jobs.get(job.spec.id));
    this.#compareRest(machine);
    if (machine.appliedIndex !== this.machine.appliedIndex) return;
    const wrong = this.#contents.wrongIn(machine, this.hashes.length - 1, this.machine);
    this.#check(wrong === null, `R13: in the end there is ${wrong}`);
  }

  /** Settings, breakers, schedules, timers, and whether a claim would be handed anything. */
  #compareRest(machine: Machine): void {
    const { state, limits } = this.reference;
    this.#check(machine.rules === state.rules, `R5: rules ${machine.rules}, should be ${state.rules}`);
    const timer = nextTimerAt(state);
    this.#check(
      machine.nextTimerAt() === timer,
      `Q9: the next timer is at ${machine.nextTimerAt()}, should be at ${timer}`,
    );
    this.#compareBreakers(machine);
    for (const name of this.reference.schedules.keys()) this.#compareSchedule(name, machine);
    this.#check(
      machine.scheduleNames().length === this.reference.schedules.size,
      "a schedule is there that should not be",
    );
    const running = [...this.reference.inState("running")];
    for (const queue of machine.queueNames()) {
      const [is, should] = [machine.queueSettings(queue), limits.of(queue)].map((each) =>
        plain({ type: "setQueue", settings: each }),
      );
      this.#check(is === should, `the settings of ${queue} are ${is}, should be ${should}`);
      const isClaimable = [...this.reference.inState("ready")].some(
        (job) => job.spec.queue === queue && limits.isUp(job, running),
      );
      this.#check(
        machine.readyCount(queue) > 0 === isClaimable,
        `Q10: ${machine.readyCount(queue)} jobs of ${queue} can be handed out, should be ${isClaimable ? "some" : "none"}`,
      );
    }
  }

  #compareBreakers(machine: Machine): void {
    const is = machine.breakers();
    const { breakers } = this.reference.limits;
    const isSame =
      is.length === breakers.size &&
      is.every((each) => breakerLine(each) === breakerLine(breakers.get(each.agent)));
    const should = [...breakers.values()].map(breakerLine).sort();
    this.#check(isSame, `Q13: breakers are ${is.map(breakerLine).join()}\nshould be ${should.join()}`);
  }

  #compareSchedule(name: string, machine: Machine): void {
    const is = machine.schedule(name);
    const should = this.reference.schedules.get(name);
    const [lineIs, lineShould] = [is, should].map((each) =>
      each === undefined ? "gone" : scheduleLineOf(each),
    );
    this.#check(lineIs === lineShould, `schedule ${name} is ${lineIs}\nshould be ${lineShould}`);
  }

  #apply(entry: Entry, isOld = false): void {
    const index = LogIndex(isOld ? entry.index : entry.index + this.#world.base);
    if (entry.kind !== "command") {
      this.machine.skip(index);
      this.hashes.push(this.machine.stateHash);
      this.#dues.push(duesOf(this.machine));
      this.#replies.push("");
      this.#contents.applied(this.machine, []);
      return;
    }
    const batch = batchCodec.decode(entry.data);
    if (!isOld) {
      const proposedAt = this.#world.raftChecker.proposals.onCommitted(entry, batch);
      const wrong = this.#logTime.violation(entry.index, batch.now, proposedAt, this.machine.now);
      if (wrong !== null) this.#fail(wrong);
    }
    const expected = this.reference.apply(index, batch);
    const applied = this.machine.apply(index, batch);
    const { outcomes, notices } = applied;
    this.hashes.push(this.machine.stateHash);
    this.#dues.push(duesOf(this.machine));
    this.#replies.push(answersIn(applied));
    this.#check(this.machine.now >= this.#lastNow, "log time goes back");
    this.#lastNow = this.machine.now;
    batch.commands.forEach((command, i) => {
      this.#compareOutcome(entry.index, command, outcomes[i], expected[i]);
      // Streams that its programs opened nobody remembers.
      if (isOld) return;
      this.sdkLeases.observe(command, outcomes[i], batch.now);
      this.#world.oracle.fences.observe(command, outcomes[i]);
    });
    if (!isOld) tally(this.#world.coverage, batch.commands, applied, this.reference);
    const diedTwice = this.#deaths.applied(batch.commands, outcomes, notices);
    if (diedTwice !== null) this.#fail(`Q8: job ${diedTwice} dies twice`);
    this.#contents.applied(this.machine, [...this.reference.touched, ...batch.commands.flatMap(namedIn)]);
    this.#checkTouched(batch);
    this.#checkAround(entry.term, batch, applied);
    if (this.hashes.length % fullCheckEvery === 0) this.checkAll();
  }

  /** What is kept beside jobs. */
  #checkAround(term: Term, batch: CommandBatch, applied: Applied): void {
    const { machine, reference } = this;
    const running = machine.list({ state: "running", limit: Number.MAX_SAFE_INTEGER });
    this.#hold(() => this.#limits.observe(machine, running, applied));
    this.#check(reference.state.keysHeldTwice === 0, "Q3: two active jobs hold the same dedup key");
    this.#check(
      machine.totals.deaths === reference.state.deaths,
      `Q8: ${machine.totals.deaths} deaths, should be ${reference.state.deaths}`,
    );
    this.#compareBreakers(machine);
    if (reference.schedules.size > 0) {
      for (const name of reference.schedules.keys()) this.#compareSchedule(name, machine);
    }
    this.#schedules.observe(batch, applied.outcomes);
    this.#duties.observe(term, batch, machine);
    this.#world.termsOfDuty.onCommitted(term, batch.commands);
  }

  #checkTouched({ commands }: CommandBatch): void {
    for (const id of this.reference.touched) {
      this.#compare(this.machine.job(id), this.reference.jobs.get(id));
      if (!this.reference.jobs.has(id)) this.#deaths.forget(id);
    }
    // Also what the entry only spoke of: nothing may have happened to it.
    for (const command of commands) {
      for (const id of namedIn(command)) this.#compare(this.machine.job(id), this.reference.jobs.get(id));
    }
    const ready = this.machine
      .queues()
      .reduce((sum, queue) => sum + queue.ready.high + queue.ready.normal + queue.ready.low, 0);
    this.#check(
      ready === this.reference.countIn("ready"),
      `Q2: ${ready} jobs are ready, should be ${this.reference.countIn("ready")}`,
    );
    this.#check(
      this.machine.runningClaims === this.reference.countIn("running"),
      "Q2: the count of running jobs is wrong",
    );
    const { enqueued, purged } = this.machine.totals;
    this.#check(
      enqueued - purged === this.reference.jobs.size && purged === this.reference.purged,
      "Q2: the totals are wrong",
    );
  }

  #compare(job: Job | undefined, expected: ReferenceJob | undefined): void {
    if (job === undefined || expected === undefined) {
      const name = job?.spec.id ?? expected?.spec.id;
      if (job !== expected)
        this.#fail(`Q1: job ${name} is ${job === undefined ? "missing" : "there"} and should not be`);
      return;
    }
    const is = lineOf(job);
    const should = referenceLineOf(expected);
    this.#check(
      is === should,
      `the machine breaks the rules (Q1 to Q11): job is        ${is}\nshould be ${should}`,
    );
    this.#check(tellsWhy(job, expected), `job ${job.spec.id} is said to have ended for "${job.reason}"`);
  }

  #compareOutcome(
    index: number,
    command: Command,
    outcome: Outcome | undefined,
    expected: Outcome | undefined,
  ): void {
    if (alike(outcome, expected)) return;
    const is = plain(outcome);
    const should = plain(expected);
    if (is === should) return;
    this.#fail(`${ruleOf(command)} at entry ${index}: ${command.type} gives ${is}\nshould be ${should}`);
  }

  /** A check that throws what it has found. */
  #hold(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #check(holds: boolean, violation: string): void {
    if (!holds) this.#fail(violation);
  }

  #fail(violation: string): void {
    this.#world.fail(violation);
  }
}

function duesOf(machine: Machine): string {
  const [timer, lease] = [machine.nextTimerAt(), machine.nextLeaseEnd()];
  return `timers from ${timer}, leases from ${lease}, ${machine.runningClaims} run`;
}

function namedIn(command: Command): readonly JobId[] {
  switch (command.type) {
    case "enqueue":
      return command.jobs.map(({ id }) => id);
    case "act":
      return command.acts.map(({ id }) => id);
    case "cancel":
      return command.ids;
    case "expireClaims":
      return command.claims.map(({ id }) => id);
    case "claim":
    case "fireTimers":
    case "beginTerm":
    case "resumeWorker":
    case "setQueue":
    case "setBreaker":
    case "putSchedule":
    case "deleteSchedule":
    case "pauseSchedule":
    case "fireSchedule":
      return [];
    case "manage":
      return command.ids;
  }
}

/** Which invariants a wrong outcome breaks. */
function ruleOf(command: Command): string {
  switch (command.type) {
    case "enqueue":
      return "R14, Q3";
    case "claim":
      return "Q4, Q6, Q9, Q10";
    case "act":
      return "Q5, Q8, Q9";
    case "cancel":
      return "Q6";
    case "expireClaims":
    case "beginTerm":
    case "resumeWorker":
      return "Q11";
    case "fireTimers":
      return "Q9";
    case "setBreaker":
      return "Q13";
    case "setQueue":
    case "manage":
    case "putSchedule":
    case "deleteSchedule":
    case "pauseSchedule":
    case "fireSchedule":
      return "R5";
  }
}

function breakerLine(breaker: Breaker | undefined): string {
  if (breaker === undefined) return "none";
  const { agent, state, failures, openings, openUntil, probe, lastFailedAt } = breaker;
  return `${agent} ${state} ${failures} ${openings} until ${openUntil} probe ${probe?.id} ${lastFailedAt}`;
}
