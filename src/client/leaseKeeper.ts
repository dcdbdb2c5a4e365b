import { Bag, type InBag } from "../base/bag.ts";
import { type Clock, processClock } from "./clock.ts";

/** What the keeper needs of a claim; times are monotonic ms. */
interface Leased extends InBag {
  readonly job: { readonly leaseMs: number };
  readonly leaseEndsAt: number;
  renewAt: number;
}

/**
 * Renews leases in time, and says when one ran out unrenewed. One timer serves all claims: whatever is nearly
 * due goes along, so that renewals of many jobs share a message.
 */
export class LeaseKeeper<Claim extends Leased> {
  readonly #held = new Bag<Claim>();
  readonly #renew: (claims: readonly Claim[]) => void;
  readonly #onLost: (claim: Claim) => void;
  readonly #clock: Clock;
  #cancelTimer: () => void = () => undefined;
  #firesAt = Number.POSITIVE_INFINITY;

  constructor(
    renew: (claims: readonly Claim[]) => void,
    onLost: (claim: Claim) => void,
    clock: Clock = processClock,
  ) {
    this.#clock = clock;
    this.#renew = renew;
    this.#onLost = onLost;
  }

  add(claim: Claim): void {
    this.#held.add(claim);
    this.#arm(Math.min(claim.renewAt, claim.leaseEndsAt));
  }

  remove(claim: Claim): void {
    this.#held.delete(claim);
    if (this.#held.size === 0) this.#disarm();
  }

  /** After a change of leader: tells the new one of all claims, and learns which still hold. */
  renewAll(): void {
    this.#send([...this.#held]);
  }

  /** A renewal was refused for the moment: tries again well before the next regular one. */
  renewSoon(claim: Claim): void {
    if (!this.#held.has(claim)) return;
    claim.renewAt = this.#clock.now() + claim.job.leaseMs / 12;
    this.#arm(claim.renewAt);
  }

  #look(): void {
    this.#firesAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    const due: Claim[] = [];
    for (const claim of this.#held) {
      if (claim.leaseEndsAt <= now) {
        this.#held.delete(claim);
        this.#onLost(claim);
      } else if (claim.renewAt <= now + claim.job.leaseMs / 12) {
        due.push(claim);
      }
    }
    this.#send(due);
    let next = Number.POSITIVE_INFINITY;
    for (const claim of this.#held) next = Math.min(next, claim.renewAt, claim.leaseEndsAt);
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
  }

  #send(claims: readonly Claim[]): void {
    if (claims.length === 0) return;
    const now = this.#clock.now();
    for (const claim of claims) claim.renewAt = now + claim.job.leaseMs / 3;
    this.#renew(claims);
  }

  #arm(at: number): void {
    if (at >= this.#firesAt) return;
    this.#cancelTimer();
    this.#firesAt = at;
    this.#cancelTimer = this.#clock.after(Math.max(1, at - this.#clock.now()), () => this.#look());
  }

  #disarm(): void {
    this.#cancelTimer();
    this.#firesAt = Number.POSITIVE_INFINITY;
  }
}
