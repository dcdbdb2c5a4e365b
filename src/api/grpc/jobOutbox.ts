import { type DeliverableJob, fittingJobs } from "../../codec/api/claims.ts";
import type { WorkAnswer } from "../../codec/api/workMessages.ts";

/** One message to a worker: far below the 4 MiB that clients accept, and small beside a socket's buffers. */
const maxMessageBytes = 1024 * 1024;

/**
 * Claimed jobs on their way to one worker. One message is under way at a time; what is claimed meanwhile shares
 * the next, and only that one is encoded: a worker that reads slowly costs references, not copies.
 */
export class JobOutbox {
  readonly #write: (message: WorkAnswer, sent: () => void) => void;
  #waiting: DeliverableJob[] = [];
  #underWay: readonly DeliverableJob[] = [];

  /** `write` calls back once the message has left. */
  constructor(write: (message: WorkAnswer, sent: () => void) => void) {
    this.#write = write;
  }

  push(jobs: readonly DeliverableJob[]): void {
    for (const job of jobs) this.#waiting.push(job);
    this.#pump();
  }

  /** Removes and returns what no message carries yet; with `all`, also what may still be on its way. */
  withdraw(all: boolean): readonly DeliverableJob[] {
    const jobs = all ? [...this.#underWay, ...this.#waiting] : this.#waiting;
    this.#waiting = [];
    if (all) this.#underWay = [];
    return jobs;
  }

  #pump(): void {
    if (this.#underWay.length > 0 || this.#waiting.length === 0) return;
    this.#underWay = this.#waiting.splice(0, fittingJobs(this.#waiting, maxMessageBytes));
    this.#write({ claimed: this.#underWay }, () => {
      this.#underWay = [];
      this.#pump();
    });
  }
}
