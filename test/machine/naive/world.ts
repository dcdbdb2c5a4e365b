import { FencingToken, type JobId, LogIndex, LogTimeMs } from "../../../src/base/brands.ts";
import type {
  AttemptEnd,
  Claim,
  ClaimNews,
  JobEnd,
  JobEvent,
  JobEventType,
  JobSpec,
  JobState,
  Notice,
  Schedule,
} from "../../../src/machine/types.ts";
import { NaiveLimits } from "../../support/naiveLimits.ts";
import { bySequence, hasEnded, type NaiveJob } from "./job.ts";

/** A dedup key that stays taken. */
export interface Window {
  readonly queue: string;
  readonly key: string;
  readonly id: JobId;
  readonly until: number;
  /** How the job ended; null where that is not remembered. */
  readonly end: JobEnd | null;
}

/** All there is, in plain lists; and what the entry under way has said so far. */
export class World {
  /** In the order of enqueueing. */
  jobs: NaiveJob[] = [];
  windows: Window[] = [];
  readonly schedules = new Map<string, Schedule>();
  readonly limits = new NaiveLimits();
  readonly totals = { enqueued: 0, purged: 0, attempts: 0, failures: 0, deaths: 0 };
  /** That are followed: see src/machine/rules.ts. */
  rules = 0;
  index = LogIndex(0);
  now = LogTimeMs(0);
  sequences = 0;
  orders = 0;
  notices: Notice[] = [];
  ended: JobId[] = [];
  claimNews: ClaimNews[] = [];
  events: JobEvent[] = [];

  /** To try something on. Limits are shared. */
  copy(): World {
    const copy = new World();
    const { windows, rules, index, now, sequences, orders } = this;
    Object.assign(copy, { limits: this.limits, rules, index, now, sequences, orders, windows: [...windows] });
    copy.jobs = this.jobs.map((job) => ({ ...job }));
    return copy;
  }

  find(id: JobId | ""): NaiveJob | undefined {
    return this.jobs.find((job) => job.spec.id === id);
  }

  in(state: JobState): NaiveJob[] {
    return this.jobs.filter((job) => job.state === state);
  }

  /** Who is still to hear of its end, in the order of enqueueing. */
  waitingFor(id: JobId): NaiveJob[] {
    return this.in("waiting").filter((job) =>
      job.dependencies?.some((each) => each.id === id && each.state === null),
    );
  }

  tell({ spec, state, attempt, lastToken: token }: NaiveJob, type: JobEventType): void {
    const { id, queue, agent } = spec;
    this.events.push({ type, id, queue, agent, state, attempt, token, detail: "" });
  }

  tellHolder({ spec: { id } }: NaiveJob, { token, workerId, stream }: Claim, end: AttemptEnd | null): void {
    this.claimNews.push({ id, token, workerId, stream, end });
  }

  add(spec: JobSpec): NaiveJob {
    const job: NaiveJob = {
      spec,
      sequence: this.sequences++,
      enqueuedAt: this.now,
      state: "waiting",
      attempt: 0,
      dueAt: LogTimeMs(0),
      order: 0,
      readyAt: this.now,
      claim: null,
      lastToken: FencingToken(0),
      lastEnd: null,
      history: [],
      result: null,
      finishedAt: null,
      cancelRequested: false,
      queuedAt: null,
      redrivenAt: null,
      lastDelayMs: 0,
      progress: null,
      checkpoint: null,
      dependencies: null,
    };
    this.jobs.push(job);
    this.totals.enqueued += 1;
    return job;
  }

  /** It has nothing, or nothing more, to wait for but its time. */
  begin(job: NaiveJob, dueAt: number): void {
    if (dueAt > this.now) {
      job.state = "scheduled";
      job.dueAt = LogTimeMs(dueAt);
      return;
    }
    this.ready(job, true);
    job.queuedAt = this.now;
  }

  ready(job: NaiveJob, atTail: boolean): void {
    job.state = "ready";
    if (job.lastToken === 0) job.queuedAt = this.now;
    if (!atTail) return;
    job.order = this.orders++;
    job.readyAt = this.now;
  }

  finish(job: NaiveJob, state: JobEnd, result: Uint8Array | null = null): void {
    job.state = state;
    job.result = result;
    job.finishedAt = this.now;
    job.queuedAt = null;
    if (state === "completed") job.checkpoint = null;
    if (state === "dead") this.totals.deaths += 1;
    this.ended.push(job.spec.id);
    this.#keepKey(job, this.rules >= 1 ? state : null);
    this.tell(job, state);
  }

  /** Dead though no attempt of it is under way. */
  die(job: NaiveJob): void {
    const { id, queue, agent } = job.spec;
    this.finish(job, "dead");
    this.notices.push({ type: "jobDead", id, queue, agent, attempts: job.attempt, reason: "", workerId: "" });
  }

  remove(job: NaiveJob): void {
    this.tell(job, "removed");
    this.jobs = this.jobs.filter((each) => each !== job);
    this.totals.purged += 1;
    this.ended.push(job.spec.id);
    const { queue } = job.spec;
    if (!this.jobs.some(({ spec }) => spec.queue === queue)) this.limits.forget(queue);
  }

  /** The job that holds the key that this one wants; it may be gone. */
  holder(spec: JobSpec): JobId | null {
    return this.activeHolder(spec)?.spec.id ?? this.#windowOf(spec)?.id ?? null;
  }

  /** Itself, and no other job that has come to its id. */
  holderItself(spec: JobSpec): NaiveJob | undefined {
    const active = this.activeHolder(spec);
    const known = this.find(this.#windowOf(spec)?.id ?? "");
    if (active !== undefined || this.rules < 1) return active ?? known;
    return known !== undefined && isOfKey(known.spec, spec) ? known : undefined;
  }

  /** What is answered of a key's holder. */
  stateOfHolder(spec: JobSpec): JobState {
    const active = this.activeHolder(spec)?.state;
    return active ?? this.#windowOf(spec)?.end ?? this.holderItself(spec)?.state ?? "completed";
  }

  activeHolder(spec: JobSpec): NaiveJob | undefined {
    if (!takesKey(spec)) return undefined;
    return this.jobs.find((job) => !hasEnded(job) && isOfKey(job.spec, spec));
  }

  #windowOf({ queue, dedup }: JobSpec): Window | undefined {
    if (dedup === undefined || dedup.mode === "force") return undefined;
    return this.windows.find(
      (each) => each.queue === queue && each.key === dedup.key && each.until > this.now,
    );
  }

  freeKey({ spec }: NaiveJob): void {
    if (this.rules >= 1 && !takesKey(spec)) return;
    const { id, queue, dedup } = spec;
    this.windows = this.windows.filter(
      (each) => each.queue !== queue || each.key !== dedup?.key || each.id !== id,
    );
  }

  #keepKey({ spec, enqueuedAt }: NaiveJob, end: JobEnd | null): void {
    const { id, queue, dedup } = spec;
    if (dedup === undefined || !takesKey(spec) || enqueuedAt + dedup.windowMs <= this.now) return;
    const { key } = dedup;
    const others = this.windows.filter((each) => each.queue !== queue || each.key !== key);
    this.windows = [...others, { queue, key, id, until: enqueuedAt + dedup.windowMs, end }];
  }

  /** The next to end of those whose dependents have not all heard. */
  unheard(): NaiveJob | undefined {
    return this.jobs
      .filter((job) => hasEnded(job) && this.waitingFor(job.spec.id).length > 0)
      .sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || bySequence(a, b))[0];
  }
}

function takesKey({ dedup }: JobSpec): boolean {
  return dedup !== undefined && dedup.mode !== "force";
}

/** One that takes the key which the other one wants. */
function isOfKey(spec: JobSpec, wanting: JobSpec): boolean {
  return takesKey(spec) && spec.queue === wanting.queue && spec.dedup?.key === wanting.dedup?.key;
}
