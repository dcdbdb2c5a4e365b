import { ConclaveError } from "../base/errors.ts";
import type { EnqueueCall, Entry } from "./enqueueCall.ts";

const maxRequestJobs = 1_000;
const maxRequestBytes = 1024 * 1024;
const maxWaitingJobs = 100_000;
const maxWaitingBytes = 64 * 1024 * 1024;

/** Jobs that wait to be sent, in the order of their calls; bounded, so that a slow cluster is felt by the caller. */
export class SendQueue {
  #entries: Entry[] = [];
  /** Of `#entries`: those whose call has settled, which nobody waits for any more. */
  #settled = 0;
  /** Of the others. */
  #bytes = 0;

  get empty(): boolean {
    return this.#waiting === 0;
  }

  /** Throws OVERLOADED. One call is always let in when nothing waits, whatever its size. */
  checkRoom(jobs: number, bytes: number): void {
    const waiting = this.#waiting;
    if (waiting === 0) return;
    if (waiting + jobs <= maxWaitingJobs && this.#bytes + bytes <= maxWaitingBytes) return;
    throw new ConclaveError(
      "OVERLOADED",
      `${waiting} jobs (${this.#bytes} bytes) already wait to be sent; await some of them before enqueueing more`,
    );
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
    this.#comes(entry);
  }

  /** Its jobs that wait here do so no more. They are taken out once they are more than the others: a look at each costs little then. */
  settle(call: EnqueueCall): void {
    if (call.queued === 0) return;
    this.#settled += call.queued;
    this.#bytes -= call.queuedBytes;
    call.queued = 0;
    call.queuedBytes = 0;
    if (this.#settled <= this.#waiting) return;
    this.#entries = this.#entries.filter((entry) => !entry.call.settled);
    this.#settled = 0;
  }

  /** Entries that were sent and have to be sent again: back to their places. */
  putBack(entries: readonly Entry[]): void {
    const open = entries.filter((entry) => !entry.call.settled);
    if (open.length === 0) return;
    for (const entry of open) this.#comes(entry);
    this.#entries = [...open, ...this.#entries].sort((a, b) => a.sequence - b.sequence);
  }

  /** The next request's worth; skips what was settled meanwhile. Empty when nothing waits. */
  take(): readonly Entry[] {
    const taken: Entry[] = [];
    let bytes = 0;
    let position = 0;
    for (; position < this.#entries.length; position++) {
      const entry = this.#entries[position];
      if (entry === undefined || taken.length === maxRequestJobs) break;
      if (entry.call.settled) {
        this.#settled--;
        continue;
      }
      const first = taken[0];
      if (first !== undefined && !shareRequest(first, entry)) break;
      if (first !== undefined && !entry.call.atomic && bytes + entry.bytes > maxRequestBytes) break;
      taken.push(entry);
      bytes += entry.bytes;
      entry.call.queued--;
      entry.call.queuedBytes -= entry.bytes;
    }
    this.#entries.splice(0, position);
    this.#bytes -= bytes;
    return taken;
  }

  get #waiting(): number {
    return this.#entries.length - this.#settled;
  }

  #comes({ call, bytes }: Entry): void {
    call.queued++;
    call.queuedBytes += bytes;
    this.#bytes += bytes;
  }
}

function shareRequest({ call, part }: Entry, other: Entry): boolean {
  if (part !== other.part) return false;
  return call === other.call || !(call.atomic || other.call.atomic);
}
