import type { JobId, LogIndex } from "../../../src/base/brands.ts";
import { batchCodec } from "../../../src/codec/batch.ts";
import { Machine } from "../../../src/machine/index.ts";
import type { Applied, Command, CommandBatch, Job, Outcome } from "../../../src/machine/types.ts";
import type { Entry } from "../../../src/raft/index.ts";
import { checkInvariants } from "../../support/machineInvariants.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import { type ReferenceJob, ReferenceMachine } from "./referenceMachine.ts";

/** Drift over a whole run, and what the network adds. */
const clockToleranceMs = 6_000;
/** Entries between two looks at every job and index. */
const fullCheckEvery = 400;

/**
 * Applies every committed entry once more, to a machine of its own and to the reference: what the real one says of
 * each command and makes of each job must be what the rules say (Q1 to Q11), and every node must come to the same
 * state hash at the same index (R5).
 */
export class MachineChecker {
  readonly machine = new Machine();
  readonly reference = new ReferenceMachine();
  /** State hash after each entry; position 0 is the empty machine. */
  readonly hashes: string[] = [this.machine.stateHash];
  /** What acts were answered, entry by entry: on every node the same (R14). */
  readonly #replies: string[] = [""];
  readonly #world: World;
  readonly #deaths = new Set<JobId>();
  #lastNow = 0;
  /** At some time most clocks were wrong. */
  #clocksFailed = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** A node has applied through `index`, or begins there; `committed` reaches at least as far. */
  onApplied(
    member: Member,
    index: LogIndex,
    stateHash: string,
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
      stateHash === expected,
      `R5 ${member.id}: state hash ${stateHash} at ${index}, should be ${expected}`,
    );
    if (applied === null) return;
    const replies = repliesIn(applied.outcomes);
    const usual = this.#replies[index];
    this.#check(replies === usual, `R14 ${member.id}: answers ${replies} at ${index}, should be ${usual}`);
  }

  /** All jobs, all indexes and counts. */
  checkAll(machine: Machine = this.machine): void {
    try {
      checkInvariants(machine);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
    const jobs = machine.list({ limit: Number.MAX_SAFE_INTEGER });
    this.#check(
      jobs.length === this.reference.jobs.size,
      `Q2: ${jobs.length} jobs, should be ${this.reference.jobs.size}`,
    );
    for (const job of jobs) this.#compare(job, this.reference.jobs.get(job.spec.id));
  }

  #apply(entry: Entry): void {
    if (entry.kind !== "command") {
      this.machine.skip(entry.index);
      this.hashes.push(this.machine.stateHash);
      this.#replies.push("");
      return;
    }
    const batch = batchCodec.decode(entry.data);
    this.#checkLogTime(entry.index, batch.now);
    const expected = this.reference.apply(entry.index, batch);
    const { outcomes, notices } = this.machine.apply(entry.index, batch);
    this.hashes.push(this.machine.stateHash);
    this.#replies.push(repliesIn(outcomes));
    this.#check(this.machine.now >= this.#lastNow, "log time goes back");
    this.#lastNow = this.machine.now;
    batch.commands.forEach((command, i) => {
      this.#compareOutcome(entry.index, command, outcomes[i], expected[i]);
      this.#tally(command, outcomes[i]);
    });
    for (const notice of notices) {
      if (notice.type !== "jobDead") continue;
      this.#check(!this.#deaths.has(notice.id), `Q8: job ${notice.id} dies twice`);
      this.#deaths.add(notice.id);
    }
    this.#checkTouched(batch);
    if (this.hashes.length % fullCheckEvery === 0) this.checkAll();
  }

  /** DESIGN.md section 5: while most clocks are right, a wrong one neither fires a day's timers nor holds them back. */
  #checkLogTime(index: number, stamp: number): void {
    const { mix, wallStart, timeline, raftChecker } = this.#world;
    const { voters, outgoing, learners } = raftChecker.inForce().membership;
    const members = [...new Set([...voters, ...outgoing, ...learners])].map((id) => this.#world.member(id));
    const wrong = members.filter((member) => member.lost !== null || member.clockWasSet).length;
    // What it was moved to by then it stays at.
    this.#clocksFailed ||= wrong > Math.floor((Math.min(members.length, voters.length) - 1) / 2);
    if (this.#clocksFailed) return;
    const aheadMs = stamp - (wallStart + timeline.now);
    const toleratedMs = 2 * mix.skewMs + clockToleranceMs;
    this.#check(
      aheadMs <= toleratedMs,
      `Q9: log time of entry ${index} is ${Math.round(aheadMs)} ms ahead of most clocks`,
    );
  }

  #checkTouched({ commands }: CommandBatch): void {
    for (const id of this.reference.touched) {
      this.#compare(this.machine.job(id), this.reference.jobs.get(id));
      if (!this.reference.jobs.has(id)) this.#deaths.delete(id);
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
    const is = summary(job);
    const should = summary(expected);
    this.#check(
      is === should,
      `the machine breaks the rules (Q1 to Q11): job is        ${is}\nshould be ${should}`,
    );
  }

  #compareOutcome(
    index: number,
    command: Command,
    outcome: Outcome | undefined,
    expected: Outcome | undefined,
  ): void {
    const is = plain(outcome);
    const should = plain(expected);
    if (is === should) return;
    this.#fail(`${ruleOf(command)} at entry ${index}: ${command.type} gives ${is}\nshould be ${should}`);
  }

  #tally(command: Command, outcome: Outcome | undefined): void {
    const { coverage } = this.#world;
    coverage.count("command", command.type);
    if (outcome === undefined) return;
    switch (outcome.type) {
      case "enqueue":
        for (const { existing, state } of outcome.results)
          coverage.count("enqueued", existing ? `again, ${state}` : state);
        return;
      case "claim":
        if (outcome.jobs.length > 0) coverage.count("job", "claimed", outcome.jobs.length);
        return;
      case "act":
        if (command.type !== "act") return;
        outcome.results.forEach((result, i) => {
          coverage.count(command.acts[i]?.type ?? "act", result.ok ? "accepted" : result.code);
        });
        return;
      case "cancel":
        for (const result of outcome.results)
          coverage.count("cancel", result.ok ? result.state : result.code);
        return;
      case "expireClaims":
        if (outcome.expired > 0) coverage.count("job", "lease expired", outcome.expired);
        else coverage.count("job", "lease renewed before its expiry was applied");
        return;
      case "resumeWorker":
        if (outcome.released > 0) coverage.count("job", "undelivered claim given back", outcome.released);
        return;
      case "fireTimers":
        coverage.count("job", "timer fired", outcome.fired);
        return;
      case "beginTerm":
      case "setQueue":
      case "setBreaker":
      case "manage":
      case "putSchedule":
      case "deleteSchedule":
      case "pauseSchedule":
      case "fireSchedule":
        return;
    }
  }

  #check(holds: boolean, violation: string): void {
    if (!holds) this.#fail(violation);
  }

  #fail(violation: string): void {
    this.#world.fail(violation);
  }
}

function repliesIn(outcomes: readonly Outcome[]): string {
  return outcomes
    .flatMap((outcome) => (outcome.type === "act" ? outcome.results : []))
    .map((result) => (result.ok ? result.type : result.code))
    .join(" ");
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
    case "setQueue":
    case "setBreaker":
    case "manage":
    case "putSchedule":
    case "deleteSchedule":
    case "pauseSchedule":
    case "fireSchedule":
      return "R5";
  }
}

function summary(job: Job | ReferenceJob): string {
  const { spec, state, attempt, enqueuedAt, dueAt, claim, lastToken, finishedAt, cancelRequested } = job;
  const held =
    claim === null
      ? "-"
      : `${claim.token} ${claim.workerId} ${claim.stream?.number} ${claim.claimedAt} ${claim.expiresAt}`;
  return `${spec.id} ${state} ${attempt} ${enqueuedAt} ${dueAt} (${held}) ${lastToken} ${finishedAt} ${cancelRequested}`;
}

/** Texts are for people, and payloads are compared by length. */
function plain(outcome: Outcome | undefined): string {
  return JSON.stringify(outcome, (key, value: unknown) => {
    if (key === "message") return "";
    return value instanceof Uint8Array ? value.length : value;
  });
}
