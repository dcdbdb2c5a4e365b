import { performance } from "node:perf_hooks";
import type { NodeId } from "../base/brands.ts";
import type { PeerHello } from "../codec/peer.ts";
import { endpointOf } from "./endpoint.ts";
import { quote, type Refusal } from "./handshake.ts";
import type { TransportLimits, TransportTimings } from "./types.ts";

interface Guest {
  heardAtMs: number;
  /** Runs while it is about to leave. */
  leaving: NodeJS.Timeout | null;
  /** A former member: it leaves, whatever it says. */
  readonly departs: boolean;
}

/**
 * Nodes outside the configuration that we talk with all the same: our configuration may lag behind theirs, and we
 * learn of the newer one from them (thesis 4.1). A member that was removed stays for a while, too. Bounded.
 */
export class Guests {
  readonly #guests = new Map<NodeId, Guest>();
  readonly #timings: TransportTimings;
  readonly #limits: TransportLimits;
  readonly #onLeft: (id: NodeId) => void;

  /** `onLeft` is called for each that is to be let go of; not for those that became members. */
  constructor(timings: TransportTimings, limits: TransportLimits, onLeft: (id: NodeId) => void) {
    this.#timings = timings;
    this.#limits = limits;
    this.#onLeft = onLeft;
  }

  /** Null when the caller has a seat: to be called when its handshake is done but for the answer. */
  take(hello: PeerHello): Refusal | null {
    const id = hello.nodeId as NodeId;
    if (endpointOf(hello.peerAddress) === undefined) return unanswerable(hello);
    if (!this.#guests.has(id) && !this.#makeRoom()) return full(hello, this.#limits.maxGuests);
    this.#seat(id, false);
    return null;
  }

  has(id: NodeId): boolean {
    return this.#guests.has(id);
  }

  isDeparting(id: NodeId): boolean {
    return this.#guests.get(id)?.departs === true;
  }

  heard(id: NodeId): void {
    const guest = this.#guests.get(id);
    if (guest !== undefined) guest.heardAtMs = performance.now();
  }

  /** Its stream to us ended: it leaves unless it comes back. */
  closed(id: NodeId): void {
    const guest = this.#guests.get(id);
    if (guest === undefined || guest.leaving !== null) return;
    guest.leaving = this.#leaveAfter(id, this.#timings.guestSilenceMs);
  }

  /** It is no member any more. */
  depart(id: NodeId): void {
    this.#seat(id, true);
  }

  /** It is a member now, or nobody. */
  forget(id: NodeId): void {
    clearTimeout(this.#guests.get(id)?.leaving ?? undefined);
    this.#guests.delete(id);
  }

  close(): void {
    for (const id of this.#guests.keys()) this.forget(id);
  }

  #seat(id: NodeId, departs: boolean): void {
    this.forget(id);
    const leaving = departs ? this.#leaveAfter(id, this.#timings.departureMs) : null;
    this.#guests.set(id, { heardAtMs: performance.now(), leaving, departs });
  }

  #leaveAfter(id: NodeId, ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#leave(id), ms);
  }

  #leave(id: NodeId): void {
    this.forget(id);
    this.#onLeft(id);
  }

  /** Who is leaving anyway, or has said nothing for long, gives way. */
  #makeRoom(): boolean {
    if (this.#guests.size < this.#limits.maxGuests) return true;
    const stale = performance.now() - this.#timings.guestSilenceMs;
    const [first] = [...this.#guests]
      .filter(([, guest]) => !guest.departs && (guest.leaving !== null || guest.heardAtMs <= stale))
      .toSorted(([, a], [, b]) => a.heardAtMs - b.heardAtMs);
    if (first === undefined) return false;
    this.#leave(first[0]);
    return true;
  }
}

function unanswerable({ nodeId, peerAddress }: PeerHello): Refusal {
  return {
    code: "CONFIG_INVALID",
    message:
      `node ${quote(nodeId)} is no member known here, and cannot be answered at its peer address ` +
      `${quote(peerAddress)}; correct the list of peers of one of the two nodes, or the address it advertises`,
  };
}

function full({ nodeId }: PeerHello, maxGuests: number): Refusal {
  return {
    code: "OVERLOADED",
    message:
      `node ${quote(nodeId)} is no member known here, and ${maxGuests} others that are none have streams already; ` +
      "stop nodes that were removed from the cluster",
  };
}
