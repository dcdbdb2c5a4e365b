import { Counter, Gauge, type Registry } from "prom-client";

/** Duties that only the leader has. On a follower they are there, and stay at zero. */
export class DutyMetrics {
  readonly #running: Gauge<"duty">;
  readonly #runs: Counter<"duty">;
  readonly #failures: Counter<"duty">;

  constructor(registry: Registry) {
    const common = { labelNames: ["duty"] as const, registers: [registry] };
    this.#running = new Gauge({
      ...common,
      name: "conclave_leader_duty_running",
      help: "1 while the duty runs on this node",
    });
    this.#runs = new Counter({
      ...common,
      name: "conclave_leader_duty_runs_total",
      help: "Runs of the duty that this node began",
    });
    this.#failures = new Counter({
      ...common,
      name: "conclave_leader_duty_failures_total",
      help: "Runs that ended with an error while this node led",
    });
  }

  dutyKnown(duty: string): void {
    this.#running.set({ duty }, 0);
    this.#runs.inc({ duty }, 0);
    this.#failures.inc({ duty }, 0);
  }

  dutyBegan(duty: string): void {
    this.#running.set({ duty }, 1);
    this.#runs.inc({ duty });
  }

  dutyEnded(duty: string, failed: boolean): void {
    this.#running.set({ duty }, 0);
    if (failed) this.#failures.inc({ duty });
  }
}
