import type { AcknowledgedOutcome } from "../../client/index.ts";

/** A line for each attempt, once the cluster has it: what only this process knows may not have come to pass. */
export class OutcomeLines {
  readonly #say: (line: string) => void;
  readonly #ended = new Map<string, { readonly attempt: number; readonly line: string }>();
  /** Attempts whose programs run, and whether the cluster has them back already: one that is slow to end is given up. */
  readonly #running = new Map<string, boolean>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  begun(jobId: string, attempt: number): void {
    this.#running.set(`${attempt}/${jobId}`, false);
  }

  /** The program of the job has ended; `line` says how. */
  ended(jobId: string, attempt: number, line: string): void {
    if (this.#running.get(`${attempt}/${jobId}`) === true)
      return this.#say(`${line}; the job had been given back before`);
    const before = this.#taken(jobId);
    if (before !== undefined) this.#sayUnsure(before);
    this.#ended.set(jobId, { attempt, line });
  }

  /** Nothing more will be said of the attempt. */
  over(jobId: string, attempt: number): void {
    this.#running.delete(`${attempt}/${jobId}`);
  }

  acknowledged({ jobId, attempt, type, retryAt }: AcknowledgedOutcome): void {
    const key = `${attempt}/${jobId}`;
    if (type === "released" && this.#running.has(key)) this.#running.set(key, true);
    // One of an attempt before, whose line was said when this one ended.
    if (this.#ended.get(jobId)?.attempt !== attempt) return;
    const line = this.#taken(jobId);
    if (line === undefined) return;
    // Dead, or cancelled if somebody asked for that meanwhile.
    const next = retryAt === undefined ? "the job has ended" : `again at ${retryAt.toISOString()}`;
    // A line of a job that is given back says so itself.
    const then = { completed: "", failed: `; ${next}`, released: "" };
    this.#say(`${line}${then[type]}`);
  }

  refused(jobId: string, why: string): void {
    const line = this.#taken(jobId) ?? `job ${jobId}`;
    this.#say(`${line}: ${why}`);
  }

  /** No more answers will come. */
  close(): void {
    for (const { line } of this.#ended.values()) this.#sayUnsure(line);
    this.#ended.clear();
  }

  #sayUnsure(line: string): void {
    this.#say(`${line}; the cluster has not acknowledged it`);
  }

  #taken(jobId: string): string | undefined {
    const ended = this.#ended.get(jobId);
    this.#ended.delete(jobId);
    return ended?.line;
  }
}
