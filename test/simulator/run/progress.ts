import { Coverage } from "./coverage.ts";
import type { Summary } from "./summary.ts";

const hourMs = 3_600_000;

/** Adds up what runs bring, and says it in a line. */
export class Progress {
  readonly coverage = new Coverage();
  readonly failures: Summary[] = [];
  readonly #startedAt: number;
  readonly #now: () => number;
  #seeds = 0;
  #simulatedMs = 0;
  #committed = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = now();
  }

  get seeds(): number {
    return this.#seeds;
  }

  get wallMs(): number {
    return this.#now() - this.#startedAt;
  }

  /** Entries that were committed. */
  get committed(): number {
    return this.#committed;
  }

  get simulatedHours(): number {
    return this.#simulatedMs / hourMs;
  }

  add(summary: Summary): void {
    this.#seeds += 1;
    this.#simulatedMs += summary.simulatedMs;
    this.#committed += summary.committed;
    this.coverage.merge(summary.coverage);
    if (summary.failure !== null) this.failures.push(summary);
  }

  line(): string {
    const { wallMs } = this;
    const perHour = Math.round((this.#seeds / wallMs) * hourMs);
    const faults = Object.entries(this.coverage.toJSON())
      .filter(([name]) => name.startsWith("fault: "))
      .map(([name, count]) => `${name.slice("fault: ".length)} ${count}`);
    return [
      `${this.#seeds} seeds (${perHour} an hour)`,
      `${this.simulatedHours.toFixed(1)} simulated hours, ${(this.#simulatedMs / wallMs).toFixed(0)} x wall time`,
      `${this.#committed} entries`,
      `${this.failures.length} failed`,
      faults.join(", "),
    ].join("; ");
  }
}
