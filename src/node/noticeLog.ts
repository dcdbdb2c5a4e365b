import type { MonotonicMs } from "../base/brands.ts";
import type { Logger } from "../base/logger.ts";
import type { Breaker, Notice } from "../machine/types.ts";
import type { Telemetry } from "./ports.ts";
import type { Runtime } from "./runtime.ts";

/** Lines of each kind in a window; what comes above is counted and told in one line when the window ends. */
const linesPerWindow = 20;
const windowMs = 1_000;

/**
 * Logs failed attempts (attempt, next delay, due time) and terminal failures (once, with their context), and
 * counts all of them. When every job fails the lines stay bounded: the metrics and each job's own history keep
 * what the log leaves out.
 */
export class NoticeLog {
  readonly #logger: Logger;
  readonly #telemetry: Telemetry;
  readonly #runtime: Runtime;
  #windowEndsAt = 0;
  #lines = { attemptFailed: 0, jobDead: 0, breakerChanged: 0 };

  constructor(logger: Logger, telemetry: Telemetry, runtime: Runtime) {
    this.#logger = logger;
    this.#telemetry = telemetry;
    this.#runtime = runtime;
  }

  report(notices: readonly Notice[]): void {
    for (const notice of notices) {
      this.#count(notice);
      this.flush();
      if (++this.#lines[notice.type] <= linesPerWindow) this.#write(notice);
    }
  }

  /** Ends a window that is over and tells what it left out; called from time to time. */
  flush(): void {
    const now = this.#runtime.monotonicMs();
    if (now < this.#windowEndsAt) return;
    const failed = this.#lines.attemptFailed - linesPerWindow;
    const dead = this.#lines.jobDead - linesPerWindow;
    if (failed > 0 || dead > 0) {
      this.#logger.warn(
        { attemptsNotShown: Math.max(failed, 0), deathsNotShown: Math.max(dead, 0), windowMs },
        "more jobs failed than are shown one by one; see `conclave job list --state dead` and the metrics",
      );
    }
    this.#lines = { attemptFailed: 0, jobDead: 0, breakerChanged: 0 };
    this.#windowEndsAt = now + windowMs;
  }

  /** For how long `flush` has nothing to tell. */
  idleMs(now: MonotonicMs): number {
    const { attemptFailed, jobDead } = this.#lines;
    const isShort = attemptFailed > linesPerWindow || jobDead > linesPerWindow;
    return isShort ? this.#windowEndsAt - now : Number.POSITIVE_INFINITY;
  }

  #count(notice: Notice): void {
    if (notice.type === "attemptFailed") this.#telemetry.attemptFailed(notice.queue, notice.end);
    else if (notice.type === "jobDead") this.#telemetry.jobDead(notice.queue);
  }

  #write(notice: Notice): void {
    if (notice.type === "breakerChanged") {
      this.#writeBreaker(notice.breaker);
      return;
    }
    if (notice.type === "jobDead") {
      const { type: _, ...fields } = notice;
      this.#logger.error(fields, "job is dead: no further attempt");
      return;
    }
    const { type: _, dueAt, ...rest } = notice;
    this.#logger.warn({ ...rest, dueAt: timeText(dueAt) }, "attempt failed; will be retried");
  }

  #writeBreaker({ agent, state, failures, openings, openUntil, byHand, lastError }: Breaker): void {
    if (state !== "open") {
      this.#logger.info({ agent, state }, "breaker changed");
      return;
    }
    const until = openUntil === null || openUntil === 0 ? "reset by hand" : timeText(openUntil);
    this.#logger.warn({ agent, failures, openings, until, byHand, lastError }, "breaker is open");
  }
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}
