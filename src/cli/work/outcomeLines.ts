import type { AcknowledgedOutcome } from "../../client/index.ts";

/** A line for each attempt, once the cluster has it: what only this process knows may not have come to pass. */
export class OutcomeLines {
  readonly #say: (line: string) => void;
  readonly #ended = new Map<string, string>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** The program of the job has ended; `line` says how. */
  ended(jobId: string, line: string): void {
    this.#ended.set(jobId, line);
  }

  acknowledged({ jobId, type, retryAt }: AcknowledgedOutcome): void {
    const line = this.#taken(jobId);
    if (line === undefined) return;
    // Dead, or cancelled if somebody asked for that meanwhile.
    const next = retryAt === undefined ? "the job has ended" : `again at ${retryAt.toISOString()}`;
    const then = { completed: "", failed: `; ${next}`, released: "; the job was given back" };
    this.#say(`${line}${then[type]}`);
  }

  refused(jobId: string, why: string): void {
    const line = this.#taken(jobId) ?? `job ${jobId}`;
    this.#say(`${line}: ${why}`);
  }

  /** No more answers will come. */
  close(): void {
    for (const line of this.#ended.values()) this.#say(`${line}; the cluster has not acknowledged it`);
    this.#ended.clear();
  }

  #taken(jobId: string): string | undefined {
    const line = this.#ended.get(jobId);
    this.#ended.delete(jobId);
    return line;
  }
}
