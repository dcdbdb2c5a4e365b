import type { ConclaveError } from "../base/errors.ts";
import type { Clock } from "./clock.ts";
import type { NotConsuming, WorkerHealth, WorkerState } from "./workerTypes.ts";

/** How often is looked whether time went by unnoticed, and who has been at it for too long: no stall can hide between looks. */
const lookMs = 250;
/** On a clock that a test moves nothing goes by unnoticed, and each look is a step more. */
const movedLookMs = 2_000;
/** The event loop stood still when nothing says that it ran for so long. */
const stalledMs = 1_000;
/** A worker that is full for so long, with no handler ended meanwhile, says so by itself. */
const fullMs = 10_000;

/** What the watch asks of its worker. */
export interface HealthFacts {
  readonly concurrency: number;
  running(): number;
  room(): number;
  unacknowledged(): number;
  lastError(): ConclaveError | undefined;
  /** Why the handler that is longest overdue counts as stuck; undefined when none does. */
  stuck(): string | undefined;
}

interface Condition {
  readonly reason: NotConsuming | undefined;
  readonly since: number;
}

/** Keeps, since when a worker consumes or does not, and why; tells of changes. */
export class HealthWatch {
  readonly #clock: Clock;
  readonly #facts: HealthFacts;
  readonly #onChange: (health: WorkerHealth) => void;
  #state: WorkerState = "connecting";
  #condition: Condition;
  /** What `onChange` was told last. */
  #told: NotConsuming["code"] | undefined = "connecting";
  readonly #everyMs: number;
  #expectedLook: number;
  #disarm: () => void;

  constructor(clock: Clock, facts: HealthFacts, onChange: (health: WorkerHealth) => void) {
    this.#clock = clock;
    this.#facts = facts;
    this.#onChange = onChange;
    this.#condition = { reason: connecting(undefined), since: clock.wallMs() };
    this.#everyMs = clock.moved === true ? movedLookMs : lookMs;
    this.#expectedLook = clock.now() + this.#everyMs;
    this.#disarm = clock.after(this.#everyMs, () => this.#look());
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** As of now: also what has only just come to be, or gone unnoticed because the event loop stood still. */
  get health(): WorkerHealth {
    this.update();
    const silentMs = this.#silentMs();
    if (silentMs < stalledMs || this.#state === "closed") return this.#view(this.#condition);
    return this.#view({ reason: stalled(silentMs), since: this.#clock.wallMs() - silentMs });
  }

  become(state: WorkerState): void {
    const final = this.#state === "closed" || (this.#state === "draining" && state !== "closed");
    if (final || this.#state === state) return;
    this.#state = state;
    if (state === "closed") this.#disarm();
    this.update();
    this.#tell();
  }

  /** A job came or ended. */
  update(): void {
    const reason = this.#reason();
    if (reason?.code === this.#condition.reason?.code) {
      if (reason !== undefined) this.#condition = { ...this.#condition, reason };
      return;
    }
    // Stuck began when it became full: that is since when nothing is taken.
    const goesOn = reason?.code === "stuck" && this.#condition.reason?.code === "full";
    this.#condition = { reason, since: goesOn ? this.#condition.since : this.#clock.wallMs() };
    if (reason === undefined && this.#told !== undefined) this.#tell();
  }

  /** Since the look before: a stall may have begun right after it. */
  #silentMs(): number {
    return this.#clock.now() - this.#expectedLook + lookMs;
  }

  #look(): void {
    const silentMs = this.#silentMs();
    this.#expectedLook = this.#clock.now() + this.#everyMs;
    this.#disarm = this.#clock.after(this.#everyMs, () => this.#look());
    if (silentMs >= stalledMs) {
      const since = this.#clock.wallMs() - silentMs;
      this.#onChange(this.#view({ reason: stalled(silentMs), since }));
      this.#told = "stalled";
      if (this.#condition.reason === undefined)
        this.#condition = { reason: undefined, since: this.#clock.wallMs() };
    }
    this.update();
    this.#tell();
  }

  /** Says what is new; that it is full only when that lasts, as a busy worker is full from job to job. */
  #tell(): void {
    const { reason, since } = this.#condition;
    if (reason?.code === this.#told) return;
    if (reason?.code === "full" && this.#clock.wallMs() - since < fullMs) return;
    this.#told = reason?.code;
    this.#onChange(this.#view(this.#condition));
  }

  #reason(): NotConsuming | undefined {
    const facts = this.#facts;
    switch (this.#state) {
      case "closed":
        return { code: "closed", message: "the worker is closed" };
      case "draining":
        return { code: "draining", message: "the worker stops: running jobs may finish" };
      case "connecting":
        return connecting(facts.lastError());
      case "consuming":
        break;
    }
    if (facts.room() > 0) return undefined;
    const running = facts.running();
    if (running < facts.concurrency) {
      const message = `${facts.unacknowledged()} outcomes wait for the cluster's acknowledgement`;
      return { code: "unacknowledged", message };
    }
    const stuck = facts.stuck();
    if (stuck !== undefined) return { code: "stuck", message: stuck };
    return { code: "full", message: `all ${facts.concurrency} slots are taken` };
  }

  #view({ reason, since }: Condition): WorkerHealth {
    return {
      state: this.#state,
      consuming: reason === undefined,
      reason,
      since: new Date(since),
      running: this.#facts.running(),
      unacknowledged: this.#facts.unacknowledged(),
      lastError: this.#facts.lastError(),
    };
  }
}

function connecting(error: ConclaveError | undefined): NotConsuming {
  const why = error === undefined ? "" : ` (${error.code}: ${error.message})`;
  return { code: "connecting", message: `no leader takes this worker at the moment${why}` };
}

function stalled(silentMs: number): NotConsuming {
  const seconds = (silentMs / 1_000).toFixed(1);
  return {
    code: "stalled",
    message: `the event loop stood still for ${seconds} s: nothing else could run, renewals included`,
  };
}
