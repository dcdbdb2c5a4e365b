import { performance } from "node:perf_hooks";
import { assertNever } from "../base/assert.ts";
import type { NodeId } from "../base/brands.ts";
import { formatHostPort, type HostPort } from "../base/hostPort.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import { encodeMessage, type PeerHello } from "../codec/peer.ts";
import type { Message } from "../raft/messages.ts";
import { RedialBackoff } from "./backoff.ts";
import { Dial, type DialContext, type DialEnd } from "./dial.ts";
import { infoOf } from "./handshake.ts";
import type { LoggedReasons } from "./loggedReasons.ts";
import type { PeerListener, PeerStats } from "./types.ts";

/** A dial that has not come through in this time may be stuck in a partition that has just healed. */
const staleDialMs = 250;
/** Room above the queue's bound for what is not an append: votes and heartbeats are small and matter most. */
const smallMessagesBytes = 1024 * 1024;

export interface LinkOptions extends DialContext {
  readonly listener: PeerListener;
  readonly random: Random;
  readonly logger: Logger;
  readonly reasons: LoggedReasons;
}

type State =
  | { readonly name: "idle" }
  | { readonly name: "waiting"; readonly timer: NodeJS.Timeout }
  | { readonly name: "dialling"; readonly dial: Dial; readonly sinceMs: number }
  | { readonly name: "open"; readonly dial: Dial; readonly hello: PeerHello }
  | { readonly name: "closed" };

/** What the listener was told last. */
type Reach = "unknown" | "reachable" | "unreachable" | "refused";

/** Our stream to one peer: dials until it stands, redials when it breaks, and sends on it. */
export class PeerLink {
  readonly #options: LinkOptions;
  readonly #logger: Logger;
  readonly #backoff: RedialBackoff;
  #state: State = { name: "idle" };
  #reach: Reach = "unknown";
  /** What the peer said when it turned this node away as removed, so that the listener hears it once. */
  #removed = "";
  #sentMessages = 0;
  #sentBytes = 0;
  #droppedDisconnected = 0;
  #droppedQueueFull = 0;
  #droppedTooLarge = 0;
  #connects = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { timings, random, logger, peer, endpoint } = options;
    this.#logger = logger.child({ peer, address: formatHostPort(endpoint) });
    this.#backoff = new RedialBackoff(
      timings.backoffInitialMs,
      timings.backoffMaxMs,
      random,
      performance.now(),
    );
  }

  get endpoint(): HostPort {
    return this.#options.endpoint;
  }

  /** The peer's, while the stream is open; undefined otherwise. */
  get incarnation(): string | undefined {
    return this.#state.name === "open" ? this.#state.hello.incarnation : undefined;
  }

  /** The listener was told that the peer can be reached, and not yet that this is over. */
  get isReachable(): boolean {
    return this.#reach === "reachable";
  }

  start(): void {
    if (this.#state.name === "idle") this.#dial();
  }

  /** The peer is alive, it has just dialled us: do not wait out a backoff. */
  nudge(): void {
    const state = this.#state;
    if (state.name === "waiting") {
      clearTimeout(state.timer);
      this.#dial();
    } else if (state.name === "dialling" && performance.now() - state.sinceMs > staleDialMs) {
      state.dial.abandon();
      this.#dial();
    }
  }

  /** Ends the stream when the peer may not pass any more, by the members of this moment. */
  async recheck(): Promise<void> {
    if (this.#state.name !== "open") return;
    const { dial, hello } = this.#state;
    const { gate } = this.#options;
    const refusal = gate.refusal(hello) ?? (await gate.admit(hello));
    if (refusal === null || this.#state.name !== "open" || this.#state.dial !== dial) return;
    dial.abandon();
    this.#onEnd({ type: "rejected", by: "us", code: refusal.code, reason: refusal.message });
  }

  send(message: Message): void {
    if (this.#state.name !== "open") {
      this.#droppedDisconnected += 1;
      return;
    }
    const { dial } = this.#state;
    const { maxMessageBytes, maxQueuedBytes } = this.#options.limits;
    const isLarge = message.type === "appendRequest" && message.entries.length > 0;
    const room = maxQueuedBytes + (isLarge ? 0 : smallMessagesBytes) - dial.queuedBytes;
    if (room <= 0) {
      this.#droppedQueueFull += 1;
      return;
    }
    const bytes = encodeMessage(message, Date.now());
    if (bytes.length > maxMessageBytes) return this.#dropTooLarge(bytes.length);
    if (bytes.length > room) {
      this.#droppedQueueFull += 1;
      return;
    }
    this.#sentMessages += 1;
    this.#sentBytes += bytes.length;
    dial.write(bytes);
  }

  /** Flushes for at most `timeoutMs`. Nothing is reported any more. */
  async close(timeoutMs: number): Promise<void> {
    const state = this.#state;
    this.#state = { name: "closed" };
    switch (state.name) {
      case "waiting":
        return clearTimeout(state.timer);
      case "dialling":
        return state.dial.abandon();
      case "open":
        return state.dial.finish(timeoutMs);
      case "idle":
      case "closed":
        return;
      default:
        assertNever(state);
    }
  }

  stats(receivedMessages: number): PeerStats {
    return {
      connected: this.#state.name === "open",
      queuedBytes: this.#state.name === "open" ? this.#state.dial.queuedBytes : 0,
      sentMessages: this.#sentMessages,
      sentBytes: this.#sentBytes,
      droppedDisconnected: this.#droppedDisconnected,
      droppedQueueFull: this.#droppedQueueFull,
      droppedTooLarge: this.#droppedTooLarge,
      connects: this.#connects,
      receivedMessages,
    };
  }

  #dropTooLarge(bytes: number): void {
    this.#droppedTooLarge += 1;
    const { reasons, peer, limits } = this.#options;
    if (!reasons.isNew(peer, "too large")) return;
    this.#logger.error(
      { bytes, maxMessageBytes: limits.maxMessageBytes },
      "a message is above the transport's limit and was not sent; no entry may be that large",
    );
  }

  #dial(): void {
    const dial = new Dial(this.#options, {
      onOpen: (hello) => this.#onOpen(dial, hello),
      onEnd: (end) => this.#onEnd(end),
    });
    this.#state = { name: "dialling", dial, sinceMs: performance.now() };
  }

  #onOpen(dial: Dial, hello: PeerHello): void {
    const { peer, listener, reasons } = this.#options;
    this.#state = { name: "open", dial, hello };
    this.#reach = "reachable";
    this.#removed = "";
    this.#connects += 1;
    reasons.forget(peer);
    this.#logger.info({ version: hello.version }, "connected to peer");
    listener.onPeerInfo(peer, infoOf(hello));
    listener.onReachable(peer);
  }

  #onEnd(end: DialEnd): void {
    const broke = this.#state.name === "open";
    const delayMs = this.#delayAfter(end, broke);
    this.#log(end, broke);
    // Before the listener hears of it, so that the probe of a dead peer's address is on its way already.
    if (delayMs === 0) this.#dial();
    else this.#state = { name: "waiting", timer: setTimeout(() => this.#dial(), delayMs) };
    this.#report(end.type === "refused" ? "refused" : "unreachable");
    if (isRemoval(end) && this.#removed !== end.reason) {
      this.#removed = end.reason;
      this.#tell((listener, peer) => listener.onRemoved(peer, end.reason));
    }
  }

  #delayAfter(end: DialEnd, broke: boolean): number {
    if (broke) return this.#backoff.afterBreak(performance.now());
    return isRemoval(end) ? this.#backoff.afterRemoval() : this.#backoff.afterFailure();
  }

  /** Tells the listener what is worse than what it knows. */
  #report(reach: "unreachable" | "refused"): void {
    const known = this.#reach;
    if (known === "refused" || known === reach) return;
    this.#reach = reach;
    this.#tell((listener, peer) => listener.onUnreachable(peer, reach === "refused"));
  }

  /** Later: a stream may end while the node tells us who its members are. */
  #tell(what: (listener: PeerListener, peer: NodeId) => void): void {
    const { listener, peer } = this.#options;
    queueMicrotask(() => {
      if (this.#state.name !== "closed") what(listener, peer);
    });
  }

  #log(end: DialEnd, broke: boolean): void {
    const { reasons, peer } = this.#options;
    if (broke) return this.#logger.warn({ reason: end.reason }, "the stream to the peer broke");
    switch (end.type) {
      case "rejected":
        if (!reasons.isNew(peer, end.reason)) return;
        return this.#logger.error(
          { code: end.code, reason: end.reason },
          end.by === "us"
            ? "the node at the peer's address was turned away"
            : "the peer turns this node away",
        );
      // By type only: the texts of failures carry ports and times.
      case "refused":
      case "failed":
        if (!reasons.isNew(peer, end.type)) return;
        return this.#logger.info({ reason: end.reason }, "the peer cannot be reached; dialling on");
      default:
        assertNever(end);
    }
  }
}

/** The peer has a configuration without this node. It may yet be rolled back, so the dialling goes on, but slowly. */
function isRemoval(end: DialEnd): end is Extract<DialEnd, { readonly type: "rejected" }> {
  return end.type === "rejected" && end.by === "peer" && end.code === "MEMBER_REMOVED";
}
