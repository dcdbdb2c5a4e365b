import type { WorkerMessage } from "../../../src/generated/conclave/v1/WorkerMessage.ts";
import type { WorkMessage__Output } from "../../../src/generated/conclave/v1/WorkMessage.ts";
import type { Host } from "../time/host.ts";

/** How fast log time may fall behind a program's clock: as src/client/logClock.ts has it, and clocks that drift. */
const maxFallBehind = 0.22;
/** For clocks that drift, of a lease. */
const drifting = 0.05;
/** After a pause its timers come first, one after the other. */
const wakingMs = 50;

interface Held {
  readonly leaseMs: number;
  /** True time until which the process may believe that the claim is its own. */
  endsAt: number;
  /** Its handler is at work. */
  isAtWork: boolean;
}

interface Process {
  /** Where log time lies in true time at the latest, by what has come on the stream in use. */
  lagMs: number;
  learntAt: number;
  readonly held: Map<string, Held>;
}

/**
 * What a process that uses the SDK may believe of its claims, by what has come to it and when. One that was stopped and goes
 * on finds its leases over by its own clock: it begins nothing of what lay in its buffers for too long, and renews nothing and
 * goes on with nothing whose time has passed. And no process goes on with the session of another.
 */
export class SdkPrograms {
  readonly #processes = new Map<Host, Process>();
  readonly #sessions = new Map<number, Host>();
  readonly #clocksAreFair: () => boolean;
  readonly #fail: (violation: string) => void;

  constructor(clocksAreFair: () => boolean, fail: (violation: string) => void) {
    this.#clocksAreFair = clocksAreFair;
    this.#fail = fail;
  }

  onWorkStream(host: Host): void {
    this.#of(host).lagMs = Number.POSITIVE_INFINITY;
  }

  /** A message leaves a worker. */
  onSent(host: Host, { subscribe, acts }: WorkerMessage): void {
    if (subscribe) this.#onSubscribe(host, subscribe);
    const { now } = host.timeline;
    for (const { id, fencingToken, extend, release } of acts?.acts ?? []) {
      const key = `${id}:${Number(fencingToken)}`;
      const held = this.#of(host).held.get(key);
      if (release) this.#of(host).held.delete(key);
      if (!extend || held === undefined) continue;
      this.#check(host, held, `renews the lease of job ${id}`);
      held.endsAt = Math.max(held.endsAt, now + held.leaseMs);
    }
  }

  /** A message has come to a worker, which takes it in next. */
  onReceived(host: Host, { jobs }: WorkMessage__Output): void {
    const { now } = host.timeline;
    const process = this.#of(host);
    for (const { id, fencingToken, expiresAtMs, leaseMs } of jobs?.jobs ?? []) {
      const madeAt = expiresAtMs - leaseMs;
      const aged = process.lagMs + maxFallBehind * (now - process.learntAt);
      process.lagMs = Math.min(now - madeAt, aged);
      process.learntAt = now;
      process.held.set(`${id}:${fencingToken}`, {
        leaseMs,
        endsAt: madeAt + process.lagMs + leaseMs,
        isAtWork: false,
      });
    }
  }

  onStarted(host: Host, key: string): void {
    const held = this.#of(host).held.get(key);
    if (held === undefined) return this.#fail(`${host.name} begins job ${key}, which never came to it`);
    this.#check(host, held, `begins job ${key}`, Number.NEGATIVE_INFINITY);
    held.isAtWork = true;
  }

  /** A handler whose signal has not aborted goes on. */
  onGoesOn(host: Host, key: string): void {
    const held = this.#of(host).held.get(key);
    if (held !== undefined) this.#check(host, held, `does not stop job ${key}`);
  }

  onEnded(host: Host, key: string): void {
    this.#of(host).held.delete(key);
  }

  #onSubscribe(host: Host, { session, stream, held }: NonNullable<WorkerMessage["subscribe"]>): void {
    const id = Number(session);
    const owner = this.#sessions.get(id) ?? host;
    this.#sessions.set(id, host);
    if (owner !== host) this.#fail(`Q4: a new process of ${host.name} goes on with session ${id} of another`);
    if (!held) return;
    const named = new Set(
      held.claims?.map(({ id: job, fencingToken }) => `${job}:${Number(fencingToken)}`) ?? [],
    );
    for (const [key, { isAtWork }] of this.#of(host).held)
      if (isAtWork && !named.has(key))
        this.#fail(`Q11: ${host.name} works on ${key} and leaves it out on its stream ${stream}`);
  }

  #check(host: Host, { endsAt, leaseMs }: Held, what: string, waking = wakingMs): void {
    const { now } = host.timeline;
    const by = Math.max(endsAt + leaseMs * drifting, host.resumedAt + waking);
    if (now <= by || !this.#clocksAreFair()) return;
    this.#fail(
      `Q5: ${host.name} ${what} ${Math.round(now - endsAt)} ms after its lease has ended by its own clock`,
    );
  }

  #of(host: Host): Process {
    const known = this.#processes.get(host) ?? {
      lagMs: Number.POSITIVE_INFINITY,
      learntAt: 0,
      held: new Map<string, Held>(),
    };
    this.#processes.set(host, known);
    return known;
  }
}
