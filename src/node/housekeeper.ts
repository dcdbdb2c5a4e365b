import type { LogTimeMs, Term } from "../base/brands.ts";
import type { Command, Outcome } from "../machine/types.ts";
import type { MachineView } from "../machine/view.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Calendar } from "./ports.ts";
import type { Submit } from "./proposer.ts";
import { Scheduler } from "./scheduler.ts";

/** Leases ended by one entry; more follow in the next. */
const maxExpiriesPerEntry = 500;

/**
 * Least time between two firings. A timer that is alone fires at once; when thousands of jobs fail and come due at
 * moments of their own, a tenth of a second's worth of them shares an entry (measured with 500 jobs that always
 * fail: a third of the leader's CPU).
 */
const minIntervalMs = 100;
const backlog = 1_000;

export interface HousekeeperOptions {
  readonly nodeId: string;
  readonly state: MachineView;
  /** The newest rules of the machine that all members know. */
  readonly rules: () => number;
  readonly calendar: Calendar;
  readonly submit: Submit;
  /** Told of jobs that are about to be ready. Forgets them when the leadership is lost. */
  readonly dispatcher: Pick<Dispatcher, "arriving" | "arrived">;
  readonly onFailed: (what: string, error: unknown) => void;
}

/**
 * The leader's duties that time brings: retries and delays that fall due, retention, leases that ran out. It
 * proposes an entry only when something is due, so an idle cluster writes nothing; and it decides nothing:
 * apply checks each again against the log's own time.
 */
export class Housekeeper {
  readonly #options: HousekeeperOptions;
  /** The term whose `beginTerm` was applied: before that, leases of the last leader's time may not be ended. */
  #openedTerm: Term | null = null;
  #term: Term | null = null;
  #timersUnderWay = false;
  #expiryUnderWay = false;
  #notBefore = 0;
  #beginAgain = false;
  #raiseUnderWay = false;
  readonly #scheduler: Scheduler;

  constructor(options: HousekeeperOptions) {
    this.#options = options;
    this.#scheduler = new Scheduler({
      ...options,
      propose: (command, refused) => {
        if (this.#term === null) return;
        this.#propose(command, `fire schedule ${command.name}`, this.#term, (outcome) => {
          if (outcome === null) refused();
        });
      },
      onUnreadable: (name, error) => options.onFailed(`fire schedule ${name}`, error),
    });
  }

  lead(term: Term): void {
    this.#term = term;
    this.#beginAgain = false;
    this.#openedTerm = null;
    this.#timersUnderWay = false;
    this.#expiryUnderWay = false;
    this.#raiseUnderWay = false;
    this.#scheduler.stop();
    this.#propose(this.#beginTerm(), "begin the term", term, () => {
      this.#openedTerm = term;
      this.#scheduler.lead();
    });
  }

  /** Null unless this node leads and has applied its term's first command, and so all that came before it. */
  get openedTerm(): Term | null {
    return this.#openedTerm === this.#term ? this.#term : null;
  }

  stopLeading(): void {
    this.#term = null;
    this.#scheduler.stop();
  }

  /** An entry with these was applied. */
  applied(commands: readonly Command[]): void {
    this.#scheduler.applied(commands);
  }

  /** `now` is the log clock's. */
  check(now: LogTimeMs): void {
    const term = this.#term;
    if (term === null) return;
    if (this.#beginAgain) this.lead(term);
    if (this.#openedTerm !== term) return;
    this.#scheduler.check(now);
    if (this.#mayRaise) this.#raise(term);
    const { state, dispatcher } = this.#options;
    const timerAt = state.nextTimerAt();
    if (!this.#timersUnderWay && timerAt !== null && timerAt <= now && now >= this.#notBefore) {
      this.#timersUnderWay = true;
      this.#notBefore = now + minIntervalMs;
      // What is due can be claimed in the same durable write.
      const due = [...state.dueByQueue(now, backlog)];
      for (const [queue, count] of due) dispatcher.arriving(queue, count);
      this.#propose({ type: "fireTimers" }, "fire timers", term, (outcome) => {
        this.#timersUnderWay = false;
        for (const [queue, count] of due) dispatcher.arrived(queue, count);
        // As many as one entry may carry: there is a backlog, which must not be served at ten entries a second.
        if (outcome?.type === "fireTimers" && outcome.fired >= backlog) this.#notBefore = 0;
      });
    }
    const leaseEnd = state.nextLeaseEnd();
    if (!this.#expiryUnderWay && leaseEnd !== null && leaseEnd <= now) {
      const claims = state.expiredClaims(now, maxExpiriesPerEntry);
      if (claims.length === 0) return;
      this.#expiryUnderWay = true;
      this.#propose({ type: "expireClaims", claims }, "expire claims", term, () => {
        this.#expiryUnderWay = false;
      });
    }
  }

  /** For how long `check` will propose nothing, if nothing more is applied. */
  idleMs(now: LogTimeMs): number {
    if (this.#beginAgain) return 0;
    if (this.openedTerm === null) return Number.POSITIVE_INFINITY;
    if (this.#mayRaise) return 0;
    const { state } = this.#options;
    const timerAt = this.#timersUnderWay ? null : state.nextTimerAt();
    const leaseEnd = this.#expiryUnderWay ? null : state.nextLeaseEnd();
    const next = Math.min(
      this.#scheduler.nextAt ?? Number.POSITIVE_INFINITY,
      timerAt === null ? Number.POSITIVE_INFINITY : Math.max(timerAt, this.#notBefore),
      leaseEnd ?? Number.POSITIVE_INFINITY,
    );
    return next - now;
  }

  /** Some member was not known to know the newest rules when the term began, and all are now. */
  get #mayRaise(): boolean {
    return !this.#raiseUnderWay && this.#options.rules() > this.#options.state.rules;
  }

  #raise(term: Term): void {
    this.#raiseUnderWay = true;
    this.#propose(this.#beginTerm(), "follow newer rules", term, () => {
      this.#raiseUnderWay = false;
    });
  }

  #beginTerm(): Command {
    const rules = this.#options.rules();
    return { type: "beginTerm", leader: this.#options.nodeId, ...(rules > 0 && { rules }) };
  }

  /** `settled` hears the outcome, or null when the command was refused; nothing once the term is over. */
  #propose(command: Command, what: string, term: Term, settled: (outcome: Outcome | null) => void): void {
    const settleInTerm = (outcome: Outcome): void => {
      if (this.#term === term) settled(outcome);
    };
    this.#options.submit(command, settleInTerm, (error) => {
      if (this.#term !== term) return;
      // Refused while still leading (overload): tried again at the next tick.
      this.#options.onFailed(what, error);
      if (command.type === "beginTerm" && this.#openedTerm !== term) this.#beginAgain = true;
      else settled(null);
    });
  }
}
