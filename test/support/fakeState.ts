import type { Act__Output } from "../../src/generated/conclave/v1/Act.ts";
import type { ActResult } from "../../src/generated/conclave/v1/ActResult.ts";
import type { CancelReply } from "../../src/generated/conclave/v1/CancelReply.ts";
import type { ClaimedJob } from "../../src/generated/conclave/v1/ClaimedJob.ts";
import type { EndedJob as WireEnd } from "../../src/generated/conclave/v1/EndedJob.ts";
import type { EnqueueReply } from "../../src/generated/conclave/v1/EnqueueReply.ts";
import type { EnqueueRequest__Output } from "../../src/generated/conclave/v1/EnqueueRequest.ts";
import type { ErrorDetail } from "../../src/generated/conclave/v1/ErrorDetail.ts";
import type { Job } from "../../src/generated/conclave/v1/Job.ts";
import type { JobSpec__Output } from "../../src/generated/conclave/v1/JobSpec.ts";
import type { ListReply } from "../../src/generated/conclave/v1/ListReply.ts";
import type { ListRequest__Output } from "../../src/generated/conclave/v1/ListRequest.ts";
import type { StatsReply } from "../../src/generated/conclave/v1/StatsReply.ts";

export interface EndedJob {
  readonly token: number;
  readonly act: Act__Output;
}

/** What a fake cluster remembers: just enough of the machine's rules for a client to be tested against. */
export class FakeState {
  readonly specs = new Map<string, JobSpec__Output>();
  /** Current token of each claimed job. */
  readonly tokens = new Map<string, number>();
  /** How each claim ended, by job id; the first terminal act counts. */
  readonly ended = new Map<string, EndedJob>();
  readonly cancelRequested = new Set<string>();
  /** Leases of claims; log time is the wall clock here. */
  leaseMs = 30_000;
  /** The cluster took these claims away. */
  readonly revoked = new Set<string>();
  /** Jobs that are refused by themselves. */
  readonly refused = new Map<string, ErrorDetail>();
  /** Checkpoints and ends of claims, in the order in which they were accepted. */
  readonly accepted: string[] = [];
  /** Called when jobs were enqueued. */
  readonly onReady = new Set<() => void>();
  readonly #ends = new Map<string, WireEnd>();
  readonly #waiting = new Map<string, Set<(end: WireEnd) => void>>();
  readonly #ready: JobSpec__Output[] = [];
  #token = 100;
  #made = 0;

  enqueueAll({ jobs, atomic }: EnqueueRequest__Output): EnqueueReply {
    const refusesAll = atomic && jobs.some(({ id }) => this.refused.has(id));
    const reply: EnqueueReply = {
      results: jobs.map((spec) => {
        const refusal = this.refused.get(spec.id);
        if (refusal !== undefined) return { id: spec.id, error: refusal };
        if (refusesAll)
          return { id: spec.id, error: { code: "BATCH_REFUSED", message: "another was refused" } };
        const existing = this.specs.has(spec.id);
        if (!existing) {
          this.specs.set(spec.id, spec);
          this.#ready.push(spec);
        }
        return { id: spec.id, state: "JOB_STATE_READY", existing };
      }),
    };
    for (const notify of this.onReady) notify();
    return reply;
  }

  claim(job: ClaimedJob): ClaimedJob & { id: string; fencingToken: number } {
    this.#token++;
    this.#made++;
    const { leaseMs = this.leaseMs, id = `job-${this.#made}` } = job;
    this.tokens.set(id, this.#token);
    const filled = { queue: "q", attempt: 1, maxAttempts: 5, expiresAtMs: Date.now() + Number(leaseMs) };
    return { ...filled, ...job, leaseMs, id, fencingToken: this.#token };
  }

  claimReady(slots: number): ClaimedJob[] {
    return this.#ready
      .splice(0, slots)
      .map(({ id, queue, payload, priority }) => this.claim({ id, queue, payload, priority }));
  }

  act(act: Act__Output): ActResult {
    const { id, fencingToken } = act;
    if (this.revoked.has(id) || this.tokens.get(id) !== fencingToken) {
      return { error: { code: "STALE_TOKEN", message: `job ${id}: the token is not the current one` } };
    }
    if (act.extend) {
      const leaseMs = this.leaseMs;
      return { expiresAtMs: Date.now() + leaseMs, cancelRequested: this.cancelRequested.has(id) };
    }
    if (act.checkpoint) this.accepted.push(`${id} ${String(act.checkpoint.data)}`);
    if (act.checkpoint || act.progress) return {};
    this.accepted.push(`${id} ${String(act.act)}`);
    if (!this.ended.has(id)) this.ended.set(id, { token: fencingToken, act });
    return act.fail ? { nextDueAtMs: 1_234 } : {};
  }

  job(id: string): Job | undefined {
    const spec = this.specs.get(id);
    return spec && { spec, state: "JOB_STATE_READY", enqueuedAtMs: 1_000 };
  }

  /** The job has ended so, or is gone: whoever waits for it is told. */
  end(id: string, end: WireEnd): void {
    this.#ends.set(id, end);
    for (const tell of this.#waiting.get(id) ?? []) tell(end);
    this.#waiting.delete(id);
  }

  whenEnded(id: string, tell: (end: WireEnd) => void): () => void {
    const end = this.#ends.get(id);
    if (end !== undefined) {
      tell(end);
      return () => undefined;
    }
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(tell));
    return () => waiting.delete(tell);
  }

  list({ after, limit }: ListRequest__Output): ListReply {
    const all = [...this.specs.values()];
    const from = after === "" ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const page = all.slice(from, from + limit);
    return {
      jobs: page.map((spec) => ({ spec, state: "JOB_STATE_READY" })),
      next: from + limit < all.length ? (page.at(-1)?.id ?? "") : "",
    };
  }

  cancel(ids: readonly string[]): CancelReply {
    return {
      results: ids.map((id) =>
        this.specs.has(id)
          ? { state: "JOB_STATE_CANCELLED" as const }
          : { error: { code: "NOT_FOUND", message: `there is no job ${id}` } },
      ),
    };
  }

  stats(): StatsReply {
    return { enqueued: this.specs.size, queues: [{ queue: "q", readyHigh: 1, readyNormal: 2 }] };
  }
}
