/** Counts, by agent, the jobs that wait for a retry. */
export class AgentsInBackoff {
  readonly #jobs = new Map<string, number>();

  /** Agents with at least one such job. */
  get size(): number {
    return this.#jobs.size;
  }

  has(agent: string): boolean {
    return this.#jobs.has(agent);
  }

  /** One job more or one job less; jobs without an agent do not count. */
  count(agent: string, by: 1 | -1): void {
    if (agent === "") return;
    const jobs = (this.#jobs.get(agent) ?? 0) + by;
    if (jobs === 0) this.#jobs.delete(agent);
    else this.#jobs.set(agent, jobs);
  }
}
