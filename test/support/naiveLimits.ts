import { type FencingToken, LogTimeMs } from "../../src/base/brands.ts";
import type {
  AttemptEnd,
  Breaker,
  BreakerPolicy,
  Claim,
  Command,
  JobSpec,
  Notice,
  QueueSettings,
  RateLimit,
} from "../../src/machine/types.ts";
import { priorities } from "../../src/machine/types.ts";

const defaultPolicy: BreakerPolicy = { threshold: 5, initialOpenMs: 60_000, maxOpenMs: 3_600_000 };
const dayMs = 24 * 3_600_000;

/** What it needs to know of a job. */
export interface LimitedJob {
  readonly spec: JobSpec;
  readonly lastToken: FencingToken;
  readonly cancelRequested: boolean;
  /** Place in the order of readiness, and when the job got it. */
  readonly order: number;
  readonly readyAt: number;
}

interface Use {
  readonly queue: string;
  /** Empty for the queue's own limit. */
  readonly key: string;
  readonly at: number;
}

/** Settings, limits, rates, breakers, turns and ageing, plainly: every question is answered by looking at all there is. */
export class NaiveLimits {
  readonly settings = new Map<string, QueueSettings>();
  readonly breakers = new Map<string, Breaker>();
  now = LogTimeMs(0);
  /** That are followed: see src/machine/rules.ts. */
  rules = 0;
  notices: Notice[] = [];
  #uses: Use[] = [];
  /** By queue, priority and key. */
  readonly #turns = new Map<string, number>();
  readonly #times = new Map<string, number>();

  of(queue: string): QueueSettings {
    return (
      this.settings.get(queue) ?? {
        queue,
        paused: null,
        closed: null,
        maxRunning: 0,
        maxRunningPerAgent: 0,
        maxRunningPerKey: 0,
        rate: null,
        ratePerKey: null,
        fair: false,
        weights: [],
        ageingMs: 0,
        breaker: null,
        maxEnded: 0,
        maxEndedBytes: 0,
        retry: null,
      }
    );
  }

  setQueue({ queue, patch }: Extract<Command, { type: "setQueue" }>): QueueSettings {
    const before = this.of(queue);
    const { paused, closed, rate, ratePerKey, retry, ...rest } = patch;
    const after: QueueSettings = {
      ...before,
      ...rest,
      paused: switched(paused, before.paused, this.now),
      closed: switched(closed, before.closed, this.now),
      rate: limitAfter(rate, before.rate),
      ratePerKey: limitAfter(ratePerKey, before.ratePerKey),
      retry: retry === undefined ? before.retry : retry.byDefault === true ? null : retry,
    };
    if (this.rules >= 1) this.#roundAnew(before, after);
    this.settings.set(queue, after);
    this.#uses = this.#uses.filter((use) => use.queue !== queue || this.#limitOf(use) !== null);
    if (!after.fair) this.forget(queue);
    return after;
  }

  setBreaker({ agent, open, openMs, by, why }: Extract<Command, { type: "setBreaker" }>): Breaker {
    const before = this.breakers.get(agent) ?? fresh(agent, defaultPolicy);
    if (!open) {
      this.#reset(agent);
      return fresh(agent, before.policy);
    }
    const openUntil = LogTimeMs(openMs === 0 ? 0 : this.now + openMs);
    const byHand = { by, why, at: this.now };
    return this.#put({ ...before, state: "open", openedAt: this.now, openUntil, probe: null, byHand });
  }

  refusal(spec: JobSpec): "QUEUE_CLOSED" | "BREAKER_OPEN" | null {
    if (this.of(spec.queue).closed !== null) return "QUEUE_CLOSED";
    const isOpen = this.breakers.get(spec.agent)?.state === "open";
    return isOpen && spec.rejectWhenOpen === true ? "BREAKER_OPEN" : null;
  }

  /** A job as it is taken in: with the policy that holds for it. */
  taken(spec: JobSpec): JobSpec {
    const { byDefault, ...retry } = spec.retry;
    return byDefault === true ? { ...spec, retry: this.of(spec.queue).retry ?? retry } : spec;
  }

  /** Turns of a queue that has no jobs left mean nothing. */
  forget(queue: string, level?: number): void {
    const start = level === undefined ? `${queue}/` : `${queue}/${level}/`;
    for (const map of [this.#turns, this.#times]) {
      for (const name of map.keys()) if (`${name}/`.startsWith(start)) map.delete(name);
    }
  }

  /** Whether nothing but its place in the order keeps the ready job from being handed out. */
  isUp(job: LimitedJob, running: readonly LimitedJob[]): boolean {
    const { queue, agent, key = "" } = job.spec;
    const { paused, maxRunning, maxRunningPerAgent, maxRunningPerKey } = this.of(queue);
    const breaker = this.breakers.get(agent);
    if (paused !== null || this.#isUsedUp({ queue, key: "" })) return false;
    if (agent !== "" && breaker?.state === "open") return false;
    if (agent !== "" && breaker?.state === "halfOpen" && breaker.probe !== null) return false;
    if (key !== "" && this.#isUsedUp({ queue, key })) return false;
    const isReached = (limit: number, counts: (spec: JobSpec) => boolean) =>
      limit > 0 && running.filter(({ spec }) => spec.queue === queue && counts(spec)).length >= limit;
    if (isReached(maxRunning, () => true)) return false;
    if (agent !== "" && isReached(maxRunningPerAgent, (spec) => spec.agent === agent)) return false;
    return key === "" || !isReached(maxRunningPerKey, (spec) => spec.key === key);
  }

  /** The job of the queue that is next at this level; `passed` were tried. */
  next<Known extends LimitedJob>(
    queue: string,
    level: number,
    { ready, running }: { readonly ready: Iterable<Known>; readonly running: Iterable<Known> },
    passed: ReadonlySet<Known>,
  ): Known | null {
    const { fair, ageingMs, paused } = this.of(queue);
    if (paused !== null) return null;
    const inQueue = [...running].filter((job) => job.spec.queue === queue);
    // Jobs of one agent and key are held up, or not, together.
    const known = new Map<string, boolean>();
    const isUp = (job: Known): boolean => {
      const name = `${job.spec.agent}\0${job.spec.key ?? ""}`;
      const isIt = known.get(name) ?? this.isUp(job, inQueue);
      known.set(name, isIt);
      return isIt;
    };
    const turn = (job: LimitedJob) => (fair ? this.#turn(queue, level, job.spec.key ?? "") : 0);
    const isBefore = (a: Known, b: Known | null): boolean =>
      b === null || turn(a) < turn(b) || (turn(a) === turn(b) && a.order < b.order);
    const oldest: (Known | undefined)[] = [];
    let first: Known | null = null;
    for (const job of ready) {
      const own = levelOf(job);
      if (job.spec.queue !== queue || own < level || (own > level && ageingMs === 0)) continue;
      if (passed.has(job) || !isUp(job)) continue;
      if (own > level) {
        if (job.order < (oldest[own]?.order ?? Number.POSITIVE_INFINITY)) oldest[own] = job;
      } else if (isBefore(job, first)) first = job;
    }
    for (const job of oldest) {
      if (job === undefined || job.readyAt + (levelOf(job) - level) * ageingMs > this.now) continue;
      if (isBefore(job, first)) first = job;
    }
    return first;
  }

  /** `left`: jobs that are still ready and were not passed over. */
  handedOut(job: LimitedJob, level: number, left: readonly LimitedJob[]): void {
    const { queue, agent, key = "" } = job.spec;
    const settings = this.of(queue);
    if (settings.rate !== null) this.#use(queue, "", settings.rate);
    if (settings.ratePerKey !== null && key !== "") this.#use(queue, key, settings.ratePerKey);
    if (settings.fair) {
      const turn = this.#turn(queue, level, key);
      const weight = settings.weights.find(([name]) => name === key)?.[1] ?? 1;
      this.#times.set(`${queue}/${level}`, turn);
      this.#turns.set(`${queue}/${level}/${key}`, turn + Math.floor(720_720 / weight));
      // Nobody of this priority waits any more: all begin anew.
      if (!left.some((each) => each.spec.queue === queue && levelOf(each) === level))
        this.forget(queue, level);
    }
    const breaker = this.breakers.get(agent);
    if (breaker?.state === "halfOpen") {
      this.#put({ ...breaker, probe: { id: job.spec.id, token: job.lastToken } });
    }
  }

  /** No use is later than it would be by a shorter interval. */
  #roundAnew(before: QueueSettings, after: QueueSettings): void {
    this.#uses = this.#uses.map((use) => {
      const [was, is] = [before, after].map(({ rate, ratePerKey }) => (use.key === "" ? rate : ratePerKey));
      if (use.queue !== after.queue || !was || !is || is.intervalMs >= was.intervalMs) return use;
      return { ...use, at: Math.min(use.at, this.#momentOf(is)) };
    });
  }

  /** Of intervals above a second only thousandths are told apart: a use counts from the end of its moment on. */
  #momentOf({ intervalMs }: RateLimit): number {
    const momentMs = Math.max(1, Math.ceil(intervalMs / 1_000));
    return Math.ceil(this.now / momentMs) * momentMs;
  }

  #use(queue: string, key: string, rate: RateLimit): void {
    const last = this.#uses.filter((use) => use.queue === queue && use.key === key).at(-1)?.at ?? 0;
    this.#uses.push({ queue, key, at: Math.max(last, this.#momentOf(rate)) });
  }

  claimEnded(job: LimitedJob, claim: Claim, end: AttemptEnd): void {
    const { agent, queue, id } = job.spec;
    if (agent === "") return;
    const breaker = this.breakers.get(agent) ?? fresh(agent, this.of(queue).breaker ?? defaultPolicy);
    const isProbe = breaker.probe?.id === id && breaker.probe.token === claim.token;
    if (breaker.state !== "closed" && !isProbe) return;
    const policy = this.of(queue).breaker ?? defaultPolicy;
    if (end === "completed") {
      this.#reset(agent);
    } else if (end === "released" || job.cancelRequested) {
      if (isProbe) this.#put({ ...breaker, probe: null });
    } else if (isProbe || policy.threshold > 0) {
      const failures = breaker.failures + 1;
      const inForce = policy.threshold > 0 ? policy : breaker.policy;
      const failed = { ...breaker, failures, lastFailedAt: this.now, policy: inForce };
      if (!isProbe && failures < policy.threshold) this.#put(failed);
      else this.#open(failed);
    }
  }

  fireTimers(): number {
    let fired = 0;
    for (const breaker of [...this.breakers.values()].sort(byTimeThenAgent)) {
      if (timeOf(breaker) > this.now) continue;
      fired += 1;
      if (breaker.state === "closed") this.#reset(breaker.agent);
      else this.#put({ ...breaker, state: "halfOpen", openUntil: null, byHand: null });
    }
    const over = this.#uses.filter((use) => use.at + (this.#limitOf(use)?.intervalMs ?? 0) <= this.now);
    this.#uses = this.#uses.filter((use) => !over.includes(use));
    return fired + new Set(over.map(({ queue, key }) => `${queue}/${key}`)).size;
  }

  /** When `fireTimers` has something to do here. */
  timers(): number[] {
    const breakers = [...this.breakers.values()].map(timeOf).filter(Number.isFinite);
    return [...breakers, ...this.#uses.map((use) => use.at + (this.#limitOf(use)?.intervalMs ?? 0))];
  }

  #open(breaker: Breaker): void {
    const openings = breaker.openings + 1;
    const { initialOpenMs, maxOpenMs } = breaker.policy;
    const openUntil = LogTimeMs(this.now + Math.min(initialOpenMs * 2 ** (openings - 1), maxOpenMs));
    const openedAt = this.now;
    this.#put({ ...breaker, state: "open", openings, openedAt, openUntil, probe: null, byHand: null });
  }

  #put(breaker: Breaker): Breaker {
    const before = this.breakers.get(breaker.agent)?.state ?? "closed";
    this.breakers.set(breaker.agent, breaker);
    if (before !== breaker.state) this.notices.push({ type: "breakerChanged", breaker });
    return breaker;
  }

  #reset(agent: string): void {
    const before = this.breakers.get(agent);
    this.breakers.delete(agent);
    if (before === undefined || before.state === "closed") return;
    this.notices.push({ type: "breakerChanged", breaker: fresh(agent, before.policy) });
  }

  #turn(queue: string, level: number, key: string): number {
    const turn = this.#turns.get(`${queue}/${level}/${key}`) ?? 0;
    return Math.max(turn, this.#times.get(`${queue}/${level}`) ?? 0);
  }

  #limitOf({ queue, key }: { readonly queue: string; readonly key: string }): RateLimit | null {
    return key === "" ? this.of(queue).rate : this.of(queue).ratePerKey;
  }

  #isUsedUp(of: { readonly queue: string; readonly key: string }): boolean {
    const used = this.#uses.filter((use) => use.queue === of.queue && use.key === of.key).length;
    return used >= (this.#limitOf(of)?.limit ?? Number.POSITIVE_INFINITY);
  }
}

function levelOf(job: LimitedJob): number {
  return priorities.indexOf(job.spec.priority);
}

function timeOf({ state, openUntil, lastFailedAt }: Breaker): number {
  if (state === "closed") return lastFailedAt + dayMs;
  return state === "open" && openUntil !== null && openUntil > 0 ? openUntil : Number.POSITIVE_INFINITY;
}

function byTimeThenAgent(a: Breaker, b: Breaker): number {
  return timeOf(a) - timeOf(b) || (a.agent < b.agent ? -1 : 1);
}

function switched(
  change: { readonly on: boolean; readonly by: string; readonly why: string } | undefined,
  before: QueueSettings["paused"],
  at: LogTimeMs,
): QueueSettings["paused"] {
  if (change === undefined) return before;
  return change.on ? (before ?? { by: change.by, why: change.why, at }) : null;
}

function limitAfter(change: RateLimit | undefined, before: RateLimit | null): RateLimit | null {
  if (change === undefined) return before;
  return change.limit === 0 ? null : change;
}

function fresh(agent: string, policy: BreakerPolicy): Breaker {
  return {
    agent,
    state: "closed",
    failures: 0,
    openings: 0,
    openedAt: LogTimeMs(0),
    openUntil: null,
    probe: null,
    byHand: null,
    lastFailedAt: LogTimeMs(0),
    lastError: "",
    policy,
  };
}
