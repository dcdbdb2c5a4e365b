import { MonotonicMs } from "../base/brands.ts";

interface Request {
  readonly id: number;
  readonly reads: readonly number[];
  readonly endsAt: MonotonicMs;
}

/**
 * Linearizable reads at a follower (thesis 6.4): the leader is asked for a safe index. One request is under way at a
 * time; the reads that come meanwhile share the next, so that the answer to a request is never older than its reads.
 */
export class ForwardedReads {
  #waiting: number[] = [];
  #request: Request | null = null;

  /** When the request under way has failed; null when there is none. */
  get endsAt(): MonotonicMs | null {
    return this.#request?.endsAt ?? null;
  }

  /** Reads wait, and no request is under way. */
  get wantRequest(): boolean {
    return this.#request === null && this.#waiting.length > 0;
  }

  add(read: number): void {
    this.#waiting.push(read);
  }

  /** All that wait are asked for by the request `id`, which leaves now. */
  begin(id: number, now: MonotonicMs, timeoutMs: number): void {
    this.#request = { id, reads: this.#waiting, endsAt: MonotonicMs(now + timeoutMs) };
    this.#waiting = [];
  }

  /** Takes out the reads of the request `id`; none when it is not the one under way. */
  take(id: number): readonly number[] {
    if (this.#request?.id !== id) return [];
    const { reads } = this.#request;
    this.#request = null;
    return reads;
  }

  /** Takes out the reads of a request that was not answered in time. */
  takeOverdue(now: MonotonicMs): readonly number[] {
    return this.#request === null || now < this.#request.endsAt ? [] : this.take(this.#request.id);
  }

  takeAll(): readonly number[] {
    const reads = [...(this.#request?.reads ?? []), ...this.#waiting];
    this.#request = null;
    this.#waiting = [];
    return reads;
  }
}
