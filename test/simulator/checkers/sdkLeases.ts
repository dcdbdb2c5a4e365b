import type { JobId } from "../../../src/base/brands.ts";
import type { WorkerMessage } from "../../../src/generated/conclave/v1/WorkerMessage.ts";
import type { Command, Outcome } from "../../../src/machine/types.ts";

/** Of a lease; the rest is for clocks that drift and for the way there and back. */
const inTime = 0.5;
/** It renews after a third of a lease, or a twelfth sooner together with others; the rest is for clocks that drift. */
const tooSoon = 0.2;

interface Handed {
  readonly workerId: string;
  /** Log time. */
  readonly at: number;
  readonly leaseMs: number;
  /** How many streams its worker had opened by then: on a new one it asks for all that it holds. */
  readonly streams: number;
  renewed: boolean;
}

/**
 * What the SDK believes of log time decides two things, and log time tells whether it was right. It starts what it is
 * handed as long as its lease lasts: what it gives back without having started it, it took for too old. And it renews
 * a lease when a third of it is over.
 */
export class SdkLeases {
  readonly #handed = new Map<string, Handed>();
  readonly #streams = new Map<string, number>();
  /** What the SDK itself gave back; a node does so too with what it could not hand out. */
  readonly #givenBack = new Set<string>();
  /** Workers that take nothing more, of whatever age it is. */
  readonly #draining = new Set<string>();
  /** Claims of processes that were killed, by id and token. */
  readonly #orphaned = new Set<string>();
  readonly #onRescued: () => void;
  readonly #started: (id: JobId, token: number) => boolean;
  readonly #clocksAreFair: () => boolean;
  readonly #fail: (violation: string) => void;

  constructor(
    started: (id: JobId, token: number) => boolean,
    clocksAreFair: () => boolean,
    fail: (violation: string) => void,
    onRescued: () => void,
  ) {
    this.#onRescued = onRescued;
    this.#started = started;
    this.#clocksAreFair = clocksAreFair;
    this.#fail = fail;
  }

  /** A process died with these at work. */
  onKilled(keys: Iterable<string>): void {
    for (const key of keys) this.#orphaned.add(key);
  }

  onWorkStream(workerId: string): void {
    this.#streams.set(workerId, this.#opened(workerId) + 1);
  }

  /** A message of a worker to the node on the other side of its stream. */
  onSent(workerId: string, { subscribe, drain, acts }: WorkerMessage): void {
    if (subscribe) this.#draining.delete(workerId);
    if (drain) this.#draining.add(workerId);
    if (this.#draining.has(workerId)) return;
    for (const { id, fencingToken, release } of acts?.acts ?? [])
      if (release) this.#givenBack.add(`${id}:${Number(fencingToken)}`);
  }

  /** One command of an entry of log time `now`. */
  observe(command: Command, outcome: Outcome | undefined, now: number): void {
    if (command.type === "claim" && outcome?.type === "claim" && isSdk(command.workerId)) {
      const { workerId } = command;
      const streams = this.#opened(workerId);
      for (const { id, token, leaseMs } of outcome.jobs)
        this.#handed.set(`${id}:${token}`, { workerId, at: now, leaseMs, streams, renewed: false });
    }
    if (command.type === "expireClaims" && outcome?.type === "expireClaims" && outcome.expired > 0)
      for (const { id, token } of command.claims)
        if (this.#orphaned.delete(`${id}:${token}`)) this.#onRescued();
    if (command.type !== "act" || outcome?.type !== "act") return;
    command.acts.forEach(({ type, id, token }, i) => {
      const key = `${id}:${token}`;
      const handed = this.#handed.get(key);
      if (handed === undefined || outcome.results[i]?.ok !== true) return;
      const unseen = type === "release" && this.#givenBack.has(key) && !this.#started(id, token);
      if (unseen) this.#checkGivenBack(id, handed, now);
      if (type === "extend") this.#checkRenewed(id, handed, now);
    });
  }

  #checkGivenBack(id: JobId, { at, leaseMs }: Handed, now: number): void {
    const ageMs = now - at;
    if (ageMs >= leaseMs * inTime || !this.#clocksAreFair()) return;
    this.#fail(`Q14: the SDK gives job ${id} back unseen after ${ageMs} ms of its ${leaseMs} ms lease`);
  }

  #checkRenewed(id: JobId, handed: Handed, now: number): void {
    const { workerId, at, leaseMs, streams, renewed } = handed;
    handed.renewed = true;
    const ageMs = now - at;
    if (renewed || streams !== this.#opened(workerId)) return;
    if (ageMs >= leaseMs * tooSoon || !this.#clocksAreFair()) return;
    this.#fail(`the SDK renews the lease of job ${id} when ${ageMs} ms of its ${leaseMs} ms are over`);
  }

  #opened(workerId: string): number {
    return this.#streams.get(workerId) ?? 0;
  }
}

/** Programs that use it are s1, s2, ... */
function isSdk(workerId: string): boolean {
  return /^s\d/.test(workerId);
}
